//! The gateway itself: what passes, what is written down, what goes wrong when it is told to.

use std::sync::Arc;

use crate::common::{at_once, eventually, world};
use aws_api::ApiError;
use serde_json::{Value, json};
use world::gateway::journal::Filter;
use world::gateway::reaper::Processes;

#[tokio::test(flavor = "multi_thread")]
async fn an_opsitem_is_opened_once() {
    let Some(world) = world(None, at_once()).await else { return };
    let data = json!({"/aws/dedup": {"Value": "{\"dedupString\": \"f1\"}", "Type": "SearchableString"}});
    let draft = json!({"Title": "t", "Description": "d", "Source": "kintsugi", "OperationalData": data});
    let id = world.call("ssm", "CreateOpsItem", draft.clone()).await["OpsItemId"].clone();
    assert_eq!(world.refusal("ssm", "CreateOpsItem", draft.clone()).await, "OpsItemAlreadyExistsException");
    world.call("ssm", "UpdateOpsItem", json!({"OpsItemId": id, "Status": "Resolved"})).await;
    assert_ne!(world.call("ssm", "CreateOpsItem", draft).await["OpsItemId"], id);
    let item = world.call("ssm", "GetOpsItem", json!({ "OpsItemId": id })).await["OpsItem"].clone();
    assert_eq!((&item["Status"], &item["Version"]), (&json!("Resolved"), &json!("2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_tells_reads_from_writes_and_who_called() {
    let Some(world) = world(None, at_once()).await else { return };
    world.call("ec2", "DescribeInstances", json!({})).await;
    world.call("ssm", "PutParameter", json!({"Name": "/p", "Value": "hush", "Type": "SecureString"})).await;
    let journal = world.admin("GET", "journal?effect=write", Value::Null).await.1;
    let calls = journal["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1, "{journal}");
    let call = &calls[0];
    assert_eq!(
        (&call["service"], &call["operation"], &call["caller"]),
        (&json!("ssm"), &json!("PutParameter"), &json!("tester"))
    );
    assert_eq!(
        (&call["status"], &call["answeredBy"], &call["input"]["Value"]),
        (&json!(200), &json!("moto"), &json!("(hidden)"))
    );
    assert_eq!(
        world.call("ssm", "GetParameter", json!({"Name": "/p", "WithDecryption": true})).await["Parameter"]["Value"],
        "hush"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_happen_as_told_and_a_cut_call_may_have_happened() {
    let Some(world) = world(None, at_once()).await else { return };
    let id = world.instance("m5.large").await;
    let script = json!({"rules": [
        {"service": "ec2", "operation": "StopInstances", "nth": [1], "fault": {"error": {"code": "InsufficientInstanceCapacity", "status": 500}}},
        {"service": "ec2", "operation": "StopInstances", "nth": [1], "fault": {"cut": {"performed": true}}},
        {"service": "ssm", "operation": "GetParameter", "fault": {"html": {"status": 503}}},
        {"service": "sqs", "fault": "deny"},
    ]});
    assert_eq!(world.admin("PUT", "faults", script).await.0, 200);
    let stop = json!({ "InstanceIds": [id] });
    assert_eq!(world.refusal("ec2", "StopInstances", stop.clone()).await, "InsufficientInstanceCapacity");
    let cut = world.attempt("ec2", "StopInstances", stop).await;
    assert!(matches!(cut, Err(ApiError::NoAnswer(_))), "{cut:?}");
    world.state(&id, "stopped").await;
    assert_eq!(world.refusal("sqs", "ListQueues", json!({})).await, "AccessDeniedException");
    let ill = world.attempt("ssm", "GetParameter", json!({"Name": "/p"})).await;
    assert!(matches!(&ill, Err(ApiError::Service(error)) if error.http_status == 503), "{ill:?}");

    let (status, refusal) = world.admin("PUT", "faults", json!({"rules": [{"fault": "explode"}]})).await;
    assert_eq!(status, 400);
    assert!(refusal["error"].as_str().unwrap().contains("explode"), "{refusal}");
    assert_eq!(world.admin("DELETE", "faults", Value::Null).await.0, 204);
    world.call("sqs", "ListQueues", json!({})).await;
}

/// Remembers who was to die.
#[derive(Default)]
struct Mourner(std::sync::Mutex<Vec<String>>);

impl Processes for Mourner {
    fn replace(&self, caller: &str) {
        self.0.lock().unwrap().push(caller.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_dies_before_or_after_its_call_is_performed_and_gets_no_answer() {
    let Some(world) = world(None, at_once()).await else { return };
    let mourner = Arc::new(Mourner::default());
    world.gateway.reaper().serve(mourner.clone());
    for (name, at, exists) in [("/before", "before", false), ("/performed", "performed", true)] {
        let script = json!({"rules": [{"operation": "PutParameter", "times": 1, "fault": {"kill": {"at": at}}}]});
        assert_eq!(world.admin("PUT", "faults", script).await.0, 200);
        let put = json!({"Name": name, "Value": "v", "Type": "String", "Overwrite": true});
        let since = world.gateway.journal().end();
        let _repeated = world.attempt("ssm", "PutParameter", put).await;
        let entries = world.gateway.journal().entries(&Filter { since: Some(since), ..Filter::default() });
        assert_eq!((entries[0].status, entries[0].performed.is_some()), (None, exists), "{name}");
        assert_eq!(std::mem::take(&mut *mourner.0.lock().unwrap()), ["tester"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_may_come_twice_or_never_or_after_somebody_else_s() {
    let Some(world) = world(None, at_once()).await else { return };
    let create = |name: &str| json!({"Name": name, "Value": "v", "Type": "String"});
    let others = json!({"service": "ssm", "api": "PutParameter", "input": create("/others")});
    let script = json!({"rules": [
        {"operation": "PutParameter", "input": {"Name": "/twice"}, "fault": "repeat"},
        {"operation": "PutParameter", "input": {"Name": "/never"}, "fault": {"hang": {"seconds": 0.1}}},
        {"operation": "GetParameter", "nth": [1], "fault": {"first": others}},
        {"operation": "GetParameter", "fault": "notFound"},
    ]});
    assert_eq!(world.admin("PUT", "faults", script).await.0, 200);
    // The second of two that make a parameter is refused, and that is the answer.
    assert_eq!(world.refusal("ssm", "PutParameter", create("/twice")).await, "ParameterAlreadyExists");
    let never = world.attempt("ssm", "PutParameter", create("/never")).await;
    assert!(matches!(never, Err(ApiError::NoAnswer(_))), "{never:?}");
    let seen = world.call("ssm", "GetParameter", json!({"Name": "/others"})).await;
    assert_eq!(seen["Parameter"]["Value"], "v");
    assert_eq!(world.refusal("ssm", "GetParameter", json!({"Name": "/others"})).await, "ParameterNotFound");
    assert_eq!(world.admin("DELETE", "faults", Value::Null).await.0, 204);
    assert_eq!(world.refusal("ssm", "GetParameter", json!({"Name": "/never"})).await, "ParameterNotFound");
}

const TEMPLATE: &str = r"
Resources:
  Open:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: open}}
    Properties:
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Events:
        Outcome:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [kintsugi]}}
  Read:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: read}}
    Properties:
      Events:
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 1}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Work: {Type: AWS::SQS::Queue, Properties: {QueueName: work}}
";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_every_attempt_fails_on_ends_in_the_dead_letter_queue() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    *world.functions.failures.lock().unwrap() = 3;
    let entry = json!({"Source": "kintsugi", "DetailType": "Kintsugi Outcome", "Detail": "{\"a\": 1}"});
    let put = world.call("events", "PutEvents", json!({ "Entries": [entry] })).await;
    assert_eq!(put["FailedEntryCount"], 0);
    let url = world.call("sqs", "GetQueueUrl", json!({"QueueName": "dead"})).await["QueueUrl"].clone();
    assert!(url.as_str().unwrap().starts_with(&world.gateway.url), "{url} must lead through the gateway");
    let mut message = Value::Null;
    for _ in 0..200 {
        let receive = json!({"QueueUrl": url, "MessageAttributeNames": ["All"]});
        message = world.call("sqs", "ReceiveMessage", receive).await["Messages"][0].clone();
        if message.is_object() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    let event: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    assert_eq!((&event["source"], &event["detail"]), (&json!("kintsugi"), &json!({"a": 1})));
    assert_eq!(message["MessageAttributes"]["ErrorMessage"]["StringValue"], "open failed with Told: to fail");
    let names: Vec<String> = world.functions.calls.lock().unwrap().iter().map(|(_, _, name)| name.clone()).collect();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| *name == names[0]), "every attempt has the same name: {names:?}");
    let deliveries = world.admin("GET", "deliveries", Value::Null).await.1;
    assert_eq!(deliveries["deliveries"][0]["status"], "deadLettered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_a_queue_is_read_and_deleted() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    let url = world.call("sqs", "GetQueueUrl", json!({"QueueName": "work"})).await["QueueUrl"].clone();
    world.call("sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": "hello"})).await;
    eventually(|| async { !world.calls_of_functions().is_empty() }).await;
    let (function, event) = world.calls_of_functions().remove(0);
    assert_eq!((function.as_str(), &event["Records"][0]["body"]), ("read", &json!("hello")));
    eventually(|| async {
        let names = json!(["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]);
        let left = world.call("sqs", "GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": names})).await;
        left["Attributes"].as_object().unwrap().values().all(|count| count == "0")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_by_hand_reaches_the_functions_whose_rules_want_it() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    let event = json!({"id": "7bf73129-1428-4cd3-a780-95db273d1602", "source": "kintsugi", "detail": {}});
    assert_eq!(world.admin("POST", "events", event).await.0, 202);
    assert_eq!(world.admin("POST", "events", json!({"id": "2", "source": "aws.ec2", "detail": {}})).await.0, 202);
    eventually(|| async { !world.calls_of_functions().is_empty() }).await;
    let events = world.admin("GET", "events", Value::Null).await.1;
    assert_eq!(
        (&events["events"][0]["matched"], &events["events"][1]["matched"]),
        (&json!(["Open/Outcome"]), &json!([]))
    );
    assert_eq!(world.calls_of_functions().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_subscribed_by_hand_gets_what_is_published() {
    let Some(world) = world(Some(TEMPLATE), at_once()).await else { return };
    let topic = world.call("sns", "CreateTopic", json!({"Name": "own"})).await["TopicArn"].clone();
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:open";
    world.call("sns", "Subscribe", json!({"TopicArn": topic, "Protocol": "lambda", "Endpoint": function})).await;
    world.call("sns", "Publish", json!({"TopicArn": topic, "Subject": "s", "Message": "m"})).await;
    eventually(|| async { !world.calls_of_functions().is_empty() }).await;
    let (function, event) = world.calls_of_functions().remove(0);
    let sns = &event["Records"][0]["Sns"];
    assert_eq!(
        (function.as_str(), &sns["Message"], &sns["Subject"], &sns["TopicArn"]),
        ("open", &json!("m"), &json!("s"), &topic)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pace_can_be_changed_and_reaches_moto() {
    let Some(world) = world(None, at_once()).await else { return };
    let (status, timings) = world.admin("PUT", "clock", json!({"scale": 0.5, "stoppingSeconds": 7200.0})).await;
    assert_eq!((status, &timings["scale"], &timings["pendingSeconds"]), (200, &json!(0.5), &json!(15.0)));
    world.admin("PUT", "clock", json!({"pendingSeconds": 0.0})).await;
    let id = world.instance("m5.large").await;
    world.call("ec2", "StopInstances", json!({ "InstanceIds": [id] })).await;
    world.state(&id, "stopping").await;
    assert_eq!(world.refusal("ec2", "StartInstances", json!({ "InstanceIds": [id] })).await, "IncorrectInstanceState");
    let (status, refusal) = world.admin("PUT", "clock", json!({"scale": 2.0})).await;
    assert_eq!(
        (status, &refusal["error"]),
        (400, &json!("the world cannot run at this pace: scale must lie between 0 and 1, not 2"))
    );
}
