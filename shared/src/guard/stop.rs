//! The global stop switch: an SSM parameter whose value `stop` stops everything.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_api::ApiError;
use serde_json::json;
use tokio::time::Instant;

use super::{Refusal, refusal};
use crate::aws::Services;
use crate::telemetry::chain;

/// How long a run in flight believes what it last read. Longer lets it go on for as long after the switch was set;
/// shorter asks SSM, which allows 40 reads a second per account, at every call of every run.
const BELIEVED: Duration = Duration::from_secs(2);

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
    let stop = matches!(value(services).await, Ok(Some(value)) if is_stop(&value));
    services.stop_switch.keep(stop);
    stop
}

/// Whether a run may begin. Here a switch that cannot be read is a no.
pub(super) async fn check(services: &Services) -> Result<String, Refusal> {
    match value(services).await {
        Ok(Some(value)) if is_stop(&value) => {
            Err(refusal("stop", "the global stop switch is set; set its parameter to run"))
        }
        Ok(Some(value)) => Ok(format!("stop switch says {value}")),
        Ok(None) => Ok("no stop switch".to_owned()),
        Err(error) => Err(refusal("stop", format!("the stop switch cannot be read: {}", chain(&error)))),
    }
}

fn is_stop(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("stop")
}

async fn value(services: &Services) -> Result<Option<String>, ApiError> {
    let Some(name) = &services.settings.stop_parameter else { return Ok(None) };
    match services.call("ssm", "GetParameter", json!({"Name": name})).await {
        Ok(answer) => Ok(Some(answer["Parameter"]["Value"].as_str().unwrap_or_default().to_owned())),
        Err(ApiError::Service(error)) if error.code == "ParameterNotFound" => Ok(None),
        Err(error) => Err(error),
    }
}
