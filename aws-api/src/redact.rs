//! Inputs and outputs without what the model calls sensitive: for logs, plans, records and tickets.
//!
//! Comes in: an input or an output and its operation.
//! Goes out: a copy in which each sensitive value is [`REDACTED`].
//! Never: a guess by a member's name; only the model's own mark counts.

use serde_json::Value;

use crate::schema::{CompiledOperation, Kind};

/// What stands in the place of a sensitive value.
pub const REDACTED: &str = "[redacted]";

pub(crate) fn redact(operation: &CompiledOperation, root: Option<usize>, value: &Value) -> Value {
    root.map_or_else(|| value.clone(), |root| redact_shape(operation, root, value))
}

fn redact_shape(operation: &CompiledOperation, shape: usize, value: &Value) -> Value {
    let shape = &operation.shapes[shape];
    if shape.sensitive && !value.is_null() {
        return REDACTED.into();
    }
    match (&shape.kind, value) {
        (Kind::Structure { members, .. }, Value::Object(object)) => {
            let redacted = object.iter().map(|(name, value)| {
                let member = members.iter().find(|m| m.name == name);
                (name.clone(), member.map_or_else(|| value.clone(), |m| redact_shape(operation, m.target, value)))
            });
            Value::Object(redacted.collect())
        }
        (Kind::List { element, .. }, Value::Array(items)) => {
            items.iter().map(|item| redact_shape(operation, *element, item)).collect()
        }
        (Kind::Map { key, value: element, .. }, Value::Object(entries)) => {
            let hides_keys = operation.shapes[*key].sensitive;
            let redacted = entries.iter().map(|(key, value)| {
                let key = if hides_keys { REDACTED.to_owned() } else { key.clone() };
                (key, redact_shape(operation, *element, value))
            });
            Value::Object(redacted.collect())
        }
        _ => value.clone(),
    }
}
