//! Reading what we need out of JSON, with the path in every complaint.

use serde_json::Value;

use super::EventError;

/// What a value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The non-empty string at `path` (dots between keys).
pub(super) fn text<'a>(event: &'a Value, path: &str) -> Result<&'a str, EventError> {
    let found = at(event, path);
    match found {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
        Some(Value::String(_)) => Err(field(path, "is empty")),
        Some(Value::Null) | None => Err(field(path, "is missing; expected a string")),
        Some(other) => Err(field(path, &format!("is {}; expected a string", kind(other)))),
    }
}

/// The value at `path`, if there.
pub(super) fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(event, |value, key| value.get(key))
}

pub(super) fn field(path: &str, problem: &str) -> EventError {
    EventError::Field { at: path.to_owned(), problem: problem.to_owned() }
}
