//! Who must agree, how many of them, for how long they are waited for, and what then.
//!
//! Comes in: what a binding and the deployment say; decisions. Goes out: a [`Policy`]; whether decisions are enough.
//! Never: one person for two groups, or a group that cannot agree. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::request::Decision;
use super::rules::Rules;

/// An execution has six weeks for people: three questions, each of them with an escalation.
const LONGEST: u64 = 7 * DAY;
const DAY: u64 = 24 * 3600;

/// What a binding says (`approval:` in `runbooks/bindings.yaml`). What it leaves out, the deployment says
/// ([`Rules::default`]).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Groups that must agree, and how many of each.
    #[serde(default)]
    pub groups: Option<BTreeMap<String, u32>>,
    /// How long they are waited for, in seconds.
    #[serde(default)]
    pub within: Option<u64>,
    /// What happens then.
    #[serde(default)]
    pub on_timeout: Option<Then>,
    /// Groups that are asked next, and how many of each must agree.
    #[serde(default)]
    pub escalate_to: Option<BTreeMap<String, u32>>,
    /// How long these are waited for, in seconds. As long as the first, if it is not said.
    #[serde(default)]
    pub escalate_within: Option<u64>,
}

/// What happens when nobody answered in time, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// Nothing is changed.
    Deny,
    /// Others are asked.
    Escalate,
    /// It is done all the same.
    Proceed,
}

/// Rules by which nobody can be asked. The people to tell are those who deploy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Nobody is named.
    #[error("it is not said which groups must agree; name them, for example {{groups: {{managers: 1}}}}")]
    Nobody,
    /// A group without people.
    #[error("there is no group of approvers {0}")]
    NoGroup(String),
    /// More than there are, or none.
    #[error("{minimum} of the group {group} must agree, but it has {size}")]
    Minimum {
        /// The group.
        group: String,
        /// How many must agree.
        minimum: u32,
        /// How many there are.
        size: usize,
    },
    /// One person cannot stand for two groups.
    #[error("{0} is in two of the groups that must agree; one person cannot stand for both")]
    Twice(String),
    /// It is not said to whom.
    #[error("a time-out shall escalate, but no group is named to ask next")]
    EscalateToNobody,
    /// A time nobody can keep.
    #[error("{0} seconds cannot be waited for; from 1 second to a week can")]
    Within(u64),
}

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
    /// What a binding's rule comes to in a deployment.
    ///
    /// # Errors
    /// [`PolicyError`]: nobody can be asked by it.
    pub fn of(rule: Option<&Rule>, rules: &Rules) -> Result<Self, PolicyError> {
        let (none, deployed) = (Rule::default(), &rules.default);
        let rule = rule.unwrap_or(&none);
        let wanted = rule.groups.as_ref().or(deployed.groups.as_ref());
        let groups = groups(wanted.ok_or(PolicyError::Nobody)?, rules)?;
        let within = within(rule.within.or(deployed.within).unwrap_or(DAY))?;
        let on_timeout = match rule.on_timeout.or(deployed.on_timeout) {
            None | Some(Then::Deny) => OnTimeout::Deny,
            Some(Then::Proceed) => OnTimeout::Proceed,
            Some(Then::Escalate) => escalate(rule, rules, within)?,
        };
        Ok(Self { groups, within, on_timeout })
    }

    /// Whom it asks when these did not answer in time.
    #[must_use]
    pub fn escalated(&self) -> Option<Self> {
        let OnTimeout::Escalate { groups, within } = &self.on_timeout else { return None };
        Some(Self { groups: groups.clone(), within: *within, on_timeout: OnTimeout::Deny })
    }

    /// The longest it can take, in seconds.
    #[must_use]
    pub fn longest(&self) -> u64 {
        self.within + self.escalated().map_or(0, |next| next.within)
    }

    /// Everybody who may decide.
    pub fn approvers(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| group.approvers.iter().map(String::as_str))
    }

    /// Who must agree, for people: `1 of managers (kim, lee), 1 of finance (pat)`.
    #[must_use]
    pub fn who(&self) -> String {
        let groups = self.groups.iter();
        let groups: Vec<String> = groups
            .map(|group| format!("{} of {} ({})", group.minimum, group.name, group.approvers.join(", ")))
            .collect();
        groups.join(", ")
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

fn within(seconds: u64) -> Result<u64, PolicyError> {
    if (1..=LONGEST).contains(&seconds) { Ok(seconds) } else { Err(PolicyError::Within(seconds)) }
}

fn escalate(rule: &Rule, rules: &Rules, before: u64) -> Result<OnTimeout, PolicyError> {
    let wanted = rule.escalate_to.as_ref().or(rules.default.escalate_to.as_ref());
    let longer = rule.escalate_within.or(rules.default.escalate_within).unwrap_or(before);
    let groups = groups(wanted.ok_or(PolicyError::EscalateToNobody)?, rules)?;
    Ok(OnTimeout::Escalate { groups, within: within(longer)? })
}

fn groups(wanted: &BTreeMap<String, u32>, rules: &Rules) -> Result<Vec<Group>, PolicyError> {
    if wanted.is_empty() {
        return Err(PolicyError::Nobody);
    }
    let mut seen = BTreeSet::new();
    wanted.iter().map(|(name, minimum)| group(name, *minimum, rules, &mut seen)).collect()
}

fn group(name: &str, minimum: u32, rules: &Rules, seen: &mut BTreeSet<String>) -> Result<Group, PolicyError> {
    let people = rules.approvers.get(name).ok_or_else(|| PolicyError::NoGroup(name.to_owned()))?;
    let size = people.len();
    if minimum == 0 || usize::try_from(minimum).is_ok_and(|minimum| minimum > size) {
        return Err(PolicyError::Minimum { group: name.to_owned(), minimum, size });
    }
    match people.iter().find(|person| !seen.insert((*person).clone())) {
        Some(person) => Err(PolicyError::Twice(person.clone())),
        None => Ok(Group { name: name.to_owned(), minimum, approvers: people.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployed(default: &str) -> Rules {
        let people = "{managers: [kim, lee], finance: [pat], owners: [sam], both: [kim, sam]}";
        Rules::parse(&format!("approvers: {people}\ndefault: {default}")).unwrap()
    }

    fn rule(yaml: &str) -> Rule {
        engine::yaml::from_str(yaml).unwrap()
    }

    #[test]
    fn without_a_word_on_it_a_day_is_waited_and_then_nothing_is_changed() {
        let policy = Policy::of(None, &deployed("{groups: {managers: 1}}")).unwrap();
        let groups = vec![Group { name: "managers".into(), minimum: 1, approvers: vec!["kim".into(), "lee".into()] }];
        assert_eq!(policy, Policy { groups, within: DAY, on_timeout: OnTimeout::Deny });
        assert_eq!((policy.longest(), policy.who().as_str()), (DAY, "1 of managers (kim, lee)"));
    }

    #[test]
    fn a_binding_says_more_than_the_deployment_and_leaves_it_the_rest() {
        let rules = deployed("{groups: {managers: 2}, within: 60, onTimeout: escalate, escalateTo: {owners: 1}}");
        let plain = Policy::of(None, &rules).unwrap();
        assert_eq!((plain.groups[0].minimum, plain.within, plain.longest()), (2, 60, 120));
        assert_eq!(plain.escalated().unwrap().groups[0].name, "owners");
        let own = Policy::of(Some(&rule("{groups: {managers: 1, finance: 1}, escalateWithin: 30}")), &rules).unwrap();
        assert_eq!(own.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["finance", "managers"]);
        assert_eq!(own.longest(), 90);
        let proceeds = Policy::of(Some(&rule("onTimeout: proceed")), &rules).unwrap();
        assert_eq!(proceeds.on_timeout, OnTimeout::Proceed);
    }

    #[test]
    fn rules_by_which_nobody_can_be_asked_are_refused() {
        let cases = [
            ("{}", PolicyError::Nobody),
            ("groups: {}", PolicyError::Nobody),
            ("groups: {nobody: 1}", PolicyError::NoGroup("nobody".into())),
            ("groups: {managers: 3}", PolicyError::Minimum { group: "managers".into(), minimum: 3, size: 2 }),
            ("groups: {managers: 0}", PolicyError::Minimum { group: "managers".into(), minimum: 0, size: 2 }),
            ("groups: {managers: 1, both: 1}", PolicyError::Twice("kim".into())),
            ("{groups: {owners: 1}, onTimeout: escalate}", PolicyError::EscalateToNobody),
            ("{groups: {owners: 1}, onTimeout: escalate, escalateTo: {gone: 1}}", PolicyError::NoGroup("gone".into())),
            ("{groups: {owners: 1}, within: 0}", PolicyError::Within(0)),
            ("{groups: {owners: 1}, within: 99999999}", PolicyError::Within(99_999_999)),
        ];
        for (yaml, expected) in cases {
            assert_eq!(Policy::of(Some(&rule(yaml)), &deployed("{}")), Err(expected), "{yaml}");
        }
    }

    #[test]
    fn a_misspelt_rule_is_no_rule() {
        for yaml in ["group: {managers: 1}", "onTimeout: perhaps", "groups: [managers]", "within: -1"] {
            assert!(engine::yaml::from_str::<Rule>(yaml).is_err(), "{yaml}");
        }
    }
}
