//! Each step by itself: its action, its inputs, its outputs.

use crate::action::{self, Runs, Spec, check_selector};
use crate::document::{Document, OnCancel, OnFailure, Step};
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
    let near = action::specs().find(|spec| spec.name["aws:".len()..].eq_ignore_ascii_case(bare));
    let finding = reporter.error("unknown-action", &spot, format!("there is no action {}", step.action));
    match near {
        Some(spec) => finding.hint(format!("it is spelt {}", spec.name)),
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
            let near = spec.required.iter().chain(optional).find(|known| known.eq_ignore_ascii_case(key));
            let (spot, message) = (spot.key(key), format!("{} has no input {key}", spec.name));
            // Of actions that do not run here AWS may know more inputs than its guide.
            let finding = match spec.runs {
                Runs::Here(_) => reporter.key_error("unknown-input", &spot, message),
                Runs::OnSsm | Runs::Private => reporter.warning("unknown-input", &spot, message),
            };
            if let Some(near) = near {
                finding.hint(format!("it is spelt {near}"));
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
    if step.action == "aws:executeScript" && !document.files.iter().any(|file| file == name) {
        let message = format!("the attachment {name} is not declared under files");
        reporter.warning("attachment", &spot.key("inputs").key("Attachment"), message);
    }
}
