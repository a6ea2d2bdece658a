//! One hand at a time on the ticket of a fault, and the memory of which ticket it was.
//!
//! One item of the guard table per fingerprint, `pk = ticket#<fingerprint>`:
//!
//! | attribute | meaning |
//! |---|---|
//! | `holder`, `heldUntil` | who is at the desk now, and until when at most (epoch seconds) |
//! | `ticket` | id of the ticket opened last; it may have been closed since |
//! | `told` | the occurrences that are in it, the last ones |
//! | `expiresAt` | when the table may forget (TTL, epoch seconds) |
//!
//! The memory is needed because a desk's search may not yet find what was opened a second ago (Jira's index lags).
//! Comes in: a draft and an owner. Goes out: a [`Seat`]. Never: a reason not to open a ticket; a table that cannot
//! be asked is told as [`Seat::Unknown`] and the desk's own search is all there is.

use std::time::Duration;

use aws_api::ApiError;
use serde_json::{Value, json};

use super::draft::Draft;
use crate::aws::Services;
use crate::host::wall_clock;
use crate::telemetry::chain;

/// How long a holder may be at the desk. If it died there, others wait this long and no longer; shorter than a
/// slow desk's answers, and two would be at the desk at once.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// How often somebody who waits looks again.
const LOOK: Duration = Duration::from_secs(1);

/// How long a ticket is remembered. Longer than people leave a ticket open; after it the desk's search decides.
const MEMORY: i64 = 180 * 24 * 3600;

/// Occurrences remembered per ticket. A delivery is repeated within hours; a fault does not recur that often.
const REMEMBERED: usize = 50;

/// What is remembered of a fault's tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The ticket opened last. It may have been closed since.
    pub(super) ticket: Option<String>,
    /// The occurrences it was told, newest first.
    told: Vec<String>,
}

/// What came of asking for the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seat {
    /// Ours until settled, given back, or the lease ends.
    Ours(Memory),
    /// This occurrence is in the ticket of this id already.
    Told(String),
    /// The table cannot be asked, for this reason.
    Unknown(String),
}

/// Waits for the desk to be free for this fault, and takes it.
pub(super) async fn take(services: &Services, draft: &Draft, owner: &str) -> Seat {
    let patience = (LEASE.as_secs() / LOOK.as_secs()) + 2;
    for _ in 0..patience {
        match hold(services, draft, owner).await {
            Ok(Some(item)) => return seat(services, draft, owner, memory(&item)).await,
            Ok(None) => tokio::time::sleep(LOOK).await,
            Err(reason) => return Seat::Unknown(reason),
        }
    }
    // Nobody can hold it that long: either the clocks disagree or the holder came back again and again.
    Seat::Unknown(format!("others held it for more than {} s", LEASE.as_secs()))
}

/// Whether there is anything new to tell; if not, the desk is free again.
async fn seat(services: &Services, draft: &Draft, owner: &str, memory: Memory) -> Seat {
    match memory.ticket {
        Some(ref id) if memory.told.contains(&draft.occurrence) => {
            give_back(services, draft, owner).await;
            Seat::Told(id.clone())
        }
        _ => Seat::Ours(memory),
    }
}

fn memory(item: &Value) -> Memory {
    let told = item["told"]["L"].as_array().into_iter().flatten();
    Memory {
        ticket: item["ticket"]["S"].as_str().map(str::to_owned),
        told: told.filter_map(|occurrence| occurrence["S"].as_str().map(str::to_owned)).collect(),
    }
}

/// Takes the hold if it is free, ours or over. `None`: somebody else has it.
async fn hold(services: &Services, draft: &Draft, owner: &str) -> Result<Option<Value>, String> {
    let now = wall_clock().as_second();
    let update = json!({
        "UpdateExpression": "SET holder = :me, heldUntil = :until, expiresAt = :expires",
        "ConditionExpression": "attribute_not_exists(holder) OR holder = :me OR heldUntil < :now",
        "ExpressionAttributeValues": {
            ":me": {"S": owner},
            ":now": number(now),
            ":until": number(now.saturating_add_unsigned(LEASE.as_secs())),
            ":expires": number(now + MEMORY),
        },
        "ReturnValues": "ALL_NEW",
    });
    match write(services, draft, update).await {
        Ok(answer) => Ok(Some(answer["Attributes"].clone())),
        Err(error) if is_held(&error) => Ok(None),
        Err(error) => Err(chain(&error)),
    }
}

/// Remembers the ticket and that it was told of this occurrence, and frees the desk.
pub(super) async fn settle(services: &Services, draft: &Draft, owner: &str, before: Memory, id: &str) {
    let told = std::iter::once(draft.occurrence.clone()).chain(before.told).take(REMEMBERED);
    let told: Vec<Value> = told.map(|occurrence| json!({"S": occurrence})).collect();
    let update = json!({
        "UpdateExpression": "SET ticket = :id, told = :told REMOVE holder, heldUntil",
        "ConditionExpression": "attribute_not_exists(holder) OR holder = :me",
        "ExpressionAttributeValues": {":id": {"S": id}, ":me": {"S": owner}, ":told": {"L": told}},
    });
    let written = write(services, draft, update).await;
    warn(draft, "the ticket was not remembered; a repeat may open a second one", written);
}

/// Frees the desk without having told anything.
pub(super) async fn give_back(services: &Services, draft: &Draft, owner: &str) {
    let update = json!({
        "UpdateExpression": "REMOVE holder, heldUntil",
        "ConditionExpression": "holder = :me",
        "ExpressionAttributeValues": {":me": {"S": owner}},
    });
    warn(draft, "the desk was not given back; its lease ends by itself", write(services, draft, update).await);
}

async fn write(services: &Services, draft: &Draft, mut update: Value) -> Result<Value, ApiError> {
    update["TableName"] = json!(services.settings.guard_table);
    update["Key"] = json!({"pk": {"S": format!("ticket#{}", draft.fingerprint)}});
    services.call("dynamodb", "UpdateItem", update).await
}

fn is_held(error: &ApiError) -> bool {
    matches!(error, ApiError::Service(error) if error.code == "ConditionalCheckFailedException")
}

fn number(value: i64) -> Value {
    json!({"N": value.to_string()})
}

/// After the ticket is open nothing here may fail the caller; what went wrong is only said.
fn warn(draft: &Draft, consequence: &str, written: Result<Value, ApiError>) {
    if let Err(error) = written {
        let (fingerprint, error) = (draft.fingerprint.as_str(), chain(&error));
        tracing::warn!(target: "kintsugi", fingerprint, error, "{consequence}");
    }
}
