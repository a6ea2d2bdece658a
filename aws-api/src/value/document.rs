//! JSON and Smithy's document type, which are the same thing twice.
//!
//! Comes in: either. Goes out: the other. Never: a loss, but for numbers that JSON cannot write.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

/// JSON as a document.
pub(crate) fn to_document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(b) => Document::Bool(*b),
        Value::Number(n) => Document::Number(number(n)),
        Value::String(s) => Document::String(s.clone()),
        Value::Array(items) => Document::Array(items.iter().map(to_document).collect()),
        Value::Object(members) => Document::Object(members.iter().map(|(k, v)| (k.clone(), to_document(v))).collect()),
    }
}

fn number(n: &serde_json::Number) -> Number {
    match (n.as_u64(), n.as_i64()) {
        (Some(n), _) => Number::PosInt(n),
        (None, Some(n)) => Number::NegInt(n),
        (None, None) => Number::Float(n.as_f64().unwrap_or(f64::NAN)),
    }
}

/// A document as JSON; members sorted, for documents have no order.
pub(crate) fn from_document(document: Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(b) => b.into(),
        Document::Number(Number::PosInt(n)) => n.into(),
        Document::Number(Number::NegInt(n)) => n.into(),
        Document::Number(Number::Float(n)) => super::read::float(n),
        Document::String(s) => s.into(),
        Document::Array(items) => items.into_iter().map(from_document).collect(),
        Document::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(k, v)| (k, from_document(v))).collect();
            members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(members.into_iter().collect())
        }
    }
}
