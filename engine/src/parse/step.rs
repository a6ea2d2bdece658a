//! A tree to a [`Step`].
//!
//! Comes in: one item of mainSteps or of a loop's Steps. Goes out: the step, or as much of it as can be read; a
//! part that could not be read has an empty name there, which later checks pass over.
//! Never: what an action demands of its inputs; each action says that itself.

use serde_json::{Map, Value};

use super::shape::{text, unknown_keys, unknown_type};
use crate::document::{Amount, OnCancel, OnFailure, Step, StepOutput, ValueType};
use crate::finding::Finding;
use crate::near::nearest;
use crate::report::{Reporter, Spot};

const STEP_KEYS: [&str; 12] = [
    "name",
    "action",
    "inputs",
    "description",
    "maxAttempts",
    "timeoutSeconds",
    "onFailure",
    "onCancel",
    "isEnd",
    "isCritical",
    "nextStep",
    "outputs",
];

pub(super) fn steps(items: &[Value], spot: &Spot, reporter: &mut Reporter<'_>) -> Vec<Step> {
    let mut list = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let spot = spot.index(index);
        match item {
            Value::Object(map) => list.push(step(map, &spot, reporter)),
            _ => {
                reporter.error("wrong-type", &spot, "a step is a mapping with name, action and inputs");
            }
        }
    }
    list
}

/// Recursion (loops in loops) is bounded by the nesting limit.
fn step(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Step {
    let name = required(map, "name", spot, reporter);
    let spot = &Spot::of_step(&spot.path, &name);
    unknown_keys(map, &STEP_KEYS, spot, reporter);
    let action = required(map, "action", spot, reporter);
    let (inputs, body) = inputs(map, &action, spot, reporter);
    Step {
        name,
        action,
        description: text(map, "description", spot, reporter),
        inputs,
        outputs: outputs(map, spot, reporter),
        on_failure: on_failure(map, spot, reporter),
        on_cancel: on_cancel(map, spot, reporter),
        is_end: flag(map, "isEnd", spot, reporter).unwrap_or(false),
        is_critical: flag(map, "isCritical", spot, reporter),
        next_step: text(map, "nextStep", spot, reporter),
        timeout: amount(map, "timeoutSeconds", spot, reporter),
        max_attempts: amount(map, "maxAttempts", spot, reporter),
        body,
        path: spot.path.clone(),
    }
}

/// Text that must be there; empty if it is not, after a finding.
fn required(map: &Map<String, Value>, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) -> String {
    if matches!(map.get(key), None | Some(Value::Null)) {
        reporter.error("missing-key", spot, format!("{key} is missing"));
    }
    text(map, key, spot, reporter).unwrap_or_default()
}

fn inputs(
    map: &Map<String, Value>,
    action: &str,
    spot: &Spot,
    reporter: &mut Reporter<'_>,
) -> (Map<String, Value>, Vec<Step>) {
    let spot = spot.key("inputs");
    let mut inputs = match map.get("inputs") {
        Some(Value::Object(inputs)) => inputs.clone(),
        None | Some(Value::Null) => {
            reporter.error("missing-key", &spot, "inputs is missing").hint("an action without inputs has inputs: {}");
            return (Map::new(), Vec::new());
        }
        Some(_) => {
            reporter.error("wrong-type", &spot, "inputs must be a mapping");
            return (Map::new(), Vec::new());
        }
    };
    let body = match inputs.get("Steps") {
        Some(Value::Array(items)) if action == "aws:loop" => steps(items, &spot.key("Steps"), reporter),
        _ => return (inputs, Vec::new()),
    };
    inputs.shift_remove("Steps");
    (inputs, body)
}

fn outputs(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Vec<StepOutput> {
    let spot = spot.key("outputs");
    match map.get("outputs") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            let each = items.iter().enumerate();
            each.filter_map(|(index, item)| output(item, &spot.index(index), reporter)).collect()
        }
        Some(_) => {
            reporter.error("wrong-type", &spot, "outputs of a step is a list of Name, Selector and Type");
            Vec::new()
        }
    }
}

fn output(item: &Value, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<StepOutput> {
    let Value::Object(map) = item else {
        reporter.error("wrong-type", spot, "an output is a mapping with Name, Selector and Type");
        return None;
    };
    unknown_keys(map, &["Name", "Selector", "Type"], spot, reporter);
    let name = required(map, "Name", spot, reporter);
    let selector = required(map, "Selector", spot, reporter);
    let value_type = output_type(map, spot, reporter)?;
    Some(StepOutput { name, selector, value_type })
}

fn output_type(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<ValueType> {
    let Some(declared) = text(map, "Type", spot, reporter) else {
        reporter.warning("output-without-type", spot, "the output has no Type").hint("String is assumed");
        return Some(ValueType::String);
    };
    let found = ValueType::from_name(&declared);
    if found.is_none() {
        unknown_type(&declared, &spot.key("Type"), reporter);
    }
    found
}

fn on_failure(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> OnFailure {
    let Some(written) = text(map, "onFailure", spot, reporter) else { return OnFailure::Abort };
    match written.trim() {
        "Abort" => OnFailure::Abort,
        "Continue" => OnFailure::Continue,
        other => match target(other) {
            Some(step) => OnFailure::Step(step),
            None => {
                let finding = reporter.error("on-failure", &spot.key("onFailure"), format!("onFailure is {other}"));
                wrong_target(finding, other, &["Abort", "Continue"]);
                OnFailure::Abort
            }
        },
    }
}

fn on_cancel(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> OnCancel {
    let Some(written) = text(map, "onCancel", spot, reporter) else { return OnCancel::Abort };
    match written.trim() {
        "Abort" => OnCancel::Abort,
        other => match target(other) {
            Some(step) => OnCancel::Step(step),
            None => {
                let finding = reporter.error("on-cancel", &spot.key("onCancel"), format!("onCancel is {other}"));
                wrong_target(finding, other, &["Abort"]);
                OnCancel::Abort
            }
        },
    }
}

/// A misspelt word, or a step without `step:` in front.
fn wrong_target(finding: &mut Finding, written: &str, words: &[&str]) {
    match nearest(written, words.iter().copied()) {
        Some(near) => finding.spelt(written, near),
        None => finding.hint(format!("{} or step:NAME", words.join(", "))),
    }
}

fn target(written: &str) -> Option<String> {
    let name = written.strip_prefix("step:")?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
}

/// A boolean; "true" and "false" as text are accepted with a warning.
fn flag(map: &Map<String, Value>, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<bool> {
    let spot = spot.key(key);
    match map.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::Bool(value)) => Some(*value),
        Some(Value::String(text)) if text == "true" || text == "false" => {
            reporter
                .warning("boolean-as-text", &spot, format!("{key} is the text '{text}'"))
                .unquote("drop the quotes");
            Some(text == "true")
        }
        Some(_) => {
            reporter.error("wrong-type", &spot, format!("{key} must be true or false"));
            None
        }
    }
}

/// A whole number, its text, or a reference.
fn amount(map: &Map<String, Value>, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<Amount> {
    let spot = spot.key(key);
    let read = match map.get(key) {
        None | Some(Value::Null) => return None,
        Some(Value::Number(number)) => number.as_u64().map(Amount::Fixed),
        Some(Value::String(text)) if text.contains("{{") => Some(Amount::Reference(text.clone())),
        Some(Value::String(text)) => text.trim().parse().ok().map(Amount::Fixed),
        Some(_) => None,
    };
    let read = read.filter(|amount| *amount != Amount::Fixed(0));
    if read.is_none() {
        reporter.error("wrong-type", &spot, format!("{key} must be a whole number, at least 1"));
    }
    read
}
