//! The guard table: one DynamoDB table, string key `pk`, TTL `expiresAt` in epoch seconds.
//!
//! TTL deletes late, so every condition compares `expiresAt` itself.

use aws_api::ApiError;
use serde_json::{Value, json};

use crate::aws::Services;
use crate::host::wall_clock;
use crate::telemetry::chain;

/// What came of a conditional write.
pub(crate) enum Written {
    /// It is ours.
    Taken,
    /// Somebody else's item is there.
    Held,
}

pub(crate) fn now() -> i64 {
    wall_clock().as_second()
}

pub(crate) fn text(value: &str) -> Value {
    json!({"S": value})
}

pub(crate) fn number(value: i64) -> Value {
    json!({"N": value.to_string()})
}

/// A set of numbers, which must not be empty.
pub(super) fn numbers(values: &[i64]) -> Value {
    json!({"NS": values.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>()})
}

/// The whole number an attribute holds.
pub(super) fn integer(attribute: &Value) -> Option<i64> {
    attribute["N"].as_str()?.parse().ok()
}

/// Puts `item` if `condition` holds for what is there, or if that is one's own.
pub(crate) async fn put_if(
    services: &Services,
    item: Value,
    condition: &str,
    mut values: Value,
) -> Result<Written, String> {
    values[":owner"] = item["owner"].clone();
    let input = json!({
        "TableName": services.settings.guard_table,
        "ConditionExpression": format!("#owner = :owner OR {condition}"),
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": values,
        "Item": item,
    });
    conditional(services.call("dynamodb", "PutItem", input).await)
}

/// Puts `item` if what is there has the version `:seen`, or if nothing is there.
pub(super) async fn put_if_version(services: &Services, item: Value, seen: Value) -> Result<Written, String> {
    let input = json!({
        "TableName": services.settings.guard_table,
        "ConditionExpression": "attribute_not_exists(pk) OR version = :seen",
        "ExpressionAttributeValues": seen,
        "Item": item,
    });
    conditional(services.call("dynamodb", "PutItem", input).await)
}

/// Performs a write on the item `pk` under `condition`.
pub(crate) async fn write(services: &Services, api: &str, pk: &str, mut rest: Value) -> Result<Written, String> {
    rest["TableName"] = json!(services.settings.guard_table);
    rest["Key"] = json!({"pk": text(pk)});
    conditional(services.call("dynamodb", api, rest).await)
}

/// The item under `pk`, read after every write that came before.
pub(crate) async fn get(services: &Services, pk: &str) -> Result<Value, String> {
    let table = &services.settings.guard_table;
    let input = json!({"TableName": table, "Key": {"pk": text(pk)}, "ConsistentRead": true});
    let answer = services.call("dynamodb", "GetItem", input).await.map_err(|error| chain(&error))?;
    Ok(answer["Item"].clone())
}

pub(crate) fn conditional(answer: Result<Value, ApiError>) -> Result<Written, String> {
    match answer {
        Ok(_) => Ok(Written::Taken),
        Err(ApiError::Service(error)) if error.code == "ConditionalCheckFailedException" => Ok(Written::Held),
        Err(error) => Err(chain(&error)),
    }
}

/// Deletes an item if it is `owner`'s. What is not, or is not there, is not in the way of anybody.
pub(super) async fn delete_own(services: &Services, pk: &str, owner: &str) -> Result<(), String> {
    let delete = json!({
        "ConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": text(owner)},
    });
    let deleted = write(services, "DeleteItem", pk, delete).await.map(drop);
    deleted.inspect_err(|error| {
        tracing::warn!(target: "kintsugi", execution = owner, pk, error, "not released; it ends with its lease");
    })
}
