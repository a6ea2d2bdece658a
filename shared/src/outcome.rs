//! How an incident ended. The only place that decides what counts as success, and what a person must see.
//!
//! Comes in: what the guards, the run and the verification said. Goes out: one [`Outcome`].
//! Never: a bool or a status string that another line could overwrite.

use serde::{Deserialize, Serialize};

/// The step of an [`Outcome::Failed`] whose execution could not go on.
pub const UNFINISHED: &str = "execution";

/// Said by an [`Outcome::Failed`] that left nothing to finish.
pub const NOTHING: &str = "Nothing was changed.";

/// The end of one incident, always with a reason a human can act on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// Put right, and seen to be right: the alarm is OK again, or the resource is COMPLIANT again.
    Remediated {
        /// What was done, one line: `m5.large -> m5.xlarge`.
        change: String,
    },
    /// There was nothing to do any more.
    AlreadyHealthy {
        /// How we know.
        reason: String,
    },
    /// Observe mode: this is what would have been done. Nothing was changed.
    Planned {
        /// What would change, one line.
        change: String,
        /// Every planned step as people read it.
        plan: Vec<String>,
    },
    /// A person has been asked.
    AwaitingApproval {
        /// What was asked.
        request: String,
    },
    /// Only people can put it right: what was found, and what they can do. Nothing was changed.
    Advised {
        /// What was found, one sentence each.
        diagnosis: Vec<String>,
        /// What to do about it: sentences and commands.
        advice: Vec<String>,
    },
    /// A guard said no. Nothing was changed.
    Refused {
        /// Stable name of the guard: `scope`, `lock`, `duplicate`, `cooldown`, `budget`, `stop`, `target`, ...
        guard: String,
        /// Why, and what would make it say yes.
        reason: String,
    },
    /// It did not work, and the resource is as it was before.
    RolledBack {
        /// What went wrong.
        cause: String,
    },
    /// It did not work, and a person must finish.
    Failed {
        /// The step or phase at which it stopped.
        step: String,
        /// What went wrong.
        cause: String,
        /// What is left, and the exact way to finish or undo it by hand.
        by_hand: Vec<String>,
    },
}

/// Guards whose refusal tells nobody anything new: it is being handled already, a person said
/// hands off, or it is our own doing.
const QUIET_GUARDS: [&str; 5] = ["duplicate", "muted", "opt-out", "own-doing", "exception"];

impl Outcome {
    /// Whether a person must see this outcome. What is already told (a duplicate) or needs nobody does not.
    #[must_use]
    pub fn needs_ticket(&self) -> bool {
        match self {
            Self::Remediated { .. } | Self::AlreadyHealthy { .. } => false,
            Self::Refused { guard, .. } => !QUIET_GUARDS.contains(&guard.as_str()),
            Self::Planned { .. }
            | Self::AwaitingApproval { .. }
            | Self::Advised { .. }
            | Self::RolledBack { .. }
            | Self::Failed { .. } => true,
        }
    }

    /// The same with more to say about how a change went.
    #[must_use]
    pub fn with(mut self, more: Option<String>) -> Self {
        let text = match &mut self {
            Self::Remediated { change: text } | Self::RolledBack { cause: text } | Self::Failed { cause: text, .. } => {
                text
            }
            _ => return self,
        };
        if let Some(more) = more {
            *text = format!("{text}; {more}");
        }
        self
    }

    /// The stable name of the outcome, as in logs, metrics and events.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Self::Remediated { .. } => "Remediated",
            Self::AlreadyHealthy { .. } => "AlreadyHealthy",
            Self::Planned { .. } => "Planned",
            Self::AwaitingApproval { .. } => "AwaitingApproval",
            Self::Advised { .. } => "Advised",
            Self::Refused { .. } => "Refused",
            Self::RolledBack { .. } => "RolledBack",
            Self::Failed { .. } => "Failed",
        }
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Remediated { change } => format!("put right: {change}"),
            Self::AlreadyHealthy { reason } => format!("already healthy: {reason}"),
            Self::Planned { change, .. } => format!("would do: {change} (observe mode, nothing was changed)"),
            Self::AwaitingApproval { request } => format!("waits for approval: {request}"),
            Self::Advised { diagnosis, .. } if diagnosis.is_empty() => "for people to put right".to_owned(),
            Self::Advised { diagnosis, .. } => format!("for people to put right: {}", diagnosis.join(" ")),
            Self::Refused { guard, reason } => format!("refused by {guard}: {reason}"),
            Self::RolledBack { cause } => format!("rolled back, as it was before: {cause}"),
            Self::Failed { step, cause, .. } => format!("failed at {step}: {cause}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_duplicate_a_healthy_resource_and_a_healed_one_need_no_ticket() {
        let refused = |guard: &str| Outcome::Refused { guard: guard.into(), reason: String::new() };
        let cases = [
            (Outcome::Remediated { change: String::new() }, false),
            (Outcome::AlreadyHealthy { reason: String::new() }, false),
            (refused("duplicate"), false),
            (refused("scope"), true),
            (refused("lock"), true),
            (Outcome::Planned { change: String::new(), plan: vec![] }, true),
            (Outcome::RolledBack { cause: String::new() }, true),
            (Outcome::Failed { step: String::new(), cause: String::new(), by_hand: vec![] }, true),
        ];
        for (outcome, ticket) in cases {
            assert_eq!(outcome.needs_ticket(), ticket, "{outcome:?}");
        }
    }

    #[test]
    fn what_is_left_over_is_told_with_how_a_change_went_and_needs_no_ticket_of_its_own() {
        let healed = Outcome::Remediated { change: "a -> b".into() };
        assert_eq!(healed.clone().with(None), healed);
        let told = healed.with(Some("the lock is still held".into()));
        assert_eq!((told.line().as_str(), told.needs_ticket()), ("put right: a -> b; the lock is still held", false));
    }

    #[test]
    fn an_outcome_is_told_by_its_status_in_json() {
        let json = serde_json::to_value(Outcome::RolledBack { cause: "no capacity".into() }).unwrap();
        assert_eq!(json, serde_json::json!({"status": "RolledBack", "cause": "no capacity"}));
    }
}
