//! Services that serve each account at an endpoint of its own and tell which on request (Timestream).
//!
//! Comes in: a service and a way to ask it.
//! Goes out: the endpoint, asked for once in its time.
//! Never: an endpoint where the configuration names one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::error::ApiError;
use crate::models::Operation;

/// Endpoints that services told, by service.
#[derive(Debug, Default)]
pub(super) struct Discovered(Mutex<HashMap<String, (String, SystemTime)>>);

/// Whether an operation is served at an endpoint that must be asked for. DynamoDB tells one too, but serves everywhere.
pub(super) fn is_needed(operation: &Operation) -> bool {
    matches!(operation.service(), "timestream-query" | "timestream-write") && operation.name() != "DescribeEndpoints"
}

impl Discovered {
    /// The endpoint of a service: the known one, or what `ask` is answered; `None` if the service names none.
    pub(super) async fn of(
        &self,
        service: &str,
        now: SystemTime,
        ask: impl AsyncFnOnce() -> Result<Value, ApiError>,
    ) -> Result<Option<String>, ApiError> {
        if let Some(known) = self.known(service, now) {
            return Ok(Some(known));
        }
        let told = told(&ask().await?);
        if let Some((url, valid_for)) = &told {
            let mut endpoints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            endpoints.insert(service.to_owned(), (url.clone(), now + *valid_for));
        }
        Ok(told.map(|(url, _)| url))
    }

    /// Forgets the endpoint of a service that refuses it: the next call asks anew.
    pub(super) fn forget(&self, service: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(service);
    }

    fn known(&self, service: &str, now: SystemTime) -> Option<String> {
        let endpoints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.get(service).filter(|(_, until)| now < *until).map(|(url, _)| url.clone())
    }
}

/// The first endpoint of an answer, and how long it holds.
fn told(answer: &Value) -> Option<(String, Duration)> {
    let first = answer["Endpoints"].get(0)?;
    let address = first["Address"].as_str()?;
    let minutes = first["CachePeriodInMinutes"].as_u64().unwrap_or_default();
    let url = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    Some((url, Duration::from_secs(minutes.saturating_mul(60))))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn an_endpoint_is_asked_for_once_in_its_time() {
        let (discovered, asked) = (Discovered::default(), AtomicUsize::new(0));
        let at = async |minutes: u64| {
            let ask = async || {
                asked.fetch_add(1, Ordering::SeqCst);
                Ok(json!({"Endpoints": [{"Address": "cell-1.example.com", "CachePeriodInMinutes": 10}]}))
            };
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minutes);
            discovered.of("timestream-query", now, ask).await.unwrap()
        };
        for minutes in [0, 9] {
            assert_eq!(at(minutes).await.as_deref(), Some("https://cell-1.example.com"));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        discovered.forget("timestream-query");
        at(9).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        at(19).await;
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn an_answer_without_endpoints_tells_none() {
        assert_eq!(told(&json!({})), None);
        assert_eq!(told(&json!({"Endpoints": []})), None);
    }
}
