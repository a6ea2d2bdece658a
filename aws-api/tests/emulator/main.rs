//! One scenario, played by boto3 and by this client against the same emulator: every answer is the same.
//!
//! Comes in: `scenario.json`, calls that build on each other. `boto.py` starts the emulator and plays it first; the
//! emulator then forgets everything and makes the same ids again, so that answers may be compared as a whole.
//! Goes out: the number of calls, operations and services that were equal. Never: a network beyond this machine.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a look that fails is a failed test")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use aws_api::{ApiError, CallOptions, Client, Models};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::{Map, Value, json};

/// What boto3 calls a service is what we call it; a blob we give as the text it is.
const SCENARIO: &str = include_str!("scenario.json");

struct Boto {
    process: Child,
    words: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Boto {
    fn start(python: &Path) -> Self {
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/emulator/boto.py"));
        command.env("AWS_EC2_METADATA_DISABLED", "true").env_remove("AWS_PROFILE");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (words, lines) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()).lines());
        Self { process, words, lines }
    }

    fn tell(&mut self, line: &str) -> Value {
        writeln!(self.words, "{line}").unwrap();
        let answer = self.lines.next().expect("boto.py ended without a word").unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

impl Drop for Boto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn boto3_and_this_client_are_answered_the_same() {
    let local = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.local"));
    let (python, pack) = (local.join("venv/bin/python"), local.join("models/models.pack"));
    if !python.exists() || !pack.exists() {
        eprintln!("SKIPPED: no emulator or models in .local: `scripts/setup test` installs them");
        return;
    }
    let scenario: Vec<Value> = serde_json::from_str(SCENARIO).unwrap();
    let mut boto = Boto::start(&python);
    let first = boto.tell(&json!(scenario).to_string());
    boto.tell("anew");
    let client =
        Client::new(Arc::new(Models::open(pack).unwrap()), configuration(first["endpoint"].as_str().unwrap()).await);
    let differences = play(&client, &scenario, first["answers"].as_array().unwrap()).await;
    assert!(
        differences.is_empty(),
        "{} of {} answers differ:\n{}",
        differences.len(),
        scenario.len(),
        differences.join("\n")
    );
    tell_what_was_equal(&scenario);
}

async fn play(client: &Client, scenario: &[Value], expected: &[Value]) -> Vec<String> {
    let (mut answers, mut differences) = (Vec::new(), Vec::new());
    for (number, (step, expected)) in scenario.iter().zip(expected).enumerate() {
        let (service, api) = (step["service"].as_str().unwrap(), step["api"].as_str().unwrap());
        let answer = match client.call(service, api, filled(&step["input"], &answers), CallOptions::default()).await {
            Ok(answer) => answer,
            Err(ApiError::Service(error)) => json!({"$error": error.code}),
            Err(error) => panic!("{number} {service} {api}: {error}"),
        };
        if !same(expected, &answer) {
            differences.push(format!("{number} {service} {api}\n  boto3: {expected}\n  ours:  {answer}"));
        }
        answers.push(answer);
    }
    differences
}

/// The input with `$3/Vpc/VpcId` replaced by what the third answer (from 0) has there.
fn filled(value: &Value, answers: &[Value]) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().map(|(key, part)| (key.clone(), filled(part, answers))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(|part| filled(part, answers)).collect(),
        Value::String(text) => match text.strip_prefix('$').and_then(|text| text.split_once('/')) {
            Some((number, path)) => {
                answers[number.parse::<usize>().unwrap()].pointer(&format!("/{path}")).unwrap().clone()
            }
            None => value.clone(),
        },
        other => other.clone(),
    }
}

/// Equal in everything but the clock: where boto3 has a time, a time must stand.
fn same(expected: &Value, answer: &Value) -> bool {
    match (expected, answer) {
        (Value::Object(time), Value::String(text)) if time.contains_key("$time") => {
            text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T')
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, part)| other.get(key).is_some_and(|value| same(part, value)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(part, value)| same(part, value))
        }
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            // Milliseconds since 1970, which some services write as a number.
            (Some(one), Some(other)) if one > 1_700_000_000_000 => (one - other).abs() < 600_000,
            _ => one.as_f64() == other.as_f64(),
        },
        _ => expected == answer,
    }
}

fn tell_what_was_equal(scenario: &[Value]) {
    let services: BTreeSet<&str> = scenario.iter().filter_map(|step| step["service"].as_str()).collect();
    let operations: BTreeSet<_> =
        scenario.iter().map(|step| (step["service"].as_str(), step["api"].as_str())).collect();
    assert!(services.len() >= 15 && operations.len() >= 40, "the scenario has become small");
    println!("{} calls of {} operations of {} services: equal", scenario.len(), operations.len(), services.len());
}

async fn configuration(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "SECRET", None, None, "test")))
        .retry_config(RetryConfig::disabled())
        .load()
        .await
}
