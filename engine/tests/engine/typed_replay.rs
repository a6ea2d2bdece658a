//! Every typed action can be stopped after any effect and taken up again from what was recorded.

use engine::WebhookAnswer;
use serde_json::{Map, Value, json};

use crate::host::{Answer, Scripted, context, document, refused};
use crate::recording::{Record, Recording};
use crate::typed::step;

/// Each action with an account in which it comes to its end by more than one look.
fn cases() -> Vec<(String, fn() -> Scripted)> {
    fn ok(answer: Value) -> Answer {
        Ok(answer)
    }
    let state = "arn:aws:states:eu-west-1:123456789012:stateMachine:m";
    vec![
        (step("aws:copyImage", "", "{SourceRegion: r, SourceImageId: ami-1, ImageName: n}"), || {
            let images = ["pending", "available"].map(|state| ok(json!({"Images": [{"State": state}]})));
            Scripted::new().answers("CopyImage", [ok(json!({"ImageId": "ami-2"}))]).answers("DescribeImages", images)
        }),
        (step("aws:createImage", "", "{InstanceId: i-1, ImageName: n}"), || {
            let images = ["pending", "available"].map(|state| ok(json!({"Images": [{"State": state}]})));
            Scripted::new().answers("CreateImage", [ok(json!({"ImageId": "ami-2"}))]).answers("DescribeImages", images)
        }),
        (step("aws:deleteImage", "", "{ImageId: ami-1}"), || {
            let mappings = json!([{"Ebs": {"SnapshotId": "s-1"}}, {"Ebs": {"SnapshotId": "s-2"}}]);
            Scripted::new()
                .answers("DescribeImages", [ok(json!({"Images": [{"BlockDeviceMappings": mappings}]}))])
                .answers("DeregisterImage", [ok(Value::Null)])
                .answers("DeleteSnapshot", [ok(Value::Null), ok(Value::Null)])
        }),
        (step("aws:createStack", "", "{StackName: web, TemplateBody: '{}'}"), || {
            let stacks =
                ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"].map(|s| ok(json!({"Stacks": [{"StackStatus": s}]})));
            Scripted::new()
                .answers("CreateStack", [ok(json!({"StackId": "id"}))])
                .answers("DescribeStacks", stacks)
                .answers("DescribeStackEvents", [ok(json!({}))])
        }),
        (step("aws:deleteStack", "", "{StackName: web}"), || {
            let there = ok(json!({"Stacks": [{"StackId": "id", "StackStatus": "CREATE_COMPLETE"}]}));
            let gone = refused("ValidationError", "Stack with id id does not exist");
            Scripted::new()
                .answers("DescribeStacks", [there.clone(), there, gone])
                .answers("DeleteStack", [ok(Value::Null)])
        }),
        (step("aws:createTags", "", "{ResourceIds: [i-1], Tags: [{Key: a, Value: b}]}"), || {
            Scripted::new().answers("CreateTags", [ok(Value::Null)])
        }),
        (step("aws:runInstances", "", "{ImageId: ami-1}"), || {
            let seen = |state: &str| {
                ok(json!({"Reservations": [{"Instances": [{"InstanceId": "i", "State": {"Name": state}}]}]}))
            };
            let status = json!({"InstanceStatus": {"Status": "ok"}, "SystemStatus": {"Status": "ok"}});
            Scripted::new()
                .answers("RunInstances", [ok(json!({"Instances": [{"InstanceId": "i"}]}))])
                .answers("DescribeInstances", [seen("pending"), seen("running")])
                .answers("DescribeInstanceStatus", [ok(json!({"InstanceStatuses": [status]}))])
        }),
        (step("aws:runCommand", "", "{DocumentName: d, InstanceIds: [i-1]}"), || {
            let commands = ["InProgress", "Failed"].map(|status| ok(json!({"Commands": [{"Status": status}]})));
            Scripted::new()
                .answers("SendCommand", [ok(json!({"Command": {"CommandId": "c"}}))])
                .answers("ListCommands", commands)
                .answers("ListCommandInvocations", [ok(json!({"CommandInvocations": []}))])
        }),
        (step("aws:executeStateMachine", "", &format!("{{stateMachineArn: '{state}'}}")), || {
            let seen = ["RUNNING", "SUCCEEDED"].map(|status| ok(json!({"status": status})));
            Scripted::new()
                .answers("StartExecution", [ok(json!({"executionArn": "e"}))])
                .answers("DescribeExecution", seen)
        }),
        (step("aws:invokeLambdaFunction", "", "{FunctionName: f}"), || {
            Scripted::new().answers("Invoke", [ok(json!({"StatusCode": 200, "Payload": "e30="}))])
        }),
        (step("aws:invokeWebhook", "", "{IntegrationName: f}"), || {
            Scripted::new().webhooks([Ok(WebhookAnswer { status: 200, body: "ok".into() })])
        }),
        (step("aws:executeAutomation", "", "{DocumentName: child, RuntimeParameters: {Id: t-1}}"), || {
            let text = "parameters: {Id: {type: String}}
mainSteps:
  - {name: change, action: 'aws:executeAwsApi', inputs: {Service: x, Api: PutThing, Id: '{{ Id }}'}}
  - {name: rest, action: 'aws:sleep', inputs: {Duration: PT5S}}
";
            Scripted::new().document("child", text).answers("PutThing", [ok(Value::Null)])
        }),
    ]
}

#[tokio::test]
async fn every_typed_action_killed_after_any_effect_ends_as_if_it_had_not_been() {
    for (text, world) in cases() {
        let document = document(&text);
        let quiet = world();
        let whole = Recording::new(&quiet, Record::new(), usize::MAX, 1);
        let expected = engine::run(&document, Map::new(), &context(), &whole).await.unwrap();
        let recorded = whole.record();
        for limit in 0..recorded.len() {
            let world = world();
            let first = Recording::new(&world, Record::new(), limit, 1);
            assert!(engine::run(&document, Map::new(), &context(), &first).await.is_err(), "{text}");
            let second = Recording::new(&world, first.record(), usize::MAX, 1);
            let resumed = engine::run(&document, Map::new(), &context(), &second).await.unwrap();
            assert_eq!(resumed, expected, "killed after {limit}: {text}");
            assert_eq!(second.record(), recorded);
            assert_eq!(world.calls(), quiet.calls(), "every call is made once: {text}");
        }
    }
}
