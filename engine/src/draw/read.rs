//! A document as a flow.
//!
//! Comes in: a document, whole or not. Goes out: its graph, with the ways of the interpreter and no others.
//! Never: a step left out; one that is named and not there is drawn as missing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::flow::{Edge, EdgeKind, Flow, Node, NodeKind, OnFault};
use super::words::{self, IsRead};
use crate::document::{Document, OnCancel, OnFailure, Step};
use crate::run::Graph;

/// The flow of a document, which may have findings. `is_read` tells of a service and an operation whether it only reads;
/// what it does not know counts as a write.
#[must_use]
pub fn flow(document: &Document, is_read: &dyn Fn(&str, &str) -> bool) -> Flow {
    let mut reader = Reader::new(document, is_read);
    reader.node(NodeKind::Start, "start", None, true);
    reader.nodes_of(&document.steps, None);
    if let Some(first) = document.steps.first() {
        let to = reader.by_path(first);
        reader.edge(0, to, EdgeKind::Next, None);
    }
    reader.edges_of(&document.steps, None);
    reader.flow
}

struct Reader<'a> {
    is_read: IsRead<'a>,
    flow: Flow,
    reachable: BTreeMap<&'a str, bool>,
    /// Node of each step by its JSON pointer.
    paths: BTreeMap<&'a str, usize>,
    /// Node of the first step of each name.
    names: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    fn new(document: &'a Document, is_read: IsRead<'a>) -> Self {
        let graph = Graph::new(document);
        let reachable = graph.steps().iter().map(|step| step.path.as_str()).zip(graph.reachable()).collect();
        let flow = Flow {
            document: document.name.clone(),
            description: document.description.clone(),
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        Self { is_read, flow, reachable, paths: BTreeMap::new(), names: BTreeMap::new() }
    }

    fn node(&mut self, kind: NodeKind, name: &str, within: Option<usize>, reachable: bool) -> usize {
        let id = self.flow.nodes.len();
        let (action, call, detail, on_failure, description) = (None, None, None, None, None);
        let (name, notes) = (name.to_owned(), Vec::new());
        let node = Node { id, kind, name, action, call, detail, notes, on_failure, description, within, reachable };
        self.flow.nodes.push(node);
        id
    }

    /// Recursion (loops in loops) is bounded by the parser's nesting limit.
    fn nodes_of(&mut self, steps: &'a [Step], within: Option<usize>) {
        for step in steps {
            let reachable = self.reachable.get(step.path.as_str()).copied().unwrap_or(false);
            let id = self.node(words::kind(step, self.is_read), &step.name, within, reachable);
            let node = &mut self.flow.nodes[id];
            node.action = Some(step.action.clone());
            node.call = words::call(step);
            node.detail = words::detail(step);
            node.notes = words::notes(step);
            node.on_failure = Some(fault(step));
            node.description.clone_from(&step.description);
            self.paths.insert(&step.path, id);
            self.names.entry(step.name.clone()).or_insert(id);
            self.nodes_of(&step.body, Some(id));
        }
    }

    fn by_path(&self, step: &Step) -> usize {
        self.paths.get(step.path.as_str()).copied().unwrap_or_default()
    }

    fn edges_of(&mut self, steps: &'a [Step], within: Option<usize>) {
        for (index, step) in steps.iter().enumerate() {
            let from = self.by_path(step);
            if step.action == "aws:branch" {
                self.choices(from, step, within);
            }
            self.success(from, steps, index, within);
            if let OnFailure::Step(name) = &step.on_failure {
                let to = self.named(name, within, from);
                self.edge(from, to, EdgeKind::Failure, None);
            }
            if let OnCancel::Step(name) = &step.on_cancel {
                let to = self.named(name, within, from);
                self.edge(from, to, EdgeKind::Cancel, None);
            }
            if let Some(first) = step.body.first() {
                let to = self.by_path(first);
                self.edge(from, to, EdgeKind::Body, None);
            }
            self.edges_of(&step.body, Some(from));
        }
    }

    fn choices(&mut self, from: usize, step: &Step, within: Option<usize>) {
        let choices = step.inputs.get("Choices").and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            if let Some(name) = choice.get("NextStep").and_then(Value::as_str) {
                let to = self.named(name, within, from);
                self.edge(from, to, EdgeKind::Choice, Some(words::condition(choice)));
            }
        }
    }

    /// Where a step leads without a choice; a branch only if none holds, or by onFailure: Continue.
    fn success(&mut self, from: usize, steps: &'a [Step], index: usize, within: Option<usize>) {
        let step = &steps[index];
        let branch = step.action == "aws:branch";
        let default = step.inputs.get("Default").and_then(Value::as_str).filter(|_| branch);
        if let Some(name) = default {
            let to = self.named(name, within, from);
            self.edge(from, to, EdgeKind::Default, Some("otherwise".to_owned()));
            if step.on_failure != OnFailure::Continue {
                return;
            }
        }
        let to = match (step.is_end, &step.next_step, steps.get(index + 1)) {
            (false, Some(name), _) => self.named(name, within, from),
            (false, None, Some(next)) => self.by_path(next),
            _ => self.ending(from, within),
        };
        match (branch, default) {
            (true, Some(_)) => self.edge(from, to, EdgeKind::Failure, None),
            (true, None) => self.edge(from, to, EdgeKind::Default, Some("otherwise".to_owned())),
            (false, _) => self.edge(from, to, EdgeKind::Next, None),
        }
    }

    /// Each way ends in a place of its own, so that no line has to go to the end of the page.
    fn ending(&mut self, from: usize, within: Option<usize>) -> usize {
        let reachable = self.flow.nodes[from].reachable;
        match within {
            None => self.node(NodeKind::End, "end", None, reachable),
            Some(_) => self.node(NodeKind::RoundEnd, "end of round", within, reachable),
        }
    }

    /// The step of this name; a node for what is missing, if there is none, one in each list.
    fn named(&mut self, name: &str, within: Option<usize>, from: usize) -> usize {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let reachable = self.flow.nodes[from].reachable;
        let missing = |node: &&Node| node.kind == NodeKind::Missing && node.name == name && node.within == within;
        match self.flow.nodes.iter().find(missing) {
            Some(node) => node.id,
            None => self.node(NodeKind::Missing, name, within, reachable),
        }
    }

    fn edge(&mut self, from: usize, to: usize, kind: EdgeKind, label: Option<String>) {
        let scope = self.flow.nodes[from].within;
        let inside = kind == EdgeKind::Body || scope.is_none_or(|scope| self.is_within(to, scope));
        self.flow.edges.push(Edge { from, to, kind, label, leaves_loop: !inside });
    }

    fn is_within(&self, node: usize, scope: usize) -> bool {
        let parent = |id: &usize| self.flow.nodes[*id].within;
        std::iter::successors(parent(&node), parent).any(|around| around == scope)
    }
}

fn fault(step: &Step) -> OnFault {
    match step.on_failure {
        OnFailure::Abort => OnFault::Abort,
        OnFailure::Continue => OnFault::Continue,
        OnFailure::Step(_) => OnFault::Step,
    }
}
