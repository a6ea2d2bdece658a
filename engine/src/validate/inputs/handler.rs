//! The Handler of a Python script: there is a function of that name.
//!
//! Comes in: a step with its script in it. Goes out: a warning where the name does not even occur.
//! Never: a reading of Python; that is the runner's. A name that occurs at all may be defined in ways not seen here.

use crate::document::Step;
use crate::near::nearest;
use crate::report::{Reporter, Spot};

pub(super) fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let text = |key: &str| step.inputs.get(key).and_then(|value| value.as_str()).unwrap_or_default();
    let (script, handler) = (text("Script"), text("Handler"));
    let inline = !script.trim().is_empty() && !step.inputs.contains_key("Attachment");
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    if !text("Runtime").starts_with("python") || !inline || handler.is_empty() || !handler.chars().all(is_name) {
        return;
    }
    if script.split(|c| !is_name(c)).any(|word| word == handler) {
        return;
    }
    let message = format!("the script has no function {handler}");
    let finding = reporter.warning("handler", &spot.key("Handler"), message);
    let defined = script.lines().filter_map(|line| line.trim_start().strip_prefix("def "));
    let names: Vec<&str> = defined.map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default()).collect();
    match nearest(handler, names.iter().copied()) {
        Some(near) => finding.spelt(handler, near),
        None if names.is_empty() => {}
        None => finding.hint(format!("it has {}", names.join(", "))),
    }
}
