//! Names of services and operations, checked against AWS's own models.
//!
//! Comes in: a document and the models. Goes out: findings with the names that are near.
//! Never: a correction; a run would refuse the same name.

use aws_api::{InvalidCall, Models};
use engine::{Document, Finding, Severity, Step};

use crate::error::CliError;

/// The actions whose inputs name a service and an operation.
const API_ACTIONS: [&str; 3] = ["aws:executeAwsApi", "aws:assertAwsResourceProperty", "aws:waitForAwsResourceProperty"];

/// Every service and operation that AWS does not have.
pub(crate) fn check(document: &Document, models: &Models) -> Result<Vec<Finding>, CliError> {
    let mut findings = Vec::new();
    for step in document.all_steps().into_iter().filter(|step| API_ACTIONS.contains(&step.action.as_str())) {
        let (Some(service), Some(api)) = (input(step, "Service"), input(step, "Api")) else { continue };
        match models.resolve(service, api) {
            Ok(_) => {}
            Err(InvalidCall::UnknownService { near, .. }) => {
                let message = format!("AWS has no service {}", service.trim());
                findings.push(finding(document, step, "unknown-service", "Service", message, &near));
            }
            Err(InvalidCall::UnknownApi { service, near, .. }) => {
                let message = format!("{service} has no operation {}", api.trim());
                findings.push(finding(document, step, "unknown-api", "Api", message, &near));
            }
            Err(InvalidCall::Models(error)) => return Err(error.into()),
            Err(other) => findings.push(finding(document, step, "unusable-api", "Api", other.to_string(), &[])),
        }
    }
    Ok(findings)
}

fn input<'a>(step: &'a Step, key: &str) -> Option<&'a str> {
    // A reference is a finding of the engine's already.
    step.inputs.get(key)?.as_str().filter(|name| !name.contains("{{"))
}

fn finding(
    document: &Document,
    step: &Step,
    rule: &'static str,
    key: &str,
    message: String,
    near: &[String],
) -> Finding {
    let path = format!("{}/inputs/{key}", step.pointer());
    let place = document.place(&path);
    Finding {
        rule,
        severity: Severity::Error,
        document: document.name.clone(),
        line: place.line,
        column: place.column,
        step: Some(step.name.clone()),
        path,
        message,
        hint: did_you_mean(near),
    }
}

fn did_you_mean(near: &[String]) -> Option<String> {
    match near {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        [most @ .., last] => Some(format!("did you mean {} or {last}?", most.join(", "))),
    }
}
