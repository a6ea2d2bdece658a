//! The effects themselves, the same at every place: one API call, one look at the clock.

use engine::{ApiCall, CallFault};
use jiff::Timestamp;
use serde_json::Value;

use super::fault::call_fault;
use crate::aws::Services;

/// Performs one API call through the model-driven client.
pub(super) async fn perform(services: Services, call: ApiCall) -> Result<Value, CallFault> {
    let options = aws_api::CallOptions { idempotency_key: Some(call.idempotency_key), timeout: call.timeout };
    let answer = services.api.call(&call.service, &call.api, call.input, options).await;
    answer.map_err(|error| call_fault(&call.service, &call.api, &error))
}

/// The time, where a host looks for it on behalf of everyone else.
#[expect(clippy::disallowed_methods, reason = "the host is where everyone else asks for the time")]
pub(crate) fn wall_clock() -> Timestamp {
    Timestamp::now()
}
