//! What is refused before anything is sent, and how it is said.

use crate::support::{call, models, sdk};
use aws_api::{ApiError, Client, InvalidCall, Problem};
use serde_json::{Value, json};

/// The refusal; the endpoint is one that nobody answers, so a call that is sent is a failure of the test.
async fn refused(service: &str, api: &str, input: Value) -> Option<InvalidCall> {
    let client = Client::new(models()?, sdk("http://127.0.0.1:9"));
    match call(&client, service, api, input).await {
        Err(ApiError::Invalid(refusal)) => Some(refusal),
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn all_findings_come_at_once_with_paths_and_near_names() {
    let input = json!({
        "MinCount": "1",
        "ImageID": "ami-1",
        "InstanceIds": ["i-1"],
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": true}, {"Ky": "b"}]}],
        "Monitoring": {},
    });
    let Some(refusal) = refused("ec2", "RunInstances", input).await else { return };
    assert_eq!(
        refusal.to_string(),
        "the input of ec2:RunInstances does not fit: \
         MaxCount is required; \
         MinCount must be an integer, not a string; \
         ImageID is not a member; did you mean ImageId?; \
         InstanceIds is not a member; \
         TagSpecifications[0].Tags[0].Value must be a string, not a boolean; \
         TagSpecifications[0].Tags[1].Ky is not a member; did you mean Key?; \
         Monitoring.Enabled is required"
    );
}

#[tokio::test]
async fn nothing_is_coerced() {
    for (service, api, input, problem) in [
        ("ec2", "StopInstances", json!({"InstanceIds": "i-1"}), "InstanceIds must be a list, not a string"),
        (
            "ec2",
            "StopInstances",
            json!({"InstanceIds": ["i-1"], "Force": "true"}),
            "Force must be a boolean, not a string",
        ),
        (
            "ec2",
            "DescribeInstances",
            json!({"MaxResults": 5.5}),
            "MaxResults must be an integer, not a fractional number",
        ),
        ("ec2", "DescribeInstances", json!({"MaxResults": null}), "MaxResults must be an integer, not null"),
        (
            "ec2",
            "DescribeInstances",
            json!({"MaxResults": 3_000_000_000_i64}),
            "MaxResults must be from -2147483648 to 2147483647",
        ),
        ("ec2", "DescribeInstances", json!([]), "the input must be an object, not a list"),
        ("ssm", "GetParameter", json!({"Name": 5}), "Name must be a string, not an integer"),
        ("ssm", "GetParameter", json!({"Name": ""}), "Name must have a length of at least 1, not 0"),
        ("events", "PutEvents", json!({"Entries": []}), "Entries must have a length of at least 1, not 0"),
        (
            "events",
            "PutEvents",
            json!({"Entries": [{"Time": "soon"}]}),
            "Entries[0].Time is not a timestamp (ISO 8601, or seconds since 1970)",
        ),
        (
            "dynamodb",
            "PutItem",
            json!({"TableName": "t", "Item": {"pk": "a"}}),
            "Item.pk must be an object, not a string",
        ),
        ("lambda", "GetFunction", json!({"FunctionName": ""}), "FunctionName must have a length of at least 1, not 0"),
        ("s3", "DeleteBucket", json!({"Bucket": ""}), "Bucket must have a length of at least 1, not 0"),
        (
            "s3",
            "DeleteBucket",
            json!({"Bucket": "a/b"}),
            "Bucket is neither the name of a bucket nor the ARN of an access point",
        ),
        ("sts", "GetCallerIdentity", json!({"Anything": 1}), "Anything is not a member"),
    ] {
        let Some(refusal) = refused(service, api, input).await else { return };
        let said = refusal.to_string();
        let found = said.split_once(" does not fit: ").map(|(_, found)| found);
        assert_eq!(found, Some(problem), "{said}");
    }
}

#[tokio::test]
async fn a_union_takes_exactly_one_member() {
    for (members, found) in [(json!({"AzureConfiguration": {}, "GcpConfiguration": {}}), 2), (json!({}), 0)] {
        let input = json!({"Configuration": members});
        let Some(refusal) = refused("ssm", "CreateCloudConnector", input).await else { return };
        let InvalidCall::Input { findings, .. } = refusal else { panic!("{refusal:?}") };
        let union = findings.iter().find(|f| f.path == "Configuration").unwrap();
        assert_eq!(union.problem, Problem::NotExactlyOne { found });
    }
}

#[tokio::test]
async fn a_value_is_never_repeated() {
    let secret = "hunter2";
    let input = json!({"Name": [secret], "SecretString": {"a": secret}, "Tags": secret, "ClientRequestToken": 7});
    let Some(refusal) = refused("secretsmanager", "CreateSecret", input).await else { return };
    assert!(!format!("{refusal} {refusal:?}").contains(secret), "{refusal:?}");
}

#[tokio::test]
async fn unknown_names_are_answered_with_near_ones() {
    let Some(refusal) = refused("ec2", "StopInstance", json!({})).await else { return };
    assert_eq!(refusal.to_string(), r#"ec2 has no operation "StopInstance"; did you mean StopInstances?"#);
    let Some(refusal) = refused("dynamo", "PutItem", json!({})).await else { return };
    assert!(
        refusal.to_string().starts_with(r#"there is no model of the service "dynamo"; did you mean dynamodb"#),
        "{refusal}"
    );
    let Some(refusal) = refused("dynamo", "PutItem", json!({})).await else { return };
    assert!(refusal.to_string().contains("make models"), "{refusal}");
}

#[tokio::test]
async fn a_stream_of_events_is_refused_by_name() {
    let input = json!({"LogGroupIdentifiers": []});
    let Some(refusal) = refused("logs", "StartLiveTail", input).await else { return };
    assert_eq!(refusal.to_string(), "logs:StartLiveTail is not supported: it streams events");
}

#[tokio::test]
async fn a_missing_region_is_said() {
    let Some(models) = models() else { return };
    let mut builder = crate::support::builder().endpoint_url("http://127.0.0.1:9");
    builder.set_region(None);
    let client = Client::new(models, builder.build());
    let error = call(&client, "ec2", "DescribeInstances", json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "no Region is set: give one in AWS_REGION or in the profile");
}
