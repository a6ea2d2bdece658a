//! What follows a run that ended because a call was cut off: whether it has happened is looked at, not guessed.
//!
//! Comes in: such a run. Goes out: whether it stands as it ended, the fault is gone all the same, or the same run is made
//! once more. Never: a third run, or a change other than the one that was permitted.

use engine::{Execution, HostError};

use super::handle::Walk;
use super::perform::Runbook;
use super::{Decision, Remediation, Run, conclude, verify};
use crate::host::recorded;
use crate::incident::{Incident, alarm_name};
use crate::outcome::Outcome;
use crate::telemetry::phase;

/// The name of the second run.
pub(super) const SECOND: &str = "run#2";

/// What follows a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// It counts as it ended.
    Stands,
    /// Nothing is wrong any more, and the run had put back what it changed: the fault went by itself, for this reason.
    Well(String),
    /// Nothing is wrong any more: what was cut off has happened. That is verified like any run.
    Healed,
    /// It is still needed, and the same as before.
    Again,
}

/// Under which names it is recorded whether an alarm came to rest after all.
const RESTS: &str = "again";

impl<R: Remediation> Walk<'_, R> {
    /// Looks and decides again if the run ended because something was cut off.
    ///
    /// An alarm looks back: while it rings nothing says that the change did not happen, and most of what alarms have done is
    /// relative (a quarter more room). So what an alarm noticed is given the time of a verification first, unless the run
    /// has put back what it changed.
    pub(super) async fn next(
        &self,
        incident: &Incident,
        run: &Run,
        runbook: &Runbook,
        done: &Execution,
    ) -> Result<Next, HostError> {
        if !done.is_cut_off() {
            return Ok(Next::Stands);
        }
        let ended = conclude::run(done, None, runbook, &run.by_hand, self.host.engine());
        let restored = matches!(ended, Some(Outcome::RolledBack { .. }));
        if !restored && alarm_name(&incident.noticed_by).is_some() && self.rests(incident, runbook).await? {
            return Ok(Next::Healed);
        }
        let (observer, of) = (self.remediation.clone(), incident.clone());
        let seen = recorded(self.host, "observe#2", async move { observer.observe(&of).await }).await?;
        let next = match &seen {
            Ok(observed) => of_decision(run, self.remediation.decide(incident, observed), restored),
            Err(_) => Next::Stands,
        };
        phase(self.host, "decision", next.says());
        Ok(next)
    }

    async fn rests(&self, incident: &Incident, runbook: &Runbook) -> Result<bool, HostError> {
        let patience = runbook.binding.patience;
        let seen = verify::healed(self.remediation, self.services, self.host, incident, patience, RESTS).await?;
        if seen.healed {
            phase(self.host, "decision", Next::Healed.says());
        }
        Ok(seen.healed)
    }
}

impl Next {
    fn says(&self) -> &'static str {
        match self {
            Self::Stands => "a call was cut off; what is to be done now is another matter than before",
            Self::Well(_) => "a call was cut off and all was put back; nothing is wrong any more",
            Self::Healed => "a call was cut off; nothing is wrong any more",
            Self::Again => "a call was cut off, and the change is still needed: the runbook runs once more",
        }
    }
}

/// Permitted, and where that is the mode approved, was this change of this resource: not the next bigger one.
fn of_decision(run: &Run, decision: Decision, restored: bool) -> Next {
    let what = |run: &Run| (run.binding.clone(), run.resource.clone(), run.parameters.clone());
    match decision {
        Decision::AlreadyHealthy(reason) if restored => Next::Well(reason),
        Decision::AlreadyHealthy(_) => Next::Healed,
        Decision::Run(again) if what(&again) == what(run) => Next::Again,
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
        for (decision, restored, next) in [
            (Decision::Run(Box::new(run("m5.xlarge"))), false, Next::Again),
            (Decision::Run(Box::new(run("m5.xlarge"))), true, Next::Again),
            (Decision::Run(Box::new(run("m5.2xlarge"))), false, Next::Stands),
            (Decision::AlreadyHealthy("it is".into()), false, Next::Healed),
            // What was put back has healed nothing.
            (Decision::AlreadyHealthy("it is".into()), true, Next::Well("it is".into())),
            (Decision::Refuse(refusal), false, Next::Stands),
        ] {
            let said = format!("{decision:?} {restored}");
            assert_eq!(of_decision(&first, decision, restored), next, "{said}");
        }
    }
}
