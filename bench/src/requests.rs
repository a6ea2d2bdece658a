//! The same requests for both clients: by name with JSON, and typed.
//!
//! Comes in: a client. Goes out: its answer. Never: a request that only one of them sends.

use aws_api::{ApiError, CallOptions};
use aws_sdk_ec2::error::SdkError;
use aws_sdk_ec2::operation::create_tags::CreateTagsError;
use aws_sdk_ec2::operation::create_tags::builders::CreateTagsFluentBuilder;
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

/// 50 tags for `resources` resources, as JSON: a request that is large, with an answer that is small.
#[must_use]
pub fn tags(resources: usize) -> Value {
    let tags: Vec<Value> = (0..50).map(|n| json!({"Key": format!("key-{n}"), "Value": "a value & more"})).collect();
    // `json!` would copy what it is given.
    let resources = ids(resources).map(Value::from).collect();
    Value::Object([("Resources".to_owned(), resources), ("Tags".to_owned(), tags.into())].into_iter().collect())
}

/// Puts tags on resources, by name.
///
/// # Errors
/// As [`aws_api::Client::call`].
pub async fn tag(client: &aws_api::Client, input: Value) -> Result<Value, ApiError> {
    client.call("ec2", "CreateTags", input, CallOptions::default()).await
}

/// The same tags, typed, ready to be sent.
#[must_use]
pub fn tags_typed(client: &aws_sdk_ec2::Client, resources: usize) -> CreateTagsFluentBuilder {
    let tags = (0..50).map(|n| Tag::builder().key(format!("key-{n}")).value("a value & more").build()).collect();
    client.create_tags().set_resources(Some(ids(resources).collect())).set_tags(Some(tags))
}

/// Puts tags on resources, typed.
///
/// # Errors
/// As the typed client has them.
pub async fn tag_typed(request: CreateTagsFluentBuilder) -> Result<(), SdkError<CreateTagsError>> {
    request.send().await.map(|_| ())
}

fn ids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("i-{n:017x}"))
}
