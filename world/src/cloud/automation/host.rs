//! The engine's host inside the world: SSM Automation itself.
//!
//! Comes in: the effects of one run. Goes out: API calls through the gateway (so they are journaled, and hit by
//! faults), pauses at the world's pace. Never: a record for a replay; these runs end with the world.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_api::{ApiError, CallOptions, Client, Effect};
use engine::{ApiCall, CallFault, FaultKind, Host, HostError, Progress};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::run::Run;
use crate::clock::Clock;

/// However fast the world is, a wait that looks again and again leaves moto some air.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);

/// Codes by which AWS says that credentials or permissions are the problem.
const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnrecognizedClientException", "ExpiredToken"];

pub(super) struct AutomationHost {
    pub(super) client: Client,
    pub(super) clock: Arc<Clock>,
    pub(super) run: Arc<Mutex<Run>>,
    pub(super) stop: Arc<AtomicBool>,
    /// How much AWS time the pauses so far have saved: time-outs count it.
    pub(super) saved: Mutex<SignedDuration>,
}

impl AutomationHost {
    fn fault(&self, call: &ApiCall, error: &ApiError) -> CallFault {
        let (kind, code, message) = match error {
            ApiError::Service(error) => (kind(error), error.code.clone(), error.message.clone()),
            ApiError::Invalid(error) => (FaultKind::InvalidInput, "InvalidInput".to_owned(), error.to_string()),
            other => (FaultKind::NoAnswer, "NoAnswer".to_owned(), other.to_string()),
        };
        let (request_id, http_status) = match error {
            ApiError::Service(error) => (error.request_id.clone(), Some(error.http_status)),
            _ => (None, None),
        };
        CallFault { service: call.service.clone(), api: call.api.clone(), kind, code, message, request_id, http_status }
    }
}

fn kind(error: &aws_api::ServiceError) -> FaultKind {
    if error.throttled {
        FaultKind::Throttled
    } else if DENIED.contains(&error.code.as_str()) {
        FaultKind::Denied
    } else if error.http_status >= 500 {
        FaultKind::ServiceFault
    } else {
        FaultKind::Refused
    }
}

#[async_trait]
impl Host for AutomationHost {
    async fn call(&self, _op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        let options = CallOptions::default().with_key(call.idempotency_key.clone());
        let answer = self.client.call(&call.service, &call.api, call.input.clone(), options).await;
        Ok(answer.map_err(|error| self.fault(&call, &error)))
    }

    async fn sleep(&self, _op: &str, pause: Duration) -> Result<(), HostError> {
        let here = self.clock.scaled(pause.as_secs_f64()).max(SHORTEST_PAUSE.min(pause));
        tokio::time::sleep(here).await;
        let saved = SignedDuration::try_from(pause.saturating_sub(here)).unwrap_or_default();
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) += saved;
        Ok(())
    }

    async fn now(&self, _op: &str) -> Result<Timestamp, HostError> {
        Ok(self.clock.now() + *self.saved.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        matches!(self.client.effect(service, api), Ok(Effect::Read))
    }

    async fn cancelled(&self, _op: &str) -> Result<bool, HostError> {
        Ok(self.stop.load(Ordering::Relaxed))
    }

    fn report(&self, progress: Progress) {
        let now = self.clock.now();
        self.run.lock().unwrap_or_else(PoisonError::into_inner).note(&progress, now);
    }
}
