//! What the process logs of a call: by this crate and by AWS's crates below it.
//!
//! Comes in: calls with secrets in input, header, output and credentials, all events of all crates captured.
//! Goes out: no secret at DEBUG or above, whoever logs; at TRACE none but in the one part of the SDK that is known to.
//! Never: a promise for answers that the model does not call sensitive; the SDK prints those at TRACE.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_api::Client;
use aws_smithy_types::base64;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::{Answer, Service, builder, call, client, models, ok};

/// All that the process logs, one event a line: level, target, fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, words: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(words);
        Ok(words.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn capture(&self, level: LevelFilter) -> impl Drop + use<> {
        tracing_subscriber::fmt().json().with_max_level(level).with_writer(self.clone()).set_default()
    }

    fn events(&self) -> Vec<Value> {
        let said = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

const SECRET: &str = "correct-horse-battery-staple";

/// The forms in which bytes are printed: as text, as a list of numbers, encoded for the wire.
fn shows(event: &Value) -> bool {
    let numbers: Vec<String> = SECRET.bytes().map(|byte| byte.to_string()).collect();
    let said = event.to_string();
    [SECRET.to_owned(), numbers.join(", "), base64::encode(SECRET)].iter().any(|form| said.contains(form))
}

/// A secret in: a JSON body, a form, a header, and the credentials.
const GIVEN: &[(&str, &str, &str)] = &[
    ("secretsmanager", "PutSecretValue", r#"{"SecretId": "s", "SecretString": "SECRET"}"#),
    ("ssm", "PutParameter", r#"{"Name": "p", "Type": "SecureString", "Value": "SECRET"}"#),
    ("iam", "CreateLoginProfile", r#"{"UserName": "u", "Password": "SECRET"}"#),
    ("ec2", "RunInstances", r#"{"MinCount": 1, "MaxCount": 1, "UserData": "SECRET"}"#),
    (
        "s3",
        "HeadObject",
        r#"{"Bucket": "my-bucket", "Key": "k", "SSECustomerKey": "SECRET", "SSECustomerAlgorithm": "AES256"}"#,
    ),
    ("s3", "PutBucketPolicy", r#"{"Bucket": "my-bucket", "Policy": "SECRET"}"#),
];

/// A secret in an answer that the model calls sensitive.
fn answered() -> Vec<(&'static str, &'static str, Value, String)> {
    let assumed = format!(
        "<R><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>\
         <SessionToken>{SECRET}</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></R>"
    );
    vec![
        ("secretsmanager", "GetSecretValue", json!({"SecretId": "s"}), json!({"SecretString": SECRET}).to_string()),
        ("kms", "Decrypt", json!({"CiphertextBlob": "x"}), json!({"Plaintext": base64::encode(SECRET)}).to_string()),
        ("ssm", "GetParameter", json!({"Name": "p"}), json!({"Parameter": {"Value": SECRET}}).to_string()),
        (
            "sts",
            "AssumeRole",
            json!({"RoleArn": "arn:aws:iam::210987654321:role/r", "RoleSessionName": "session"}),
            assumed,
        ),
    ]
}

async fn ask(client: &Client, service: &str, api: &str, input: Value) {
    // An answer that does not fit is an event too.
    let _ = call(client, service, api, input).await;
}

async fn all_calls() -> Option<()> {
    for (name, api, input) in GIVEN {
        let service = Service::answering([ok("{}")]).await;
        ask(&client(&service)?, name, api, serde_json::from_str(&input.replace("SECRET", SECRET)).unwrap()).await;
        assert!(!service.asked().is_empty(), "{name}:{api} was not sent");
    }
    for (name, api, input, body) in answered() {
        let service = Service::answering([Answer { body, ..ok("") }]).await;
        ask(&client(&service)?, name, api, input).await;
        assert!(!service.asked().is_empty(), "{name}:{api} was not sent");
    }
    let service = Service::answering([ok("{}")]).await;
    let credentials = aws_credential_types::Credentials::new("AKID", SECRET, Some(SECRET.to_owned()), None, "test");
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    let sdk = builder().endpoint_url(&service.url).credentials_provider(provider).build();
    ask(&Client::new(models()?, sdk), "ssm", "ListDocuments", json!({})).await;
    Some(())
}

#[tokio::test]
async fn no_secret_is_logged_at_debug_or_above_whoever_logs() {
    let log = Log::default();
    let guard = log.capture(LevelFilter::DEBUG);
    let Some(()) = all_calls().await else { return };
    drop(guard);
    let events = log.events();
    assert!(
        events.iter().any(|event| event["target"].as_str().unwrap().starts_with("aws_smithy_runtime")),
        "{events:?}"
    );
    let leaks: Vec<&Value> = events.iter().filter(|event| shows(event)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// The signer prints the headers of the request it signs (a customer's key for S3), its body not. The functions' filter
/// (`shared::telemetry`) lets nothing of it through at TRACE.
const PRINTS_REQUESTS: &str = "aws_sigv4::http_request::sign";

/// Whoever turns on TRACE must know which crates print requests.
#[tokio::test]
async fn at_trace_only_those_parts_of_the_sdk_show_a_secret_that_are_known_to() {
    let log = Log::default();
    let guard = log.capture(LevelFilter::TRACE);
    let Some(()) = all_calls().await else { return };
    drop(guard);
    let events = log.events();
    let shown = events.iter().filter(|event| shows(event));
    let targets: BTreeSet<&str> = shown.map(|event| event["target"].as_str().unwrap()).collect();
    assert_eq!(targets, BTreeSet::from([PRINTS_REQUESTS]));
    let answers = events.iter().filter(|event| event["fields"].get("response").is_some());
    assert!(answers.count() > 0, "no answer was logged at all");
}
