//! From what the runbook did and what was seen after it, to the outcome. Pure.

use engine::{Execution, ExecutionStatus, Host, StepRecord, StepStatus};
use serde_json::{Map, Value};

use super::Run;
use super::perform::Runbook;
use crate::catalogue::IfNotHealed;
use crate::outcome::{NOTHING, Outcome};
use crate::record::Verification;

/// How a run left the resource, from nothing to tell to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    /// No step that writes was ever begun.
    Untouched,
    /// What it changed it put back.
    AsItWas,
    /// Changed, or perhaps.
    Changed,
}

/// The outcome of a run that did not succeed; `None` when it did and is to be verified. What an earlier one left that was
/// cut off is still there.
pub(super) fn run(
    done: &Execution,
    cut_off: Option<&Execution>,
    runbook: &Runbook,
    by_hand: &[String],
    host: &dyn Host,
) -> Option<Outcome> {
    if done.status == ExecutionStatus::Success {
        return None;
    }
    let (step, cause) = cause(done);
    let left = [Some(done), cut_off].into_iter().flatten().map(|run| left(run, runbook, host));
    Some(ended(step, cause, left.max(), by_hand))
}

/// The outcome of a runbook that could not begin, perhaps after it was cut off.
pub(super) fn not_begun(
    cause: String,
    cut_off: Option<&Execution>,
    runbook: &Runbook,
    by_hand: &[String],
    host: &dyn Host,
) -> Outcome {
    ended("runbook".into(), cause, cut_off.map(|run| left(run, runbook, host)), by_hand)
}

fn ended(step: String, cause: String, left: Option<Left>, by_hand: &[String]) -> Outcome {
    match left {
        Some(Left::AsItWas) => Outcome::RolledBack { cause: format!("{step}: {cause}") },
        Some(Left::Changed) => Outcome::Failed { step, cause, by_hand: by_hand.to_vec() },
        Some(Left::Untouched) | None => Outcome::Failed { step, cause, by_hand: vec![NOTHING.to_owned()] },
    }
}

fn left(done: &Execution, runbook: &Runbook, host: &dyn Host) -> Left {
    let restored_by = runbook.binding.restored_by.as_deref();
    if restored_by.is_some_and(|step| is_restored(done, step)) {
        Left::AsItWas
    } else if untouched(done, host) {
        Left::Untouched
    } else {
        Left::Changed
    }
}

/// The parameters to go back with, if the binding says to.
pub(super) fn undo_parameters<'a>(run: &'a Run, runbook: &Runbook) -> Option<&'a Map<String, Value>> {
    run.undo.as_ref().filter(|_| runbook.binding.if_not_healed == IfNotHealed::Undo)
}

/// The runbook succeeded and the fault is still there.
pub(super) fn not_healed(
    verified: &Verification,
    undo: Option<&Result<Execution, String>>,
    by_hand: &[String],
) -> Outcome {
    let cause = format!("the runbook succeeded, but after {} looks: {}", verified.looks, verified.seen);
    match undo {
        Some(Ok(undo)) if undo.status == ExecutionStatus::Success => Outcome::RolledBack { cause },
        Some(undo) => {
            let (step, why) = undo.as_ref().map_or_else(|why| ("its start".to_owned(), why.clone()), self::cause);
            let cause = format!("{cause}; going back failed at {step}: {why}");
            Outcome::Failed { step: "undo".into(), cause, by_hand: by_hand.to_vec() }
        }
        None => Outcome::Failed { step: "verify".into(), cause, by_hand: by_hand.to_vec() },
    }
}

fn cause(done: &Execution) -> (String, String) {
    match &done.failure {
        Some(failure) => (failure.step.clone(), failure.message.clone()),
        None if done.status == ExecutionStatus::Cancelled => ("runbook".into(), "it was told to stop".into()),
        None => ("runbook".into(), format!("it ended {:?}", done.status)),
    }
}

/// Whether the step that proves the way back succeeded, and nothing that came after it failed.
fn is_restored(done: &Execution, step: &str) -> bool {
    let well = |record: &StepRecord| matches!(record.status, StepStatus::Success | StepStatus::Pending);
    let from = done.steps.iter().skip_while(|record| record.name != step);
    done.step(step).is_some_and(|record| record.status == StepStatus::Success) && from.into_iter().all(well)
}

/// Whether no step that writes was ever begun.
fn untouched(done: &Execution, host: &dyn Host) -> bool {
    !done.steps.iter().any(|step| step.attempts > 0 && writes(step, host))
}

fn writes(step: &StepRecord, host: &dyn Host) -> bool {
    let text = |name: &str| step.inputs.get(name).and_then(Value::as_str).unwrap_or_default();
    match step.action.as_str() {
        "aws:executeAwsApi" => !host.is_read(text("Service"), text("Api")),
        action => !changes_nothing(action),
    }
}

/// Of the steps in a loop each has a record of its own. A script may do what its own role lets it, and has none by default.
fn changes_nothing(action: &str) -> bool {
    matches!(
        action,
        "aws:approve"
            | "aws:assertAwsResourceProperty"
            | "aws:branch"
            | "aws:executeScript"
            | "aws:loop"
            | "aws:pause"
            | "aws:sleep"
            | "aws:updateVariable"
            | "aws:waitForAwsResourceProperty"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_that_was_cut_off_left_is_still_there_when_the_second_one_fails_of_its_first_look() {
        let hands = vec!["aws ec2 start-instances".to_owned()];
        let failed =
            |by_hand: &[String]| Outcome::Failed { step: "s".into(), cause: "c".into(), by_hand: by_hand.to_vec() };
        let nothing = failed(&[NOTHING.to_owned()]);
        let back = Outcome::RolledBack { cause: "s: c".into() };
        for (first, second, outcome) in [
            (None, Left::Untouched, &nothing),
            (None, Left::AsItWas, &back),
            (None, Left::Changed, &failed(&hands)),
            (Some(Left::Untouched), Left::Untouched, &nothing),
            (Some(Left::AsItWas), Left::Untouched, &back),
            (Some(Left::Changed), Left::Untouched, &failed(&hands)),
            // It put back what it found, which need not be what was there at first.
            (Some(Left::Changed), Left::AsItWas, &failed(&hands)),
            (Some(Left::Untouched), Left::AsItWas, &back),
        ] {
            let left = [first, Some(second)].into_iter().flatten().max();
            assert_eq!(&ended("s".into(), "c".into(), left, &hands), outcome, "{first:?} {second:?}");
        }
    }

    #[test]
    fn what_is_not_known_to_change_nothing_may_have_changed_something() {
        for action in ["aws:runCommand", "aws:executeAutomation", "aws:createStack", "aws:changeInstanceState", "new"] {
            assert!(!changes_nothing(action), "{action}");
        }
        assert!(changes_nothing("aws:branch") && changes_nothing("aws:waitForAwsResourceProperty"));
    }
}
