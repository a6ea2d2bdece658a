//! AWS Config's rules, evaluated from what the EC2 and S3 APIs were told.

use crate::common::{World, at_once, eventually, world};
use serde_json::{Value, json};
use world::clock::Timings;

const TEMPLATE: &str = r"
Resources:
  Fix:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: fix}}
    Properties:
      Events:
        Drift:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.config], detail: {newEvaluationResult: {complianceType: [NON_COMPLIANT]}}}}
";

async fn put_rule(world: &World, name: &str, identifier: &str) {
    let rule = json!({"ConfigRuleName": name, "Source": {"Owner": "AWS", "SourceIdentifier": identifier}});
    world.call("config", "PutConfigRule", json!({ "ConfigRule": rule })).await;
}

async fn compliance(world: &World, rule: &str, resource: &str) -> Value {
    let details =
        world.call("config", "GetComplianceDetailsByConfigRule", json!({"ConfigRuleName": rule, "Limit": 100})).await;
    let results = details["EvaluationResults"].as_array().cloned().unwrap_or_default();
    let found = results
        .into_iter()
        .find(|result| result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"] == resource);
    found.map_or(Value::Null, |result| result["ComplianceType"].clone())
}

fn ssh(group: &str, cidr: &str) -> Value {
    json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": cidr }]}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_open_to_the_world_is_told_of_and_compliant_again_when_closed() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    let group = world.call("ec2", "CreateSecurityGroup", json!({"GroupName": "web", "Description": "web"})).await;
    let group = group["GroupId"].as_str().unwrap().to_owned();
    put_rule(&world, "ssh", "INCOMING_SSH_DISABLED").await;
    eventually(|| async { compliance(&world, "ssh", &group).await == "COMPLIANT" }).await;

    world.call("ec2", "AuthorizeSecurityGroupIngress", ssh(&group, "0.0.0.0/0")).await;
    eventually(|| async { compliance(&world, "ssh", &group).await == "NON_COMPLIANT" }).await;
    eventually(|| async { !world.calls_of_functions().is_empty() }).await;
    let (function, event) = world.calls_of_functions().remove(0);
    assert_eq!(function, "fix");
    assert_eq!(event["detail"]["resourceId"], json!(group));
    assert_eq!(event["detail"]["oldEvaluationResult"]["complianceType"], "COMPLIANT");

    world.call("ec2", "AuthorizeSecurityGroupIngress", ssh(&group, "10.0.0.0/8")).await;
    world.call("ec2", "RevokeSecurityGroupIngress", ssh(&group, "0.0.0.0/0")).await;
    eventually(|| async { compliance(&world, "ssh", &group).await == "COMPLIANT" }).await;
    world.call("ec2", "DeleteSecurityGroup", json!({ "GroupId": group })).await;
    eventually(|| async { compliance(&world, "ssh", &group).await.is_null() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_as_public_as_its_policy_its_acl_and_its_block_make_it() {
    let Some(world) = world(None, Timings { config_on_change: false, ..at_once() }).await else { return };
    let bucket = "kintsugi-test";
    let create = json!({"Bucket": bucket, "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    world.call("s3", "CreateBucket", create).await;
    put_rule(&world, "read", "S3_BUCKET_PUBLIC_READ_PROHIBITED").await;
    put_rule(&world, "block", "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED").await;
    let both = async || {
        world.admin("POST", "config/evaluate", json!(null)).await;
        (compliance(&world, "read", bucket).await, compliance(&world, "block", bucket).await)
    };
    assert_eq!(both().await, (json!("COMPLIANT"), json!("COMPLIANT")));

    let policy = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::kintsugi-test/*"}]});
    let put_policy = json!({"Bucket": bucket, "Policy": policy.to_string()});
    assert_eq!(world.refusal("s3", "PutBucketPolicy", put_policy.clone()).await, "AccessDenied");
    world.call("s3", "DeletePublicAccessBlock", json!({ "Bucket": bucket })).await;
    assert_eq!(both().await, (json!("COMPLIANT"), json!("NON_COMPLIANT")));
    world.call("s3", "PutBucketPolicy", put_policy).await;
    assert_eq!(both().await, (json!("NON_COMPLIANT"), json!("NON_COMPLIANT")));
    let all = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
    world.call("s3", "PutPublicAccessBlock", json!({"Bucket": bucket, "PublicAccessBlockConfiguration": all})).await;
    assert_eq!(both().await, (json!("COMPLIANT"), json!("COMPLIANT")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_takes_its_time_and_does_not_run_twice_at_once() {
    let timings = Timings { scale: 0.02, config_evaluation_seconds: 100.0, ..Timings::default() };
    let Some(world) = world(None, timings).await else { return };
    put_rule(&world, "ssh", "INCOMING_SSH_DISABLED").await;
    let start = json!({"ConfigRuleNames": ["ssh"]});
    world.call("config", "StartConfigRulesEvaluation", start.clone()).await;
    assert_eq!(world.refusal("config", "StartConfigRulesEvaluation", start.clone()).await, "LimitExceededException");
    assert_eq!(
        world.refusal("config", "DeleteConfigRule", json!({"ConfigRuleName": "ssh"})).await,
        "ResourceInUseException"
    );
    eventually(|| async { world.attempt("config", "StartConfigRulesEvaluation", start.clone()).await.is_ok() }).await;
    let status = world.call("config", "DescribeConfigRuleEvaluationStatus", json!({"ConfigRuleNames": ["ssh"]})).await;
    assert!(status["ConfigRulesEvaluationStatus"][0]["LastSuccessfulEvaluationTime"].is_string(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_config_refuses_is_refused() {
    let Some(world) = world(None, at_once()).await else { return };
    let cases = [
        ("GetComplianceDetailsByConfigRule", json!({"ConfigRuleName": "none"}), "NoSuchConfigRuleException"),
        ("DescribeConfigRules", json!({"ConfigRuleNames": ["none"]}), "NoSuchConfigRuleException"),
        ("StartConfigRulesEvaluation", json!({"ConfigRuleNames": ["none"]}), "NoSuchConfigRuleException"),
        (
            "PutConfigRule",
            json!({"ConfigRule": {"ConfigRuleName": "x", "Source": {"Owner": "AWS", "SourceIdentifier": "MOON"}}}),
            "InvalidParameterValueException",
        ),
    ];
    for (api, input, code) in cases {
        assert_eq!(world.refusal("config", api, input).await, code, "{api}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_about_one_resource_says_nothing_of_another() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    let mut groups = vec![];
    for name in ["own", "other"] {
        let group = world.call("ec2", "CreateSecurityGroup", json!({"GroupName": name, "Description": name})).await;
        groups.push(group["GroupId"].as_str().unwrap().to_owned());
    }
    let scope = json!({"ComplianceResourceTypes": ["AWS::EC2::SecurityGroup"], "ComplianceResourceId": groups[0]});
    let source = json!({"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"});
    let rule = json!({"ConfigRuleName": "ssh", "Source": source, "Scope": scope});
    world.call("config", "PutConfigRule", json!({ "ConfigRule": rule })).await;
    // First the other, so that its evaluation is over when that of the own is.
    for group in groups.iter().rev() {
        world.call("ec2", "AuthorizeSecurityGroupIngress", ssh(group, "0.0.0.0/0")).await;
    }
    eventually(|| async { compliance(&world, "ssh", &groups[0]).await == "NON_COMPLIANT" }).await;
    assert!(compliance(&world, "ssh", &groups[1]).await.is_null());
}
