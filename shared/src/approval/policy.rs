//! Who must agree, how many of them, for how long they are waited for, and what then.
//!
//! Comes in: decisions. Goes out: whether they are enough. Never: one person for two groups. Pure.

use serde::{Deserialize, Serialize};

use super::request::Decision;

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Every one of them must agree. No name is in two.
    pub groups: Vec<Group>,
    /// How long they are waited for, in seconds.
    pub within: u64,
    /// What happens when they did not answer in time.
    pub on_timeout: OnTimeout,
}

/// People of whom some must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// For example `managers`.
    pub name: String,
    /// How many of them.
    pub minimum: u32,
    /// Their names.
    pub approvers: Vec<String>,
}

/// What happens when nobody answered in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnTimeout {
    /// Nothing is changed.
    #[default]
    Deny,
    /// It is done all the same.
    Proceed,
    /// Others are asked, for as long again or as they say.
    Escalate {
        /// Every one of these must agree.
        groups: Vec<Group>,
        /// How long these are waited for, in seconds. Then nothing is changed.
        within: u64,
    },
}

impl Policy {
    /// Everybody who may decide.
    pub fn approvers(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| group.approvers.iter().map(String::as_str))
    }

    /// Whether decisions settle it: yes or no. One no is enough; yes takes every group.
    #[must_use]
    pub fn settled(&self, decisions: &[Decision]) -> Option<bool> {
        if decisions.iter().any(|decision| !decision.approved) {
            return Some(false);
        }
        let enough = !self.groups.is_empty() && self.groups.iter().all(|group| group.missing(decisions) == 0);
        enough.then_some(true)
    }
}

impl Group {
    /// How many more of them must agree.
    #[must_use]
    pub fn missing(&self, decisions: &[Decision]) -> u32 {
        let ours = |decision: &&Decision| decision.approved && self.approvers.contains(&decision.approver);
        let agreed = u32::try_from(decisions.iter().filter(ours).count()).unwrap_or(u32::MAX);
        self.minimum.saturating_sub(agreed)
    }
}
