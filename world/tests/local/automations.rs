//! SSM automations, run by the project's own engine against the account in moto.

use crate::common::{World, at_once, eventually, world};
use serde_json::{Value, json};

const TEMPLATE: &str = r"
Resources:
  Open:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: open}}
    Properties:
      Events:
        Failed:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [aws.ssm], detail-type: [EC2 Automation Execution Status-change Notification], detail: {Status: [Failed]}}
";

const RUNBOOK: &str = r#"
schemaVersion: "0.3"
parameters:
  InstanceId: {type: String}
mainSteps:
  - name: stop
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: StopInstances, InstanceIds: ["{{ InstanceId }}"]}
  - name: waitUntilStopped
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 300
    inputs:
      Service: ec2
      Api: DescribeInstances
      InstanceIds: ["{{ InstanceId }}"]
      PropertySelector: $.Reservations[0].Instances[0].State.Name
      DesiredValues: [stopped]
"#;

async fn put_document(world: &World) {
    let document =
        json!({"Name": "stop-it", "Content": RUNBOOK, "DocumentType": "Automation", "DocumentFormat": "YAML"});
    world.call("ssm", "CreateDocument", document).await;
}

async fn execution(world: &World, id: &Value) -> Value {
    world.call("ssm", "GetAutomationExecution", json!({ "AutomationExecutionId": id })).await["AutomationExecution"]
        .take()
}

async fn ended(world: &World, id: &Value) -> Value {
    eventually(|| async { execution(world, id).await["ExecutionEndTime"].is_string() }).await;
    execution(world, id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automation_does_what_its_document_says() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    put_document(&world).await;
    let instance = world.instance("m5.large").await;
    let start = json!({"DocumentName": "stop-it", "Parameters": {"InstanceId": [instance]}, "ClientToken": "7bf73129-1428-4cd3-a780-95db273d1602"});
    let id = world.call("ssm", "StartAutomationExecution", start.clone()).await["AutomationExecutionId"].clone();
    assert_eq!(world.call("ssm", "StartAutomationExecution", start).await["AutomationExecutionId"], id);
    let told = ended(&world, &id).await;
    assert_eq!(told["AutomationExecutionStatus"], "Success", "{told}");
    let steps: Vec<_> = told["StepExecutions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (&step["StepName"], &step["StepStatus"]))
        .collect();
    assert_eq!(steps, [(&json!("stop"), &json!("Success")), (&json!("waitUntilStopped"), &json!("Success"))]);
    world.state(&instance, "stopped").await;
    let journal = world.admin("GET", "journal?effect=write&caller=ssm-automation", Value::Null).await.1;
    assert_eq!(journal["calls"][0]["operation"], "StopInstances");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automation_that_fails_says_why_and_is_told_of() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    put_document(&world).await;
    let start = json!({"DocumentName": "stop-it", "Parameters": {"InstanceId": ["i-00000000000000000"]}});
    let id = world.call("ssm", "StartAutomationExecution", start).await["AutomationExecutionId"].clone();
    let told = ended(&world, &id).await;
    assert_eq!(told["AutomationExecutionStatus"], "Failed", "{told}");
    assert!(told["FailureMessage"].as_str().unwrap().contains("InvalidInstanceID.NotFound"), "{told}");
    eventually(|| async { !world.calls_of_functions().is_empty() }).await;
    assert_eq!(world.calls_of_functions()[0].1["detail"]["ExecutionId"], id);
    let list = world
        .call(
            "ssm",
            "DescribeAutomationExecutions",
            json!({"Filters": [{"Key": "ExecutionStatus", "Values": ["Failed"]}]}),
        )
        .await;
    assert_eq!(list["AutomationExecutionMetadataList"][0]["AutomationExecutionId"], id);
    assert_eq!(
        world.refusal("ssm", "StopAutomationExecution", json!({ "AutomationExecutionId": id })).await,
        "InvalidAutomationStatusUpdateException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automation_that_cannot_run_is_refused_at_once() {
    let Some(world) = world(None, at_once()).await else { return };
    put_document(&world).await;
    let cases = [
        ("StartAutomationExecution", json!({"DocumentName": "none"}), "AutomationDefinitionNotFoundException"),
        (
            "StartAutomationExecution",
            json!({"DocumentName": "stop-it"}),
            "InvalidAutomationExecutionParametersException",
        ),
        (
            "GetAutomationExecution",
            json!({"AutomationExecutionId": "7bf73129-1428-4cd3-a780-95db273d1602"}),
            "AutomationExecutionNotFoundException",
        ),
    ];
    for (api, input, code) in cases {
        assert_eq!(world.refusal("ssm", api, input).await, code, "{api}");
    }
}
