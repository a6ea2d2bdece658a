//! The graph of steps: targets exist, nothing goes round, everything can be reached.

use std::collections::{BTreeMap, BTreeSet};

use crate::action;
use crate::document::{Document, Step};
use crate::report::{Reporter, Spot};
use crate::run::{Way, edges, find_step, reachable, written_targets};

pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    let known: BTreeSet<&str> = document.all_steps().into_iter().map(|step| step.name.as_str()).collect();
    for step in document.all_steps() {
        for (target, spot, way) in written_targets(step) {
            if known.contains(target.as_str()) {
                legal_target(document, step, &target, way, &spot, reporter);
            } else {
                unknown_target(&known, &target, &spot, reporter);
            }
        }
    }
    cycles(document, reporter);
    unreachable(document, reporter);
}

fn unknown_target(known: &BTreeSet<&str>, target: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let finding = reporter.error("unknown-step", spot, format!("there is no step {target}"));
    if let Some(near) = known.iter().find(|name| name.eq_ignore_ascii_case(target)) {
        finding.hint(format!("it is spelt {near}"));
    }
}

fn legal_target(document: &Document, from: &Step, target: &str, way: Way, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some((list, index)) = find_step(&document.steps, target) else { return };
    let to = &list[index];
    // A body's paths begin with the loop's.
    let body = to.path.rsplit_once("/inputs/Steps/").map(|(owner, _)| format!("{owner}/inputs/Steps/"));
    if body.is_some_and(|body| !from.path.starts_with(&body)) {
        let message = format!("the step {target} is inside a loop and cannot be entered from outside");
        reporter.error("jump-into-loop", spot, message);
    }
    if way == Way::Cancel && action::spec(&to.action).is_some_and(|spec| !spec.cancel_target) {
        // AWS documents the list; its own samples break it.
        let message = format!("onCancel may not lead to a step with {}, by AWS's documentation", to.action);
        reporter.warning("cancel-target", spot, message);
    }
}

/// Depth-first over nextStep, order, branches and onFailure; each circle is found once, at the edge that closes it.
fn cycles(document: &Document, reporter: &mut Reporter<'_>) {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for step in document.all_steps() {
        let mut path: Vec<&str> = Vec::new();
        // (step, whether it is left)
        let mut open = vec![(step.name.as_str(), false)];
        while let Some((name, leaving)) = open.pop() {
            if leaving {
                path.pop();
                done.insert(name);
                continue;
            }
            if let Some(start) = path.iter().position(|on_path| *on_path == name) {
                circle(document, &path[start..], reporter);
                continue;
            }
            if done.contains(name) {
                continue;
            }
            path.push(name);
            open.push((name, true));
            open.extend(successors(document, name).into_iter().map(|next| (next, false)));
        }
    }
}

fn successors<'a>(document: &'a Document, name: &str) -> Vec<&'a str> {
    let Some((list, index)) = find_step(&document.steps, name) else { return Vec::new() };
    let forward = edges(list, index).into_iter().filter(|(_, way)| *way != Way::Cancel);
    forward.map(|(target, _)| target).collect()
}

fn circle(document: &Document, steps: &[&str], reporter: &mut Reporter<'_>) {
    let Some(last) = steps.last().and_then(|name| document.step(name)) else { return };
    let mut names: Vec<&str> = steps.to_vec();
    names.extend(steps.first());
    let message = format!("the steps go round in a circle: {}", names.join(" -> "));
    let hint = "repeat with aws:loop, maxAttempts or aws:waitForAwsResourceProperty";
    reporter.error("cycle", &Spot::of_step(&last.path, &last.name), message).hint(hint);
}

fn unreachable(document: &Document, reporter: &mut Reporter<'_>) {
    let reached = reachable(document);
    let mut reported: BTreeMap<&str, ()> = BTreeMap::new();
    for step in document.all_steps().into_iter().filter(|step| !step.name.is_empty()) {
        if !reached.contains(step.name.as_str()) && reported.insert(&step.name, ()).is_none() {
            let spot = Spot::of_step(&step.path, &step.name);
            reporter.warning("unreachable-step", &spot, format!("no step leads to {}", step.name));
        }
    }
}
