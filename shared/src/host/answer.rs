//! The effects themselves, the same at every place: one API call, one look at the clock.

use engine::{ApiCall, CallFault, FaultKind};
use jiff::Timestamp;
use serde_json::Value;

use super::fault::call_fault;
use super::packed::{self, LARGEST};
use crate::aws::Services;

/// Performs one API call through the model-driven client, which sends a request once only where nobody may send it twice.
pub(super) async fn perform(services: Services, call: ApiCall, at_most_once: bool) -> Result<Value, CallFault> {
    let mut options = aws_api::CallOptions::default().with_key(call.idempotency_key);
    (options.timeout, options.at_most_once) = (call.timeout, at_most_once);
    let answer = services.api.call(&call.service, &call.api, call.input, options).await;
    let answer = answer.map_err(|error| call_fault(&call.service, &call.api, &error))?;
    match too_large(&call.service, &call.api, &answer) {
        Some(fault) => Err(fault),
        None => Ok(answer),
    }
}

/// An answer that cannot be recorded ends its step with a fault the runbook can handle, not the whole execution.
fn too_large(service: &str, api: &str, answer: &Value) -> Option<CallFault> {
    packed::too_large(answer).map(|size| CallFault {
        service: service.to_owned(),
        api: api.to_owned(),
        kind: FaultKind::NoAnswer,
        code: "AnswerTooLarge".to_owned(),
        message: format!("the answer has {size} bytes, more than the {LARGEST} that can be recorded; ask for less"),
        request_id: None,
        http_status: None,
    })
}

/// The time, where a host looks for it on behalf of everyone else.
#[expect(clippy::disallowed_methods, reason = "the host is where everyone else asks for the time")]
#[must_use]
pub fn wall_clock() -> Timestamp {
    Timestamp::now()
}
