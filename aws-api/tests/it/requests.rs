//! What goes over the wire, protocol by protocol, as a real socket sees it.

use crate::support::{Service, call, client, ok};
use aws_api::CallOptions;
use aws_smithy_types::checksum_config::RequestChecksumCalculation;
use serde_json::json;

/// Set by [`in_lambda_a_call_says_to_which_trace_it_belongs`] for the process it starts.
const TRACE: &str = "Root=1-65f8a1b2-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1";

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the SDK reads the environment that Lambda sets, and so does its test")]
async fn in_lambda_a_call_says_to_which_trace_it_belongs() {
    if std::env::var("_X_AMZN_TRACE_ID").as_deref() != Ok(TRACE) {
        // An environment belongs to a process, and the other tests share this one.
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "requests::in_lambda_a_call_says_to_which_trace_it_belongs"]);
        let done = again.env("_X_AMZN_TRACE_ID", TRACE).env("AWS_LAMBDA_FUNCTION_NAME", "f").output().unwrap();
        return assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    }
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    assert_eq!(service.only().header("x-amzn-trace-id"), TRACE);
}

#[tokio::test]
async fn ec2_is_a_form_with_flat_lists_signed_for_its_region() {
    let service = Service::answering([ok("<StopInstancesResponse/>")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "EC2 ", "stop_instances", json!({"InstanceIds": ["i-1", "i-2"], "Force": true})).await.unwrap();
    let asked = service.only();
    let form = asked.form();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/"));
    assert_eq!(form["Action"], "StopInstances");
    assert_eq!(form["Version"], "2016-11-15");
    assert_eq!(
        (&form["InstanceId.1"], &form["InstanceId.2"], &form["Force"]),
        (&"i-1".into(), &"i-2".into(), &"true".into())
    );
    assert_eq!(asked.signed_for(), "ec2/eu-west-1");
    assert!(asked.header("user-agent").contains("aws-sdk-rust"), "{}", asked.header("user-agent"));
    assert!(!format!("{asked:?}").contains("SECRET"));
}

#[tokio::test]
async fn json_services_get_a_target_and_a_json_body() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "ssm", "GetParameter", json!({"Name": "/a", "WithDecryption": true})).await.unwrap();
    let asked = service.only();
    assert_eq!(asked.header("x-amz-target"), "AmazonSSM.GetParameter");
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(asked.body, r#"{"Name":"/a","WithDecryption":true}"#);
}

#[tokio::test]
async fn a_service_that_prefers_cbor_is_asked_in_json() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "shield", "ListProtections", json!({})).await.unwrap();
    assert!(service.only().header("content-type").starts_with("application/x-amz-json"));
}

#[tokio::test]
async fn query_services_get_a_form_with_members() {
    let service = Service::answering([ok("<R><DescribeAlarmsResult/></R>")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "autoscaling", "DescribeAutoScalingGroups", json!({"AutoScalingGroupNames": ["a b"]})).await.unwrap();
    let form = service.only().form();
    assert_eq!(form["AutoScalingGroupNames.member.1"], "a%20b");
}

#[tokio::test]
async fn rest_json_services_get_path_and_query() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "lambda", "GetFunction", json!({"FunctionName": "f/1", "Qualifier": "live"})).await.unwrap();
    assert_eq!(service.only().target, "/2015-03-31/functions/f%2F1?Qualifier=live");
}

#[tokio::test]
async fn a_request_that_could_have_a_body_and_has_none_says_so() {
    let service = Service::answering([ok("")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "s3", "PutBucketAcl", json!({"Bucket": "my-bucket", "ACL": "private"})).await.unwrap();
    let asked = service.only();
    assert_eq!((asked.method.as_str(), asked.header("content-length"), asked.body.as_str()), ("PUT", "0", ""));
}

#[tokio::test]
async fn s3_on_an_endpoint_of_its_own_has_the_bucket_in_the_path_and_a_checksum() {
    let service = Service::answering([ok("")]).await;
    let Some(client) = client(&service) else { return };
    let block = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
    let input = json!({"Bucket": "my-bucket", "PublicAccessBlockConfiguration": block});
    assert_eq!(call(&client, "s3", "PutPublicAccessBlock", input).await.unwrap(), json!({}));
    let asked = service.only();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("PUT", "/my-bucket?publicAccessBlock"));
    assert!(asked.body.contains("<BlockPublicAcls>true</BlockPublicAcls>"), "{}", asked.body);
    let crc = aws_smithy_types::base64::encode(crc32fast::hash(asked.body.as_bytes()).to_be_bytes());
    assert_eq!(asked.header("x-amz-checksum-crc32"), crc);
    assert_eq!(asked.header("x-amz-sdk-checksum-algorithm"), "CRC32");
    assert_eq!(asked.signed_for(), "s3/eu-west-1");
    assert_eq!(asked.header("x-amz-content-sha256").len(), 64);
}

#[tokio::test]
async fn a_checksum_the_caller_names_is_the_one_that_is_sent() {
    let service = Service::answering([ok("")]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"Bucket": "my-bucket", "Policy": "{}", "ChecksumAlgorithm": "SHA256"});
    call(&client, "s3", "PutBucketPolicy", input).await.unwrap();
    let asked = service.only();
    assert_eq!(asked.header("x-amz-checksum-sha256"), "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
    assert_eq!(asked.header("x-amz-sdk-checksum-algorithm"), "SHA256");
    assert_eq!(asked.header("x-amz-checksum-crc32"), "");
}

#[tokio::test]
async fn the_configuration_may_leave_out_checksums_that_nobody_requires() {
    let Some(models) = crate::support::models() else { return };
    let service = Service::answering([ok("")]).await;
    let sdk = crate::support::builder().endpoint_url(&service.url);
    let sdk = sdk.request_checksum_calculation(RequestChecksumCalculation::WhenRequired).build();
    let client = aws_api::Client::new(models, sdk);
    call(&client, "s3", "PutObject", json!({"Bucket": "my-bucket", "Key": "k", "Body": "b"})).await.unwrap();
    call(&client, "s3", "PutBucketPolicy", json!({"Bucket": "my-bucket", "Policy": "{}"})).await.unwrap();
    let checksums: Vec<bool> = service.asked().iter().map(|a| !a.header("x-amz-checksum-crc32").is_empty()).collect();
    assert_eq!(checksums, [false, true]);
}

#[tokio::test]
async fn a_checksum_nobody_can_make_is_refused_before_sending() {
    let service = Service::answering([ok("")]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"Bucket": "my-bucket", "Policy": "{}", "ChecksumAlgorithm": "XXHASH3"});
    let error = call(&client, "s3", "PutBucketPolicy", input).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"s3:PutBucketPolicy is not supported: the checksum algorithm "XXHASH3" is not known here"#
    );
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn an_idempotency_key_makes_the_same_token_each_time() {
    let service = Service::answering([ok("<RunInstancesResponse/>")]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1});
    let run = |key: Option<&str>| {
        let options = key.map(|key| CallOptions::default().with_key(key)).unwrap_or_default();
        client.call("ec2", "RunInstances", input.clone(), options)
    };
    for key in [Some("exec-1/launch#1/call"), Some("exec-1/launch#1/call"), Some("exec-1/launch#2/call"), None, None] {
        run(key).await.unwrap();
    }
    let tokens: Vec<String> = service.asked().iter().map(|asked| asked.form()["ClientToken"].clone()).collect();
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(tokens.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{tokens:?}");
    // Changing this derivation would repeat effects of runs that a newer version resumes.
    assert_eq!(tokens[0], "ce38d31d-ed84-4ef9-91ec-b7e84b93e705");
}

#[tokio::test]
async fn a_token_the_caller_gives_is_kept() {
    let service = Service::answering([ok("<RunInstancesResponse/>")]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "ClientToken": "mine"});
    let options = CallOptions::default().with_key("k");
    client.call("ec2", "RunInstances", input, options).await.unwrap();
    assert_eq!(service.only().form()["ClientToken"], "mine");
}

#[tokio::test]
async fn retries_send_the_same_request_and_the_same_token() {
    let busy =
        crate::support::answer(503, "<Response><Errors><Error><Code>Unavailable</Code></Error></Errors></Response>");
    let service = Service::answering([busy, ok("<RunInstancesResponse/>")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "ec2", "RunInstances", json!({"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1})).await.unwrap();
    let asked = service.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].body, asked[1].body);
    assert_eq!(asked[1].header("amz-sdk-request"), "attempt=2; max=3");
}

#[tokio::test]
async fn calls_share_one_connection_over_operations() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    for api in ["GetParameter", "DeleteParameter", "GetParameter"] {
        call(&client, "ssm", api, json!({"Name": "/a"})).await.unwrap();
    }
    call(&client.clone(), "sqs", "ListQueues", json!({})).await.unwrap();
    assert_eq!((service.asked().len(), service.connections()), (4, 1));
}

#[tokio::test]
async fn an_alias_of_boto3_arrives_under_the_models_name() {
    let service = Service::answering([ok("<DescribeFlowLogsResponse/>")]).await;
    let Some(client) = client(&service) else { return };
    let filters = json!({"Filters": [{"Name": "resource-id", "Values": ["vpc-1"]}]});
    call(&client, "ec2", "DescribeFlowLogs", filters).await.unwrap();
    let form = service.only().form();
    assert_eq!((&form["Filter.1.Name"], &form["Filter.1.Value.1"]), (&"resource-id".into(), &"vpc-1".into()));
}

#[tokio::test]
async fn user_data_travels_as_base64() {
    let service = Service::answering([ok("<RunInstancesResponse/>")]).await;
    let Some(client) = client(&service) else { return };
    let input = json!({"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "UserData": "echo hi"});
    call(&client, "ec2", "RunInstances", input).await.unwrap();
    assert_eq!(service.only().form()["UserData"], "ZWNobyBoaQ%3D%3D");
}

#[tokio::test]
async fn a_timestamp_goes_out_in_the_form_of_the_protocol() {
    let service = Service::answering([ok("{}")]).await;
    let Some(client) = client(&service) else { return };
    let entry = json!({"Source": "kintsugi", "DetailType": "t", "Detail": "{}", "Time": "2026-11-22T17:44:05Z"});
    call(&client, "events", "PutEvents", json!({"Entries": [entry]})).await.unwrap();
    assert!(service.only().body.contains(r#""Time":1795369445"#), "{}", service.only().body);
}

#[tokio::test]
async fn an_operation_without_signature_is_sent_without_one() {
    let service = Service::answering([ok("<R><AssumeRoleWithWebIdentityResult/></R>")]).await;
    let Some(client) = client(&service) else { return };
    let input =
        json!({"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "sn", "WebIdentityToken": "token"});
    call(&client, "sts", "AssumeRoleWithWebIdentity", input).await.unwrap();
    assert_eq!(service.only().header("authorization"), "");
}
