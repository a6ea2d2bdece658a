//! What moto lets pass and AWS does not: refused in AWS's words, and as slowly.

use crate::common::{World, at_once, eventually, world};
use serde_json::{Value, json};
use world::clock::Timings;

async fn status_checks(world: &World, id: &str) -> Value {
    let told = world.call("ec2", "DescribeInstanceStatus", json!({ "InstanceIds": [id] })).await;
    told["InstanceStatuses"][0]["InstanceStatus"]["Status"].clone()
}

async fn change_type(world: &World, id: &str, kind: &str) -> Option<String> {
    let input = json!({ "InstanceId": id, "InstanceType": {"Value": kind} });
    match world.attempt("ec2", "ModifyInstanceAttribute", input).await {
        Ok(_) => None,
        Err(aws_api::ApiError::Service(error)) => Some(error.code.clone()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_takes_its_time_from_state_to_state() {
    let slow = Timings { scale: 0.02, status_checks_seconds: 150.0, ..Timings::default() };
    let Some(world) = world(None, slow).await else { return };
    let id = world.instance("m5.large").await;
    assert_eq!(status_checks(&world, &id).await, "initializing");
    eventually(|| async { status_checks(&world, &id).await == "ok" }).await;
    let ids = json!({ "InstanceIds": [id] });
    let stopped = world.call("ec2", "StopInstances", ids.clone()).await;
    let stopping = &stopped["StoppingInstances"][0];
    assert_eq!(
        (&stopping["PreviousState"]["Name"], &stopping["CurrentState"]["Name"]),
        (&json!("running"), &json!("stopping"))
    );
    assert_eq!(world.refusal("ec2", "StartInstances", ids.clone()).await, "IncorrectInstanceState");
    world.state(&id, "stopped").await;
    let again = world.call("ec2", "StopInstances", ids.clone()).await;
    assert_eq!(again["StoppingInstances"][0]["CurrentState"]["Name"], "stopped");
    let started = world.call("ec2", "StartInstances", ids).await;
    assert_eq!(started["StartingInstances"][0]["CurrentState"]["Name"], "pending");
    world.state(&id, "running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_is_changed_only_when_ec2_would_change_it() {
    let Some(world) = world(None, at_once()).await else { return };
    let id = world.instance("m5.large").await;
    assert_eq!(change_type(&world, &id, "m5.xlarge").await.as_deref(), Some("IncorrectInstanceState"));
    let ids = json!({ "InstanceIds": [id] });
    world.call("ec2", "StopInstances", ids.clone()).await;
    for (kind, refusal) in [
        ("m5.huge", Some("InvalidInstanceAttributeValue")),
        ("m6g.large", Some("InvalidParameterCombination")),
        ("m5.xlarge", None),
    ] {
        assert_eq!(change_type(&world, &id, kind).await.as_deref(), refusal, "{kind}");
    }
    world.call("ec2", "TerminateInstances", ids.clone()).await;
    assert_eq!(world.refusal("ec2", "StartInstances", ids).await, "IncorrectInstanceState");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_instances_all_or_none_change() {
    let Some(world) = world(None, at_once()).await else { return };
    let (one, other) = (world.instance("m5.large").await, world.instance("m5.large").await);
    world.call("ec2", "TerminateInstances", json!({ "InstanceIds": [other] })).await;
    let both = json!({ "InstanceIds": [one, other] });
    assert_eq!(world.refusal("ec2", "StopInstances", both).await, "IncorrectInstanceState");
    world.state(&one, "running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_token_makes_two_launches_one() {
    let Some(world) = world(None, at_once()).await else { return };
    let id = world.instance("m5.large").await;
    let described = world.call("ec2", "DescribeInstances", json!({ "InstanceIds": [id] })).await;
    let image = described["Reservations"][0]["Instances"][0]["ImageId"].clone();
    let run = |kind: &str| json!({ "ImageId": image, "InstanceType": kind, "MinCount": 1, "MaxCount": 1, "ClientToken": "t" });
    let first = world.call("ec2", "RunInstances", run("m5.large")).await["Instances"][0]["InstanceId"].clone();
    assert_eq!(world.call("ec2", "RunInstances", run("m5.large")).await["Instances"][0]["InstanceId"], first);
    assert_eq!(world.refusal("ec2", "RunInstances", run("m5.xlarge")).await, "IdempotentParameterMismatch");
    let mut arm = run("m6g.large");
    arm["ClientToken"] = json!("u");
    assert_eq!(world.refusal("ec2", "RunInstances", arm).await, "InvalidParameterValue");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_group_is_put_on_standby_once_and_called_back_once() {
    let Some(world) = world(None, at_once()).await else { return };
    let id = world.instance("m5.large").await;
    let described = world.call("ec2", "DescribeInstances", json!({ "InstanceIds": [id] })).await;
    let image = described["Reservations"][0]["Instances"][0]["ImageId"].clone();
    let launch = json!({ "LaunchConfigurationName": "web", "ImageId": image, "InstanceType": "m5.large" });
    world.call("autoscaling", "CreateLaunchConfiguration", launch).await;
    let group = json!({
        "AutoScalingGroupName": "web", "LaunchConfigurationName": "web", "MinSize": 0, "MaxSize": 2, "DesiredCapacity": 2,
        "AvailabilityZones": ["eu-west-1a"],
    });
    world.call("autoscaling", "CreateAutoScalingGroup", group).await;
    let described = async || {
        world.call("autoscaling", "DescribeAutoScalingGroups", json!({})).await["AutoScalingGroups"][0].clone()
    };
    let member = described().await["Instances"][0]["InstanceId"].clone();
    let back = json!({ "AutoScalingGroupName": "web", "InstanceIds": [member] });
    let mut away = back.clone();
    away["ShouldDecrementDesiredCapacity"] = json!(true);
    assert_eq!(world.refusal("autoscaling", "ExitStandby", back.clone()).await, "ValidationError");
    world.call("autoscaling", "EnterStandby", away.clone()).await;
    assert_eq!(world.refusal("autoscaling", "EnterStandby", away).await, "ValidationError");
    world.call("autoscaling", "ExitStandby", back.clone()).await;
    assert_eq!(world.refusal("autoscaling", "ExitStandby", back).await, "ValidationError");
    assert_eq!(described().await["DesiredCapacity"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_bucket_is_closed_and_must_be_opened_step_by_step() {
    let Some(world) = world(None, at_once()).await else { return };
    let with = |mut more: Value| {
        more["Bucket"] = json!("closed");
        more
    };
    world
        .call("s3", "CreateBucket", with(json!({"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}})))
        .await;
    let public = with(json!({"ACL": "public-read"}));
    assert_eq!(world.refusal("s3", "PutBucketAcl", public.clone()).await, "AccessControlListNotSupported");
    let owner = with(json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}}));
    world.call("s3", "PutBucketOwnershipControls", owner).await;
    assert_eq!(world.refusal("s3", "PutBucketAcl", public.clone()).await, "AccessDenied");
    world.call("s3", "DeletePublicAccessBlock", with(json!({}))).await;
    world.call("s3", "PutBucketAcl", public).await;
    assert_eq!(world.refusal("s3", "PutBucketPolicy", with(json!({"Policy": "{not json"}))).await, "MalformedPolicy");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_is_put_again_keeps_its_state() {
    let Some(world) = world(None, at_once()).await else { return };
    let alarm = |threshold: f64| {
        json!({
            "AlarmName": "a", "Namespace": "N", "MetricName": "M", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1,
            "Threshold": threshold, "ComparisonOperator": "GreaterThanThreshold",
        })
    };
    let state =
        async || world.call("cloudwatch", "DescribeAlarms", json!({})).await["MetricAlarms"][0]["StateValue"].clone();
    world.call("cloudwatch", "PutMetricAlarm", alarm(80.0)).await;
    assert_eq!(state().await, "INSUFFICIENT_DATA");
    world
        .call("cloudwatch", "SetAlarmState", json!({"AlarmName": "a", "StateValue": "ALARM", "StateReason": "r"}))
        .await;
    world.call("cloudwatch", "PutMetricAlarm", alarm(70.0)).await;
    assert_eq!(state().await, "ALARM");
}

/// A table whose items have a hash key alone, or a range key too.
async fn table(world: &World, name: &str, ranged: bool) {
    let keys = [("pk", "HASH"), ("sk", "RANGE")];
    let keys = &keys[..if ranged { 2 } else { 1 }];
    let schema: Vec<_> = keys.iter().map(|(name, kind)| json!({ "AttributeName": name, "KeyType": kind })).collect();
    let types: Vec<_> = keys.iter().map(|(name, _)| json!({ "AttributeName": name, "AttributeType": "S" })).collect();
    let create = json!({
        "TableName": name, "KeySchema": schema, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST",
    });
    world.call("dynamodb", "CreateTable", create).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_cancelled_leaves_every_item_as_it_was() {
    let Some(world) = world(None, at_once()).await else { return };
    for (name, ranged) in [("plain", false), ("ranged", true)] {
        table(&world, name, ranged).await;
        let key = |pk: &str| if ranged { json!({"pk": {"S": pk}, "sk": {"S": "s"}}) } else { json!({"pk": {"S": pk}}) };
        let item = |pk: &str| {
            let mut item = key(pk);
            item["n"] = json!({"N": "1"});
            item
        };
        for pk in ["changed", "deleted", "held"] {
            world.call("dynamodb", "PutItem", json!({ "TableName": name, "Item": item(pk) })).await;
        }
        let scan = async || world.call("dynamodb", "Scan", json!({ "TableName": name })).await["Items"].clone();
        let before = scan().await;
        let update = json!({
            "TableName": name, "Key": key("changed"), "UpdateExpression": "SET n = :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
        });
        let held =
            json!({ "TableName": name, "Item": item("held"), "ConditionExpression": "attribute_not_exists(pk)" });
        let begun = [
            json!({ "Update": update }),
            json!({ "Delete": { "TableName": name, "Key": key("deleted") } }),
            json!({ "Put": { "TableName": name, "Item": item("new") } }),
        ];
        let cancelled: Vec<_> = begun.iter().cloned().chain([json!({ "Put": held })]).collect();
        let refused = world.refusal("dynamodb", "TransactWriteItems", json!({ "TransactItems": cancelled })).await;
        assert_eq!((refused.as_str(), &scan().await), ("TransactionCanceledException", &before), "{name}");
        world.call("dynamodb", "TransactWriteItems", json!({ "TransactItems": begun })).await;
        let after = scan().await;
        assert_eq!(after.as_array().map(Vec::len), Some(3), "{after}");
        assert!(after.to_string().contains("\"2\"") && !after.to_string().contains("deleted"), "{after}");
    }
}
