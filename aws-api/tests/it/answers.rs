//! What comes back, for better and for worse.

use std::time::Duration;

use crate::support::{Service, answer, call, chain, client, models, ok};
use aws_api::{ApiError, CallOptions, Client, NoAnswer, ServiceError};
use serde_json::json;

async fn fails(
    answers: Vec<crate::support::Answer>,
    service: &str,
    api: &str,
    input: serde_json::Value,
) -> Option<(ServiceError, usize)> {
    let server = Service::answering(answers).await;
    let client = client(&server)?;
    match call(&client, service, api, input).await {
        Err(ApiError::Service(error)) => Some((*error, server.asked().len())),
        other => panic!("an error of the service was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn timestamps_are_iso_8601_and_blobs_base64() {
    let body = r#"{"SecretBinary": "aGk=", "CreatedDate": 1795369445.25, "Name": "n", "Unknown": 1}"#;
    let service = Service::answering([ok(body)]).await;
    let Some(client) = client(&service) else { return };
    let output = call(&client, "secretsmanager", "GetSecretValue", json!({"SecretId": "s"})).await.unwrap();
    assert_eq!(output, json!({"Name": "n", "SecretBinary": "aGk=", "CreatedDate": "2026-11-22T17:44:05.25Z"}));
}

#[tokio::test]
async fn xml_becomes_json_with_the_models_names() {
    let body = "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>\
        <launchTime>2026-11-22T17:44:05.000Z</launchTime><ebsOptimized>false</ebsOptimized><tagSet/></item></instancesSet>\
        </item></reservationSet></DescribeInstancesResponse>";
    let service = Service::answering([ok(body)]).await;
    let Some(client) = client(&service) else { return };
    let output = call(&client, "ec2", "DescribeInstances", json!({})).await.unwrap();
    let instance =
        json!({"InstanceId": "i-1", "LaunchTime": "2026-11-22T17:44:05Z", "EbsOptimized": false, "Tags": []});
    assert_eq!(output, json!({"Reservations": [{"Instances": [instance]}]}));
}

#[tokio::test]
async fn a_streamed_body_is_base64() {
    let service = Service::answering([ok("hé")]).await;
    let Some(client) = client(&service) else { return };
    let output = call(&client, "s3", "GetObject", json!({"Bucket": "my-bucket", "Key": "k"})).await.unwrap();
    assert_eq!(output["Body"], "aMOp");
}

#[tokio::test]
async fn a_policy_document_of_iam_is_json() {
    let document = "%7B%22Version%22%3A%222012-10-17%22%7D";
    let body = format!(
        "<R><GetRoleResult><Role><RoleName>r</RoleName><AssumeRolePolicyDocument>{document}\
        </AssumeRolePolicyDocument></Role></GetRoleResult></R>"
    );
    let service = Service::answering([ok(&body)]).await;
    let Some(client) = client(&service) else { return };
    let output = call(&client, "iam", "GetRole", json!({"RoleName": "r"})).await.unwrap();
    assert_eq!(output["Role"]["AssumeRolePolicyDocument"], json!({"Version": "2012-10-17"}));
}

#[tokio::test]
async fn the_location_of_a_bucket_is_its_root_element() {
    for (body, location) in [
        (
            r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>"#,
            json!("eu-west-1"),
        ),
        (r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#, json!(null)),
    ] {
        let service = Service::answering([ok(body)]).await;
        let Some(client) = client(&service) else { return };
        let output = call(&client, "s3", "GetBucketLocation", json!({"Bucket": "my-bucket"})).await.unwrap();
        assert_eq!(output["LocationConstraint"], location, "{body}");
    }
}

#[tokio::test]
async fn an_error_of_ec2_has_code_message_and_request_id() {
    let body = "<Response><Errors><Error><Code>IncorrectInstanceState</Code><Message>not stopped</Message></Error></Errors>\
        <RequestID>req-1</RequestID></Response>";
    let Some((error, tries)) =
        fails(vec![answer(400, body)], "ec2", "StartInstances", json!({"InstanceIds": ["i-1"]})).await
    else {
        return;
    };
    assert_eq!((error.code.as_str(), error.message.as_str()), ("IncorrectInstanceState", "not stopped"));
    assert_eq!((error.request_id.as_deref(), error.http_status), (Some("req-1"), 400));
    assert_eq!((error.throttled, error.retryable, tries), (false, false, 1));
    assert_eq!(
        error.to_string(),
        "ec2:StartInstances was answered with IncorrectInstanceState (HTTP 400): not stopped"
    );
}

#[tokio::test]
async fn an_error_of_a_query_service_is_read_from_its_envelope() {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no role</Message></Error>\
        <RequestId>req-2</RequestId></ErrorResponse>";
    let Some((error, _)) = fails(vec![answer(404, body)], "iam", "GetRole", json!({"RoleName": "r"})).await else {
        return;
    };
    assert_eq!((error.code.as_str(), error.request_id.as_deref()), ("NoSuchEntity", Some("req-2")));
}

#[tokio::test]
async fn a_refused_condition_is_typed_and_keeps_the_old_item() {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no","Item":{"pk":{"S":"a"}}}"#;
    let item = json!({"TableName": "t", "Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"});
    let Some((error, tries)) =
        fails(vec![answer(400, body).header("x-amzn-requestid", "req-3")], "dynamodb", "PutItem", item).await
    else {
        return;
    };
    assert_eq!((error.code.as_str(), tries), ("ConditionalCheckFailedException", 1));
    assert_eq!(error.fields["Item"], json!({"pk": {"S": "a"}}));
    assert_eq!(error.request_id.as_deref(), Some("req-3"));
    assert!(!format!("{error:?}").contains("\"S\""), "values of fields must not be in the debug form: {error:?}");
}

#[tokio::test]
async fn a_service_that_once_spoke_query_keeps_its_old_code() {
    let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}"#;
    let answers =
        vec![answer(400, body).header("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")];
    let Some((error, _)) = fails(answers, "sqs", "GetQueueUrl", json!({"QueueName": "q"})).await else { return };
    assert_eq!(error.code, "AWS.SimpleQueueService.NonExistentQueue");
}

#[tokio::test]
async fn throttling_is_tried_again_and_then_said() {
    let body = r#"{"__type":"ThrottlingException","message":"slow down"}"#;
    let Some((error, tries)) = fails(vec![answer(400, body)], "ssm", "GetParameter", json!({"Name": "/a"})).await
    else {
        return;
    };
    assert_eq!((error.throttled, error.retryable, tries), (true, true, 3));
}

#[tokio::test]
async fn an_error_the_model_calls_retryable_is_tried_again() {
    let answers =
        vec![answer(422, r#"{"message":"later"}"#).header("x-amzn-errortype", "UnprocessableEntityException")];
    let input = json!({"policyDocument": "{}", "resourceType": "AWS::S3::Bucket"});
    let Some((error, tries)) = fails(answers, "accessanalyzer", "CheckNoPublicAccess", input).await else { return };
    assert_eq!((error.throttled, error.retryable, tries), (false, true, 3));
}

#[tokio::test]
async fn at_most_once_nothing_is_sent_again_that_may_have_been_obeyed() {
    let throttled =
        answer(400, "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>");
    let busy = answer(503, "<Response><Errors><Error><Code>Unavailable</Code></Error></Errors></Response>");
    let cut = vec![];
    for (what, answers, usual, once) in
        [("throttled", vec![throttled], 3, 3), ("5xx", vec![busy], 3, 1), ("cut", cut, 3, 1)]
    {
        for (options, tries) in [(CallOptions::default(), usual), (CallOptions::default().at_most_once(), once)] {
            let server = Service::answering(answers.clone()).await;
            let Some(client) = client(&server) else { return };
            let input = json!({"InstanceIds": ["i-0123456789abcdef0"]});
            client.call("ec2", "RebootInstances", input, options.clone()).await.unwrap_err();
            assert_eq!(server.asked().len(), tries, "{what} {options:?}");
        }
    }
}

#[tokio::test]
async fn a_page_of_html_is_an_internal_failure_and_no_panic() {
    let page = "<!doctype html>\n<html><title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>";
    for (service, api, input) in [
        ("ssm", "CreateOpsItem", json!({"Description": "d", "Source": "s", "Title": "t"})),
        ("ec2", "DescribeInstances", json!({})),
        ("iam", "ListRoles", json!({})),
        ("s3", "ListBuckets", json!({})),
        ("lambda", "ListFunctions", json!({})),
    ] {
        let answers = vec![answer(500, page).header("content-type", "text/html")];
        let Some((error, tries)) = fails(answers, service, api, input).await else { return };
        assert_eq!(
            (error.code.as_str(), error.http_status, error.retryable, tries),
            ("InternalFailure", 500, true, 3),
            "{service}"
        );
        assert!(
            error.message.contains("text/html") && error.message.contains("Internal Server Error"),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn an_error_without_a_body_has_its_status_as_code() {
    let Some((error, _)) = fails(vec![answer(404, "")], "s3", "HeadBucket", json!({"Bucket": "my-bucket"})).await
    else {
        return;
    };
    assert_eq!((error.code.as_str(), error.http_status), ("404", 404));
}

#[tokio::test]
async fn an_error_that_says_ok_is_still_an_error_and_tried_again() {
    let body = r#"<?xml version="1.0"?><Error><Code>InternalError</Code><Message>try again</Message></Error>"#;
    let input = json!({"Bucket": "my-bucket", "Key": "k", "CopySource": "my-bucket/old"});
    let Some((error, tries)) = fails(vec![ok(body)], "s3", "CopyObject", input).await else { return };
    assert_eq!((error.code.as_str(), error.http_status, tries), ("InternalError", 500, 3));
}

#[tokio::test]
async fn an_answer_nobody_can_read_is_no_answer() {
    let service = Service::answering([ok("<html>")]).await;
    let Some(client) = client(&service) else { return };
    let error = call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap_err();
    assert!(matches!(error, ApiError::NoAnswer(NoAnswer::Unreadable { .. })), "{error:?}");
    assert_eq!(error.to_string(), "the answer to ssm:GetParameter cannot be read");
}

#[tokio::test]
async fn the_time_limit_covers_the_whole_call() {
    let service = Service::answering([ok("{}").after(Duration::from_secs(60))]).await;
    let Some(client) = client(&service) else { return };
    let options = CallOptions::default().with_timeout(Duration::from_millis(200));
    let error = client.call("ssm", "GetParameter", json!({"Name": "/a"}), options).await.unwrap_err();
    assert_eq!(error.to_string(), "ssm:GetParameter had no answer within 0.2 s");
}

#[tokio::test]
async fn a_closed_port_is_no_answer_with_its_cause() {
    let Some(models) = models() else { return };
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let client = Client::new(models, crate::support::sdk(&closed));
    let error = call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap_err();
    assert!(matches!(error, ApiError::NoAnswer(NoAnswer::Connection { .. })), "{error:?}");
    assert!(chain(&error).to_lowercase().contains("refused"), "{}", chain(&error));
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_is_no_answer() {
    let service = Service::answering([]).await;
    let Some(client) = client(&service) else { return };
    let error = call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap_err();
    assert!(matches!(error, ApiError::NoAnswer(NoAnswer::Connection { .. })), "{error:?}");
}

#[tokio::test]
async fn missing_credentials_are_said_and_nothing_is_sent() {
    let service = Service::answering([ok("{}")]).await;
    let Some(models) = models() else { return };
    let sdk = crate::support::builder().endpoint_url(&service.url);
    let mut none = sdk;
    none.set_credentials_provider(None);
    let client = Client::new(models, none.build());
    let error = call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap_err();
    assert!(matches!(error, ApiError::NoAnswer(NoAnswer::Credentials { .. })), "{error:?}");
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn half_an_answer_of_any_xml_service_is_no_answer() {
    let whole = "<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>a.</Name>\
        <CallerReference>r</CallerReference></HostedZone></HostedZones><IsTruncated>false</IsTruncated>\
        <MaxItems>100</MaxItems></ListHostedZonesResponse>";
    for length in [whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let service = Service::answering([ok(&whole[..length])]).await;
        let Some(client) = client(&service) else { return };
        let error = call(&client, "route53", "ListHostedZones", json!({})).await.unwrap_err();
        assert!(matches!(error, ApiError::NoAnswer(NoAnswer::Unreadable { .. })), "{length}: {error:?}");
    }
    let service = Service::answering([ok(whole)]).await;
    let Some(client) = client(&service) else { return };
    let output = call(&client, "route53", "ListHostedZones", json!({})).await.unwrap();
    assert_eq!(output["HostedZones"][0]["Name"], "a.");
}
