//! All deliveries of all events, read leniently and checked strictly for what we need.
//!
//! Comes in: the JSON a function was invoked with. Goes out: one [`Trigger`], or an [`EventError`] that says
//! what was expected. Never: a typed copy of AWS's whole schema; the published Rust types reject real events
//! (metric math without `metricStat`, composites without suppressor, a null description, a period of a day).

mod alarm;
mod api_call;
mod automation;
mod compliance;
mod envelope;
mod execution;
mod json;
mod time;

pub use alarm::{Alarm, AlarmSource};
pub use api_call::ApiCall;
pub use automation::AutomationEnd;
pub use compliance::ComplianceChange;
pub use envelope::{Envelope, envelope};
pub use execution::ExecutionEnd;
pub(crate) use execution::stuck;
pub(crate) use json::is_region;
pub use time::timestamp;

use serde_json::Value;
use thiserror::Error;

use crate::incident::Incident;
use crate::record::{EVENT_DETAIL_TYPE, EVENT_SOURCE, Record};
use crate::ticket::text::clip;

/// What an event says, independent of how it was delivered.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// A CloudWatch alarm changed its state.
    Alarm(Alarm),
    /// AWS Config saw the compliance of a resource change.
    Compliance(ComplianceChange),
    /// An SSM Automation execution changed its status.
    Automation(AutomationEnd),
    /// A durable execution of a function changed its status.
    Execution(ExecutionEnd),
    /// CloudTrail saw somebody call an API.
    ApiCall(ApiCall),
    /// One of our functions ended.
    Outcome(Box<Record>),
}

/// An event that cannot be used. It goes to the dead-letter queue and a ticket, never to the floor.
#[derive(Debug, Error)]
pub enum EventError {
    /// None of the shapes we know.
    #[error("not an event Kintsugi knows: {found}; expected {expected}")]
    Unknown {
        /// What distinguishes the event, as far as it can be told.
        found: String,
        /// The shapes that are known.
        expected: &'static str,
    },
    /// The right kind of event, but something we need is missing or of another type.
    #[error("{at}: {problem}")]
    Field {
        /// Path of the field.
        at: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// JSON inside a string that is none.
    #[error("{at} does not hold JSON")]
    Embedded {
        /// Path of the string.
        at: &'static str,
        /// Where the text broke.
        #[source]
        source: serde_json::Error,
    },
}

/// So much of a name that we do not know is told.
const NAME: usize = 80;

const EXPECTED: &str = "a CloudWatch alarm (EventBridge, SNS or alarm action), a Config compliance change, \
                        an SSM Automation or a durable execution that ended, an API call seen by CloudTrail, or a Kintsugi outcome";

/// Reads any event a function may be invoked with.
///
/// # Errors
/// [`EventError`] with the path of what is missing.
pub fn parse(event: &Value) -> Result<Trigger, EventError> {
    if event.get("alarmData").is_some() {
        return alarm::from_alarm_action(event).map(Trigger::Alarm);
    }
    if event.get("Records").is_some() {
        return alarm::from_sns(event).map(Trigger::Alarm);
    }
    let source = event["source"].as_str().unwrap_or_default();
    match (source, event["detail-type"].as_str().unwrap_or_default()) {
        ("aws.cloudwatch", "CloudWatch Alarm State Change") => alarm::from_eventbridge(event).map(Trigger::Alarm),
        ("aws.config", "Config Rules Compliance Change") => compliance::parse(event).map(Trigger::Compliance),
        ("aws.ssm", "EC2 Automation Execution Status-change Notification") => {
            automation::parse(event).map(Trigger::Automation)
        }
        ("aws.lambda", "Durable Execution Status Change") => execution::parse(event).map(Trigger::Execution),
        (_, "AWS API Call via CloudTrail") => api_call::parse(event).map(Trigger::ApiCall),
        (EVENT_SOURCE, EVENT_DETAIL_TYPE) => outcome(event),
        (source, detail_type) => Err(unknown(event, source, detail_type)),
    }
}

fn outcome(event: &Value) -> Result<Trigger, EventError> {
    let read = serde_json::from_value::<Record>(event["detail"].clone());
    let record = read.map_err(|source| EventError::Embedded { at: "detail", source })?;
    // Whoever may put events on the bus can write one of ours; a fingerprint is part of keys and queries.
    let forged = |incident: &Incident| !Incident::is_fingerprint(&incident.fingerprint);
    if record.incident.as_ref().is_some_and(forged) {
        return Err(json::field("detail.incident.fingerprint", "is not 16 hexadecimal digits"));
    }
    Ok(Trigger::Outcome(Box::new(record)))
}

fn unknown(event: &Value, source: &str, detail_type: &str) -> EventError {
    let found = match event {
        Value::Object(fields) if source.is_empty() => {
            let keys: Vec<String> = fields.keys().take(8).map(|key| clip(key, NAME)).collect();
            format!("an object with {}", if keys.is_empty() { "no keys".into() } else { keys.join(", ") })
        }
        Value::Object(_) => format!("source {:?}, detail-type {:?}", clip(source, NAME), clip(detail_type, NAME)),
        other => format!("{} instead of an object", json::kind(other)),
    };
    EventError::Unknown { found, expected: EXPECTED }
}

#[cfg(test)]
mod hostile;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_of_another_kind_says_what_it_is_and_what_was_expected() {
        let cases = [
            (json!({"source": "aws.ec2", "detail-type": "EC2 Spot"}), "source \"aws.ec2\", detail-type \"EC2 Spot\""),
            (json!({"hello": 1, "world": 2}), "an object with hello, world"),
            (json!({}), "an object with no keys"),
            (json!([1, 2]), "a list instead of an object"),
            (json!("text"), "a string instead of an object"),
            (Value::Null, "null instead of an object"),
        ];
        for (event, found) in cases {
            let message = parse(&event).unwrap_err().to_string();
            assert!(message.contains(found), "{message}");
        }
    }
}
