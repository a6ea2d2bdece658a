//! The global stop switch: an SSM parameter whose value `stop` stops everything.

use aws_api::ApiError;
use serde_json::json;

use super::{Refusal, refusal};
use crate::aws::Services;
use crate::telemetry::chain;

/// Whether a run in flight shall stop. Unlike before a run, a switch that cannot be read does not stop it:
/// stopping half-way on a throttled read would leave the resource worse.
pub async fn stop_requested(services: &Services) -> bool {
    matches!(value(services).await, Ok(Some(value)) if is_stop(&value))
}

/// Whether a run may begin. Here a switch that cannot be read is a no.
pub(super) async fn check(services: &Services) -> Result<String, Refusal> {
    match value(services).await {
        Ok(Some(value)) if is_stop(&value) => Err(refusal("stop", "the global stop switch is set; set its parameter to run")),
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
