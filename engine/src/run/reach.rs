//! Which steps a step can lead to.
//!
//! Comes in: a document. Goes out: edges and the steps that can be reached. Never: what a run does; see `flow`.

use std::collections::BTreeSet;

use crate::action::choice_targets;
use crate::document::{Document, OnCancel, OnFailure, Step};

/// Why one step may follow another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// After success, or after a failure that continues.
    Forward,
    /// By onFailure: step.
    Failure,
    /// By onCancel: step.
    Cancel,
}

/// The steps that `list[index]` can lead to; names as written, existing or not.
pub(crate) fn edges(list: &[Step], index: usize) -> Vec<(&str, Way)> {
    let Some(step) = list.get(index) else { return Vec::new() };
    let mut targets: Vec<(&str, Way)> = Vec::new();
    let mut falls_through = !step.is_end;
    if step.action == "aws:branch" {
        let choices = step.inputs.get("Choices").and_then(serde_json::Value::as_array);
        let names = choices.into_iter().flatten().filter_map(|choice| choice.get("NextStep")?.as_str());
        targets.extend(names.map(|name| (name, Way::Forward)));
        let default = step.inputs.get("Default").and_then(serde_json::Value::as_str);
        targets.extend(default.map(|name| (name, Way::Forward)));
        falls_through &= default.is_none();
    }
    if falls_through {
        let next = step.next_step.as_deref().or_else(|| list.get(index + 1).map(|next| next.name.as_str()));
        targets.extend(next.map(|name| (name, Way::Forward)));
    }
    if let OnFailure::Step(name) = &step.on_failure {
        targets.push((name, Way::Failure));
    }
    if let OnCancel::Step(name) = &step.on_cancel {
        targets.push((name, Way::Cancel));
    }
    targets
}

/// The names of all steps that a run can come to, by whatever way; loop bodies wholly, if the loop.
pub(crate) fn reachable(document: &Document) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = document.steps.first().map(|step| step.name.as_str()).into_iter().collect();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        if let Some((list, index)) = find(&document.steps, name) {
            open.extend(edges(list, index).into_iter().map(|(target, _)| target));
            open.extend(list[index].body.iter().map(|step| step.name.as_str()));
        }
    }
    seen
}

/// The list a step stands in, and where. Recursion is bounded by the parser's nesting limit.
pub(crate) fn find<'a>(list: &'a [Step], name: &str) -> Option<(&'a [Step], usize)> {
    if let Some(index) = list.iter().position(|step| step.name == name) {
        return Some((list, index));
    }
    list.iter().find_map(|step| find(&step.body, name))
}

/// Targets of a step with the JSON pointers of their names, for findings.
pub(crate) fn written_targets(step: &Step) -> Vec<(String, crate::report::Spot, Way)> {
    let spot = crate::report::Spot::of_step(&step.path, &step.name);
    let mut targets: Vec<(String, crate::report::Spot, Way)> = Vec::new();
    if let Some(next) = &step.next_step {
        targets.push((next.clone(), spot.key("nextStep"), Way::Forward));
    }
    if step.action == "aws:branch" {
        targets.extend(choice_targets(step).into_iter().map(|(name, spot)| (name, spot, Way::Forward)));
    }
    if let OnFailure::Step(name) = &step.on_failure {
        targets.push((name.clone(), spot.key("onFailure"), Way::Failure));
    }
    if let OnCancel::Step(name) = &step.on_cancel {
        targets.push((name.clone(), spot.key("onCancel"), Way::Cancel));
    }
    targets
}
