//! What each action takes: types, limits, and which inputs belong together or exclude each other.
//!
//! Comes in: a step. Goes out: findings about its literal inputs.
//! Never: a judgement of a reference; what it will be is known when the step runs.

mod group;
mod handler;
mod kind;
mod list;
mod table;

use crate::document::{Document, Step};
use crate::report::{Reporter, Spot};

pub(super) fn check(document: &Document, step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let spot = &spot.key("inputs");
    if let Some(entry) = table::entry(&step.action) {
        for (key, kind) in entry.inputs {
            if let Some(value) = step.inputs.get(*key) {
                kind.check(value, key, &spot.key(key), reporter);
            }
        }
        for group in entry.groups {
            group.check(step, spot, reporter);
        }
    }
    match step.action.as_str() {
        "aws:updateVariable" => variable(document, step, spot, reporter),
        "aws:createTags" => one_resource(step, spot, reporter),
        "aws:loop" => nested(step, spot, reporter),
        "aws:approve" => topic(step, spot, reporter),
        "aws:executeScript" => {
            script(step, spot, reporter);
            handler::check(step, spot, reporter);
        }
        _ => {}
    }
}

/// The variable that is set is declared, and a literal is of its type.
fn variable(document: &Document, step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let written = step.inputs.get("Name").and_then(|name| name.as_str()).unwrap_or_default();
    let bare = written.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
    let Some(name) = bare.strip_prefix("variable:") else { return };
    let Some(variable) = document.variable(name) else {
        // In braces it is a reference, and found as such.
        if !written.contains("{{") {
            let message = format!("the variable {name} is not declared");
            reporter.error("undeclared-variable", &spot.key("Name"), message);
        }
        return;
    };
    let value = step.inputs.get("Value").filter(|value| !kind::may_be_anything(value));
    if value.is_some_and(|value| !variable.value_type.admits(value)) {
        let message = format!("the value is not of the variable's type {}", variable.value_type.name());
        reporter.error("wrong-type", &spot.key("Value"), message);
    }
}

/// SSM's own resources are tagged one at a time.
fn one_resource(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let of_ssm = step.inputs.get("ResourceType").and_then(|kind| kind.as_str());
    let of_ssm = of_ssm.filter(|kind| ["ManagedInstance", "MaintenanceWindow", "Parameter"].contains(kind));
    let ids = step.inputs.get("ResourceIds").and_then(|ids| ids.as_array()).map_or(0, Vec::len);
    if let Some(kind) = of_ssm.filter(|_| ids > 1) {
        let message = format!("of type {kind} one resource is tagged at a time, not {ids}");
        reporter.error("input-value", &spot.key("ResourceIds"), message);
    }
}

fn nested(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    for inner in step.body.iter().filter(|inner| inner.action == "aws:loop") {
        let spot = Spot::of_step(inner.pointer(), &inner.name);
        reporter.warning("nested-loop", &spot, "a loop inside a loop; AWS documents none");
    }
    if step.inputs.contains_key("IteratorDataType") && !step.inputs.contains_key("Iterators") {
        reporter.warning("unknown-input", &spot.key("IteratorDataType"), "IteratorDataType goes with Iterators");
    }
}

/// The role that AWS provides may publish to topics of this name only.
fn topic(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let arn = step.inputs.get("NotificationArn").and_then(|arn| arn.as_str()).filter(|arn| !arn.contains("{{"));
    let name = arn.filter(|arn| arn.starts_with("arn:")).and_then(|arn| arn.rsplit(':').next());
    if let Some(name) = name.filter(|name| !name.starts_with("Automation")) {
        let message = format!("the topic {name} has no name that begins with Automation");
        reporter.warning("input-value", &spot.key("NotificationArn"), message).hint("SSM publishes to no other");
    }
}

/// Runtimes that AWS's documents name, now or in the past.
const RUNTIMES: [&str; 9] = [
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "PowerShell Core 6.0",
    "PowerShell 7.0",
    "PowerShell 7.4",
];

fn script(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let text = |key: &str| step.inputs.get(key).and_then(|value| value.as_str()).filter(|text| !text.contains("{{"));
    let Some(runtime) = text("Runtime") else { return };
    if !RUNTIMES.contains(&runtime) {
        let finding = reporter.warning("unknown-runtime", &spot.key("Runtime"), format!("the runtime is {runtime}"));
        match crate::near::nearest(runtime, RUNTIMES) {
            Some(near) => finding.spelt(runtime, near),
            None => finding.hint(format!("known: {}", RUNTIMES[3..].join(", "))),
        }
    }
    if runtime.starts_with("python") && !step.inputs.contains_key("Handler") {
        reporter.error("missing-input", spot, "a Python script needs the input Handler");
    }
    let endings: &[&str] = if runtime.starts_with("python") { &[".py", ".zip"] } else { &[".zip"] };
    if let Some(name) = text("Attachment").filter(|name| !endings.iter().any(|ending| name.ends_with(ending))) {
        let message = format!("the attachment {name} is no {} file", endings.join(" or "));
        reporter.warning("input-value", &spot.key("Attachment"), message);
    }
}
