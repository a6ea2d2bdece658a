//! `kintsugi iam`.

use serde_json::{Value, json};

use crate::aws::{models, there};
use crate::tool::Desk;

#[test]
fn the_policy_of_a_runbook_names_what_it_calls_reads_and_writes_apart() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    let done = desk.kintsugi(&["iam", "resize-instance.yaml"]);
    assert_eq!(done.code, Some(0));
    assert!(
        done.err.starts_with("note: any AutoScalingGroupName, any InstanceId is allowed: narrow it with --param"),
        "{done:?}"
    );
    insta::assert_snapshot!(done.out);
}

#[test]
fn several_runbooks_have_one_policy_with_iams_own_names() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.block();
    desk.runbook(
        "start.yaml",
        "  - {name: start, action: 'aws:changeInstanceState', inputs: {InstanceIds: [i-1], DesiredState: running}}\n",
    );
    let done = desk.kintsugi(&["iam", "block.yaml", "start.yaml"]);
    let policy: Value = serde_json::from_str(&done.out).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let grants: Vec<_> = statements.iter().map(|each| (&each["Sid"], &each["Action"], &each["Resource"])).collect();
    let reads = json!(["ec2:DescribeInstanceStatus", "ec2:DescribeInstances"]);
    assert_eq!(
        grants,
        [
            (&json!("Read"), &reads, &json!("*")),
            (&json!("ReadS3"), &json!(["s3:GetBucketPublicAccessBlock"]), &json!("arn:aws:s3:::*")),
            (&json!("WriteEc2"), &json!(["ec2:StartInstances"]), &json!("arn:aws:ec2:*:*:instance/i-1")),
            (&json!("WriteS3"), &json!(["s3:PutBucketPublicAccessBlock"]), &json!("arn:aws:s3:::*")),
        ]
    );
}

/// Typed actions, a role that is handed on, a child that is here and one that is not.
const PARENT: &str = "schemaVersion: '0.3'
parameters:
  Bucket: {type: String}
  Function: {type: String}
  Role: {type: String}
mainSteps:
- name: image
  action: aws:createImage
  inputs: {InstanceId: i-0123456789abcdef0, ImageName: before}
- name: call
  action: aws:invokeLambdaFunction
  inputs: {FunctionName: '{{ Function }}'}
- name: trail
  action: aws:executeAwsApi
  inputs: {Service: cloudtrail, Api: UpdateTrail, Name: main, CloudWatchLogsRoleArn: '{{ Role }}'}
- name: command
  action: aws:runCommand
  inputs: {DocumentName: AWS-RunShellScript, InstanceIds: [i-0123456789abcdef0], Parameters: {commands: [ls]}}
- name: child
  action: aws:executeAutomation
  inputs: {DocumentName: block, RuntimeParameters: {BucketName: '{{ Bucket }}'}}
- name: other
  action: aws:executeAutomation
  inputs: {DocumentName: AWS-StopEC2Instance}
";

#[test]
fn resources_are_those_that_inputs_name_typed_actions_children_and_roles_included() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.block();
    desk.file("parent.yaml", PARENT);
    let known = ["--param", "Bucket=logs", "--region", "eu-west-1", "--account", "123456789012"];
    let done = desk.kintsugi(&[&["iam", "parent.yaml"][..], &known].concat());
    assert_eq!(done.code, Some(0), "{done:?}");
    insta::assert_snapshot!("iam_of_a_parent", format!("{}{}", done.out, done.err));
}

#[test]
fn a_template_names_parameters_region_and_account_itself() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.block();
    desk.file("parent.yaml", PARENT);
    let done = desk.kintsugi(&["iam", "parent.yaml", "--sub", "--json"]);
    let all: Value = serde_json::from_str(&done.out).unwrap();
    insta::assert_json_snapshot!("iam_for_a_template", all);
}

#[test]
fn an_account_that_is_none_is_a_mistake_of_usage() {
    let done = Desk::new().kintsugi(&["iam", "a.yaml", "--account", "12"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("an account has 12 digits"), "{done:?}");
}

#[test]
fn there_is_no_policy_for_a_call_that_aws_does_not_have() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook("a.yaml", "  - {name: a, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: StopInstance}}\n");
    let done = desk.kintsugi(&["iam", "a.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    assert!(done.err.contains("did you mean StopInstances?"), "{done:?}");
}

#[test]
fn a_runbook_that_calls_nothing_needs_no_policy() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook("nap.yaml", "  - {name: nap, action: 'aws:sleep', inputs: {Duration: PT1S}}\n");
    let done = desk.kintsugi(&["iam", "nap.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), ""));
    assert_eq!(done.err, "note: no API call is made, so no policy is needed\n");
}

#[test]
fn without_models_there_is_no_policy_and_it_says_how_to_get_them() {
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    let mut command = desk.command(crate::tool::tool(), &["iam", "resize-instance.yaml"]);
    command.env_remove("KINTSUGI_MODELS");
    let done = crate::tool::finish(command);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    assert!(done.err.contains(".local/models/models.pack: `make models` makes them"), "{done:?}");
}
