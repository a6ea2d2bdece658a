//! What follows a run that ended because a call was cut off: whether it has happened is looked at, not guessed.
//!
//! Comes in: such a run. Goes out: whether it stands as it ended, the fault is gone all the same, or the same run is made
//! once more. Never: a third run, or a change other than the one that was permitted.

use engine::{Execution, ExecutionStatus, HostError};

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

/// Looks and decides again if the run failed where something was cut off.
pub(super) async fn next<R: Remediation>(
    remediation: &R,
    host: &dyn RunHost,
    incident: &Incident,
    run: &Run,
    done: &Execution,
) -> Result<Next, HostError> {
    if !matches!(done.status, ExecutionStatus::Failed | ExecutionStatus::TimedOut) || !host.interrupted() {
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
        }
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
