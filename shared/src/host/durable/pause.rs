//! aws:pause in a durable execution: a callback that a person gives; nothing runs meanwhile.
//!
//! Comes in: the step and its time. Goes out: how the pause ended.
//! Never: a run that goes on by a word that does not plainly say so.

use std::time::Duration;

use engine::{HostError, PauseRequest, Resumption};

use super::DurableHost;
use crate::host::{Heard, Invite, RunHost};
use crate::telemetry;

/// The language has no limit; a durable execution lives for a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Waits for the word. Its id is told in the log, and is in the execution's history.
pub(super) async fn wait(host: &DurableHost, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
    let (execution, step) = (host.execution().to_owned(), request.step);
    let invite: Invite = Box::new(move |callback| {
        Box::pin(async move {
            telemetry::waiting(&execution, &step, &callback);
            Ok(())
        })
    });
    let heard = host.callback(op, request.timeout.unwrap_or(LONGEST), invite).await?;
    Ok(meaning(&heard))
}

/// A callback is used up by its first word: what is not a yes ends the run, which can be started again.
fn meaning(heard: &Heard) -> Resumption {
    match heard {
        Heard::Word(word) if word["resume"] == true => Resumption::Resumed,
        Heard::TimedOut => Resumption::TimedOut,
        Heard::Word(_) | Heard::Nothing(_) => Resumption::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_plain_yes_lets_a_run_go_on() {
        for (heard, meant) in [
            (Heard::Word(json!({"resume": true})), Resumption::Resumed),
            (Heard::Word(json!({"resume": true, "by": "kim"})), Resumption::Resumed),
            (Heard::Word(json!({"resume": false})), Resumption::Cancelled),
            (Heard::Word(json!({"resume": "true"})), Resumption::Cancelled),
            (Heard::Word(json!(true)), Resumption::Cancelled),
            (Heard::Nothing("it was failed".into()), Resumption::Cancelled),
            (Heard::TimedOut, Resumption::TimedOut),
        ] {
            assert_eq!(meaning(&heard), meant, "{heard:?}");
        }
    }
}
