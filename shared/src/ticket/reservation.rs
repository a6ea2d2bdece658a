//! One hand at a time on the ticket of a fault, and the memory of which ticket it was.
//!
//! One item of the guard table per fingerprint, `pk = ticket#<fingerprint>`:
//!
//! | attribute | meaning |
//! |---|---|
//! | `holder`, `heldUntil` | who is at the desk now, and until when at most (epoch seconds) |
//! | `ticket` | id of the ticket opened last; it may have been closed since |
//! | `told` | the occurrences that are in it, the last ones |
//! | `count`, `kind`, `severity` | how often the fault was seen again, what kind of news was told last, how urgent we made it |
//! | `began` | since when the fault was there that was told last |
//! | `closed`, `reopened` | when we closed it, how often we opened again what people had closed |
//! | `attempted`, `attempting` | when somebody last began to open or to close one (epoch seconds), and for which occurrence: the desk may have it although nobody was told |
//! | `waiting` | the occurrences that wait in the queue for the desk to come back |
//! | `expiresAt` | when the table may forget (TTL, epoch seconds) |
//!
//! The memory is needed because a desk's search may not yet find what was opened a second ago (Jira's index lags).
//! Comes in: a draft and an owner. Goes out: a [`Seat`]. Never: a reason not to open a ticket; a table that cannot
//! be asked is told as [`Seat::Unknown`] and the desk's own search is all there is.

use std::time::{Duration, Instant};

use aws_api::ApiError;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::desk::Known;
use super::draft::{Draft, Severity};
use crate::aws::Services;
use crate::host::wall_clock;
use crate::telemetry::chain;

/// How long a holder may be at the desk. If it died there, others wait this long and no longer; shorter than a
/// slow desk's answers, and two would be at the desk at once.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// How soon somebody who waits looks again; each pause is half as long again as the one before, up to the longest.
const LOOK: Duration = Duration::from_millis(200);
const LONGEST_LOOK: Duration = Duration::from_secs(2);

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
    pub(super) told: Vec<String>,
    /// How often the fault was seen again since.
    pub(super) count: u64,
    /// The kind of news told last.
    pub(super) kind: String,
    /// How urgent we made it.
    pub(super) severity: Option<Severity>,
    /// Since when the fault was there that was told last.
    pub(super) began: Option<Timestamp>,
    /// When we closed it; absent while it is open, and where people closed it.
    pub(super) closed: Option<Timestamp>,
    /// How often we opened again what people had closed.
    pub(super) reopened: u64,
    /// When somebody last began to open or to close one.
    pub(super) attempted: Option<Timestamp>,
    /// For which occurrence.
    pub(super) attempting: Option<String>,
    /// Whether news of the fault waits for the desk to come back.
    pub(super) waiting: bool,
}

impl Memory {
    /// The ticket, for a desk to look after.
    pub(super) fn known(&self) -> Option<Known> {
        let (closed, urgency) = (self.closed.is_some(), self.severity);
        self.ticket.clone().map(|id| Known { id, closed, urgency })
    }
}

/// What came of asking for the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seat {
    /// Ours until settled, given back, or the lease ends.
    Ours(Memory),
    /// This occurrence is in the ticket of this id already.
    Told(String),
    /// Others were at the desk all the time.
    Busy,
    /// The table cannot be asked, for this reason.
    Unknown(String),
}

/// Waits for the desk to be free for this fault, and takes it.
pub(super) async fn take(services: &Services, draft: &Draft, owner: &str) -> Seat {
    let (begun, mut pause) = (Instant::now(), LOOK);
    while begun.elapsed() < LEASE + LONGEST_LOOK {
        match hold(services, draft, owner).await {
            Ok(Some(item)) => return seat(services, draft, owner, memory(&item)).await,
            Ok(None) => tokio::time::sleep(pause).await,
            Err(reason) => return Seat::Unknown(reason),
        }
        pause = (pause * 3 / 2).min(LONGEST_LOOK);
    }
    // Nobody holds it that long: very many tell of the same fault at once.
    Seat::Busy
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
    let text = |name: &str| item[name]["S"].as_str();
    let whole = |name: &str| item[name]["N"].as_str().and_then(|number| number.parse::<i64>().ok());
    let time = |name: &str| whole(name).and_then(|second| Timestamp::from_second(second).ok());
    let count = |name: &str| whole(name).and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
    Memory {
        ticket: text("ticket").map(str::to_owned),
        told: told.filter_map(|occurrence| occurrence["S"].as_str().map(str::to_owned)).collect(),
        count: count("count"),
        kind: text("kind").unwrap_or_default().to_owned(),
        severity: text("severity").and_then(Severity::numbered),
        began: text("began").and_then(|at| at.parse().ok()),
        closed: time("closed"),
        reopened: count("reopened"),
        attempted: time("attempted"),
        attempting: text("attempting").map(str::to_owned),
        waiting: item["waiting"]["SS"].as_array().is_some_and(|waiting| !waiting.is_empty()),
    }
}

/// What is remembered, without taking the desk. `None`: nothing.
pub(super) async fn recall(services: &Services, draft: &Draft) -> Result<Option<Memory>, String> {
    let read = json!({
        "TableName": services.settings.guard_table,
        "Key": {"pk": {"S": key(draft)}},
        "ConsistentRead": true,
    });
    let answer = services.call("dynamodb", "GetItem", read).await.map_err(|error| chain(&error))?;
    Ok(Some(&answer["Item"]).filter(|item| item.is_object()).map(memory))
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

/// Remembers the ticket, how it stands now, and that it was told of this occurrence; and frees the desk.
///
/// Where `held`, only as long as nobody took the desk since: a write whose answer is lost is made again, perhaps after others
/// have told more and remembered it. Where the table could not be asked before, only while nobody is at the desk.
pub(super) async fn settle(services: &Services, draft: &Draft, owner: &str, held: bool, now: Memory) {
    let told = std::iter::once(draft.occurrence.clone()).chain(now.told).take(REMEMBERED);
    let told: Vec<Value> = told.map(|occurrence| json!({"S": occurrence})).collect();
    let mut values = json!({
        ":me": {"S": owner},
        ":told": {"L": told},
        ":count": {"N": now.count.to_string()},
        ":kind": {"S": now.kind},
        ":reopened": {"N": now.reopened.to_string()},
        ":waited": {"SS": [draft.occurrence]},
    });
    // `count` is a word of DynamoDB's own.
    let mut set = "told = :told, #count = :count, kind = :kind, reopened = :reopened".to_owned();
    let mut remove = "holder, heldUntil, attempted, attempting".to_owned();
    let severity = now.severity.map(|severity| json!({"S": severity.number()}));
    let closed = now.closed.map(|at| number(at.as_second()));
    let ticket = now.ticket.map(|id| json!({"S": id}));
    let began = now.began.map(|at| json!({"S": at.to_string()}));
    for (name, value) in [("ticket", ticket), ("severity", severity), ("began", began), ("closed", closed)] {
        match value {
            Some(value) => {
                set.push_str(&format!(", {name} = :{name}"));
                values[format!(":{name}")] = value;
            }
            None => remove.push_str(&format!(", {name}")),
        }
    }
    let free = if held { "holder = :me" } else { "attribute_not_exists(holder) OR holder = :me" };
    let update = json!({
        "UpdateExpression": format!("SET {set} REMOVE {remove} DELETE waiting :waited"),
        "ConditionExpression": free,
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": values,
    });
    let written = write(services, draft, update).await;
    let consequence = match &written {
        Err(error) if held && is_held(error) => {
            "the ticket is remembered already, or others took the desk meanwhile and may tell of this once more"
        }
        _ => "the ticket was not remembered; a repeat may open a second one",
    };
    warn(draft, consequence, written);
}

/// Remembers that a ticket is about to be opened or closed: should the answer be lost, the desk may have it.
pub(super) async fn attempting(services: &Services, draft: &Draft, owner: &str) {
    let update = json!({
        "UpdateExpression": "SET attempted = :now, attempting = :occurrence",
        "ConditionExpression": "holder = :me",
        "ExpressionAttributeValues": {
            ":me": {"S": owner},
            ":now": number(wall_clock().as_second()),
            ":occurrence": {"S": draft.occurrence},
        },
    });
    let written = write(services, draft, update).await;
    warn(draft, "it was not remembered that a ticket is being opened or closed", written);
}

/// Remembers that news of the fault waits in the queue.
pub(super) async fn waits(services: &Services, draft: &Draft) {
    let update = json!({
        "UpdateExpression": "SET expiresAt = :expires ADD waiting :occurrence",
        "ExpressionAttributeValues": {
            ":occurrence": {"SS": [draft.occurrence]},
            ":expires": number(wall_clock().as_second() + MEMORY),
        },
    });
    warn(draft, "it was not remembered that a ticket waits", write(services, draft, update).await);
}

/// Forgets that news of the fault waits: it is in the dead-letter queue.
pub(super) async fn waits_no_more(services: &Services, draft: &Draft) {
    let update = json!({
        "UpdateExpression": "DELETE waiting :occurrence",
        "ExpressionAttributeValues": {":occurrence": {"SS": [draft.occurrence]}},
    });
    warn(draft, "a ticket that waits no more is remembered as waiting", write(services, draft, update).await);
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
    update["Key"] = json!({"pk": {"S": key(draft)}});
    services.call("dynamodb", "UpdateItem", update).await
}

fn key(draft: &Draft) -> String {
    format!("ticket#{}", draft.fingerprint)
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
