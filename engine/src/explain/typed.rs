//! The typed actions, as sentences: images, stacks, tags, instances, functions, state machines, webhooks.
//!
//! Comes in: an action and its step. Goes out: a sentence without its full stop.
//! Never: an action without a sentence; one that is not known is called by its name.

use serde_json::Value;

use super::sentence::rest;
use super::words::{list, the, value};
use crate::document::Step;

pub(super) fn sentence(action: &str, step: &Step) -> String {
    let input = |key: &str| step.inputs.get(key).map(value).unwrap_or_default();
    match action {
        "aws:copyImage" => {
            let (image, region, name) = (input("SourceImageId"), input("SourceRegion"), input("ImageName"));
            format!("Copies the image {image} from {region} as {name} and waits until it is available")
        }
        "aws:createImage" => {
            let reboot = match step.inputs.get("NoReboot") {
                Some(Value::Bool(true)) => ", without a reboot,",
                None | Some(Value::Bool(false)) => ", which reboots it,",
                Some(_) => "",
            };
            let (instance, name) = (input("InstanceId"), input("ImageName"));
            format!("Makes the image {name} of the instance {instance}{reboot} and waits until it is available")
        }
        "aws:createStack" => {
            let (name, rest) = (input("StackName"), rest(step, &["StackName", "TemplateBody", "ClientRequestToken"]));
            format!("Creates the CloudFormation stack {name}{rest} and waits until it is complete")
        }
        "aws:createTags" => format!("Tags {} with {}", resources(step), tags(step)),
        "aws:deleteImage" => {
            format!("Deregisters the image {} and deletes its snapshots, which cannot be undone", input("ImageId"))
        }
        "aws:deleteStack" => {
            format!(
                "Deletes the CloudFormation stack {} and waits until it is gone, which cannot be undone",
                input("StackName")
            )
        }
        "aws:executeStateMachine" => {
            let rest = rest(step, &["stateMachineArn"]);
            format!("Runs the state machine {}{rest} and waits for its end", input("stateMachineArn"))
        }
        "aws:invokeLambdaFunction" => {
            let (name, rest) = (input("FunctionName"), rest(step, &["FunctionName", "InvocationType", "LogType"]));
            let waits = match step.inputs.get("InvocationType").and_then(Value::as_str) {
                Some("Event") => ", without waiting for its answer",
                Some("DryRun") => ", as a trial only",
                _ => " and waits for its answer",
            };
            format!("Calls the Lambda function {name}{rest}{waits}")
        }
        "aws:invokeWebhook" => {
            let rest = rest(step, &["IntegrationName"]);
            format!("Calls the webhook {}{rest}", input("IntegrationName"))
        }
        "aws:runInstances" => {
            let most = step.inputs.get("MaxInstanceCount").filter(|most| **most != 1 && **most != "1");
            let number =
                most.map_or_else(|| "an instance".to_owned(), |most| format!("up to {} instances", value(most)));
            let until = if most.is_some() { "they run and their" } else { "it runs and its" };
            let rest = rest(step, &["ImageId", "MinInstanceCount", "MaxInstanceCount", "UserData", "ClientToken"]);
            let image = format!("the image {}", input("ImageId"));
            format!("Launches {number} from {image}{rest} and waits until {until} status checks have passed")
        }
        other => {
            let rest = rest(step, &[]);
            format!("Performs {other}{rest}")
        }
    }
}

fn resources(step: &Step) -> String {
    let kind = match step.inputs.get("ResourceType").and_then(Value::as_str) {
        Some("ManagedInstance") => "managed instance",
        Some("MaintenanceWindow") => "maintenance window",
        Some("Parameter") => "parameter",
        _ => "resource",
    };
    the(kind, step.inputs.get("ResourceIds"))
}

/// `Name=web and Stage=test`.
fn tags(step: &Step) -> String {
    let pair = |tag: &Value| Some(format!("{}={}", value(tag.get("Key")?), value(tag.get("Value")?)));
    match step.inputs.get("Tags") {
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => {
            list(&items.iter().filter_map(pair).collect::<Vec<_>>(), "and")
        }
        Some(other) => value(other),
        None => "nothing".to_owned(),
    }
}
