//! Which steps a step can lead to.
//!
//! Comes in: a document. Goes out: edges, and what can be reached by them. Never: what a run does; see `flow`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
    /// From a loop into its body, and from a body to what follows its loop.
    Body,
}

/// All ways.
const ANY: [Way; 4] = [Way::Forward, Way::Failure, Way::Cancel, Way::Body];

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
        falls_through &= default.is_none() || step.on_failure == OnFailure::Continue;
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

/// All steps of a document, loop bodies included, and the edges between them. Names that do not exist have no edge,
/// of steps with one name the first counts: the validator tells of both.
#[derive(Debug)]
pub(crate) struct Graph<'a> {
    steps: Vec<&'a Step>,
    index: BTreeMap<&'a str, usize>,
    next: Vec<Vec<(usize, Way)>>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(document: &'a Document) -> Self {
        let steps = document.all_steps();
        let mut index = BTreeMap::new();
        for (position, step) in steps.iter().enumerate() {
            index.entry(step.name.as_str()).or_insert(position);
        }
        let mut graph = Self { next: vec![Vec::new(); steps.len()], steps, index };
        graph.connect(&document.steps, &[]);
        graph
    }

    /// Edges of a list of steps; each also leads where its loop does. Recursion is bounded by the nesting limit.
    fn connect(&mut self, list: &'a [Step], after_loop: &[(usize, Way)]) {
        for (at, step) in list.iter().enumerate() {
            let Some(position) = self.position(&step.name) else { continue };
            let mut next: Vec<(usize, Way)> = after_loop.to_vec();
            next.extend(edges(list, at).into_iter().filter_map(|(name, way)| Some((self.position(name)?, way))));
            let after: Vec<(usize, Way)> = next.iter().map(|(target, _)| (*target, Way::Body)).collect();
            next.extend(step.body.first().and_then(|first| Some((self.position(&first.name)?, Way::Body))));
            self.next[position] = next;
            self.connect(&step.body, &after);
        }
    }

    pub(crate) fn steps(&self) -> &[&'a Step] {
        &self.steps
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub(crate) fn step(&self, name: &str) -> Option<&'a Step> {
        self.position(name).map(|position| self.steps[position])
    }

    /// Where a step leads by these ways.
    pub(crate) fn next(&self, position: usize, ways: &[Way]) -> impl Iterator<Item = usize> {
        let next = self.next.get(position).into_iter().flatten();
        next.filter(|(_, way)| ways.contains(way)).map(|(target, _)| *target)
    }

    /// Whether each step can be reached from these, which count as reached.
    pub(crate) fn reach(&self, from: impl IntoIterator<Item = usize>, ways: &[Way]) -> Vec<bool> {
        let mut reached = vec![false; self.steps.len()];
        let mut open: Vec<usize> = from.into_iter().collect();
        while let Some(position) = open.pop() {
            if !std::mem::replace(&mut reached[position], true) {
                open.extend(self.next(position, ways));
            }
        }
        reached
    }

    /// Whether a run can come to each step, by whatever way.
    pub(crate) fn reachable(&self) -> Vec<bool> {
        let first = (!self.steps.is_empty()).then_some(0);
        self.reach(first, &ANY)
    }
}

/// The steps that can come after one step: the nearest first, and looked for only as far as somebody asks.
#[derive(Debug)]
pub(crate) struct Followers {
    found: BTreeSet<usize>,
    open: VecDeque<usize>,
}

impl Followers {
    pub(crate) fn of(graph: &Graph<'_>, position: usize) -> Self {
        let mut followers = Self { found: BTreeSet::new(), open: VecDeque::new() };
        followers.go_on(graph, position);
        followers
    }

    pub(crate) fn contains(&mut self, graph: &Graph<'_>, position: usize) -> bool {
        while !self.found.contains(&position) {
            let Some(nearest) = self.open.pop_front() else { return false };
            self.go_on(graph, nearest);
        }
        true
    }

    fn go_on(&mut self, graph: &Graph<'_>, position: usize) {
        for next in graph.next(position, &ANY) {
            if self.found.insert(next) {
                self.open.push_back(next);
            }
        }
    }
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
