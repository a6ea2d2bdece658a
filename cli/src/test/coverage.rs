//! What no case has come to: steps, and ways from one step to another.
//!
//! Comes in: a document and the records of its runs. Goes out: what there is, and what of it was seen.
//! Never: an opinion about what a case checked there.

use std::collections::BTreeSet;

use engine::{Document, Execution, OnCancel, OnFailure, Step, StepStatus};
use serde::Serialize;
use serde_json::Value;

/// How much of a runbook its cases have seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Coverage {
    pub(super) steps: Part,
    /// Choices of branches, ways after a failure and after a cancellation.
    pub(super) paths: Part,
}

/// One kind of thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    pub(super) all: usize,
    pub(super) seen: usize,
    /// In the order of the document.
    pub(super) unseen: Vec<String>,
}

/// A way out of a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    step: String,
    kind: Kind,
    to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Choice,
    Failure,
    Cancel,
}

impl Coverage {
    pub(super) fn of<'a>(document: &Document, executions: impl Iterator<Item = &'a Execution>) -> Self {
        let (mut steps, mut paths) = (BTreeSet::new(), BTreeSet::new());
        for execution in executions {
            for record in execution.steps.iter().filter(|record| record.visit > 0) {
                steps.insert(record.name.as_str());
                let kind = match record.status {
                    StepStatus::Failed | StepStatus::TimedOut => Kind::Failure,
                    StepStatus::Cancelled => Kind::Cancel,
                    _ => Kind::Choice,
                };
                paths.insert(Path { step: record.name.clone(), kind, to: record.next_step.clone() });
            }
        }
        let all = document.all_steps();
        let names = all.iter().map(|step| (step.name.clone(), steps.contains(step.name.as_str())));
        let ways = all.iter().flat_map(|step| paths_of(document, step));
        let ways: Vec<(String, bool)> = ways.map(|path| (path.to_string(), paths.contains(&path))).collect();
        Self { steps: Part::new(names), paths: Part::new(ways.into_iter()) }
    }
}

impl Part {
    fn new(things: impl Iterator<Item = (String, bool)>) -> Self {
        let mut part = Self::default();
        for (name, seen) in things {
            part.all += 1;
            if seen { part.seen += 1 } else { part.unseen.push(name) }
        }
        part
    }

    /// Whole percent, rounded down: 100 is all.
    pub(super) fn percent(&self) -> usize {
        (self.seen * 100).checked_div(self.all).unwrap_or(100)
    }
}

/// The ways out of a step that somebody wrote down.
fn paths_of(document: &Document, step: &Step) -> Vec<Path> {
    let path = |kind, to: Option<&str>| Path { step: step.name.clone(), kind, to: to.map(str::to_owned) };
    let mut paths = Vec::new();
    if step.action == "aws:branch" {
        let choices = step.inputs.get("Choices").and_then(Value::as_array);
        let targets = choices.into_iter().flatten().filter_map(|choice| choice.get("NextStep")?.as_str());
        paths.extend(targets.map(|target| path(Kind::Choice, Some(target))));
        let default = step.inputs.get("Default").and_then(Value::as_str);
        paths.push(path(Kind::Choice, default.or_else(|| following(document, step))));
    }
    match &step.on_failure {
        OnFailure::Step(target) => paths.push(path(Kind::Failure, Some(target))),
        OnFailure::Continue => paths.push(path(Kind::Failure, following(document, step))),
        OnFailure::Abort => {}
    }
    if let OnCancel::Step(target) = &step.on_cancel {
        paths.push(path(Kind::Cancel, Some(target)));
    }
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths
}

/// The step that follows in the step's own list, if the run goes on there.
fn following<'a>(document: &'a Document, step: &'a Step) -> Option<&'a str> {
    if step.is_end {
        return None;
    }
    let list = list_of(&document.steps, step)?;
    let index = list.iter().position(|other| other.name == step.name)?;
    step.next_step.as_deref().or_else(|| list.get(index + 1).map(|next| next.name.as_str()))
}

/// The list a step stands in. Recursion is bounded by the document's nesting limit.
fn list_of<'a>(list: &'a [Step], step: &Step) -> Option<&'a [Step]> {
    if list.iter().any(|other| other.name == step.name) {
        return Some(list);
    }
    list.iter().find_map(|other| list_of(&other.body, step))
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let to = self.to.as_deref().unwrap_or("the end");
        let step = &self.step;
        match self.kind {
            Kind::Choice => write!(f, "{step} -> {to}"),
            Kind::Failure => write!(f, "{step} fails -> {to}"),
            Kind::Cancel => write!(f, "{step} is cancelled -> {to}"),
        }
    }
}
