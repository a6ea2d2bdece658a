//! What a step that runs another runbook comes to: that runbook's own steps, for each target.
//!
//! Comes in: the step's entry, and where it stands. Goes out: the entry and the runbook's steps, or why they cannot be
//! told. Never: a call of anything that is not a read; a runbook that is run after a change is not read with.

use serde_json::{Map, Value, json};

use super::before::Read;
use super::child::{Child, later_in};
use super::record::{PlanKind, PlannedStep};
use super::unfold::{Unfold, Unfolded};
use super::unseen::both;
use crate::action::{Children, asks_for_targets, family};
use crate::document::{Document, Step};
use crate::host::{FaultKind, HostError};
use crate::resolve::as_text;
use crate::run::{Attempt, Cause, Rate, RateVerdict, RunError, Setting, Stop, Values};

/// Of many targets so many are planned.
const MOST_CHILDREN: usize = 10;

/// Where a step stands.
pub(super) struct Parent<'p> {
    pub(super) setting: &'p Setting<'p>,
    pub(super) step: &'p Step,
    pub(super) values: &'p Values,
    pub(super) reads: &'p [Read],
    /// Whether nothing is changed before it.
    pub(super) seen: bool,
    /// Whether it is on the way back.
    pub(super) back: bool,
}

/// What a step comes to.
pub(super) struct Offspring {
    /// The step's own entry and those of its runbook.
    pub(super) steps: Vec<PlannedStep>,
    pub(super) undo: Vec<PlannedStep>,
    /// Whether all of it was seen to its end, so that nothing is changed by it.
    pub(super) seen: bool,
    /// Whether it was seen that the step fails.
    pub(super) failed: bool,
}

/// The children of a step as they are planned one after another.
struct Line<'l> {
    document: &'l Document,
    number: u32,
    done: Unfolded,
    /// Why each child that fails does.
    failures: Vec<String>,
}

impl Parent<'_> {
    /// Whether a failure of the step is the run's, as far as it is known that it runs.
    fn counts(&self, entry: &PlannedStep) -> bool {
        let runs = entry.round.as_ref().is_none_or(|round| round.number.is_some());
        self.step.critical() && entry.when.is_none() && runs && !self.back
    }

    /// It fails, or nothing can be told of it; nothing follows.
    fn alone(&self, mut entry: PlannedStep, note: String, failed: bool) -> Offspring {
        entry.fails = failed && self.counts(&entry);
        entry.note = Some(if failed { format!("fails: {note}") } else { note });
        Offspring { steps: vec![entry], undo: Vec::new(), seen: failed, failed }
    }
}

impl Unfold {
    /// The entry of a step that runs another runbook, with what that would do.
    pub(super) async fn offspring(&mut self, parent: &Parent<'_>, entry: PlannedStep) -> Result<Offspring, HostError> {
        let inputs = entry.input.as_object().cloned().unwrap_or_default();
        if let Some(why) = unknown(&inputs) {
            return Ok(parent.alone(entry, why, false));
        }
        if self.left == 0 {
            return Ok(parent.alone(entry, "its steps are not listed: there are too many".to_owned(), false));
        }
        self.number += 1;
        let number = self.number;
        let found_then = !parent.seen && asks_for_targets(&inputs);
        let inputs = if found_then { targets_later(inputs, &parent.label()) } else { inputs };
        let setting = Setting { prefix: format!("plan/child/{number}/"), ..parent.setting.clone() };
        let mut attempt = Attempt::looking(parent.step, &inputs, parent.values, &setting);
        let (document, children) = match family(&mut attempt).await {
            Ok(family) => family,
            Err(Stop::Host(error)) => return Err(error),
            Err(Stop::Failed { cause, message, .. }) => {
                let failed = !passes(&cause);
                return Ok(parent.alone(entry, message, failed));
            }
            Err(_) => return Ok(parent.alone(entry, "cannot be told now".to_owned(), false)),
        };
        let mut line = Line { document: &document, number, done: Unfolded::default(), failures: Vec::new() };
        line.done.seen = parent.seen;
        match children {
            Children::One(parameters) => {
                self.child(parent, &mut line, None, parameters).await?;
                let failed = !line.failures.is_empty();
                Ok(line.ends(parent, entry, Vec::new(), failed))
            }
            Children::Many(all, rate) => {
                let mut notes = vec![targets(all.len(), found_then)];
                let failed = self.many(parent, &mut line, &all, rate.one_by_one(), &mut notes).await?;
                Ok(line.ends(parent, entry, notes, failed))
            }
        }
    }

    /// Plans one child for each target, as long as the errors are not too many; whether they are.
    async fn many(
        &mut self,
        parent: &Parent<'_>,
        line: &mut Line<'_>,
        all: &[Map<String, Value>],
        mut rate: Rate,
        notes: &mut Vec<String>,
    ) -> Result<bool, HostError> {
        for (child, parameters) in (1_u32..).zip(all.iter().take(MOST_CHILDREN)) {
            if rate.start().is_none() {
                break;
            }
            let fine = self.child(parent, line, Some(child), parameters.clone()).await?;
            rate.end(if fine { RateVerdict::Success } else { RateVerdict::Error });
        }
        if rate.has_failed() {
            notes.push(format!("fails: {}", rate.words()));
        } else if let Some(rest) = all.get(MOST_CHILDREN..).filter(|rest| !rest.is_empty()) {
            line.done.seen = false;
            notes.push(more(rest));
        }
        Ok(rate.has_failed())
    }

    /// Plans one child; whether it was not seen to fail.
    async fn child(
        &mut self,
        parent: &Parent<'_>,
        line: &mut Line<'_>,
        child: Option<u32>,
        parameters: Map<String, Value>,
    ) -> Result<bool, HostError> {
        let label = parent.label();
        let of =
            child.map_or_else(|| format!("{}/", parent.step.name), |child| format!("{}#{child}/", parent.step.name));
        let at = Child {
            parent: parent.setting,
            document: line.document,
            prefix: format!("plan/child/{}/{}:", line.number, child.unwrap_or(1)),
            label: format!("{}{of}", parent.setting.label),
            after: &label,
            now: parent.values.now(),
            seen: line.done.seen,
        };
        let before = self.left;
        let unfolded = match at.plan(self, parameters, parent.reads.to_vec()).await {
            Ok(unfolded) => unfolded,
            Err(RunError::Host(error)) => return Err(error),
            Err(refused) => {
                let which = child.map(|child| format!("child {child}: ")).unwrap_or_default();
                line.failures.push(format!("{which}{}: {refused}", line.document.name));
                return Ok(false);
            }
        };
        let failing = unfolded.steps.iter().find(|step| step.fails).map(|step| step.step.clone());
        line.done.seen &= unfolded.seen;
        // With those of the runbooks in it, which were counted on the way.
        self.left = before.saturating_sub(unfolded.steps.len() + unfolded.undo.len());
        for (from, to) in [(unfolded.steps, &mut line.done.steps), (unfolded.undo, &mut line.done.undo)] {
            to.extend(from.into_iter().map(|step| beneath(&of, step)));
        }
        let fine = failing.is_none();
        line.failures.extend(failing.map(|step| format!("{} fails at {of}{step}", line.document.name)));
        Ok(fine)
    }
}

impl Parent<'_> {
    fn label(&self) -> String {
        self.setting.label(&self.step.name)
    }
}

impl Line<'_> {
    /// The step's entry first.
    fn ends(self, parent: &Parent<'_>, mut entry: PlannedStep, mut notes: Vec<String>, failed: bool) -> Offspring {
        if notes.is_empty() && failed {
            notes.push("fails".to_owned());
        }
        let counts = failed && parent.counts(&entry);
        let note = [notes.join(", "), self.failures.join("; ")];
        let note: Vec<String> = note.into_iter().filter(|note| !note.is_empty()).collect();
        entry.note = (!note.is_empty()).then(|| note.join(": "));
        entry.kind = PlanKind::Runbook;
        entry.fails = counts;
        let of = |step: PlannedStep| PlannedStep {
            when: both(entry.when.as_deref(), step.when),
            round: step.round.or_else(|| entry.round.clone()),
            fails: step.fails && counts,
            before: step.before.filter(|_| !parent.back),
            ..step
        };
        let undo = self.done.undo.into_iter().map(of).collect();
        let inner: Vec<PlannedStep> = self.done.steps.into_iter().map(of).collect();
        let steps = std::iter::once(entry).chain(inner).collect();
        Offspring { steps, undo, seen: self.done.seen, failed }
    }
}

/// A step of another runbook, as the one around it names it.
fn beneath(of: &str, mut step: PlannedStep) -> PlannedStep {
    step.step.insert_str(0, of);
    if let Some(round) = &mut step.round {
        round.step.insert_str(0, of);
    }
    step
}

/// Why it cannot be told now what a step runs.
fn unknown(inputs: &Map<String, Value>) -> Option<String> {
    let whole = [
        ("DocumentName", "its runbook is"),
        ("DocumentVersion", "its version is"),
        ("Targets", "its targets are"),
        ("TargetParameterName", "the name of the parameter for its targets is"),
    ];
    let open = whole.iter().find_map(|(key, what)| Some((*what, later_in(inputs.get(*key)?)?)));
    // A mark in place of the map; one inside it is of one parameter.
    let maps = [("RuntimeParameters", "its parameters are"), ("TargetMaps", "its targets are")];
    let maps = maps.iter().find_map(|(key, what)| {
        let value = inputs.get(*key)?;
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        items.iter().filter(|item| item.is_string()).find_map(|item| Some((*what, later_in(item)?)))
    });
    open.or(maps).map(|(what, step)| format!("{what} known after {step}"))
}

/// How many there are, in words.
fn targets(number: usize, found_then: bool) -> String {
    match (number, found_then) {
        (_, true) => "for each target that is found then".to_owned(),
        (1, false) => "for one target".to_owned(),
        (many, false) => format!("for each of {many} targets"),
    }
}

/// One that stands for all targets that AWS must be asked for, which are found when the step runs.
fn targets_later(mut inputs: Map<String, Value>, step: &str) -> Map<String, Value> {
    let value = format!("<known after {step}>");
    inputs.insert("Targets".to_owned(), json!([{"Key": "ParameterValues", "Values": [value]}]));
    inputs
}

/// An error that may have passed by the time of the run.
fn passes(cause: &Cause) -> bool {
    let Cause::Call { fault } = cause else { return false };
    matches!(fault.kind, FaultKind::Throttled | FaultKind::ServiceFault | FaultKind::NoAnswer)
}

/// The targets that are not planned, by their parameters, so that the hash counts them.
fn more(rest: &[Map<String, Value>]) -> String {
    let each: Vec<String> = rest.iter().map(|own| as_text(&Value::Object(own.clone()))).collect();
    format!("and {} more: {}", rest.len(), each.join(", "))
}
