//! The part of a plan that nobody can see yet: from the first change on, and the way back.
//!
//! Comes in: where it begins, and what is known. Goes out: every step a run can come to, with inputs as far as they
//! are known, and under which condition.
//! Never: a call; what would be read then is marked.

use std::collections::{BTreeMap, BTreeSet};

use super::before::Read;
use super::entry;
use super::order;
use super::record::{PlanKind, PlannedStep, Round};
use crate::action::{Iterations, choices, variable_target};
use crate::condition::Condition;
use crate::document::{Document, OnCancel, OnFailure, Step};
use crate::host::Host;
use crate::resolve::{resolve, resolve_inputs};
use crate::run::{Graph, Next, Values, Way, edges, in_order, steps_within};

/// Ways under different conditions meet at a step, though not all ways do.
const SEVERAL: &str = "a choice leads there";

/// Loops with more steps than this in all their rounds are planned once for all of them.
const MOST_ENTRIES: usize = 200;

pub(super) struct Unseen<'a> {
    document: &'a Document,
    graph: Graph<'a>,
    host: &'a dyn Host,
    values: Values,
    reads: Vec<Read>,
}

impl<'a> Unseen<'a> {
    pub(super) fn new(document: &'a Document, host: &'a dyn Host, values: Values, reads: Vec<Read>) -> Self {
        Self { document, graph: Graph::new(document), host, values, reads }
    }

    /// The reads that were made, and the values known from them.
    pub(super) fn known(self) -> (Values, Vec<Read>) {
        (self.values, self.reads)
    }

    /// The steps from `start` on, as long as nothing fails, in an order that a run can have.
    pub(super) fn steps(&mut self, start: Option<&'a str>) -> Vec<PlannedStep> {
        let Some(start) = start else { return Vec::new() };
        self.nothing_is_known_of(order::reach(&self.graph, [start], &[Way::Forward, Way::Body]));
        let document = self.document;
        self.list(&document.steps, start, None)
    }

    fn nothing_is_known_of(&mut self, steps: BTreeSet<&'a str>) {
        for name in steps {
            self.values.known_later(name);
            if let Some(variable) = self.graph.step(name).filter(is_update).and_then(variable_target) {
                self.values.variable_known_later(variable, name);
            }
        }
    }

    /// The steps of one list from `start` on.
    fn list(&mut self, list: &'a [Step], start: &'a str, round: Option<&Round>) -> Vec<PlannedStep> {
        let conditions = self.conditions(list, start);
        let names: BTreeSet<&str> = conditions.keys().copied().collect();
        let sorted = order::sorted(&self.graph, &names, &[Way::Forward]);
        let mut entries = Vec::new();
        for step in sorted {
            let when = conditions.get(step.name.as_str()).cloned().flatten();
            entries.extend(self.with_body(step, when, round));
        }
        entries
    }

    /// The entry of a step; a loop is followed by its body, once for each item if the items are known and not too many.
    fn with_body(&mut self, step: &'a Step, when: Option<String>, round: Option<&Round>) -> Vec<PlannedStep> {
        let entry = PlannedStep { round: round.cloned(), ..self.entry(step, when) };
        let mut entries: Vec<PlannedStep> = entry::notice(&entry).into_iter().chain([entry]).collect();
        let Some(first) = step.body.first() else { return entries };
        let numbers: Vec<Option<u32>> = match self.items(step) {
            Some(iterations) => (1..=iterations.most()).map(Some).collect(),
            None => vec![None],
        };
        for number in numbers {
            match self.items(step).zip(number) {
                Some((iterations, number)) => self.values.known_now(&step.name, iterations.outputs(number)),
                None => self.values.known_later(&step.name),
            }
            let round = Round { step: step.name.clone(), number };
            entries.extend(self.list(&step.body, &first.name, Some(&round)));
        }
        self.values.known_later(&step.name);
        entries
    }

    /// The iterations of a loop whose items are known now.
    fn items(&self, step: &Step) -> Option<Iterations> {
        let (inputs, resolved) = resolve_inputs(step, &self.values);
        let known = resolved.later.is_empty() && !step.inputs.contains_key("LoopCondition");
        let iterations = Iterations::read(step, &inputs).ok().filter(|_| known)?;
        let entries = steps_within(step).count() * iterations.most() as usize;
        (entries <= MOST_ENTRIES).then_some(iterations)
    }

    /// The steps that only a failure or a cancellation of the planned ones leads to.
    pub(super) fn undo(&mut self, planned: &[PlannedStep]) -> Vec<PlannedStep> {
        let main: BTreeSet<&str> = planned.iter().map(|step| step.step.as_str()).collect();
        let mut causes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for step in self.document.all_steps().into_iter().filter(|step| main.contains(step.name.as_str())) {
            for target in detours(step).into_iter().filter(|target| !main.contains(target)) {
                causes.entry(target).or_default().push(&step.name);
            }
        }
        let ways = [Way::Forward, Way::Failure, Way::Cancel, Way::Body];
        let reached = order::reach(&self.graph, causes.keys().copied(), &ways);
        let names: BTreeSet<&str> = reached.into_iter().filter(|name| !main.contains(name)).collect();
        self.nothing_is_known_of(names.clone());
        let within = names.iter().filter_map(|name| self.graph.step(name)).flat_map(steps_within);
        let within: BTreeSet<&str> = within.map(|step| step.name.as_str()).collect();
        let outside: BTreeSet<&str> = names.iter().copied().filter(|name| !within.contains(name)).collect();
        let sorted = order::sorted(&self.graph, &outside, &[Way::Forward, Way::Failure]);
        let mut entries = Vec::new();
        for step in sorted {
            let when = causes.get(step.name.as_str()).map(|from| format!("{} does not succeed", from.join(" or ")));
            // What is there by then nobody knows now.
            entries.extend(self.with_body(step, when, None).into_iter().map(|e| PlannedStep { before: None, ..e }));
        }
        entries
    }

    fn entry(&self, step: &Step, when: Option<String>) -> PlannedStep {
        let (inputs, _) = resolve_inputs(step, &self.values);
        let mut entry = entry::of_step(step, &inputs, self.host, &self.reads);
        entry.when = when;
        entry.note = match (entry.kind, entry.note.take()) {
            (PlanKind::Assert, Some(note)) => Some(format!("checked then: {note}")),
            (PlanKind::Wait, Some(note)) => Some(format!("waits until {}", note.trim_start_matches("until "))),
            (PlanKind::Read, _) => Some("read then".to_owned()),
            (PlanKind::Branch, _) => Some(self.decision(&step.name)),
            (_, note) => note,
        };
        entry
    }

    /// Where a branch can go, in words.
    fn decision(&self, branch: &str) -> String {
        let otherwise = self.graph.step(branch).map(otherwise).unwrap_or_default();
        let ways = self.ways(branch);
        let words = ways.iter().map(|(to, when)| match when {
            None => format!("to {to}"),
            Some(when) if *when == otherwise => format!("else to {to}"),
            Some(when) => format!("to {to} if {when}"),
        });
        let words = words.collect::<Vec<_>>().join(", ");
        if ways.iter().all(|(_, when)| when.is_none()) { words } else { format!("decided then: {words}") }
    }

    /// Every step of a list that can come after `start`, with the condition under which it does.
    fn conditions(&self, list: &'a [Step], start: &'a str) -> BTreeMap<&'a str, Option<String>> {
        let mut conditions: BTreeMap<&str, Option<String>> = BTreeMap::new();
        let mut open: Vec<(&str, Option<String>)> = vec![(start, None)];
        while let Some((name, when)) = open.pop() {
            let known = conditions.get(name).cloned();
            let merged = known.clone().map_or_else(|| when.clone(), |known| weaker(known, when.clone()));
            if known.as_ref() == Some(&merged) {
                continue;
            }
            conditions.insert(name, merged);
            let when = conditions.get(name).cloned().flatten();
            let mut ways = self.ways(name);
            ways.retain(|(target, _)| list.iter().any(|step| step.name == *target));
            let targets: Vec<&str> = ways.iter().map(|(target, _)| *target).collect();
            let mut common = order::common(&self.graph, &targets);
            common.retain(|target| list.iter().any(|step| step.name == *target));
            for (target, condition) in ways {
                let condition = if common.contains(target) { None } else { condition };
                open.push((target, both(when.as_deref(), condition)));
            }
            // What comes after the meeting is under the conditions from there on.
            open.extend(order::first(&self.graph, &common).into_iter().map(|target| (target, when.clone())));
        }
        conditions
    }

    /// Where a step can lead without a failure, and when; a choice that is already decided leaves one way.
    fn ways(&self, name: &str) -> Vec<(&'a str, Option<String>)> {
        let Some((list, index)) = place(&self.document.steps, name) else { return Vec::new() };
        let step = &list[index];
        let mut ways = self.exits(step);
        if step.action == "aws:branch" {
            for (target, condition) in choices(step) {
                match self.holds(&condition) {
                    Some(false) => {}
                    Some(true) => {
                        ways.push((self.name(&target), None));
                        return ways;
                    }
                    None => ways.push((self.name(&target), Some(condition.describe()))),
                }
            }
        }
        let otherwise = (!ways.is_empty()).then(|| otherwise(step));
        let default = step.inputs.get("Default").and_then(serde_json::Value::as_str);
        match default.map(|name| Next::Step(name.to_owned())).unwrap_or_else(|| in_order(list, index)) {
            Next::Step(target) => ways.push((self.name(&target), otherwise)),
            Next::End | Next::Abort => {}
        }
        ways.retain(|(target, _)| !target.is_empty());
        ways
    }

    /// Where the body of a loop leads out of it.
    fn exits(&self, step: &Step) -> Vec<(&'a str, Option<String>)> {
        let body: BTreeSet<&str> = steps_within(step).map(|inner| inner.name.as_str()).collect();
        let mut exits = Vec::new();
        for inner in &body {
            let Some((list, index)) = place(&self.document.steps, inner) else { continue };
            let ways = edges(list, index).into_iter().filter(|(to, way)| *way == Way::Forward && !body.contains(to));
            exits.extend(ways.map(|(to, _)| (self.name(to), Some(format!("{inner} leaves {}", step.name)))));
        }
        exits
    }

    /// The document's own spelling of a name, which outlives this.
    fn name(&self, name: &str) -> &'a str {
        self.graph.step(name).map_or("", |step| step.name.as_str())
    }

    /// A condition whose values are all known; a comparison that fails is not decided here.
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let known = |value: &serde_json::Value| {
            let resolved = resolve(value, &self.values);
            resolved.later.is_empty().then_some(resolved.value)
        };
        condition.evaluate(&known).ok().flatten()
    }
}

fn otherwise(step: &Step) -> String {
    match step.body.is_empty() {
        true => format!("{} takes no other way", step.name),
        false => format!("{} ends by itself", step.name),
    }
}

fn is_update(step: &&Step) -> bool {
    step.action == "aws:updateVariable"
}

/// The list that a step stands in, and where. Recursion is bounded by the nesting limit.
fn place<'a>(list: &'a [Step], name: &str) -> Option<(&'a [Step], usize)> {
    let here = list.iter().position(|step| step.name == name);
    here.map(|index| (list, index)).or_else(|| list.iter().find_map(|step| place(&step.body, name)))
}

fn detours(step: &Step) -> Vec<&str> {
    let mut targets = Vec::new();
    if let OnFailure::Step(name) = &step.on_failure {
        targets.push(name.as_str());
    }
    if let OnCancel::Step(name) = &step.on_cancel {
        targets.push(name.as_str());
    }
    targets.dedup();
    targets
}

/// Of two conditions that lead to one step, what holds for both ways; words for people, so not a formula.
fn weaker(known: Option<String>, other: Option<String>) -> Option<String> {
    let (known, other) = (known?, other?);
    if known == SEVERAL || other.starts_with(&known) {
        return Some(known);
    }
    Some(if known.starts_with(&other) { other } else { SEVERAL.to_owned() })
}

/// Both conditions.
pub(super) fn both(outer: Option<&str>, inner: Option<String>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(format!("{outer} and {inner}")),
        (Some(outer), None) => Some(outer.to_owned()),
        (None, inner) => inner,
    }
}
