//! `kintsugi run`, from its start to its end.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::tool::{Desk, steady};

#[tokio::test]
async fn an_instance_gets_its_new_type_and_every_step_is_told() {
    let Some(aws) = Aws::start().await else { return };
    let instance = aws.instance("t3.medium").await;
    let desk = Desk::on(&aws);
    desk.shipped("resize-instance.yaml");
    let parameters = [format!("InstanceId={instance}"), "CurrentType=t3.medium".into(), "TargetType=t3.large".into()];
    let mut arguments = vec!["run", "resize-instance.yaml", "--yes", "--journal", "run.journal"];
    parameters.iter().for_each(|parameter| arguments.extend(["--param", parameter]));
    let done = desk.kintsugi(&arguments);
    assert_eq!(done.code, Some(0), "{done:?}");
    let known = [(instance.as_str(), "i-0123456789abcdef0")];
    insta::assert_snapshot!("resize_progress", steady(&done.err, &known));
    assert!(done.out.starts_with("Success after "), "{done:?}");
    let now = aws.call("ec2", "DescribeInstances", json!({"InstanceIds": [instance]})).await;
    let now = &now["Reservations"][0]["Instances"][0];
    assert_eq!((&now["InstanceType"], &now["State"]["Name"]), (&"t3.large".into(), &"running".into()));
}

#[tokio::test]
async fn without_a_terminal_and_without_yes_nothing_is_changed() {
    let Some(aws) = Aws::start().await else { return };
    aws.bucket("not-agreed").await;
    let desk = Desk::on(&aws);
    desk.block();
    let done = desk.kintsugi(&["run", "block.yaml", "--param", "BucketName=not-agreed"]);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    assert!(done.err.contains("there is no terminal to ask at: agree beforehand with --yes"), "{done:?}");
    assert!(aws.try_call("s3", "GetPublicAccessBlock", json!({"Bucket": "not-agreed"})).await.is_err());
    assert!(desk.journals().is_empty());
}

#[tokio::test]
async fn a_runbook_that_only_reads_asks_nobody_and_gives_its_outputs() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook(
        "look.yaml",
        "  - name: look
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeRegions, RegionNames: [eu-west-1]}
    outputs: [{Name: Region, Selector: '$.Regions[0].RegionName', Type: String}]
outputs: [look.Region]
",
    );
    let done = desk.kintsugi(&["run", "look.yaml"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(steady(&done.out, &[]), "Success after 0.0 s, execution ID\n  look.Region  eu-west-1\n");
    let record: Value = serde_json::from_str(&desk.kintsugi(&["run", "look.yaml", "--json"]).out).unwrap();
    assert_eq!((&record["status"], &record["outputs"]["look.Region"][0]), (&"Success".into(), &"eu-west-1".into()));
    assert_eq!(desk.journals().len(), 2, "each run has its own journal");
}

#[tokio::test]
async fn only_success_is_exit_code_zero_and_the_end_says_what_is_left() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook(
        "fails.yaml",
        "  - {name: first, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: DescribeRegions}}
  - {name: second, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: DeleteBucket, Bucket: no-such-bucket}}
  - {name: third, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: DescribeRegions}}
",
    );
    let done = desk.kintsugi(&["run", "fails.yaml", "--yes"]);
    assert_eq!(done.code, Some(1));
    insta::assert_snapshot!(steady(&done.out, &[]));
}

#[tokio::test]
async fn a_run_that_is_refused_leaves_no_journal() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.block();
    let done = desk.kintsugi(&["run", "block.yaml", "--yes", "--param", "BucketName=A"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("parameter BucketName: does not match"), "{done:?}");
    desk.runbook("private.yaml", "  - {name: share, action: 'aws:shareSQLMedia', inputs: {}}\n");
    let done = desk.kintsugi(&["run", "private.yaml", "--yes"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("aws:shareSQLMedia"), "{done:?}");
    assert!(desk.journals().is_empty());
}

#[tokio::test]
async fn with_a_role_everything_is_done_in_the_account_of_the_role() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook(
        "who.yaml",
        "  - name: who
    action: aws:executeAwsApi
    inputs: {Service: sts, Api: GetCallerIdentity}
    outputs: [{Name: Arn, Selector: '$.Arn', Type: String}]
outputs: [who.Arn]
",
    );
    let role = "arn:aws:iam::210987654321:role/remediator";
    let done = desk.kintsugi(&["run", "who.yaml", "--role-arn", role, "--external-id", "ours"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.out.contains("arn:aws:sts::210987654321:assumed-role/remediator/kintsugi-cli"), "{done:?}");
}
