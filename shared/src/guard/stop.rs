//! The global stop switch: an SSM parameter. `run` lets runs begin; `stop` also ends those in flight at their next step.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_api::ApiError;
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::{Refusal, refusal};
use crate::aws::Services;
use crate::telemetry::chain;

/// How long a run in flight believes what it last read. Longer lets it go on for as long after the switch was set;
/// shorter asks SSM, which allows 40 reads a second per account, at every call of every run.
const BELIEVED: Duration = Duration::from_secs(2);

/// How long a run in flight waits for the switch. The answer of a write that is done waits along, unrecorded.
const PATIENCE: Duration = Duration::from_secs(1);

/// What this process last read, for runs in flight.
#[derive(Debug, Default)]
pub(crate) struct LastRead(Mutex<Option<(Instant, bool)>>);

impl LastRead {
    fn fresh(&self) -> Option<bool> {
        let read = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.filter(|(at, _)| at.elapsed() < BELIEVED).map(|(_, stop)| stop)
    }

    fn keep(&self, stop: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), stop));
    }
}

/// Whether a run in flight shall stop. Unlike before a run, a switch that cannot be read does not stop it:
/// stopping half-way on a throttled read would leave the resource worse.
pub async fn stop_requested(services: &Services) -> bool {
    if let Some(stop) = services.stop_switch.fresh() {
        return stop;
    }
    let read = timeout(PATIENCE, value(services)).await;
    let stop = matches!(read, Ok(Ok(Some(value))) if says(&value, "stop"));
    services.stop_switch.keep(stop);
    stop
}

/// Whether a run may begin. Here everything but a clear yes is a no: a switch that cannot be read, that was deleted,
/// or that says something nobody agreed on.
pub(super) async fn check(services: &Services) -> Result<String, Refusal> {
    let Some(name) = &services.settings.stop_parameter else { return Ok("no stop switch".to_owned()) };
    let read = value(services).await;
    if let Ok(Some(value)) = &read {
        // The run that begins now need not ask the same a moment later.
        services.stop_switch.keep(says(value, "stop"));
    }
    verdict(name, read.map_err(|error| chain(&error)))
}

/// The same for who changes nothing, but has others do so.
///
/// # Errors
/// The refusal, with its reason.
pub async fn may_begin(services: &Services) -> Result<String, Refusal> {
    check(services).await
}

pub(super) fn verdict(name: &str, read: Result<Option<String>, String>) -> Result<String, Refusal> {
    let no = |reason: String| Err(refusal("stop", reason));
    match read {
        Ok(Some(value)) if says(&value, "run") => Ok("stop switch says run".to_owned()),
        Ok(Some(value)) => no(format!("the stop switch {name} says {value:?}; set it to run")),
        Ok(None) => no(format!("the stop switch {name} is gone; create the parameter with the value run")),
        Err(error) => {
            no(format!("the stop switch {name} cannot be read: {error}; make it readable, with the value run"))
        }
    }
}

fn says(value: &str, word: &str) -> bool {
    value.trim().eq_ignore_ascii_case(word)
}

async fn value(services: &Services) -> Result<Option<String>, ApiError> {
    let Some(name) = &services.settings.stop_parameter else { return Ok(None) };
    match services.call("ssm", "GetParameter", json!({"Name": name})).await {
        Ok(answer) => Ok(Some(answer["Parameter"]["Value"].as_str().unwrap_or_default().to_owned())),
        Err(ApiError::Service(error)) if error.code == "ParameterNotFound" => Ok(None),
        Err(error) => Err(error),
    }
}
