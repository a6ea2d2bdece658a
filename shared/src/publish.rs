//! Telling others: outcomes as EventBridge events, and what cannot be handled to the dead-letter queue.
//!
//! Comes in: a record, or an event nobody can read. Goes out: one event or one message, recorded as one effect.
//! Never: silence. What can be told to nobody is an error of the invocation.

use std::time::Duration;

use engine::HostError;
use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;

use crate::aws::Services;
use crate::host::{RunHost, recorded};
use crate::record::{EVENT_DETAIL_TYPE, EVENT_SOURCE, Record};
use crate::telemetry::chain;
use crate::ticket::text::clip;

/// EventBridge takes 256 KB per entry, names included; what is larger goes without the steps' inputs and outputs.
pub(crate) const MAX_DETAIL: usize = 240 * 1024;
/// SQS takes 256 KB per message here; what is larger is cut, and says so.
const MAX_MESSAGE: usize = 240 * 1024;

/// A letter that waits is never cut, or there would be no ticket of it: an event has up to 240 KB, the queue takes 256.
const LARGEST_WAITING: usize = 256 * 1024;

/// Characters of the reason: it may repeat what the event says.
const MAX_REASON: usize = 2000;

/// Nobody could be told.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The host could not go on.
    #[error("the execution stopped")]
    Host(#[from] HostError),
    /// Neither the bus nor the queue took it.
    #[error("neither the event bus nor the dead-letter queue took it: {0}")]
    Refused(String),
}

/// Publishes the outcome. When the bus refuses, the record goes to the dead-letter queue.
///
/// # Errors
/// Neither took it.
pub async fn outcome(services: &Services, host: &dyn RunHost, record: &Record) -> Result<(), PublishError> {
    let (services, detail) = (services.clone(), detail(record));
    let function = record.function.clone();
    let told = recorded(host, "publish", async move { put_or_keep(&services, &function, detail).await }).await?;
    told.map_err(PublishError::Refused)
}

/// The same without a host, for the moment after it failed.
///
/// # Errors
/// Neither took it.
pub async fn outcome_directly(services: &Services, record: &Record) -> Result<(), PublishError> {
    put_or_keep(services, &record.function, detail(record)).await.map_err(PublishError::Refused)
}

/// Keeps an event nobody can read.
///
/// # Errors
/// The queue did not take it.
pub async fn dead_letter(
    services: &Services,
    host: &dyn RunHost,
    function: &str,
    event: &Value,
    reason: &str,
) -> Result<(), PublishError> {
    let body = letter(function, host.execution(), event, reason);
    let services = services.clone();
    let kept = recorded(host, "dead-letter", async move { keep(&services, body).await }).await?;
    kept.map_err(PublishError::Refused)
}

/// SQS delays a message by a quarter of an hour at most; whoever gets it then can hide it for longer.
pub const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// Puts an event into the queue in which it waits for the ticket desk to come back, for `pause` or as long as SQS delays it;
/// `not_before` tells whoever gets it how long to hide it then.
///
/// # Errors
/// There is no queue, it did not take it, or the event is too long to be kept whole.
pub async fn wait(
    services: &Services,
    host: &dyn RunHost,
    function: &str,
    event: &Value,
    reason: &str,
    pause: Duration,
    not_before: Option<Timestamp>,
) -> Result<(), PublishError> {
    let mut letter = whole_letter(function, host.execution(), event, reason);
    if let Some(not_before) = not_before {
        letter["notBefore"] = json!(not_before);
    }
    let (services, body) = (services.clone(), letter.to_string());
    let put = async move { put_to_wait(&services, body, pause).await };
    recorded(host, "wait", put).await?.map_err(PublishError::Refused)
}

async fn put_to_wait(services: &Services, body: String, pause: Duration) -> Result<(), String> {
    let Some(queue) = &services.settings.tickets.queue_url else {
        return Err("there is no queue for tickets that wait (KINTSUGI_TICKET_QUEUE_URL)".to_owned());
    };
    if body.len() > LARGEST_WAITING {
        return Err(format!("it has {} bytes, and the queue takes {LARGEST_WAITING}", body.len()));
    }
    let input = json!({"QueueUrl": queue, "MessageBody": body, "DelaySeconds": pause.min(LONGEST_DELAY).as_secs()});
    services.call("sqs", "SendMessage", input).await.map(drop).map_err(|error| chain(&error))
}

async fn put_or_keep(services: &Services, function: &str, detail: String) -> Result<(), String> {
    let Err(bus) = put(services, &detail).await else { return Ok(()) };
    let event = json!({"source": EVENT_SOURCE, "detail-type": EVENT_DETAIL_TYPE, "detail": detail});
    let body = letter(function, "", &event, &format!("the event bus refused it: {bus}"));
    keep(services, body).await.map_err(|queue| format!("{bus}; {queue}"))
}

async fn put(services: &Services, detail: &str) -> Result<(), String> {
    let entry = json!({
        "EventBusName": services.settings.event_bus,
        "Source": EVENT_SOURCE,
        "DetailType": EVENT_DETAIL_TYPE,
        "Detail": detail,
    });
    let answer = services.call("events", "PutEvents", json!({"Entries": [entry]})).await;
    let answer = answer.map_err(|error| chain(&error))?;
    match answer["FailedEntryCount"].as_i64() {
        Some(0) | None => Ok(()),
        Some(_) => Err(answer["Entries"][0]["ErrorMessage"].as_str().unwrap_or("entry failed").to_owned()),
    }
}

async fn keep(services: &Services, body: String) -> Result<(), String> {
    let Some(queue) = &services.settings.dead_letter_queue_url else {
        return Err("there is no dead-letter queue (KINTSUGI_DEAD_LETTER_QUEUE_URL)".to_owned());
    };
    let input = json!({"QueueUrl": queue, "MessageBody": body});
    services.call("sqs", "SendMessage", input).await.map(drop).map_err(|error| chain(&error))
}

fn detail(record: &Record) -> String {
    serde_json::to_string(&record.clone().within(MAX_DETAIL)).unwrap_or_default()
}

fn whole_letter(function: &str, execution: &str, event: &Value, reason: &str) -> Value {
    let reason = clip(reason, MAX_REASON);
    json!({"function": function, "execution": execution, "reason": reason, "event": event})
}

fn letter(function: &str, execution: &str, event: &Value, reason: &str) -> String {
    let whole = |event: &Value| whole_letter(function, execution, event, reason).to_string();
    let body = whole(event);
    if body.len() <= MAX_MESSAGE {
        return body;
    }
    let text: String = event.to_string().chars().take(MAX_MESSAGE / 8).collect();
    whole(&json!({"cut": true, "start": text}))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As SQS counts them: bytes of UTF-8.
    const SQS: usize = 256 * 1024;

    #[test]
    fn a_letter_fits_the_queue_however_large_the_event_and_its_reason() {
        for part in ["x", "\u{0}", "\u{10ffff}", "\"", "é"] {
            let huge = part.repeat(2_000_000);
            let body = letter("f", "e", &json!({ "event": huge }), &huge);
            assert!(body.len() <= SQS, "{} bytes of {part:?}", body.len());
            let read: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((read["function"].as_str(), read["event"]["cut"].as_bool()), (Some("f"), Some(true)));
        }
        let small: Value = serde_json::from_str(&letter("f", "e", &json!({"a": 1}), "why")).unwrap();
        assert_eq!(small, json!({"function": "f", "execution": "e", "reason": "why", "event": {"a": 1}}));
    }
}
