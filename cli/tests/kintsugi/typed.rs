//! Typed actions and child runbooks through the real command, on moto.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::tool::{Desk, Done};

/// Runs a document of these steps and gives its outputs.
fn outputs(desk: &Desk, arguments: &[&str]) -> (Done, Value) {
    let all = [&["run", "steps.yaml", "--yes", "--json", "--poll", "1"], arguments].concat();
    let done = desk.kintsugi(&all);
    let record: Value = serde_json::from_str(&done.out).unwrap_or_default();
    (done, record["outputs"].clone())
}

fn succeeds(desk: &Desk, steps: &str) -> Value {
    desk.runbook("steps.yaml", steps);
    let (done, outputs) = outputs(desk, &[]);
    assert_eq!(done.code, Some(0), "{done:?}");
    outputs
}

#[tokio::test]
async fn an_instance_is_launched_tagged_made_an_image_of_which_is_copied_and_deleted() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    let outputs = succeeds(
        &desk,
        "  - name: launch
    action: aws:runInstances
    inputs: {ImageId: ami-12c6146b, InstanceType: t3.micro, MinInstanceCount: 1, MaxInstanceCount: 1, UserData: ZWNobyBoaQ==}
  - name: tag
    action: aws:createTags
    inputs: {ResourceIds: ['{{ launch.InstanceIds }}'], Tags: [{Key: made-by, Value: typed}]}
  - name: image
    action: aws:createImage
    inputs: {InstanceId: '{{ launch.InstanceIds }}', ImageName: 'gold {{ automation:EXECUTION_ID }}', NoReboot: true}
  - name: copy
    action: aws:copyImage
    inputs: {SourceRegion: '{{ global:REGION }}', SourceImageId: '{{ image.ImageId }}', ImageName: 'copy {{ automation:EXECUTION_ID }}'}
  - name: delete
    action: aws:deleteImage
    inputs: {ImageId: '{{ copy.ImageId }}'}
outputs: [launch.InstanceIds, launch.InstanceStates, image.ImageId, copy.ImageState, copy.ImageId]
",
    );
    assert_eq!(outputs["launch.InstanceStates"], json!(["running"]));
    assert_eq!(outputs["copy.ImageState"], json!(["available"]));
    let instance = aws.call("ec2", "DescribeInstances", json!({"InstanceIds": outputs["launch.InstanceIds"]})).await;
    let instance = &instance["Reservations"][0]["Instances"][0];
    assert_eq!(instance["Tags"], json!([{"Key": "made-by", "Value": "typed"}]));
    let images = aws.call("ec2", "DescribeImages", json!({"ImageIds": outputs["image.ImageId"]})).await;
    assert_eq!(images["Images"][0]["State"], "available");
    let gone = aws.try_call("ec2", "DescribeImages", json!({"ImageIds": outputs["copy.ImageId"]})).await;
    assert!(gone.is_err() || gone.unwrap()["Images"] == json!([]));
}

#[tokio::test]
async fn a_stack_is_created_and_deleted_and_deleting_it_again_is_success() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    let template =
        json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "typed-topic"}}}});
    let outputs = succeeds(
        &desk,
        &format!(
            "  - name: make
    action: aws:createStack
    inputs: {{StackName: typed-stack, TemplateBody: '{template}'}}
outputs: [make.StackStatus]
"
        ),
    );
    assert_eq!(outputs["make.StackStatus"], json!(["CREATE_COMPLETE"]));
    let delete = "  - {name: delete, action: 'aws:deleteStack', inputs: {StackName: typed-stack}}\n";
    succeeds(&desk, delete);
    assert!(aws.try_call("cloudformation", "DescribeStacks", json!({"StackName": "typed-stack"})).await.is_err());
    succeeds(&desk, delete);
}

const RECORD: &str = "schemaVersion: '0.3'
parameters:
  Name: {type: String}
  Value: {type: String, default: none}
mainSteps:
  - name: put
    action: aws:executeAwsApi
    inputs: {Service: ssm, Api: PutParameter, Name: '{{ Name }}', Value: '{{ Value }}', Type: String}
    outputs: [{Name: Version, Selector: $.Version, Type: Integer}]
outputs: [put.Version]
";

#[tokio::test]
async fn a_runbook_beside_it_runs_once_and_for_each_of_many_targets() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.file("record.yaml", RECORD);
    let outputs = succeeds(
        &desk,
        "  - name: one
    action: aws:executeAutomation
    inputs: {DocumentName: record, RuntimeParameters: {Name: /typed/one, Value: [x]}}
  - name: many
    action: aws:executeAutomation
    inputs:
      DocumentName: record.yaml
      TargetParameterName: Name
      Targets: [{Key: ParameterValues, Values: [/typed/a, /typed/b, /typed/c, /typed/d, /typed/e]}]
      MaxConcurrency: '3'
outputs: [one.Output, one.Status, many.Output]
",
    );
    assert_eq!((&outputs["one.Output"], &outputs["one.Status"]), (&json!(["1"]), &json!(["Success"])));
    assert_eq!(outputs["many.Output"], json!(["1", "1", "1", "1", "1"]));
    for name in ["/typed/one", "/typed/a", "/typed/b", "/typed/c", "/typed/d", "/typed/e"] {
        aws.call("ssm", "GetParameter", json!({ "Name": name })).await;
    }
}

#[tokio::test]
async fn a_runbook_in_ssm_is_run_and_one_that_is_nowhere_is_refused_before_anything_is_done() {
    let Some(aws) = Aws::start().await else { return };
    let document =
        json!({"Name": "typed-record", "Content": RECORD, "DocumentType": "Automation", "DocumentFormat": "YAML"});
    aws.call("ssm", "CreateDocument", document).await;
    let desk = Desk::on(&aws);
    let call = |name: &str| {
        format!(
            "  - {{name: first, action: 'aws:executeAwsApi', inputs: {{Service: ssm, Api: PutParameter, Name: /typed/first-{name}, Value: x, Type: String}}}}
  - {{name: call, action: 'aws:executeAutomation', inputs: {{DocumentName: {name}, RuntimeParameters: {{Name: /typed/ssm}}}}}}
outputs: [call.Output]
"
        )
    };
    assert_eq!(succeeds(&desk, &call("typed-record"))["call.Output"], json!(["1"]));
    desk.runbook("steps.yaml", &call("nowhere"));
    let (done, _) = outputs(&desk, &[]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("step call: there is no document nowhere: looked in "), "{done:?}");
    assert!(aws.try_call("ssm", "GetParameter", json!({"Name": "/typed/first-nowhere"})).await.is_err());
    assert_eq!(desk.journals().len(), 1, "of the run that was begun");
}

/// moto lets an execution run until somebody stops it.
#[tokio::test]
async fn a_state_machine_is_started_watched_and_its_end_told() {
    let Some(aws) = Aws::start().await else { return };
    let definition = json!({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}).to_string();
    let role = "arn:aws:iam::123456789012:role/states";
    let input = json!({"name": "typed", "definition": definition, "roleArn": role});
    let machine = aws.call("stepfunctions", "CreateStateMachine", input).await;
    let arn = machine["stateMachineArn"].as_str().unwrap();
    let desk = Desk::on(&aws);
    let inputs = format!("{{stateMachineArn: '{arn}', input: '{{\"a\": 1}}'}}");
    desk.runbook(
        "steps.yaml",
        &format!("  - {{name: machine, action: 'aws:executeStateMachine', inputs: {inputs}}}\n"),
    );
    let mut running = desk.start(&["run", "steps.yaml", "--yes", "--poll", "1"]);
    running.wait_for("RUNNING");
    let executions = aws.call("stepfunctions", "ListExecutions", json!({ "stateMachineArn": arn })).await;
    let execution = &executions["executions"][0]["executionArn"];
    let stop = json!({"executionArn": execution, "error": "Stopped", "cause": "by a person"});
    aws.call("stepfunctions", "StopExecution", stop).await;
    let done = running.end();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("is ABORTED"), "{done:?}");
    assert_eq!(executions["executions"].as_array().map(Vec::len), Some(1));
}

/// moto calls a command that it sends to nowhere a success, and cannot tell what came of it on each node.
#[tokio::test]
async fn a_command_is_sent_once_and_what_nobody_can_tell_of_its_end_fails_the_step() {
    let Some(aws) = Aws::start().await else { return };
    let instance = aws.instance("t3.micro").await;
    let desk = Desk::on(&aws);
    desk.runbook(
        "steps.yaml",
        &format!(
            "  - name: command
    action: aws:runCommand
    inputs: {{DocumentName: AWS-RunShellScript, InstanceIds: [{instance}], Parameters: {{commands: [echo hi]}}}}
"
        ),
    );
    let (done, _) = outputs(&desk, &[]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("ssm:ListCommandInvocations failed at AWS"), "{done:?}");
    let known = aws.call("ssm", "ListCommands", json!({"InstanceId": instance})).await;
    let commands = known["Commands"].as_array().unwrap();
    assert_eq!(commands.len(), 1, "{known}");
    assert_eq!(commands[0]["Status"], "Success");
    assert_eq!(commands[0]["Parameters"]["commands"], json!(["echo hi"]));
}

/// moto's functions answer with what they are given.
#[tokio::test]
async fn a_function_is_invoked_and_what_it_returns_can_be_selected() {
    let Some(aws) = Aws::start().await else { return };
    let role = json!({"RoleName": "typed-function", "AssumeRolePolicyDocument": FUNCTIONS_ROLE});
    let role = aws.call("iam", "CreateRole", role).await;
    // An empty zip: its end record and nothing before it.
    let code = json!({"ZipFile": {"$base64": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}});
    let function = json!({"FunctionName": "typed", "Runtime": "python3.13", "Handler": "a.b", "Code": code, "Role": role["Role"]["Arn"]});
    aws.call("lambda", "CreateFunction", function).await;
    let desk = Desk::on(&aws);
    let outputs = succeeds(
        &desk,
        "  - name: echo
    action: aws:invokeLambdaFunction
    inputs: {FunctionName: typed, InputPayload: {instance: i-1, tries: 3}}
    outputs: [{Name: tries, Selector: $.tries, Type: Integer}]
outputs: [echo.tries, echo.StatusCode]
",
    );
    assert_eq!(outputs["echo.tries"], json!(["3"]));
    assert_eq!(outputs["echo.StatusCode"], json!(["200"]));
}

const FUNCTIONS_ROLE: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
