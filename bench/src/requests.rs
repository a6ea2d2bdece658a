//! The same requests for both clients: by name with JSON, and typed.
//!
//! Comes in: a client. Goes out: its answer. Never: a request that only one of them sends.

use aws_api::{ApiError, CallOptions};
use aws_sdk_ec2::error::SdkError;
use aws_sdk_ec2::operation::create_tags::CreateTagsError;
use aws_sdk_ec2::operation::describe_instances::{DescribeInstancesError, DescribeInstancesOutput};
use aws_sdk_ec2::types::{Filter, Tag};
use serde_json::{Value, json};

/// Asks for all running instances, by name.
///
/// # Errors
/// As [`aws_api::Client::call`].
pub async fn describe(client: &aws_api::Client) -> Result<Value, ApiError> {
    let input = json!({"Filters": [{"Name": "instance-state-name", "Values": ["running"]}], "MaxResults": 1000});
    client.call("ec2", "DescribeInstances", input, CallOptions::default()).await
}

/// The same, typed.
///
/// # Errors
/// As the typed client has them.
pub async fn describe_typed(
    client: &aws_sdk_ec2::Client,
) -> Result<DescribeInstancesOutput, SdkError<DescribeInstancesError>> {
    let running = Filter::builder().name("instance-state-name").values("running").build();
    client.describe_instances().filters(running).max_results(1000).send().await
}

/// Puts 50 tags on `resources` resources, by name: a request that is large, an answer that is small.
///
/// # Errors
/// As [`aws_api::Client::call`].
pub async fn tag(client: &aws_api::Client, resources: usize) -> Result<Value, ApiError> {
    let tags: Vec<Value> = (0..50).map(|n| json!({"Key": format!("key-{n}"), "Value": "a value & more"})).collect();
    // `json!` would copy what it is given.
    let resources = ids(resources).map(Value::from).collect();
    let input =
        Value::Object([("Resources".to_owned(), resources), ("Tags".to_owned(), tags.into())].into_iter().collect());
    client.call("ec2", "CreateTags", input, CallOptions::default()).await
}

/// The same, typed.
///
/// # Errors
/// As the typed client has them.
pub async fn tag_typed(client: &aws_sdk_ec2::Client, resources: usize) -> Result<(), SdkError<CreateTagsError>> {
    let tags = (0..50).map(|n| Tag::builder().key(format!("key-{n}")).value("a value & more").build()).collect();
    let request = client.create_tags().set_resources(Some(ids(resources).collect())).set_tags(Some(tags));
    request.send().await.map(|_| ())
}

fn ids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("i-{n:017x}"))
}
