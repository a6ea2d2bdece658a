//! Stacks: created and deleted.

use engine::{Cause, ExecutionStatus, StepStatus};
use serde_json::{Value, json};

use crate::host::{Answer, Scripted, refused, run};
use crate::typed::{failure, outputs, step};

const CREATE: &str = "{StackName: web, TemplateBody: '{}', Capabilities: [CAPABILITY_IAM], \
                      Parameters: [{ParameterKey: a, ParameterValue: b}], TimeoutInMinutes: 5}";

fn stack(status: &str, reason: Option<&str>) -> Answer {
    let mut stack = json!({"StackId": "arn:web/1", "StackStatus": status});
    if let Some(reason) = reason {
        stack["StackStatusReason"] = reason.into();
    }
    Ok(json!({ "Stacks": [stack] }))
}

fn absent() -> Answer {
    refused("ValidationError", "Stack with id web does not exist")
}

fn creating() -> Scripted {
    Scripted::new().answers("CreateStack", [Ok(json!({"StackId": "arn:web/1"}))])
}

fn events() -> Answer {
    let event = |id: &str, reason: &str| {
        let kind = "AWS::S3::Bucket";
        json!({"LogicalResourceId": id, "ResourceType": kind, "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": reason})
    };
    Ok(json!({"StackEvents": [event("Other", "Resource creation cancelled"), event("Bucket", "the name is taken")]}))
}

#[tokio::test]
async fn a_stack_is_made_under_a_token_of_its_own_and_waited_for() {
    let looks = [absent(), stack("CREATE_IN_PROGRESS", None), stack("CREATE_COMPLETE", None)];
    let host = creating().answers("DescribeStacks", looks);
    let execution = run(&step("aws:createStack", "", CREATE), &host).await;
    assert_eq!(outputs(&execution), json!({"StackId": "arn:web/1", "StackStatus": "CREATE_COMPLETE"}));
    let input = &host.calls()[0].input;
    assert_eq!(input["ClientRequestToken"].as_str().map(str::len), Some(32));
    assert_eq!((&input["StackName"], &input["TimeoutInMinutes"]), (&json!("web"), &json!(5)));
    assert_eq!(host.calls()[1].input, json!({"StackName": "arn:web/1"}));
}

#[tokio::test]
async fn the_documents_own_token_is_kept() {
    let host = creating().answers("DescribeStacks", [stack("CREATE_COMPLETE", None)]);
    let inputs = CREATE.replace("StackName", "ClientRequestToken: mine, StackName");
    outputs(&run(&step("aws:createStack", "", &inputs), &host).await);
    assert_eq!(host.calls()[0].input["ClientRequestToken"], "mine");
}

#[tokio::test]
async fn every_other_end_fails_with_the_stacks_reason_and_the_resource_that_failed_first() {
    for status in ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_COMPLETE"] {
        let looks = [stack("ROLLBACK_IN_PROGRESS", None), stack(status, Some("it did not work"))];
        let host = creating().answers("DescribeStacks", looks).answers("DescribeStackEvents", [events()]);
        let execution = run(&step("aws:createStack", "", CREATE), &host).await;
        let expected =
            format!("the stack web is {status}: it did not work; first Bucket (AWS::S3::Bucket): the name is taken");
        assert_eq!(failure(&execution).1, expected);
        assert_eq!(execution.step("only").unwrap().outputs["StackStatus"], status);
    }
}

#[tokio::test]
async fn events_that_cannot_be_read_do_not_hide_the_failure() {
    let host = creating()
        .answers("DescribeStacks", [stack("ROLLBACK_COMPLETE", None)])
        .answers("DescribeStackEvents", [refused("AccessDenied", "no")]);
    let execution = run(&step("aws:createStack", "", CREATE), &host).await;
    assert_eq!(failure(&execution).1, "the stack web is ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn a_repeated_try_has_the_same_token_while_nobody_knows_whether_it_happened() {
    let lost = crate::host::fault(engine::FaultKind::NoAnswer, "Transport");
    let host = Scripted::new()
        .answers("CreateStack", [lost, Ok(json!({"StackId": "arn:web/1"}))])
        .answers("DescribeStacks", [stack("CREATE_COMPLETE", None)]);
    outputs(&run(&step("aws:createStack", "    maxAttempts: 2\n", CREATE), &host).await);
    let calls = host.calls();
    assert_eq!(calls[0].input["ClientRequestToken"], calls[1].input["ClientRequestToken"]);
}

#[tokio::test]
async fn a_stack_can_run_out_of_time_and_a_cancelled_one_is_told() {
    let host = creating().always("DescribeStacks", stack("CREATE_IN_PROGRESS", None));
    let execution = run(&step("aws:createStack", "    timeoutSeconds: 90\n", CREATE), &host).await;
    assert_eq!((execution.status, host.sleeps().iter().sum::<u64>()), (ExecutionStatus::TimedOut, 90));
    let host = creating().always("DescribeStacks", stack("CREATE_IN_PROGRESS", None));
    let host = host.cancel_at("only#1/1/1/cancelled");
    let execution = run(&step("aws:createStack", "", CREATE), &host).await;
    assert_eq!(execution.step("only").unwrap().status, StepStatus::Cancelled);
    assert_eq!(host.warnings(), ["the stack web goes on being made"]);
}

#[tokio::test]
async fn a_template_that_is_too_long_is_refused_before_the_call() {
    let text = step("aws:createStack", "", "{StackName: web, TemplateBody: '{{ Body }}'}");
    let text = format!("parameters: {{Body: {{type: String, default: '{}'}}}}\n{text}", "x".repeat(51_201));
    let host = Scripted::new();
    let execution = run(&text, &host).await;
    assert_eq!(failure(&execution).0, &Cause::Inputs);
    assert!(failure(&execution).1.starts_with("TemplateBody has 51201 bytes"));
    assert!(host.calls().is_empty());
}

const DELETE: &str =
    "{StackName: web, RetainResources.member.2: B, RetainResources.member.1: A, RoleARN: 'arn:aws:iam::1:role/r'}";

#[tokio::test]
async fn a_stack_is_deleted_by_its_id_and_waited_for_until_it_is_gone() {
    let gone = [stack("CREATE_COMPLETE", None), stack("DELETE_IN_PROGRESS", None), stack("DELETE_COMPLETE", None)];
    let host = Scripted::new().answers("DescribeStacks", gone).answers("DeleteStack", [Ok(Value::Null)]);
    assert_eq!(outputs(&run(&step("aws:deleteStack", "", DELETE), &host).await), json!({}));
    let expected = json!({"StackName": "arn:web/1", "RetainResources": ["A", "B"], "RoleARN": "arn:aws:iam::1:role/r"});
    assert_eq!(host.calls()[1].input, expected);
    assert_eq!(host.calls()[2].input, json!({"StackName": "arn:web/1"}));
}

#[tokio::test]
async fn a_stack_that_is_gone_already_is_success_without_a_deletion() {
    for answer in [absent(), stack("DELETE_COMPLETE", None)] {
        let host = Scripted::new().answers("DescribeStacks", [answer]);
        outputs(&run(&step("aws:deleteStack", "", "{StackName: web}"), &host).await);
        assert_eq!(host.apis(), ["DescribeStacks"]);
    }
}

#[tokio::test]
async fn a_stack_that_cannot_be_deleted_says_why() {
    let looks = [stack("CREATE_COMPLETE", None), stack("DELETE_FAILED", Some("not empty: [Bucket]"))];
    let host = Scripted::new()
        .answers("DescribeStacks", looks)
        .answers("DeleteStack", [Ok(Value::Null)])
        .answers("DescribeStackEvents", [Ok(json!({"StackEvents": []}))]);
    let execution = run(&step("aws:deleteStack", "", "{StackName: web}"), &host).await;
    assert_eq!(failure(&execution).1, "the stack web is DELETE_FAILED: not empty: [Bucket]");
    let other = refused("ValidationError", "the name is wrong");
    let host = Scripted::new().answers("DescribeStacks", [other]);
    let execution = run(&step("aws:deleteStack", "", "{StackName: web}"), &host).await;
    assert!(failure(&execution).1.contains("the name is wrong"));
}

#[tokio::test]
async fn a_deletion_can_run_out_of_time_and_be_cancelled() {
    let host = || {
        let host = Scripted::new().answers("DeleteStack", [Ok(Value::Null)]);
        host.always("DescribeStacks", stack("DELETE_IN_PROGRESS", None))
    };
    let slow = host();
    let execution = run(&step("aws:deleteStack", "    timeoutSeconds: 40\n", "{StackName: web}"), &slow).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    let cancelled = host().cancel_at("only#1/1/1/cancelled");
    let execution = run(&step("aws:deleteStack", "", "{StackName: web}"), &cancelled).await;
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    assert_eq!(cancelled.warnings(), ["the stack web goes on being deleted"]);
}
