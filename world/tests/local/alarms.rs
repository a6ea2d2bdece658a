//! Alarms, driven through the gateway as anybody would drive CloudWatch.

use crate::common::{World, at_once, eventually, world};
use serde_json::{Value, json};
use world::clock::Timings;

const TEMPLATE: &str = r"
Resources:
  Resize:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: resize}}
    Properties:
      FunctionName: resize
      Events:
        Alarm:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.cloudwatch], detail: {state: {value: [ALARM]}}}}
        Topic: {Type: SNS, Properties: {Topic: !Ref Topic}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: alarms}}
";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:alarms";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:resize:live";

async fn put_alarm(world: &World, instance: &str, actions: &[&str]) {
    let alarm = json!({
        "AlarmName": "cpu", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60,
        "Dimensions": [{"Name": "InstanceId", "Value": instance}], "EvaluationPeriods": 1, "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": actions,
    });
    world.call("cloudwatch", "PutMetricAlarm", alarm).await;
}

async fn alarm(world: &World) -> Value {
    world.call("cloudwatch", "DescribeAlarms", json!({"AlarmNames": ["cpu"]})).await["MetricAlarms"][0].clone()
}

async fn resize(world: &World, id: &str, kind: &str) {
    world.call("ec2", "StopInstances", json!({ "InstanceIds": [id] })).await;
    world.state(id, "stopped").await;
    world.call("ec2", "ModifyInstanceAttribute", json!({ "InstanceId": id, "InstanceType": {"Value": kind} })).await;
    world.call("ec2", "StartInstances", json!({ "InstanceIds": [id] })).await;
    world.state(id, "running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_rises_with_the_load_and_recovers_only_on_an_instance_that_is_big_enough() {
    let Some(world) = world(None, Timings { scale: 0.01, ..Timings::default() }).await else { return };
    let id = world.instance("m5.large").await;
    put_alarm(&world, &id, &[]).await;
    assert_eq!(alarm(&world).await["StateValue"], "INSUFFICIENT_DATA");

    assert_eq!(world.admin("PUT", &format!("loads/{id}"), json!({"vcpus": 3.0})).await.0, 204);
    eventually(|| async { alarm(&world).await["StateValue"] == "ALARM" }).await;
    let reason = alarm(&world).await["StateReason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("Threshold Crossed: 1 out of the last 1 datapoints [100.0 ("), "{reason}");

    resize(&world, &id, "m5.xlarge").await;
    eventually(|| async { alarm(&world).await["StateValue"] == "OK" }).await;

    world.admin("PUT", &format!("loads/{id}"), json!({"vcpus": 3.9})).await;
    eventually(|| async { alarm(&world).await["StateValue"] == "ALARM" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_by_hand_needs_no_waiting() {
    let Some(world) = world(None, at_once()).await else { return };
    let id = world.instance("m5.large").await;
    put_alarm(&world, &id, &[]).await;
    world.admin("PUT", &format!("loads/{id}"), json!({"vcpus": 1.9})).await;
    assert_eq!(world.admin("POST", "alarms/evaluate", json!(null)).await.0, 204);
    assert_eq!(alarm(&world).await["StateValue"], "ALARM");
    resize(&world, &id, "m5.xlarge").await;
    world.admin("POST", "alarms/evaluate", json!(null)).await;
    assert_eq!(alarm(&world).await["StateValue"], "OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_set_by_hand_is_told_once_in_each_of_the_three_shapes() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    put_alarm(&world, "i-0abcdef1234567890", &[TOPIC, FUNCTION]).await;
    for _ in 0..2 {
        let set = json!({"AlarmName": "cpu", "StateValue": "ALARM", "StateReason": "by hand"});
        world.call("cloudwatch", "SetAlarmState", set).await;
    }
    let unknown = json!({"AlarmName": "other", "StateValue": "ALARM", "StateReason": "by hand"});
    assert_eq!(world.refusal("cloudwatch", "SetAlarmState", unknown).await, "ResourceNotFound");
    eventually(|| async { world.calls_of_functions().len() == 3 }).await;
    let got: Vec<Value> = world.calls_of_functions().into_iter().map(|(_, payload)| payload).collect();
    assert!(
        got.iter().any(|event| event["detail"]["state"]["value"] == "ALARM"
            && event["detail-type"] == "CloudWatch Alarm State Change")
    );
    assert!(got.iter().any(|event| event["alarmData"]["state"]["value"] == "ALARM"));
    let message = got.iter().find_map(|event| event["Records"][0]["Sns"]["Message"].as_str()).unwrap();
    let message: Value = serde_json::from_str(message).unwrap();
    assert_eq!((&message["NewStateValue"], &message["OldStateValue"]), (&json!("ALARM"), &json!("INSUFFICIENT_DATA")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metric_that_is_put_moves_with_its_resource_and_so_does_its_alarm() {
    let Some(world) = world(None, at_once()).await else { return };
    let database = json!({
        "DBInstanceIdentifier": "orders", "Engine": "postgres", "DBInstanceClass": "db.m5.large", "AllocatedStorage": 100,
        "MasterUsername": "admin1", "MasterUserPassword": "not-a-secret",
    });
    world.call("rds", "CreateDBInstance", database).await;
    let dimensions = json!([{"Name": "DBInstanceIdentifier", "Value": "orders"}]);
    let free = json!({"MetricName": "FreeStorageSpace", "Dimensions": dimensions, "Value": 2_147_483_648_u64});
    world.call("cloudwatch", "PutMetricData", json!({"Namespace": "AWS/RDS", "MetricData": [free]})).await;
    let full = json!({
        "AlarmName": "cpu", "Namespace": "AWS/RDS", "MetricName": "FreeStorageSpace", "Statistic": "Average", "Period": 60,
        "Dimensions": dimensions, "EvaluationPeriods": 1, "Threshold": 10_737_418_240_u64,
        "ComparisonOperator": "LessThanThreshold",
    });
    world.call("cloudwatch", "PutMetricAlarm", full).await;
    world.admin("POST", "alarms/evaluate", json!(null)).await;
    assert_eq!(alarm(&world).await["StateValue"], "ALARM");
    let grow = json!({"DBInstanceIdentifier": "orders", "AllocatedStorage": 120, "ApplyImmediately": true});
    world.call("rds", "ModifyDBInstance", grow).await;
    world.admin("POST", "alarms/evaluate", json!(null)).await;
    assert_eq!(alarm(&world).await["StateValue"], "OK", "2 of 100 GiB free are 22 of 120");
}
