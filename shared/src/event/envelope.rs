//! What EventBridge says of any event.

use jiff::Timestamp;
use serde_json::Value;

use super::json::{account, at, region, text};
use super::{EventError, timestamp};

/// An event of any source.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Who speaks, for example `aws.guardduty`.
    pub source: String,
    /// What it speaks of, for example `GuardDuty Finding`.
    pub detail_type: String,
    /// Account of the event.
    pub account: String,
    /// Region of the event.
    pub region: String,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// Its own id.
    pub id: Option<String>,
}

/// Reads the envelope of an event.
///
/// # Errors
/// What is missing or cannot be what it should be.
pub fn envelope(event: &Value) -> Result<Envelope, EventError> {
    Ok(Envelope {
        source: text(event, "source")?.to_owned(),
        detail_type: text(event, "detail-type")?.to_owned(),
        account: account(event, "account")?.to_owned(),
        region: region(event, "region")?.to_owned(),
        time: at(event, "time").and_then(Value::as_str).and_then(timestamp),
        id: at(event, "id").and_then(Value::as_str).map(str::to_owned),
    })
}
