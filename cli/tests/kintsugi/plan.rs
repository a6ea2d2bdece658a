//! `kintsugi plan`.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::tool::{Desk, steady};

#[tokio::test]
async fn a_plan_has_what_it_read_and_every_change_to_come_and_changes_nothing() {
    let Some(aws) = Aws::start().await else { return };
    let instance = aws.instance("t3.medium").await;
    let desk = Desk::on(&aws);
    desk.shipped("resize-instance.yaml");
    desk.file("p.json", r#"{"CurrentType": "t3.medium", "TargetType": ["t3.large"]}"#);
    let id = format!("InstanceId={instance}");
    let done = desk.kintsugi(&["plan", "resize-instance.yaml", "--param", &id, "--params", "p.json"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
    insta::assert_snapshot!(steady(&done.out, &[(&instance, "i-0123456789abcdef0")]));
    let now = aws.call("ec2", "DescribeInstances", json!({"InstanceIds": [instance]})).await;
    let now = &now["Reservations"][0]["Instances"][0];
    assert_eq!((&now["InstanceType"], &now["State"]["Name"]), (&"t3.medium".into(), &"running".into()));
    assert!(desk.journals().is_empty(), "a plan leaves nothing behind");
}

#[tokio::test]
async fn a_plan_as_json_is_the_engines_own() {
    let Some(aws) = Aws::start().await else { return };
    aws.bucket("planned-as-json").await;
    let desk = Desk::on(&aws);
    desk.block();
    let bucket = "BucketName=planned-as-json";
    let done = desk.kintsugi(&["plan", "block.yaml", "--json", "--param", bucket]);
    let plan: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        (&plan["steps"][0]["kind"], &plan["steps"][0]["api"]),
        (&"Write".into(), &"PutPublicAccessBlock".into())
    );
    assert_eq!(plan["hash"].as_str().unwrap().len(), 64);
    let block = aws.try_call("s3", "GetPublicAccessBlock", json!({"Bucket": "planned-as-json"})).await;
    assert!(block.is_err(), "nothing was changed: {block:?}");
}

#[tokio::test]
async fn what_aws_calls_sensitive_is_neither_in_a_plan_nor_in_a_record() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    let input = "{Service: secretsmanager, Api: CreateSecret, Name: planned, SecretString: hunter2}";
    desk.runbook("secret.yaml", &format!("  - {{name: make, action: 'aws:executeAwsApi', inputs: {input}}}\n"));
    for arguments in [&["plan"][..], &["plan", "--json"], &["run", "--yes", "--json"]] {
        let done = desk.kintsugi(&[arguments, &["secret.yaml"]].concat());
        assert!(done.out.contains("[redacted]"), "{done:?}");
        assert!(!done.out.contains("hunter2") && !done.err.contains("hunter2"), "{done:?}");
    }
}

/// Read, handed on, given out, looked at: wherever it turns up.
const READS_A_SECRET: &str = "  - name: read
    action: aws:executeAwsApi
    inputs: {Service: secretsmanager, Api: GetSecretValue, SecretId: looked-at}
    outputs: [{Name: Password, Selector: $.SecretString, Type: String}]
  - name: tag
    action: aws:executeAwsApi
    inputs: {Service: secretsmanager, Api: TagResource, SecretId: looked-at, Tags: [{Key: is, Value: 'a {{ read.Password }}'}]}
  - name: look
    action: aws:assertAwsResourceProperty
    inputs: {Service: secretsmanager, Api: GetSecretValue, SecretId: looked-at, PropertySelector: $.SecretString, DesiredValues: [x]}
outputs: [read.Password]
";

#[tokio::test]
async fn what_was_read_and_is_sensitive_is_shown_nowhere() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    let input = "{Service: secretsmanager, Api: CreateSecret, Name: looked-at, SecretString: hunter2}";
    desk.runbook("make.yaml", &format!("  - {{name: make, action: 'aws:executeAwsApi', inputs: {input}}}\n"));
    assert_eq!(desk.kintsugi(&["run", "--yes", "make.yaml"]).code, Some(0));
    desk.runbook("read.yaml", READS_A_SECRET);
    for arguments in [&["plan"][..], &["plan", "--json"], &["run", "--yes"], &["run", "--yes", "--json"]] {
        let done = desk.kintsugi(&[arguments, &["read.yaml"]].concat());
        let expected = if arguments[0] == "run" { 1 } else { 0 };
        assert_eq!(done.code, Some(expected), "look fails when it is run: {done:?}");
        assert!(done.out.contains("[redacted]") || done.err.contains("[redacted]"), "{done:?}");
        assert!(!done.out.contains("hunter2") && !done.err.contains("hunter2"), "{done:?}");
    }
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_all_said_at_once() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.shipped("resize-instance.yaml");
    let done = desk.kintsugi(&["plan", "resize-instance.yaml", "--param", "InstanceId=x", "--param", "instanceid=y"]);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(done.err);
}

#[tokio::test]
async fn a_run_that_would_fail_is_told_and_is_exit_code_one() {
    let Some(aws) = Aws::start().await else { return };
    let instance = aws.instance("t3.medium").await;
    let desk = Desk::on(&aws);
    desk.shipped("resize-instance.yaml");
    let instance = format!("InstanceId={instance}");
    let types = ["--param", "CurrentType=t3.nano", "--param", "TargetType=t3.large", "--param", &instance];
    let done = desk.kintsugi(&[&["plan", "resize-instance.yaml"][..], &types].concat());
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("as things are, the run would fail: see step assertCurrentType"), "{done:?}");
    assert!(done.out.contains("no change planned"), "{done:?}");
    let done = desk.kintsugi(&[&["plan", "--json", "resize-instance.yaml"][..], &types].concat());
    let plan: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((done.code, &plan["steps"][0]["fails"]), (Some(1), &true.into()));
}

#[tokio::test]
async fn a_document_with_errors_is_not_planned() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook("a.yaml", "  - {name: a, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: StopInstance}}\n");
    let done = desk.kintsugi(&["plan", "a.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(1), ""));
    assert!(done.err.contains("the runbook a.yaml has errors\na.yaml:3:"), "{done:?}");
}

#[test]
fn nobody_answers_and_it_says_so() {
    if !crate::aws::there(&crate::aws::models()) {
        return;
    }
    let desk = Desk::new();
    desk.block();
    let mut command = desk.command(crate::tool::tool(), &["plan", "block.yaml", "--param", "BucketName=some-bucket"]);
    command.env("AWS_MAX_ATTEMPTS", "1");
    let done = crate::tool::finish(command);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    assert!(done.err.starts_with("error: AWS did not say whose account this is: "), "{done:?}");
}

#[test]
fn no_region_is_said_before_anything_is_asked() {
    if !crate::aws::there(&crate::aws::models()) {
        return;
    }
    let desk = Desk::new();
    desk.block();
    let mut command = desk.command(crate::tool::tool(), &["plan", "block.yaml"]);
    command.env_remove("AWS_REGION");
    let done = crate::tool::finish(command);
    assert_eq!(done.code, Some(2));
    assert_eq!(done.err, "error: no Region is set: name one with --region, AWS_REGION or a profile\n");
}
