//! The graph of steps: targets exist, nothing goes round, everything can be reached.

use crate::action;
use crate::document::{Document, Step};
use crate::near::nearest;
use crate::report::{Reporter, Spot};
use crate::run::{Graph, Way, written_targets};

pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    let graph = Graph::new(document);
    for step in graph.steps() {
        for (target, spot, way) in written_targets(step) {
            match graph.step(&target) {
                Some(to) => legal_target(step, to, way, &spot, reporter),
                None => unknown_target(&graph, &target, &spot, reporter),
            }
        }
    }
    cycles(&graph, reporter);
    unreachable(&graph, reporter);
}

fn unknown_target(graph: &Graph<'_>, target: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let finding = reporter.error("unknown-step", spot, format!("there is no step {target}"));
    if let Some(near) = nearest(target, graph.steps().iter().map(|step| step.name.as_str())) {
        finding.spelt(target, near);
    }
}

fn legal_target(from: &Step, to: &Step, way: Way, spot: &Spot, reporter: &mut Reporter<'_>) {
    // A body's paths begin with the loop's.
    let body = to.path.rsplit_once("/inputs/Steps/").map(|(owner, _)| format!("{owner}/inputs/Steps/"));
    if body.is_some_and(|body| !from.path.starts_with(&body)) {
        let message = format!("the step {} is inside a loop and cannot be entered from outside", to.name);
        reporter.error("jump-into-loop", spot, message);
    }
    if way == Way::Cancel && action::spec(&to.action).is_some_and(|spec| !spec.cancel_target) {
        // AWS documents the list; its own samples break it.
        let message = format!("onCancel may not lead to a step with {}, by AWS's documentation", to.action);
        reporter.warning("cancel-target", spot, message);
    }
}

/// How far the search for circles is with a step.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    OnPath,
    Done,
}

/// Depth-first over nextStep, order, branches and onFailure; each circle is found once, at the edge that closes it.
fn cycles(graph: &Graph<'_>, reporter: &mut Reporter<'_>) {
    let mut marks = vec![Mark::New; graph.steps().len()];
    let mut path: Vec<usize> = Vec::new();
    for start in 0..marks.len() {
        // A step, and whether it is being left.
        let mut open = vec![(start, false)];
        while let Some((position, leaving)) = open.pop() {
            match marks[position] {
                _ if leaving => {
                    path.pop();
                    marks[position] = Mark::Done;
                }
                Mark::Done => {}
                Mark::OnPath => circle(graph, &path, position, reporter),
                Mark::New => {
                    marks[position] = Mark::OnPath;
                    path.push(position);
                    open.push((position, true));
                    open.extend(graph.next(position, &[Way::Forward, Way::Failure]).map(|next| (next, false)));
                }
            }
        }
    }
}

fn circle(graph: &Graph<'_>, path: &[usize], closes: usize, reporter: &mut Reporter<'_>) {
    let start = path.iter().position(|on_path| *on_path == closes).unwrap_or(0);
    let steps: Vec<&Step> = path[start..].iter().map(|position| graph.steps()[*position]).collect();
    let Some(last) = steps.last() else { return };
    let mut names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    names.extend(names.first().copied());
    let message = format!("the steps go round in a circle: {}", names.join(" -> "));
    let hint = "repeat with aws:loop, maxAttempts or aws:waitForAwsResourceProperty";
    reporter.error("cycle", &Spot::of_step(&last.path, &last.name), message).hint(hint);
}

fn unreachable(graph: &Graph<'_>, reporter: &mut Reporter<'_>) {
    for (step, reachable) in graph.steps().iter().zip(graph.reachable()) {
        // Of steps with one name only the first has a place in the graph.
        let first = graph.step(&step.name).is_some_and(|first| first.path == step.path);
        if first && !reachable && !step.name.is_empty() {
            let spot = Spot::of_step(&step.path, &step.name);
            reporter.warning("unreachable-step", &spot, format!("no step leads to {}", step.name));
        }
    }
}
