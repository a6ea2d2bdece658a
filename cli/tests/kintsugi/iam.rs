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
    assert!(done.err.starts_with("note: Resource is *"), "{done:?}");
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
    let actions = |index: usize| policy["Statement"][index]["Action"].clone();
    assert_eq!(
        actions(0),
        json!(["ec2:DescribeInstanceStatus", "ec2:DescribeInstances", "s3:GetBucketPublicAccessBlock"])
    );
    assert_eq!(actions(1), json!(["ec2:StartInstances", "s3:PutBucketPublicAccessBlock"]));
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
