//! What people say in a case.
//!
//! Comes in: a word (`approved`), or a mapping that says who, when and why. Goes out: the engine's answers.
//! Never: a decision the case does not have.

use engine::{Approval, ApprovalRequest, ApprovalStatus, ApproverDecision, Resumption};
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::short::word_or_map;

/// What the approvers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApprovalAnswer(Approvers);

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Approvers {
    decision: Word,
    /// Who says so; else the first of those that are asked.
    #[serde(default)]
    by: Vec<String>,
    comment: Option<String>,
    /// Seconds until they do.
    #[serde(default)]
    after: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Word {
    Approved,
    Rejected,
    /// Nobody says anything.
    Nobody,
}

/// Whether somebody lets a paused run go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PauseAnswer(Somebody);

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Somebody {
    decision: GoOn,
    #[serde(default)]
    after: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum GoOn {
    Resumed,
    Nobody,
}

impl<'de> Deserialize<'de> for ApprovalAnswer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or_map(Value::deserialize(deserializer)?, "decision").map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for PauseAnswer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or_map(Value::deserialize(deserializer)?, "decision").map(Self).map_err(D::Error::custom)
    }
}

impl ApprovalAnswer {
    /// Seconds that pass, and what came of it.
    pub(super) fn answer(&self, request: &ApprovalRequest, asked: Timestamp) -> (u64, Approval) {
        let Approvers { decision, by, comment, after } = &self.0;
        let longest = request.timeout.as_secs();
        if *decision == Word::Nobody || *after > longest {
            return (longest, Approval { status: ApprovalStatus::TimedOut, decisions: Vec::new() });
        }
        let approved = *decision == Word::Approved;
        let enough = if approved { usize::try_from(request.minimum).unwrap_or(usize::MAX) } else { 1 };
        let who: Vec<&String> =
            if by.is_empty() { request.approvers.iter().take(enough).collect() } else { by.iter().collect() };
        let at = asked + jiff::SignedDuration::from_secs(i64::try_from(*after).unwrap_or(i64::MAX));
        let word = |approver: &&String| ApproverDecision {
            approver: (*approver).clone(),
            approved,
            comment: comment.clone(),
            at,
        };
        let decisions: Vec<ApproverDecision> = who.iter().map(word).collect();
        let status = match approved {
            true if decisions.len() < enough => {
                return (longest, Approval { status: ApprovalStatus::TimedOut, decisions });
            }
            true => ApprovalStatus::Approved,
            false => ApprovalStatus::Rejected,
        };
        (*after, Approval { status, decisions })
    }
}

impl PauseAnswer {
    /// Seconds that pass, and what came of it; `None` if the run would wait for ever.
    pub(super) fn answer(&self, longest: Option<u64>) -> Option<(u64, Resumption)> {
        let Somebody { decision, after } = &self.0;
        let in_time = longest.is_none_or(|longest| *after <= longest);
        match decision {
            GoOn::Resumed if in_time => Some((*after, Resumption::Resumed)),
            _ => longest.map(|longest| (longest, Resumption::TimedOut)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn asked(answer: Value, minimum: u32) -> (u64, Approval) {
        let answer: ApprovalAnswer = serde_json::from_value(answer).unwrap();
        let request = ApprovalRequest {
            step: "ask".into(),
            approvers: vec!["kim".into(), "lee".into()],
            minimum,
            message: None,
            notification_arn: None,
            timeout: Duration::from_secs(600),
            cancellable: true,
        };
        answer.answer(&request, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn as_many_approve_as_are_needed() {
        let (seconds, approval) = asked(json!("approved"), 2);
        assert_eq!((seconds, approval.status), (0, ApprovalStatus::Approved));
        let who: Vec<&str> = approval.decisions.iter().map(|decision| decision.approver.as_str()).collect();
        assert_eq!(who, ["kim", "lee"]);
    }

    #[test]
    fn too_few_too_late_or_nobody_is_a_time_out() {
        for (answer, minimum) in [
            (json!("nobody"), 1),
            (json!({"decision": "approved", "by": ["kim"]}), 2),
            (json!({"decision": "approved", "after": 601}), 1),
        ] {
            let (seconds, approval) = asked(answer.clone(), minimum);
            assert_eq!((seconds, approval.status), (600, ApprovalStatus::TimedOut), "{answer}");
        }
    }

    #[test]
    fn one_rejection_is_enough_and_a_misspelt_word_is_refused() {
        assert_eq!(asked(json!("rejected"), 2).1.status, ApprovalStatus::Rejected);
        let wrong = serde_json::from_value::<ApprovalAnswer>(json!("yes")).unwrap_err().to_string();
        assert!(wrong.contains("approved"), "{wrong}");
    }
}
