//! One fault fed: the function that EventBridge would invoke is invoked with the event.
//!
//! Comes in: a fault. Goes out: whether it was fed. Never: an answer of the function; it has guards, a record and tickets of
//! its own.

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::aws::{ApiError, Services};
use shared::guard::found::not_dealt_with;
use shared::telemetry::chain;

use crate::fault::Fault;
use crate::memory;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Feeding {
    /// The function has it.
    Fed,
    /// Another run of ours was first.
    Known,
    /// It could not be, in one sentence.
    Failed(String),
}

/// Marks, invokes, remembers. Repeated after a death, it is the same event with the same id, which the guards know.
pub(crate) async fn feed(services: &Services, fault: &Fault, key: &str, execution: &str) -> Feeding {
    let Some(function) = services.settings.doors.functions.get(&fault.function) else {
        return Feeding::Failed(format!("nobody said how {} is reached", fault.function));
    };
    match memory::mark(services, key, execution).await {
        Ok(true) => {}
        Ok(false) => return Feeding::Known,
        Err(error) => return Feeding::Failed(format!("the guard table cannot be used: {error}")),
    }
    let input = json!({"FunctionName": function, "InvocationType": "Event", "Payload": fault.event.to_string()});
    if let Err(error) = services.call("lambda", "Invoke", input).await {
        return Feeding::Failed(refused(services, fault, key, &error).await);
    }
    match memory::keep(services, key).await {
        Ok(()) => Feeding::Fed,
        Err(error) => Feeding::Failed(format!("fed, and it could not be remembered: {error}")),
    }
}

/// Where AWS said no, the next run may try again; where it said nothing, the function may have the event.
async fn refused(services: &Services, fault: &Fault, key: &str, error: &ApiError) -> String {
    let why = format!("{} cannot be invoked: {}", fault.function, chain(error));
    if matches!(error, ApiError::NoAnswer(_)) {
        return why;
    }
    match not_dealt_with(services, key).await {
        Ok(()) => why,
        Err(error) => format!("{why}; it is tried again in half an hour: {error}"),
    }
}
