//! What the tests of typed actions share: one step, and how it ended. Then instances and tags.

use engine::{Cause, Execution, ExecutionStatus, FaultKind, StepStatus};
use serde_json::{Value, json};

use crate::host::{Answer, Scripted, fault, refused, run};

/// A document with one step of this action; `inputs` in YAML's flow style, `more` beside it.
pub(crate) fn step(action: &str, more: &str, inputs: &str) -> String {
    format!("mainSteps:\n  - name: only\n    action: {action}\n{more}    inputs: {inputs}\n")
}

/// What the step gave.
pub(crate) fn outputs(execution: &Execution) -> Value {
    assert_eq!(execution.status, ExecutionStatus::Success, "{:?}", execution.failure);
    json!(execution.step("only").unwrap().outputs)
}

/// Why the step failed.
pub(crate) fn failure(execution: &Execution) -> (&Cause, &str) {
    assert_ne!(execution.status, ExecutionStatus::Success);
    let failure = execution.step("only").unwrap().failure.as_ref().unwrap();
    (&failure.cause, &failure.message)
}

/// That an input is refused before any call.
pub(crate) async fn refuses(action: &str, inputs: &str, message: &str) {
    let host = Scripted::new();
    // As a value, so that the validator cannot see it.
    let execution = run(&step(action, "", inputs), &host).await;
    assert_eq!(failure(&execution), (&Cause::Inputs, message), "{inputs}");
    assert!(host.calls().is_empty(), "{inputs}");
}

fn launched() -> Answer {
    Ok(json!({"Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}))
}

fn seen(states: [&str; 2]) -> Answer {
    let one =
        |(index, state): (usize, &&str)| json!({"InstanceId": format!("i-{}", index + 1), "State": {"Name": state}});
    Ok(json!({"Reservations": [{"Instances": states.iter().enumerate().map(one).collect::<Vec<_>>()}]}))
}

fn checked(status: &str) -> Answer {
    let one = |id: &str| {
        json!({
            "InstanceId": id, "InstanceState": {"Name": "running"},
            "InstanceStatus": {"Status": status}, "SystemStatus": {"Status": "ok"}
        })
    };
    Ok(json!({"InstanceStatuses": [one("i-1"), one("i-2")]}))
}

const LAUNCH: &str = "{ImageId: ami-1, MinInstanceCount: '2', MaxInstanceCount: 2, IamInstanceProfileName: web, \
                      UserData: ZWNobyBoaQ==, KeyName: ''}";

#[tokio::test]
async fn instances_are_launched_and_waited_for_until_their_checks_are_ok() {
    let unknown = || fault(FaultKind::Refused, "InvalidInstanceID.NotFound");
    let host = Scripted::new()
        .answers("RunInstances", [launched()])
        .answers("DescribeInstances", [unknown(), seen(["pending", "running"]), seen(["running", "running"])])
        .answers("DescribeInstanceStatus", [checked("initializing"), checked("ok")]);
    let execution = run(&step("aws:runInstances", "", LAUNCH), &host).await;
    let expected = json!({"InstanceIds": ["i-1", "i-2"], "InstanceStates": ["running", "running"]});
    assert_eq!(outputs(&execution), expected);
    let expected = json!({
        "ImageId": "ami-1", "InstanceType": "m1.small", "MinCount": 2, "MaxCount": 2,
        "IamInstanceProfile": {"Name": "web"}, "UserData": "echo hi"
    });
    assert_eq!(host.calls()[0].input, expected);
}

#[tokio::test]
async fn an_instance_that_stops_while_it_starts_fails_the_launch_with_ec2s_reason() {
    let gone = json!({
        "InstanceId": "i-1", "State": {"Name": "terminated"},
        "StateReason": {"Message": "Server.InsufficientInstanceCapacity"}
    });
    let host = Scripted::new()
        .answers("RunInstances", [launched()])
        .answers("DescribeInstances", [Ok(json!({"Reservations": [{"Instances": [gone]}]}))]);
    let execution = run(&step("aws:runInstances", "", LAUNCH), &host).await;
    let message = "i-1 is terminated and cannot become running (Server.InsufficientInstanceCapacity)";
    assert_eq!(failure(&execution).1, message);
    assert_eq!(json!(execution.step("only").unwrap().outputs), json!({"InstanceIds": ["i-1", "i-2"]}));
    assert_eq!(host.warnings(), ["launched, and still there unless it ended by itself: i-1, i-2"]);
}

#[tokio::test]
async fn a_launch_has_an_hour_and_a_cancelled_one_says_what_is_there() {
    let host = || {
        let host = Scripted::new().answers("RunInstances", [launched()]);
        host.always("DescribeInstances", seen(["pending", "pending"]))
    };
    let slow = host();
    let execution = run(&step("aws:runInstances", "", LAUNCH), &slow).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    assert_eq!(slow.sleeps().iter().sum::<u64>(), 3600);
    let cancelled = host().cancel_at("only#1/1/2/cancelled");
    let execution = run(&step("aws:runInstances", "", LAUNCH), &cancelled).await;
    assert_eq!(execution.step("only").unwrap().status, StepStatus::Cancelled);
    assert_eq!(cancelled.warnings().len(), 1);
}

#[tokio::test]
async fn a_launch_that_ec2_refuses_says_what_ec2_said() {
    let host = Scripted::new().answers("RunInstances", [refused("InvalidAMIID.NotFound", "no ami-1")]);
    let execution = run(&step("aws:runInstances", "", LAUNCH), &host).await;
    assert!(failure(&execution).1.contains("InvalidAMIID.NotFound: no ami-1"));
}

#[tokio::test]
async fn user_data_that_is_not_base64_is_refused_before_the_launch() {
    refuses("aws:runInstances", "{ImageId: ami-1, UserData: 'echo hi'}", "UserData must be base64 of text").await;
}

#[tokio::test]
async fn resources_of_ec2_are_tagged_together_and_those_of_ssm_one_by_one() {
    let tags = "Tags: [{Key: a, Value: b}]";
    let host = Scripted::new().answers("CreateTags", [Ok(Value::Null)]);
    let execution = run(&step("aws:createTags", "", &format!("{{ResourceIds: [i-1, i-2], {tags}}}")), &host).await;
    assert_eq!(outputs(&execution), json!({}));
    let expected = json!({"Resources": ["i-1", "i-2"], "Tags": [{"Key": "a", "Value": "b"}]});
    assert_eq!(host.calls()[0].input, expected);

    let inputs = format!("{{ResourceIds: [/p], ResourceType: Parameter, {tags}}}");
    let host = Scripted::new().answers("AddTagsToResource", [Ok(Value::Null)]);
    outputs(&run(&step("aws:createTags", "", &inputs), &host).await);
    let expected = json!({"ResourceType": "Parameter", "ResourceId": "/p", "Tags": [{"Key": "a", "Value": "b"}]});
    assert_eq!(host.calls()[0].input, expected);
}

#[tokio::test]
async fn tags_that_ec2_refuses_fail_the_step_and_a_reference_without_value_is_never_tagged() {
    let host = Scripted::new().answers("CreateTags", [fault(FaultKind::Denied, "UnauthorizedOperation")]);
    let execution = run(&step("aws:createTags", "", "{ResourceIds: [i-1], Tags: [{Key: a, Value: b}]}"), &host).await;
    assert!(matches!(failure(&execution).0, Cause::Call { fault } if fault.code == "UnauthorizedOperation"));

    let text = "mainSteps:
  - {name: look, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: DescribeX}, outputs: [{Name: Id, Selector: $.Id, Type: String}]}
  - {name: only, action: 'aws:createTags', inputs: {ResourceIds: ['{{ look.Id }}'], Tags: [{Key: a, Value: b}]}}
";
    let host = Scripted::new().answers("DescribeX", [Ok(json!({}))]);
    let execution = run(text, &host).await;
    let message = "ResourceIds must be a list of at most 1000 texts without a reference left in them";
    assert_eq!(failure(&execution), (&Cause::Inputs, message));
    assert_eq!(host.apis(), ["DescribeX"]);
}
