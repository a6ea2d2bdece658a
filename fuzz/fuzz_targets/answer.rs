//! Any answer to an API call: parsed, or an error.
//!
//! Comes in: bytes; the first chooses the operation, the second the HTTP status, the third a header, whose value is what
//! follows to the end of its line; the rest is the body.
//! Goes out: nothing; a panic, a hang or memory without end is the finding.
//! Never: a socket.

#![no_main]

use std::sync::{Arc, LazyLock};

use aws_api::{CallOptions, Client, Models};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

#[path = "../../aws-api/src/heads.rs"]
mod heads;
use heads::HEADERS;

/// One operation of each protocol, with nested and recursive shapes, maps, unions, blobs and timestamps.
static OPERATIONS: LazyLock<Vec<(&str, &str, Value)>> = LazyLock::new(|| {
    vec![
        ("ec2", "DescribeInstances", json!({})),
        ("cloudformation", "DescribeStacks", json!({})),
        ("iam", "GetRole", json!({"RoleName": "a"})),
        ("sqs", "ReceiveMessage", json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q"})),
        ("dynamodb", "GetItem", json!({"TableName": "t", "Key": {"k": {"S": "a"}}})),
        ("cloudwatch", "GetMetricData", json!({"MetricDataQueries": [], "StartTime": 0, "EndTime": 1})),
        ("s3", "ListObjectsV2", json!({"Bucket": "bucket", "EncodingType": "url"})),
        ("s3", "CopyObject", json!({"Bucket": "bucket", "Key": "a", "CopySource": "b/c"})),
        ("s3", "GetObject", json!({"Bucket": "bucket", "Key": "a"})),
        ("route53", "GetHostedZone", json!({"Id": "Z1"})),
        ("lambda", "GetFunction", json!({"FunctionName": "f"})),
        ("eventbridgev2", "DescribeSubscriber", json!({"SubscriberArn": "arn:aws:events:eu-west-1:1:s/a"})),
        ("wafv2", "GetWebACL", json!({"ARN": "arn:aws:wafv2:eu-west-1:1:a/b/c/d/e"})),
    ]
});

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime of one thread can be made")
});

static MODELS: LazyLock<Arc<Models>> = LazyLock::new(|| {
    let path = std::env::var("KINTSUGI_MODELS").unwrap_or_else(|_| "../.local/models/models.pack".to_owned());
    Arc::new(Models::open(path).expect("`make models` makes the models"))
});

/// Answers every request with the same bytes.
#[derive(Debug, Clone)]
struct Canned {
    status: u16,
    header: (&'static str, String),
    body: Vec<u8>,
}

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = self.status.try_into().expect("100 to 599 is a status");
        let mut response = HttpResponse::new(status, SdkBody::from(self.body.clone()));
        // A value that no header can have is none.
        let _ = response.headers_mut().try_insert(self.header.0, self.header.1.clone());
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn configuration(canned: Canned) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "SECRET", None, None, "fuzz")))
        .retry_config(RetryConfig::disabled())
        .http_client(SharedHttpClient::new(canned))
        .build()
}

fuzz_target!(|bytes: &[u8]| {
    let [choice, status, header, rest @ ..] = bytes else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (value, body) = (String::from_utf8_lossy(&rest[..end]).into_owned(), &rest[end..]);
    let header = (HEADERS[usize::from(*header) % HEADERS.len()], value);
    let (service, api, input) = &OPERATIONS[usize::from(*choice) % OPERATIONS.len()];
    // Most of the answers that go deep have status 200.
    let status = if status % 2 == 0 { 200 } else { 100 + u16::from(*status) * 2 % 500 };
    let client = Client::new(MODELS.clone(), configuration(Canned { status, header, body: body.to_vec() }));
    let answer = RUNTIME.block_on(client.call(service, api, input.clone(), CallOptions::default()));
    if let Err(error) = answer {
        assert!(!error.to_string().is_empty());
    }
});
