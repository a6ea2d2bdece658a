//! Reading what we need out of JSON, with the path in every complaint.

use serde_json::Value;

use super::EventError;
use crate::ticket::text::clip;

/// Characters of a field. AWS's own limits of names, ids and ARNs are all below.
const LONGEST: usize = 2048;

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

/// The non-empty string at `path` (dots between keys). A name of AWS's is one line and short; what is neither would end
/// up in keys, commands and tickets.
pub(super) fn text<'a>(event: &'a Value, path: &str) -> Result<&'a str, EventError> {
    let found = at(event, path);
    match found {
        Some(Value::String(text)) if text.trim().is_empty() => Err(field(path, "is empty")),
        Some(Value::String(text)) if text.chars().nth(LONGEST).is_some() => {
            Err(field(path, &format!("has more than {LONGEST} characters")))
        }
        Some(Value::String(text)) if text.contains(char::is_control) => Err(field(path, "has control characters")),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Null) | None => Err(field(path, "is missing; expected a string")),
        Some(other) => Err(field(path, &format!("is {}; expected a string", kind(other)))),
    }
}

/// The account at `path`: twelve digits.
pub(super) fn account<'a>(event: &'a Value, path: &str) -> Result<&'a str, EventError> {
    text(event, path).and_then(|id| if is_account(id) { Ok(id) } else { Err(field(path, "is no account's id")) })
}

/// The Region at `path`. It becomes part of addresses and commands.
pub(super) fn region<'a>(event: &'a Value, path: &str) -> Result<&'a str, EventError> {
    text(event, path).and_then(|code| if is_region(code) { Ok(code) } else { Err(field(path, "is no Region")) })
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text can be the code of a Region: `eu-west-1`, `us-gov-east-1`, and those that are still to come.
pub(crate) fn is_region(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    letters && text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether a text can be a name or an ARN of AWS's.
pub(super) fn is_name(text: &str) -> bool {
    text.chars().nth(LONGEST).is_none() && !text.contains(char::is_control)
}

/// The sentence at `path`, for people: of any kind, but not of any length.
pub(super) fn sentence(event: &Value, path: &str) -> Option<String> {
    let said = at(event, path)?.as_str().filter(|said| !said.trim().is_empty())?;
    Some(clip(said, LONGEST))
}

/// The value at `path`, if there; in a list the key is a number.
pub(super) fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(event, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

pub(super) fn field(path: &str, problem: &str) -> EventError {
    EventError::Field { at: path.to_owned(), problem: problem.to_owned() }
}
