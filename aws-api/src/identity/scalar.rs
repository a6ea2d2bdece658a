//! Single values as the wire writes them, in the one form in which they are compared.
//!
//! Comes in: a text or a number, and the shape that says what it means.
//! Goes out: whole numbers as they are, fractional ones as such, points in time as `{"$ms": 0}`, bytes as `{"$base64": ""}`.
//! Never: a guess; what the shape does not allow is an error.

use aws_smithy_types::date_time::Format;
use aws_smithy_types::{DateTime, base64};
use serde_json::{Value, json};

use crate::model::{Shape, ShapeRef, Type};

pub(super) type Read = Result<Value, String>;

/// A text in a header, a path, a query, a form or an element.
pub(super) fn from_text(shape: &Shape, format: &str, text: &str) -> Read {
    let wrong = || format!("{text:?} is no {:?}", shape.kind);
    match shape.kind {
        Type::String => Ok(text.into()),
        Type::Boolean => text.parse::<bool>().map(Value::from).map_err(|_| wrong()),
        Type::Integer | Type::Long | Type::Short | Type::Byte => {
            text.parse::<i64>().map(Value::from).map_err(|_| wrong())
        }
        Type::Float | Type::Double => fractional(text).ok_or_else(wrong),
        Type::Timestamp => moment(format, text),
        Type::Blob => base64::decode(text).map(|raw| bytes(&raw)).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// A number, or one of the three that are none.
pub(super) fn fractional(text: &str) -> Option<Value> {
    match text {
        "NaN" | "Infinity" | "-Infinity" => Some(text.into()),
        _ => text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from),
    }
}

pub(super) fn bytes(raw: &[u8]) -> Value {
    json!({ "$base64": base64::encode(raw) })
}

/// A point in time to the millisecond.
pub(super) fn moment(format: &str, text: &str) -> Read {
    let time = match format {
        "iso8601" => DateTime::from_str(text, Format::DateTime),
        "rfc822" => DateTime::from_str(text, Format::HttpDate),
        _ => DateTime::from_str(text, Format::EpochSeconds),
    };
    let time = time.map_err(|error| format!("{text:?} is no time in the form {format}: {error}"))?;
    Ok(json!({"$ms": time.to_millis().map_err(|error| error.to_string())?}))
}

/// The form in which a timestamp is written here.
pub(super) fn format<'m>(reference: &'m ShapeRef, shape: &'m Shape, default: &'m str) -> &'m str {
    reference.timestamp_format.as_deref().or(shape.timestamp_format.as_deref()).unwrap_or(default)
}

/// The name on the wire: the reference's, else the shape's, else the member's own.
pub(super) fn wire_name<'m>(member: &'m str, reference: &'m ShapeRef, shape: &'m Shape) -> &'m str {
    reference.location_name.as_deref().or(shape.location_name.as_deref()).unwrap_or(member)
}
