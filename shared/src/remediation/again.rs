//! What follows a run that ended because a call was cut off: whether it has happened is looked at, not guessed.
//!
//! Comes in: such a run. Goes out: whether it stands as it ended, the fault is gone all the same, or the same run is made
//! once more. Never: a third run, or a change other than the one that was permitted.

use engine::{Execution, HostError};

use super::{Decision, Remediation, Run};
use crate::host::{RunHost, recorded};
use crate::incident::Incident;
use crate::telemetry::phase;

/// The name of the second run.
pub(super) const SECOND: &str = "run#2";

/// What follows a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It counts as it ended.
    Stands,
    /// Nothing is wrong any more: what was cut off has happened. That is verified like any run.
    Healed,
    /// It is still needed, and the same as before.
    Again,
}

/// Looks and decides again if the run ended because something was cut off.
pub(super) async fn next<R: Remediation>(
    remediation: &R,
    host: &dyn RunHost,
    incident: &Incident,
    run: &Run,
    done: &Execution,
) -> Result<Next, HostError> {
    if !done.is_cut_off() {
        return Ok(Next::Stands);
    }
    let (observer, of) = (remediation.clone(), incident.clone());
    let seen = recorded(host, "observe#2", async move { observer.observe(&of).await }).await?;
    let next = match &seen {
        Ok(observed) => of_decision(run, &remediation.decide(incident, observed)),
        Err(_) => Next::Stands,
    };
    phase(
        host,
        "decision",
        match next {
            Next::Stands => "a call was cut off; what is to be done now is another matter than before",
            Next::Healed => "a call was cut off, and it has happened: nothing is wrong any more",
            Next::Again => "a call was cut off, and the change is still needed: the runbook runs once more",
        },
    );
    Ok(next)
}

/// Permitted, and where that is the mode approved, was this change of this resource: not the next bigger one.
fn of_decision(run: &Run, decision: &Decision) -> Next {
    let what = |run: &Run| (run.binding.clone(), run.resource.clone(), run.parameters.clone());
    match decision {
        Decision::AlreadyHealthy(_) => Next::Healed,
        Decision::Run(again) if what(again) == what(run) => Next::Again,
        Decision::Run(_) | Decision::Advise { .. } | Decision::Refuse(_) => Next::Stands,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use engine::ExecutionStatus;
    use serde_json::{Map, json};

    use super::*;
    use crate::guard::{Refusal, Scope};
    use crate::incident::Resource;

    fn run(size: &str) -> Run {
        Run {
            binding: "b".into(),
            resource: Resource { kind: "AWS::EC2::Instance".into(), id: "i-1".into() },
            scope: Scope { tags: BTreeMap::new() },
            parameters: Map::from_iter([("InstanceType".to_owned(), json!(size))]),
            undo: None,
            change: String::new(),
            by_hand: vec![],
            irreversible: None,
        }
    }

    /// An execution that failed of its last step, after steps that failed of these codes and went on.
    fn failed(codes: &[&str]) -> Execution {
        let failure = |code: &&str| {
            let fault = json!({"service": "ec2", "api": "A", "kind": "NoAnswer", "code": code, "message": "",
                               "requestId": null, "httpStatus": null});
            json!({"step": code, "action": "aws:executeAwsApi", "attempts": 1, "message": "no",
                   "cause": {"kind": "call", "fault": fault}})
        };
        let step = |code: &&str| {
            json!({"name": code, "action": "aws:executeAwsApi", "visit": 1, "status": "Failed", "attempts": 1,
                   "started": null, "ended": null, "inputs": {}, "outputs": {}, "failure": failure(code),
                   "critical": true, "nextStep": null})
        };
        serde_json::from_value(json!({
            "executionId": "e", "document": "d", "status": "Failed", "started": "2026-01-01T00:00:00Z",
            "ended": "2026-01-01T00:00:00Z", "steps": codes.iter().map(step).collect::<Vec<_>>(), "outputs": {},
            "failure": codes.last().map(failure),
        }))
        .unwrap()
    }

    #[test]
    fn a_run_is_cut_off_by_the_step_of_which_it_failed_and_by_no_earlier_one() {
        for (codes, cut) in [
            (&["Interrupted"][..], true),
            (&["AccessDenied", "Interrupted"], true),
            (&["Interrupted", "AccessDenied"], false),
            (&["AccessDenied"], false),
            (&[], false),
        ] {
            assert_eq!(failed(codes).is_cut_off(), cut, "{codes:?}");
        }
        let stopped = Execution { status: ExecutionStatus::Cancelled, ..failed(&["Interrupted"]) };
        assert!(!stopped.is_cut_off());
        // The way back began for another reason, and was cut off itself.
        let back = Execution { failure: failed(&["AccessDenied"]).failure, ..failed(&["AccessDenied", "Interrupted"]) };
        assert!(back.is_cut_off());
    }

    #[test]
    fn only_the_same_change_is_made_again() {
        let first = run("m5.xlarge");
        let refusal = Refusal { guard: "scope".into(), reason: String::new() };
        for (decision, next) in [
            (Decision::Run(Box::new(run("m5.xlarge"))), Next::Again),
            (Decision::Run(Box::new(run("m5.2xlarge"))), Next::Stands),
            (Decision::AlreadyHealthy("it is".into()), Next::Healed),
            (Decision::Refuse(refusal), Next::Stands),
        ] {
            assert_eq!(of_decision(&first, &decision), next, "{decision:?}");
        }
    }
}
