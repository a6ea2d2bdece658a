//! AWS's own emulator of the durable execution service: the process, and a client for its web API.
//!
//! Comes in: a function's name and the payload somebody sends it. Goes out: an execution, followed to its end, with
//! its history. Never: an opinion on what the function answers.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::config::StackConfig;
use super::error::StackError;
use crate::gateway::{ACCOUNT, REGION};

/// The runner is one Python process that the functions wait for: asked more often, it makes them slower.
const EVERY: Duration = Duration::from_millis(150);
/// So many are looked at as often as that.
const OFTEN: usize = 16;
/// The longest an execution may take: far more than any test waits.
const EXECUTION_TIMEOUT_SECONDS: u64 = 900;
const PAGE: usize = 500;
/// How long the service waits before it makes an invocation again that failed, in AWS seconds: the runner's own number.
const RETRY_SECONDS: f64 = 5.0;

/// Arguments of `dex-local-runner start-server`. `instances` are those of each function.
pub(crate) fn arguments(
    command: &mut Command,
    port: u16,
    lambda: &str,
    config: &StackConfig,
    instances: &BTreeMap<String, usize>,
) {
    command.args(["start-server", "--host", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--lambda-endpoint", lambda, "--local-runner-endpoint", &format!("http://127.0.0.1:{port}")]);
    command.args(["--local-runner-region", REGION, "--store-type", "memory"]);
    // What a durable function may have invoked for it: the function that runs scripts, which is not durable itself.
    command.args(["--function-configs", r#"{"run-script": {}}"#]);
    command.args(["--invocation-timeout", &config.invocation_timeout.as_secs().max(1).to_string()]);
    command.env("FUNCTION_INSTANCES", json!(instances).to_string());
    command.env("RETRY_SECONDS", (RETRY_SECONDS * config.timings.scale).to_string());
}

/// One run of a durable function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The function's name.
    pub function: String,
    /// What the runner calls the execution.
    pub id: String,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// SUCCEEDED, FAILED, TIMED_OUT or STOPPED, in AWS's words.
    pub status: String,
    /// What the handler returned (JSON), when it succeeded.
    pub result: Option<Value>,
    /// Its error's type and message, when it failed.
    pub error: Option<(String, String)>,
}

impl Execution {
    /// Whether the handler returned a value.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status == "SUCCEEDED"
    }
}

/// A client of the runner's web API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DurableRunner {
    http: reqwest::Client,
    url: String,
    /// One more of these for each execution that is followed.
    followers: Arc<()>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Started {
    execution_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    status: String,
    result: Option<String>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    error_type: Option<String>,
    error_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct History {
    #[serde(default)]
    events: Vec<Value>,
    next_marker: Option<String>,
}

impl DurableRunner {
    pub(crate) fn new(http: reqwest::Client, url: String) -> Self {
        Self { http, url, followers: Arc::default() }
    }

    /// Where the runner listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Starts an execution of `function` with `payload` as it came, JSON or not.
    ///
    /// # Errors
    /// [`StackError::Runner`] or [`StackError::RunnerAnswer`] when the runner does not take it.
    pub async fn start(&self, function: &str, payload: &str, name: &str) -> Result<Invocation, StackError> {
        const WHAT: &str = "start an execution";
        let body = json!({
            "AccountId": ACCOUNT, "FunctionName": function, "FunctionQualifier": "$LATEST", "ExecutionName": name,
            "ExecutionTimeoutSeconds": EXECUTION_TIMEOUT_SECONDS, "ExecutionRetentionPeriodDays": 1,
            "InvocationId": name, "Input": payload,
        });
        let request = self.http.post(format!("{}/start-durable-execution", self.url)).json(&body);
        let started: Started = read(request, WHAT).await?;
        Ok(Invocation { function: function.to_owned(), id: started.execution_arn })
    }

    /// Where the execution is now; `None` while it runs or waits.
    ///
    /// # Errors
    /// As [`DurableRunner::start`].
    pub async fn ended(&self, invocation: &Invocation) -> Result<Option<Execution>, StackError> {
        let described: Described = read(self.http.get(self.address(invocation, "")), "describe an execution").await?;
        Ok((described.status != "RUNNING").then(|| Execution::from(described)))
    }

    /// Follows the execution to its end. The more are followed at the same moment, the more rarely each is looked at.
    ///
    /// # Errors
    /// [`StackError::Unfinished`] when it takes longer than `within`; else as [`DurableRunner::start`].
    pub async fn finish(&self, invocation: &Invocation, within: Duration) -> Result<Execution, StackError> {
        let end = Instant::now() + within;
        let follower = Arc::clone(&self.followers);
        loop {
            if let Some(execution) = self.ended(invocation).await? {
                return Ok(execution);
            }
            if Instant::now() >= end {
                let Invocation { function, id } = invocation.clone();
                return Err(StackError::Unfinished { function, id, within });
            }
            tokio::time::sleep(pause(Arc::strong_count(&follower))).await;
        }
    }

    /// Every step, wait and callback of the execution so far, oldest first, as the service's API gives them.
    ///
    /// # Errors
    /// As [`DurableRunner::start`].
    pub async fn history(&self, invocation: &Invocation) -> Result<Vec<Value>, StackError> {
        let mut events = Vec::new();
        let first = format!("/history?IncludeExecutionData=true&MaxItems={PAGE}");
        let mut next = first.clone();
        loop {
            let page: History = read(self.http.get(self.address(invocation, &next)), "read a history").await?;
            events.extend(page.events);
            // A marker is an event's number.
            let Some(marker) = page.next_marker else {
                return Ok(events);
            };
            next = format!("{first}&Marker={marker}");
        }
    }

    /// Asks the service to stop the execution, as an operator would.
    ///
    /// # Errors
    /// As [`DurableRunner::start`].
    pub async fn stop(&self, invocation: &Invocation) -> Result<(), StackError> {
        let request = self.http.post(self.address(invocation, "/stop")).json(&json!({}));
        read::<Value>(request, "stop an execution").await.map(drop)
    }

    fn address(&self, invocation: &Invocation, rest: &str) -> String {
        // The id contains a slash, which the API wants encoded.
        format!("{}/2025-12-01/durable-executions/{}{rest}", self.url, invocation.id.replace('/', "%2F"))
    }
}

impl From<Described> for Execution {
    fn from(described: Described) -> Self {
        let parse = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            status: described.status,
            result: described.result.map(parse),
            error: described.error.map(|failure| {
                (failure.error_type.unwrap_or_else(|| "Error".to_owned()), failure.error_message.unwrap_or_default())
            }),
        }
    }
}

/// Between two looks at one execution while so many are followed.
fn pause(followers: usize) -> Duration {
    let times = followers.div_ceil(OFTEN).max(1);
    EVERY.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX))
}

async fn read<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
    what: &'static str,
) -> Result<T, StackError> {
    let fault = |source| StackError::Runner { what, source };
    let response = request.timeout(Duration::from_secs(10)).send().await.map_err(fault)?;
    let (status, text) = (response.status(), response.text().await.map_err(fault)?);
    let parsed = if status.is_success() { serde_json::from_str(&text).ok() } else { None };
    parsed.ok_or_else(|| StackError::RunnerAnswer { what, answer: format!("HTTP {status}: {text}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_are_followed_the_runner_is_asked_about_as_often() {
        assert_eq!((pause(1), pause(16)), (EVERY, EVERY));
        let each_second = |followers: usize| followers as f64 / pause(followers).as_secs_f64();
        assert!((each_second(16) - each_second(1600)).abs() < 1.0, "{}", each_second(1600));
    }
}
