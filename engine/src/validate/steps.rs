//! Each step by itself: its action, its inputs, its outputs.

use crate::action::{self, Runs, Spec, check_selector};
use crate::document::{Document, OnCancel, OnFailure, Step};
use crate::near::nearest;
use crate::report::{Reporter, Spot};

pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    for step in document.all_steps() {
        let spot = Spot::of_step(&step.path, &step.name);
        flow(step, &spot, reporter);
        selectors(step, &spot, reporter);
        match action::spec(&step.action) {
            Some(spec) => inputs(step, spec, &spot, reporter),
            None if step.action.is_empty() => {}
            None => unknown_action(step, &spot, reporter),
        }
        attachment(document, step, &spot, reporter);
        super::inputs::check(document, step, &spot, reporter);
        super::limits::timeout(step, &spot, reporter);
    }
}

fn flow(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    if step.is_end && step.next_step.is_some() {
        let message = "isEnd: true and nextStep exclude each other";
        reporter.error("end-and-next", &spot.key("nextStep"), message);
    }
    if step.on_cancel != OnCancel::Abort && matches!(step.action.as_str(), "aws:loop" | "aws:updateVariable") {
        let message = format!("{} has no onCancel", step.action);
        reporter.error("on-cancel", &spot.key("onCancel"), message);
    }
    if step.on_failure == OnFailure::Abort && step.is_critical == Some(false) {
        let message = "isCritical: false changes nothing where a failure aborts";
        reporter.warning("not-critical-abort", &spot.key("isCritical"), message).hint("add onFailure: Continue");
    }
}

fn unknown_action(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let spot = spot.key("action");
    let bare = step.action.rsplit(':').next().unwrap_or_default();
    let finding = reporter.error("unknown-action", &spot, format!("there is no action {}", step.action));
    match nearest(bare, action::specs().map(|spec| &spec.name["aws:".len()..])) {
        Some(near) => finding.spelt(&step.action, &format!("aws:{near}")),
        None if bare.starts_with("run") && bare.ends_with("Script") => {
            finding.hint("that is a plugin of Command documents; run one with aws:runCommand");
        }
        None => finding.hint("an API call is aws:executeAwsApi"),
    }
}

fn inputs(step: &Step, spec: &Spec, spot: &Spot, reporter: &mut Reporter<'_>) {
    if matches!(spec.runs, Runs::Private) {
        let message = format!("{} is AWS-internal; only AWS's own documents may use it", spec.name);
        reporter.warning("private-action", &spot.key("action"), message);
    }
    let spot = spot.key("inputs");
    for key in spec.required.iter().filter(|key| !step.inputs.contains_key(**key)) {
        reporter.error("missing-input", &spot, format!("{} needs the input {key}", spec.name));
    }
    if let Some(optional) = spec.optional {
        let known = |key: &str| spec.required.contains(&key) || optional.contains(&key);
        for key in step.inputs.keys().filter(|key| !known(key)) {
            let free = spec.required.iter().chain(optional).filter(|known| !step.inputs.contains_key(**known));
            let near = nearest(key, free.copied());
            let (spot, message) = (spot.key(key), format!("{} has no input {key}", spec.name));
            // AWS may know more inputs than its guide, and takes some that it does not know.
            let finding = reporter.key_warning("unknown-input", &spot, message);
            if let Some(near) = near {
                finding.spelt(key, near);
            }
        }
    }
    (spec.check)(step, &spot, reporter);
}

fn selectors(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    for (index, output) in step.outputs.iter().enumerate().filter(|(_, output)| !output.selector.is_empty()) {
        let spot = spot.key("outputs").index(index).key("Selector");
        check_selector(&serde_json::Value::String(output.selector.clone()), &spot, reporter);
    }
}

fn attachment(document: &Document, step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(name) = step.inputs.get("Attachment").and_then(|value| value.as_str()) else { return };
    if step.action == "aws:executeScript" && document.file(name).is_none() {
        let message = format!("the attachment {name} is not declared under files");
        let finding = reporter.warning("attachment", &spot.key("inputs").key("Attachment"), message);
        if let Some(near) = nearest(name, document.files.iter().map(|file| file.name.as_str())) {
            finding.spelt(name, near);
        }
    }
}
