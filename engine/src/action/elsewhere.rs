//! The actions that do not run here: what the validator knows of them, and which API calls they make on SSM.
//!
//! Comes in: a step. Goes out: findings about its inputs; its API calls, for permissions.
//! Never: an effect. A document with one of these is refused before its first step.

use serde_json::{Map, Value, json};

use super::{Call, Runs, Spec, is_dynamic, no_calls, no_check};
use crate::condition::Condition;
use crate::document::Step;
use crate::report::{Reporter, Spot};

/// What differs between the entries of the table; everything else is common.
const COMMON: Spec = Spec {
    name: "",
    required: &[],
    optional: Some(&[]),
    outputs: &[],
    timeout: None,
    cancel_target: true,
    check: no_check,
    calls: no_calls,
    runs: Runs::OnSsm,
};

pub(super) static SPECS: [Spec; 19] = [
    Spec {
        name: "aws:approve",
        required: &["Approvers"],
        optional: Some(&["NotificationArn", "Message", "MinRequiredApprovals"]),
        outputs: &["ApprovalStatus", "ApproverDecisions"],
        timeout: Some(604_800),
        cancel_target: false,
        check: check_approve,
        ..COMMON
    },
    Spec {
        name: "aws:copyImage",
        required: &["SourceRegion", "SourceImageId", "ImageName"],
        optional: Some(&["ImageDescription", "Encrypted", "KmsKeyId", "ClientToken"]),
        outputs: &["ImageId", "ImageState"],
        cancel_target: false,
        calls: |_| named("ec2", &["CopyImage", "DescribeImages"]),
        ..COMMON
    },
    Spec {
        name: "aws:createImage",
        required: &["InstanceId", "ImageName"],
        optional: Some(&["ImageDescription", "NoReboot", "BlockDeviceMappings"]),
        outputs: &["ImageId", "ImageState"],
        cancel_target: false,
        calls: |_| named("ec2", &["CreateImage", "DescribeImages"]),
        ..COMMON
    },
    Spec {
        name: "aws:createStack",
        required: &["StackName"],
        optional: Some(&[
            "Capabilities",
            "ClientRequestToken",
            "DisableRollback",
            "NotificationARNs",
            "OnFailure",
            "Parameters",
            "ResourceTypes",
            "RoleARN",
            "StackPolicyBody",
            "StackPolicyURL",
            "Tags",
            "TemplateBody",
            "TemplateURL",
            "TimeoutInMinutes",
        ]),
        outputs: &["StackId", "StackStatus", "StackStatusReason"],
        cancel_target: false,
        check: check_create_stack,
        calls: |_| named("cloudformation", &["CreateStack", "DescribeStacks"]),
        ..COMMON
    },
    Spec {
        name: "aws:createTags",
        required: &["ResourceIds", "Tags"],
        optional: Some(&["ResourceType"]),
        cancel_target: false,
        calls: create_tags_calls,
        ..COMMON
    },
    Spec {
        name: "aws:deleteImage",
        required: &["ImageId"],
        calls: |_| named("ec2", &["DescribeImages", "DeregisterImage", "DeleteSnapshot"]),
        ..COMMON
    },
    Spec {
        name: "aws:deleteStack",
        required: &["StackName"],
        // RetainResources is documented as RetainResources.member.N.
        optional: None,
        calls: |_| named("cloudformation", &["DeleteStack", "DescribeStacks"]),
        ..COMMON
    },
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
    Spec {
        name: "aws:executeStateMachine",
        required: &["stateMachineArn"],
        optional: Some(&["name", "input"]),
        outputs: &["executionArn", "input", "name", "output", "startDate", "stateMachineArn", "status", "stopDate"],
        calls: |_| named("stepfunctions", &["StartExecution", "DescribeExecution"]),
        ..COMMON
    },
    Spec {
        name: "aws:invokeLambdaFunction",
        required: &["FunctionName"],
        optional: Some(&["Qualifier", "InvocationType", "LogType", "ClientContext", "InputPayload", "Payload"]),
        outputs: &["StatusCode", "FunctionError", "LogResult", "Payload"],
        timeout: Some(300),
        calls: |inputs| vec![("lambda".into(), "Invoke".into(), json!({ "FunctionName": inputs.get("FunctionName") }))],
        ..COMMON
    },
    Spec {
        name: "aws:invokeWebhook",
        required: &["IntegrationName"],
        optional: Some(&["Body"]),
        outputs: &["Response", "ResponseCode"],
        calls: |_| named("ssm", &["GetParameter"]),
        ..COMMON
    },
    Spec {
        name: "aws:loop",
        // Steps is checked with the body.
        optional: Some(&["Steps", "Iterators", "IteratorDataType", "LoopCondition", "MaxIterations"]),
        outputs: &["CurrentIteration", "CurrentIteratorValue"],
        cancel_target: false,
        check: check_loop,
        ..COMMON
    },
    Spec { name: "aws:pause", cancel_target: false, ..COMMON },
    Spec {
        name: "aws:runCommand",
        required: &["DocumentName"],
        optional: Some(&[
            "InstanceIds",
            "Targets",
            "Parameters",
            "CloudWatchOutputConfig",
            "Comment",
            "DocumentHash",
            "DocumentHashType",
            "DocumentVersion",
            "MaxConcurrency",
            "MaxErrors",
            "NotificationConfig",
            "OutputS3BucketName",
            "OutputS3KeyPrefix",
            "OutputS3Region",
            "ServiceRoleArn",
            "TimeoutSeconds",
        ]),
        outputs: &["CommandId", "Status", "ResponseCode", "Output"],
        calls: |_| named("ssm", &["SendCommand", "ListCommands", "ListCommandInvocations"]),
        ..COMMON
    },
    Spec {
        name: "aws:runInstances",
        required: &["ImageId"],
        // RunInstances has many more members than the guide lists.
        optional: None,
        outputs: &["InstanceIds", "InstanceStates"],
        cancel_target: false,
        calls: |_| named("ec2", &["RunInstances", "DescribeInstances", "DescribeInstanceStatus"]),
        ..COMMON
    },
    Spec { name: "aws:updateVariable", required: &["Name", "Value"], check: check_update_variable, ..COMMON },
    Spec { name: "aws:putServerUpgradeMetrics", optional: None, runs: Runs::Private, ..COMMON },
    Spec { name: "aws:shareSQLMedia", optional: None, runs: Runs::Private, ..COMMON },
];

fn named(service: &str, apis: &[&str]) -> Vec<Call> {
    apis.iter().map(|api| (service.to_owned(), (*api).to_owned(), json!({}))).collect()
}

fn create_tags_calls(inputs: &Map<String, Value>) -> Vec<Call> {
    match inputs.get("ResourceType").and_then(Value::as_str) {
        None | Some("EC2") => named("ec2", &["CreateTags"]),
        Some(other) if other.contains("{{") => {
            [named("ec2", &["CreateTags"]), named("ssm", &["AddTagsToResource"])].concat()
        }
        Some(_) => named("ssm", &["AddTagsToResource"]),
    }
}

fn check_approve(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(Value::Array(approvers)) = step.inputs.get("Approvers") else { return };
    // One reference may stand for several approvers.
    if approvers.iter().any(is_dynamic) {
        return;
    }
    if approvers.is_empty() || approvers.len() > 10 {
        let message = format!("{} approvers are named; one to ten are possible", approvers.len());
        reporter.error("approve", &spot.key("Approvers"), message);
    }
    let least = step.inputs.get("MinRequiredApprovals").and_then(Value::as_u64);
    if least.is_some_and(|least| least == 0 || least > approvers.len() as u64) {
        let message = "MinRequiredApprovals must be from 1 to the number of approvers";
        reporter.error("approve", &spot.key("MinRequiredApprovals"), message);
    }
}

fn check_create_stack(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    for (one, other) in
        [("TemplateBody", "TemplateURL"), ("StackPolicyBody", "StackPolicyURL"), ("DisableRollback", "OnFailure")]
    {
        if step.inputs.contains_key(one) && step.inputs.contains_key(other) {
            reporter.error("exclusive-inputs", &spot.key(other), format!("only one of {one} and {other} is possible"));
        }
    }
    if step.max_attempts.is_some() && !step.inputs.contains_key("ClientRequestToken") {
        let message = "a repeated attempt may create the stack twice";
        reporter.warning("repeated-create", spot, message).hint("give a ClientRequestToken");
    }
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

fn check_loop(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    if step.body.is_empty() {
        reporter.error("missing-input", spot, "Steps is missing or has no step");
    }
    match (step.inputs.get("Iterators"), step.inputs.get("LoopCondition")) {
        (Some(_), None) => {}
        (None, Some(condition)) => {
            Condition::parse(condition, &spot.key("LoopCondition"), reporter);
        }
        _ => {
            reporter.error("exclusive-inputs", spot, "exactly one of Iterators and LoopCondition is needed");
        }
    }
    let limit = step.inputs.get("MaxIterations").and_then(Value::as_i64);
    if limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
        reporter.error("wrong-type", &spot.key("MaxIterations"), "MaxIterations must be from 1 to 100");
    }
}

fn check_update_variable(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(Value::String(name)) = step.inputs.get("Name") else { return };
    if !name.contains("variable:") {
        let message = format!("Name is {name}");
        reporter.error("update-variable", &spot.key("Name"), message).hint("it has the form variable:NAME");
    }
}
