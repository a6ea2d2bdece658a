//! Where a run goes from a step, in words.
//!
//! Comes in: a step and the list it stands in. Goes out: sentences about success, failure and cancellation, where they
//! are not the plain case.
//! Never: the plain case said again: on success the next step, on failure and cancellation the end.

use serde_json::Value;

use super::conditions;
use crate::action::choices;
use crate::document::{OnCancel, OnFailure, Step};
use crate::run::{Next, in_order};

/// The ways of a branch, in the order in which they are tried.
pub(super) fn choices_of(step: &Step, list: &[Step], index: usize) -> Vec<String> {
    if step.action != "aws:branch" {
        return Vec::new();
    }
    let mut ways: Vec<String> = choices(step)
        .iter()
        .map(|(target, condition)| format!("If {}: {target}.", conditions::words(condition)))
        .collect();
    let default = step.inputs.get("Default").and_then(Value::as_str).map(str::to_owned);
    let otherwise = match default.map_or_else(|| in_order(list, index), Next::Step) {
        Next::Step(name) => name,
        Next::End | Next::Abort => "the end".to_owned(),
    };
    ways.push(format!("Otherwise: {otherwise}."));
    ways
}

/// What follows success, unless it is the next step in the list.
pub(super) fn after_success(step: &Step, list: &[Step], index: usize, in_loop: bool) -> Option<String> {
    if step.action == "aws:branch" {
        return None;
    }
    let last = index + 1 == list.len();
    match in_order(list, index) {
        Next::Step(name) if list.get(index + 1).is_some_and(|next| next.name == name) => None,
        Next::Step(name) => Some(format!("Then it goes on with {name}.")),
        _ if last => None,
        _ if in_loop => Some("This round of the loop ends here.".to_owned()),
        _ => Some("The run ends here.".to_owned()),
    }
}

/// What follows a failure, unless it ends the run.
pub(super) fn after_failure(step: &Step) -> Option<String> {
    let counts = if step.critical() { ", and is Failed in the end" } else { "" };
    match &step.on_failure {
        OnFailure::Abort => None,
        OnFailure::Continue if step.is_end => {
            Some(format!("If it fails, the run ends{}.", if step.critical() { " Failed" } else { " all the same" }))
        }
        OnFailure::Continue if step.critical() => {
            Some("If it fails, the run goes on all the same, but is Failed in the end.".to_owned())
        }
        OnFailure::Continue => {
            Some("If it fails, the run goes on all the same, and the failure does not count.".to_owned())
        }
        OnFailure::Step(name) => Some(format!("If it fails, the run goes to {name}{counts}.")),
    }
}

/// What follows a cancellation, unless it ends the run.
pub(super) fn after_cancel(step: &Step) -> Option<String> {
    match &step.on_cancel {
        OnCancel::Abort => None,
        OnCancel::Step(name) => Some(format!("If the run is cancelled here, it goes to {name}.")),
    }
}
