//! What is asked, and what was said to it, as one value that is stored as a whole.
//!
//! Comes in: a plan, a policy, words. Goes out: the next state, or why a word does not count.
//! Never: a step back; what is settled stays so. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::link::Claims;
use super::policy::Policy;
use super::store::{NotDecided, Word};
use crate::incident::Resource;
use crate::ticket::text::{clean, clip};

/// Longest reason that is kept, in characters.
const REASON: usize = 500;

/// One question to people, and their answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// 32 hexadecimal digits; the same on every replay of the execution that asks.
    pub id: String,
    /// The function that asks.
    pub function: String,
    /// Its execution.
    pub execution: String,
    /// What is wrong, one line.
    pub summary: String,
    /// The resource that would be changed. Absent for a runbook's own step.
    pub resource: Option<Resource>,
    /// AWS account id.
    pub account: String,
    /// Region code.
    pub region: String,
    /// What would change, one line.
    pub change: String,
    /// The exact plan, a line for each step.
    pub plan: Vec<String>,
    /// Its writes.
    pub writes: Vec<Change>,
    /// Hash of the plan: an answer is for exactly this one.
    pub plan_hash: String,
    /// How bad it is if it goes wrong.
    pub risk: Risk,
    /// Why the risk is what it is, one line for each write that made it so.
    pub risk_reasons: Vec<String>,
    /// What it costs or saves, one line; absent where it is not known.
    pub cost: Option<String>,
    /// Who must agree.
    pub policy: Policy,
    /// Decisions in the order they came; at most one for each approver.
    pub decisions: Vec<Decision>,
    /// How it stands.
    pub state: State,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// From then on no decision counts.
    pub expires_at: Timestamp,
    /// Id of the durable callback that waits for the end.
    pub callback: String,
    /// Whether the run that waits was told how it ended.
    pub told: bool,
}

/// One write of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The step.
    pub step: String,
    /// For example `ec2`; absent where a step is no API call.
    pub service: Option<String>,
    /// For example `ModifyInstanceAttribute`, or the action of a step that is no API call.
    pub api: String,
    /// What is sent.
    pub input: Value,
    /// What is so now, as far as it was read: members of the input and others.
    pub before: Option<Map<String, Value>>,
    /// The condition, where whether it is made turns out only while the plan is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// One approver's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Who.
    pub approver: String,
    /// Yes or no.
    pub approved: bool,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waiting.
    Open,
    /// Every group agreed.
    Approved,
    /// One said no.
    Rejected,
    /// Its time is over.
    Expired,
    /// The world changed, or the run that asked is gone: no answer is worth anything any more.
    Void,
}

/// How bad it is if it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Labels and the like.
    Low,
    /// Settings that can be put back.
    Medium,
    /// An interruption, a loss, an exposure, or something nobody can tell.
    High,
}

impl State {
    /// The stable word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

impl Approval {
    /// What it becomes by a word, or why the word does not count. `None` if it was said before.
    pub(super) fn hear(&self, claims: &Claims, word: &Word, now: Timestamp) -> Result<Option<Self>, NotDecided> {
        if self.plan_hash != claims.plan {
            return Err(NotDecided::OtherPlan);
        }
        let approver = claims.approver.as_str();
        if !self.policy.approvers().any(|known| known == approver) {
            return Err(NotDecided::NotAnApprover { approver: approver.to_owned() });
        }
        if let Some(before) = self.decisions.iter().find(|decision| decision.approver == approver) {
            return if before.approved == word.approved { Ok(None) } else { Err(NotDecided::Otherwise) };
        }
        match self.state {
            State::Open if now < self.expires_at => Ok(Some(self.with(approver, word, now))),
            State::Open | State::Expired => Err(NotDecided::Expired),
            state => Err(NotDecided::Settled { state }),
        }
    }

    fn with(&self, approver: &str, word: &Word, at: Timestamp) -> Self {
        let reason = word.reason.as_deref().map(|reason| clip(&clean(reason), REASON));
        let reason = reason.filter(|reason| !reason.is_empty());
        let mut next = self.clone();
        next.decisions.push(Decision { approver: approver.to_owned(), approved: word.approved, reason, at });
        next.state = match next.policy.settled(&next.decisions) {
            None => State::Open,
            Some(true) => State::Approved,
            Some(false) => State::Rejected,
        };
        next
    }

    /// Who said no and why, for people; empty if nobody did.
    #[must_use]
    pub fn objection(&self) -> String {
        let no = self.decisions.iter().find(|decision| !decision.approved);
        no.map(|Decision { approver, reason, .. }| match reason {
            Some(reason) => format!("{approver} said no: {reason}"),
            None => format!("{approver} said no, without a reason"),
        })
        .unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::approval::policy::{Group, OnTimeout};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    pub(in crate::approval) fn group(name: &str, minimum: u32, approvers: &[&str]) -> Group {
        let approvers = approvers.iter().map(|name| (*name).to_owned()).collect();
        Group { name: name.to_owned(), minimum, approvers }
    }

    pub(in crate::approval) fn approval(groups: Vec<Group>) -> Approval {
        Approval {
            id: "0a1b".into(),
            function: "resize-on-cpu-alarm".into(),
            execution: "an-execution".into(),
            summary: "CPU of web is above 80 percent".into(),
            resource: Some(Resource { kind: "AWS::EC2::Instance".into(), id: "i-0abc".into() }),
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            change: "m5.large -> m5.xlarge".into(),
            plan: vec!["1   stopInstance  write".into()],
            writes: vec![],
            plan_hash: "c0ffee".into(),
            risk: Risk::High,
            risk_reasons: vec![],
            cost: None,
            policy: Policy { groups, within: 100, on_timeout: OnTimeout::Deny },
            decisions: vec![],
            state: State::Open,
            asked_at: at(0),
            expires_at: at(100),
            callback: "a-callback".into(),
            told: false,
        }
    }

    fn hear(approval: &Approval, approver: &str, approved: bool, second: i64) -> Result<Option<Approval>, NotDecided> {
        let (id, plan) = ("0a1b".to_owned(), "c0ffee".to_owned());
        let claims = Claims { approval: id, approver: approver.into(), plan, expires: at(100) };
        approval.hear(&claims, &Word { approved, reason: Some(" be\ncause ".into()) }, at(second))
    }

    /// The states after each of these words.
    fn states(groups: Vec<Group>, words: &[(&str, bool)]) -> Vec<State> {
        let mut now = approval(groups);
        let states = words.iter().map(|(approver, approved)| {
            now = hear(&now, approver, *approved, 1).unwrap().unwrap();
            now.state
        });
        states.collect()
    }

    #[test]
    fn every_group_must_agree_and_one_no_is_enough() {
        use State::{Approved, Open, Rejected};
        let managers = |minimum| group("managers", minimum, &["kim", "lee", "max"]);
        let both = || vec![managers(1), group("finance", 1, &["pat", "sam"])];
        let cases = [
            (vec![managers(1)], vec![("kim", true)], vec![Approved]),
            (vec![managers(2)], vec![("kim", true), ("max", true)], vec![Open, Approved]),
            (both(), vec![("kim", true), ("lee", true), ("pat", true)], vec![Open, Open, Approved]),
            (both(), vec![("kim", true), ("sam", false)], vec![Open, Rejected]),
            (vec![managers(1)], vec![("lee", false)], vec![Rejected]),
        ];
        for (groups, words, expected) in cases {
            assert_eq!(states(groups, &words), expected, "{words:?}");
        }
    }

    #[test]
    fn a_word_that_does_not_count_says_why() {
        let open = approval(vec![group("managers", 2, &["kim", "lee"])]);
        let once = hear(&open, "kim", true, 1).unwrap().unwrap();
        let state = |state| Approval { state, ..open.clone() };
        assert!(matches!(hear(&open, "eve", true, 1), Err(NotDecided::NotAnApprover { .. })));
        assert!(matches!(hear(&open, "kim", true, 100), Err(NotDecided::Expired)));
        assert!(matches!(hear(&state(State::Expired), "kim", true, 1), Err(NotDecided::Expired)));
        assert!(matches!(hear(&state(State::Void), "kim", true, 1), Err(NotDecided::Settled { state: State::Void })));
        assert!(matches!(hear(&state(State::Approved), "kim", false, 1), Err(NotDecided::Settled { .. })));
        assert!(matches!(hear(&once, "kim", false, 1), Err(NotDecided::Otherwise)));
        assert!(matches!(hear(&once, "kim", true, 1000), Ok(None)), "said before: nothing is added, whatever the time");
        let other = Approval { plan_hash: "another".into(), ..open };
        assert!(matches!(hear(&other, "kim", true, 1), Err(NotDecided::OtherPlan)));
    }

    #[test]
    fn nobody_who_must_agree_is_not_everybody_who_must() {
        assert_eq!(approval(vec![]).policy.settled(&[]), None);
    }

    #[test]
    fn a_no_is_told_with_its_reason_on_one_line() {
        let open = approval(vec![group("managers", 1, &["kim"])]);
        assert_eq!(open.objection(), "");
        assert_eq!(hear(&open, "kim", false, 1).unwrap().unwrap().objection(), "kim said no: be cause");
    }
}
