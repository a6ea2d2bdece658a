//! What was fed before: an item of the guard table for each occurrence.
//!
//! Comes in: faults. Goes out: those that are new, and whether one may be fed now. Never: an occurrence fed twice, unless
//! the deployment lets its binding do more than it did then; a fault that was marked and, for a death in between, not fed,
//! is new again when its mark ends.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::aws::{ApiError, Services};
use shared::guard::found;
use shared::host::wall_clock;
use shared::settings::Mode;
use shared::telemetry::chain;

use crate::fault::Fault;

/// DynamoDB takes no more keys at once.
const AT_ONCE: usize = 100;
/// A mark, until the fault has been fed.
const MARKED: i64 = 1800;
/// As long as the guards remember an event, and while the fault is there.
const REMEMBERED: i64 = 15 * 86_400;

/// Of an occurrence, for what its binding may do.
pub(crate) fn key(fault: &Fault, mode: Mode) -> String {
    found::mark(mode, &fault.function, &fault.id)
}

/// What is remembered of some occurrences.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    /// They were fed.
    pub(crate) known: BTreeSet<String>,
    /// They were fed and refused for now: new, and behind those that nobody has had yet.
    pub(crate) again: BTreeSet<String>,
}

/// What is remembered of these. What is still there and was fed long ago is remembered anew.
///
/// # Errors
/// What DynamoDB says, in one sentence.
pub(crate) async fn recall(services: &Services, keys: &[String]) -> Result<Remembered, String> {
    let mut remembered = Remembered::default();
    for some in keys.chunks(AT_ONCE) {
        for item in items(services, some).await.map_err(|error| chain(&error))? {
            let (Some(key), Some(until)) = (item["pk"]["S"].as_str(), number(&item["expiresAt"])) else { continue };
            if until < now() {
                continue;
            }
            if !item["refusedAt"].is_null() {
                remembered.again.insert(key.to_owned());
                continue;
            }
            if !item["fedAt"].is_null() && until < now() + REMEMBERED / 2 {
                keep(services, key).await?;
            }
            remembered.known.insert(key.to_owned());
        }
    }
    Ok(remembered)
}

async fn items(services: &Services, keys: &[String]) -> Result<Vec<Value>, ApiError> {
    let table = &services.settings.guard_table;
    let keys: Vec<Value> = keys.iter().map(|key| json!({"pk": {"S": key}})).collect();
    let mut asked = json!({ table.as_str(): {"Keys": keys, "ConsistentRead": true} });
    let mut found = vec![];
    // What DynamoDB did not come to it names, to be asked for again.
    while asked.as_object().is_some_and(|tables| !tables.is_empty()) {
        let mut answer = services.call("dynamodb", "BatchGetItem", json!({"RequestItems": asked})).await?;
        if let Value::Array(items) = answer["Responses"][table.as_str()].take() {
            found.extend(items);
        }
        asked = answer["UnprocessedKeys"].take();
    }
    Ok(found)
}

/// Marks it as fed by this execution. `false`: another was first.
///
/// # Errors
/// What DynamoDB says, in one sentence.
pub(crate) async fn mark(services: &Services, key: &str, execution: &str) -> Result<bool, String> {
    let input = json!({
        "TableName": services.settings.guard_table,
        "Item": {
            "pk": {"S": key}, "owner": {"S": execution}, "expiresAt": {"N": (now() + MARKED).to_string()},
        },
        "ConditionExpression":
            "attribute_not_exists(pk) OR expiresAt < :now OR #owner = :owner OR attribute_exists(refusedAt)",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":now": {"N": now().to_string()}, ":owner": {"S": execution}},
    });
    match services.call("dynamodb", "PutItem", input).await {
        Ok(_) => Ok(true),
        Err(ApiError::Service(error)) if error.code == "ConditionalCheckFailedException" => Ok(false),
        Err(error) => Err(chain(&error)),
    }
}

/// It has been fed. Where the function has said meanwhile that it is not to be dealt with now, that stands.
///
/// # Errors
/// What DynamoDB says, in one sentence.
pub(crate) async fn keep(services: &Services, key: &str) -> Result<(), String> {
    let input = json!({
        "TableName": services.settings.guard_table,
        "Key": {"pk": {"S": key}},
        "UpdateExpression": "SET fedAt = if_not_exists(fedAt, :now), expiresAt = :until",
        "ConditionExpression": "attribute_not_exists(refusedAt)",
        "ExpressionAttributeValues": {
            ":now": {"N": now().to_string()}, ":until": {"N": (now() + REMEMBERED).to_string()},
        },
    });
    match services.call("dynamodb", "UpdateItem", input).await {
        Ok(_) => Ok(()),
        Err(ApiError::Service(error)) if error.code == "ConditionalCheckFailedException" => Ok(()),
        Err(error) => Err(chain(&error)),
    }
}

fn now() -> i64 {
    wall_clock().as_second()
}

fn number(attribute: &Value) -> Option<i64> {
    attribute["N"].as_str()?.parse().ok()
}
