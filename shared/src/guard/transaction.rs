//! Several conditional writes of the guard table as one: all of them or none, in one round trip.
//!
//! Comes in: writes with their conditions. Goes out: done, or what stands in the way of each.
//! Never: half of it.

use std::time::Duration;

use aws_api::ApiError;
use serde_json::{Map, Value, json};

use super::table::text;
use crate::aws::Services;
use crate::telemetry::chain;

/// How often a transaction is tried that others got in the way of, and that may be possible after a look.
pub(super) const TRIES: u32 = 6;

/// What came of a transaction.
pub(super) enum Transacted {
    /// All is written.
    Done,
    /// Nothing is: for each write what is there instead (null when nothing is), if its condition does not hold.
    Held(Vec<Option<Value>>),
    /// Nothing is: somebody wrote the same at the same moment. Worth another try.
    Busy,
}

/// One conditional write.
pub(super) struct Write {
    kind: &'static str,
    body: Map<String, Value>,
}

impl Write {
    fn new(kind: &'static str, pk: &str, condition: &str) -> Self {
        let body = json!({
            "Key": {"pk": text(pk)},
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        Self { kind, body: body.as_object().cloned().unwrap_or_default() }
    }

    /// Writes nothing, but must hold.
    pub(super) fn check(pk: &str, condition: &str) -> Self {
        Self::new("ConditionCheck", pk, condition)
    }

    /// Changes the item, or makes it.
    pub(super) fn update(pk: &str, expression: &str, condition: &str) -> Self {
        let mut write = Self::new("Update", pk, condition);
        write.body.insert("UpdateExpression".to_owned(), expression.into());
        write
    }

    /// Deletes the item; where none is there, nothing.
    pub(super) fn delete(pk: &str, condition: &str) -> Self {
        Self::new("Delete", pk, condition)
    }

    /// What `:name` is in the expressions.
    pub(super) fn value(self, name: &str, value: Value) -> Self {
        self.with("ExpressionAttributeValues", name, value)
    }

    /// What `#name` is in the expressions.
    pub(super) fn name(self, name: &str, attribute: &str) -> Self {
        self.with("ExpressionAttributeNames", name, attribute.into())
    }

    fn with(mut self, member: &str, name: &str, value: Value) -> Self {
        let known = self.body.entry(member).or_insert_with(|| json!({}));
        known[name] = value;
        self
    }

    fn item(&self, table: &str) -> Value {
        let mut body = self.body.clone();
        body.insert("TableName".to_owned(), table.into());
        json!({self.kind: body})
    }
}

/// Performs all writes or none.
pub(super) async fn transact(services: &Services, writes: &[Write]) -> Result<Transacted, String> {
    let items: Vec<Value> = writes.iter().map(|write| write.item(&services.settings.guard_table)).collect();
    match services.call("dynamodb", "TransactWriteItems", json!({"TransactItems": items})).await {
        Ok(_) => Ok(Transacted::Done),
        Err(ApiError::Service(error)) if error.code == "TransactionCanceledException" => {
            let reasons = error.fields.get("CancellationReasons").and_then(Value::as_array);
            cancelled(reasons.map(Vec::as_slice).unwrap_or_default()).ok_or_else(|| error.to_string())
        }
        Err(error) => Err(chain(&error)),
    }
}

/// Before another try.
pub(super) async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(20 << attempt.min(5))).await;
}

fn cancelled(reasons: &[Value]) -> Option<Transacted> {
    let is = |reason: &Value, code: &str| reason["Code"] == code;
    if reasons.iter().any(|reason| is(reason, "ConditionalCheckFailed")) {
        let held = |reason: &Value| is(reason, "ConditionalCheckFailed").then(|| reason["Item"].clone());
        return Some(Transacted::Held(reasons.iter().map(held).collect()));
    }
    let passing = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    let passes = |reason: &Value| passing.iter().any(|code| is(reason, code));
    (!reasons.is_empty() && reasons.iter().all(passes)).then_some(Transacted::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way_is_told_from_what_passes_and_from_what_nobody_knows() {
        let (none, held) =
            (json!({"Code": "None"}), json!({"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": "a"}}}));
        let conflict = json!({"Code": "TransactionConflict"});
        let Some(Transacted::Held(found)) = cancelled(&[none.clone(), held, conflict.clone()]) else { panic!() };
        assert_eq!(found, [None, Some(json!({"pk": {"S": "a"}})), None]);
        assert!(matches!(cancelled(&[none.clone(), conflict]), Some(Transacted::Busy)));
        assert!(cancelled(&[none, json!({"Code": "ValidationError"})]).is_none());
        assert!(cancelled(&[]).is_none());
    }
}
