//! The actions that do not run here: what the validator knows of them, and which API calls they make on SSM.
//!
//! Comes in: a step. Goes out: findings about its inputs; its API calls, for permissions.
//! Never: an effect. A document with one of these is refused before its first step.

use serde_json::{Map, Value, json};

use super::{COMMON, Call, Runs, Spec};
use crate::document::Step;
use crate::report::{Reporter, Spot};

pub(super) static SPECS: &[Spec] = &[
    Spec {
        name: "aws:executeAutomation",
        required: &["DocumentName"],
        optional: Some(&[
            "DocumentVersion",
            "RuntimeParameters",
            "Tags",
            "TargetParameterName",
            "Targets",
            "TargetMaps",
            "TargetLocations",
            "MaxConcurrency",
            "MaxErrors",
        ]),
        outputs: &["Output", "ExecutionId", "Status"],
        calls: |_| named("ssm", &["StartAutomationExecution", "GetAutomationExecution"]),
        ..COMMON
    },
    Spec {
        name: "aws:executeScript",
        required: &["Runtime"],
        optional: Some(&["Handler", "InputPayload", "Script", "Attachment"]),
        outputs: &["Payload"],
        timeout: Some(600),
        check: check_script,
        ..COMMON
    },
    Spec { name: "aws:putServerUpgradeMetrics", optional: None, runs: Runs::Private, ..COMMON },
    Spec { name: "aws:shareSQLMedia", optional: None, runs: Runs::Private, ..COMMON },
];

fn named(service: &str, apis: &[&str]) -> Vec<Call> {
    apis.iter().map(|api| (service.to_owned(), (*api).to_owned(), json!({}))).collect()
}

fn check_script(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let runtime = step.inputs.get("Runtime").and_then(Value::as_str).unwrap_or_default();
    if runtime.starts_with("PowerShell") && step.inputs.contains_key("Handler") {
        reporter.error("handler-with-powershell", &spot.key("Handler"), "PowerShell scripts have no Handler");
    }
    if matches!(runtime, "python3.6" | "python3.7" | "python3.8") {
        let message = format!("the runtime {runtime} is no longer supported");
        reporter.warning("deprecated-runtime", &spot.key("Runtime"), message).hint("python3.11");
    }
    let has_source = ["Script", "Attachment"].iter().any(|key| step.inputs.contains_key(*key));
    if !has_source {
        reporter.error("missing-input", spot, "Script or Attachment is needed");
    }
}
