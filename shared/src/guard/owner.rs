//! Whether an execution that holds something has ended without giving it back.
//!
//! Comes in: the owner's name, a durable execution's ARN. Goes out: ended, or not as far as anybody can tell.
//! Never: a guess from how long ago it was.

use serde_json::json;

use crate::aws::Services;
use crate::telemetry::chain;

/// Statuses of an execution that will not go on.
const ENDED: [&str; 4] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"];

/// What is known of an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Life {
    /// It has ended, so.
    Ended(String),
    /// It goes on, or may.
    GoesOn(String),
    /// Nobody can tell, and why.
    Unknown(String),
}

impl Life {
    /// Whether what it holds may be taken: it has ended, or nobody can tell and its lease is over. Who goes on keeps it,
    /// however long that takes.
    pub(super) fn lets_go(&self, lease_is_over: bool) -> bool {
        match self {
            Self::Ended(_) => true,
            Self::GoesOn(_) => false,
            Self::Unknown(_) => lease_is_over,
        }
    }

    /// As a clause about the owner, for people.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Ended(status) => format!("which ended {status}"),
            Self::GoesOn(status) => format!("which is {status}"),
            Self::Unknown(why) => format!("of which nobody can tell whether it still runs ({why})"),
        }
    }
}

/// Asks Lambda.
pub(super) async fn life(services: &Services, owner: &str) -> Life {
    let input = json!({"DurableExecutionArn": owner, "IncludeExecutionData": false});
    match services.call("lambda", "GetDurableExecution", input).await {
        Ok(answer) => of(answer["Status"].as_str()),
        Err(error) => Life::Unknown(chain(&error)),
    }
}

fn of(status: Option<&str>) -> Life {
    match status {
        Some(status) if ENDED.contains(&status) => Life::Ended(status.to_owned()),
        Some(status) => Life::GoesOn(status.to_owned()),
        None => Life::Unknown("Lambda gave no status".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_on_keeps_what_it_holds_and_a_lease_speaks_only_where_nobody_can_tell() {
        for (life, before, after) in [
            (Life::Ended("STOPPED".into()), true, true),
            (Life::GoesOn("RUNNING".into()), false, false),
            (Life::Unknown("access denied".into()), false, true),
        ] {
            assert_eq!((life.lets_go(false), life.lets_go(true)), (before, after), "{life:?}");
        }
    }

    #[test]
    fn only_an_execution_that_will_not_go_on_has_ended() {
        for status in ["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"] {
            assert_eq!(of(Some(status)), Life::Ended(status.into()));
        }
        for status in ["RUNNING", "PAUSING", "PAUSED", "DELETING", "SOMETHING_NEW"] {
            assert_eq!(of(Some(status)), Life::GoesOn(status.into()));
        }
        assert!(matches!(of(None), Life::Unknown(_)));
    }
}
