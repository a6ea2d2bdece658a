//! Events whose tickets wait until the desk is back, in a queue of their own.
//!
//! Comes in: what the queue delivers, as Lambda hands it over. Goes out: an event and the execution that first tried, and
//! for how long to leave the desk alone. Never: a message given up without a word. What only a person's correction helps,
//! and what has waited for twelve days, goes to the dead-letter queue.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::aws::Services;
use shared::host::{RunHost, recorded};
use shared::publish::{self, PublishError};
use shared::telemetry::chain;
use shared::ticket::Refused;

/// Each pause is twice the one before, up to this one.
const LONGEST: Duration = Duration::from_secs(900);
/// A desk may ask for a longer one: SQS hides a message for up to twelve hours after it was received, and this is later.
const LONGEST_ASKED: Duration = Duration::from_secs(11 * 3600);
/// The queue forgets after fourteen days. Two before, the event goes to the dead-letter queue, where it has fourteen more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(12 * 24 * 3600);
/// Pauses between two looks of a verification, which a desk that is down is given at first.
const FIRST: u32 = 6;

/// One event that waits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Waiting {
    /// The message's id.
    pub(crate) id: String,
    receipt: String,
    /// How often it was delivered, this time included.
    pub(crate) receives: u32,
    /// Since when it waits.
    since: Option<Timestamp>,
    /// Before this the desk wants not to be asked.
    pub(crate) not_before: Option<Timestamp>,
    /// The execution that first tried.
    pub(crate) execution: String,
    /// The event as that execution had it.
    pub(crate) event: Value,
}

/// The events of a batch; `None` if this is no batch of the queue.
pub(crate) fn read(event: &Value) -> Option<Vec<Waiting>> {
    let records = event.get("Records")?.as_array()?;
    let ours = |record: &Value| record["eventSource"] == "aws:sqs";
    (!records.is_empty() && records.iter().all(ours)).then(|| records.iter().map(one).collect())
}

/// A message that is none of ours is an event that nobody can read, and told as such.
fn one(record: &Value) -> Waiting {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = &record["attributes"];
    let number = |name: &str| attributes[name].as_str().and_then(|text| text.parse::<i64>().ok());
    let letter: Value = serde_json::from_str(record["body"].as_str().unwrap_or_default()).unwrap_or_default();
    Waiting {
        id: text(&record["messageId"]),
        receipt: text(&record["receiptHandle"]),
        receives: number("ApproximateReceiveCount").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        since: number("SentTimestamp").and_then(|at| Timestamp::from_millisecond(at).ok()),
        not_before: letter["notBefore"].as_str().and_then(|at| at.parse().ok()),
        execution: text(&letter["execution"]),
        event: letter.get("event").cloned().unwrap_or_default(),
    }
}

/// How long the desk is left alone after `receives` attempts: as it asked for, or twice as long each time. A desk that
/// always asks for no pause is left alone a little longer each time all the same.
pub(crate) fn pause(refused: &Refused, poll: Duration, receives: u32) -> Duration {
    let doubled = poll.saturating_mul(FIRST).saturating_mul(2_u32.saturating_pow(receives.saturating_sub(1).min(16)));
    let asked = refused.retry_after.map(|asked| asked.max(poll.saturating_mul(receives.saturating_sub(1))));
    asked.map_or(doubled.min(LONGEST), |asked| asked.min(LONGEST_ASKED))
}

/// For how long an event has waited.
pub(crate) fn waited(waiting: &Waiting, now: Timestamp) -> Duration {
    waiting.since.map(|since| now.duration_since(since).unsigned_abs()).unwrap_or_default()
}

/// For how long the desk still wants not to be asked; `None` if it may be. Never longer than the queue can hide a message.
pub(crate) fn rest(waiting: &Waiting, now: Timestamp) -> Option<Duration> {
    let rest = waiting.not_before?.duration_since(now);
    // A second that has begun counts as a whole one, or the desk would be asked within it.
    let rest = Duration::try_from(rest).ok()?.as_millis().div_ceil(1000);
    let rest = Duration::from_secs(u64::try_from(rest).unwrap_or(u64::MAX));
    (!rest.is_zero()).then(|| rest.min(LONGEST_ASKED))
}

/// Puts an event into the queue. SQS delays a message by less than a desk may ask for: when it may be asked stands in it.
pub(crate) async fn put(
    services: &Services,
    host: &dyn RunHost,
    event: &Value,
    refused: &Refused,
    pause: Duration,
) -> Result<(), PublishError> {
    let not_before = if pause > publish::LONGEST_DELAY {
        let now = host.now("wait/now").await?;
        now.checked_add(pause).ok()
    } else {
        None
    };
    publish::wait(services, host, crate::NAME, event, &refused.to_string(), pause, not_before).await
}

/// Hides the message for `pause`. Should that fail, it comes back when the queue's own time is over.
pub(crate) async fn hide(services: &Services, host: &dyn RunHost, waiting: &Waiting, pause: Duration) {
    let Some(queue) = services.settings.tickets.queue_url.clone() else { return };
    let input = json!({"QueueUrl": queue, "ReceiptHandle": waiting.receipt, "VisibilityTimeout": pause.as_secs()});
    let asking = services.clone();
    let hide = async move {
        asking.call("sqs", "ChangeMessageVisibility", input).await.map(drop).map_err(|error| chain(&error))
    };
    let hidden = recorded(host, &format!("waiting/hide {}", waiting.id), hide).await;
    if let Ok(Err(error)) = hidden {
        tracing::warn!(target: "kintsugi", error, "a waiting ticket was not hidden");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(retry_after: Option<u64>) -> Refused {
        let retry_after = retry_after.map(Duration::from_secs);
        Refused { kind: String::new(), message: String::new(), passing: true, retry_after }
    }

    #[test]
    fn a_desk_is_left_alone_as_it_asks_or_twice_as_long_each_time_up_to_a_quarter_of_an_hour() {
        let poll = Duration::from_secs(10);
        let seconds = |retry_after, receives| pause(&refused(retry_after), poll, receives).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 99].map(|receives| seconds(None, receives)), [60, 120, 240, 480, 900, 900]);
        assert_eq!([(7, 1), (7, 9), (3600, 1)].map(|(asked, receives)| seconds(Some(asked), receives)), [7, 80, 3600]);
        assert_eq!(seconds(Some(86_400), 1), 11 * 3600, "as long as the queue can hide it");
    }

    #[test]
    fn a_desk_that_asked_for_hours_is_not_asked_before_they_are_over() {
        let at = |letter: Value| {
            let record = json!({"eventSource": "aws:sqs", "messageId": "m", "body": letter.to_string()});
            read(&json!({"Records": [record]})).unwrap().remove(0)
        };
        let told = at(json!({"event": {}, "notBefore": "2026-11-22T11:00:00Z"}));
        let rest = |now: &str| rest(&told, now.parse().unwrap()).map(|rest| rest.as_secs());
        assert_eq!(rest("2026-11-22T10:15:00Z"), Some(2700));
        assert_eq!(rest("2026-11-22T10:59:59.5Z"), Some(1));
        assert_eq!(rest("2026-11-01T00:00:00Z"), Some(11 * 3600), "as long as the queue can hide it");
        assert_eq!((rest("2026-11-22T11:00:00Z"), rest("2026-11-23T00:00:00Z")), (None, None));
        assert_eq!(at(json!({"event": {}})).not_before, None);
    }

    #[test]
    fn only_a_batch_of_a_queue_is_one() {
        let letter = json!({"function": "open-ticket", "execution": "e-1", "reason": "down", "event": {"a": 1}});
        let attributes = json!({"ApproximateReceiveCount": "3", "SentTimestamp": "1795341600000"});
        let record = json!({"eventSource": "aws:sqs", "messageId": "m", "receiptHandle": "r",
                            "body": letter.to_string(), "attributes": attributes});
        let read_one = read(&json!({"Records": [record]})).unwrap().remove(0);
        assert_eq!((read_one.execution.as_str(), &read_one.event, read_one.receives), ("e-1", &json!({"a": 1}), 3));
        let an_hour_later = "2026-11-22T11:00:00Z".parse().unwrap();
        assert_eq!(waited(&read_one, an_hour_later), Duration::from_secs(3600));
        for other in [json!({"Records": [{"EventSource": "aws:sns"}]}), json!({"Records": []}), json!({"detail": {}})] {
            assert_eq!(read(&other), None, "{other}");
        }
    }
}
