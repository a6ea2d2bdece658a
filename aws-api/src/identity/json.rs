//! A JSON or CBOR body, read by the model.
//!
//! Comes in: the body as JSON (CBOR's bytes as `{"$base64": ""}`). Goes out: the members it has.
//! Never: a member that the model does not have.

use serde_json::{Map, Value, json};

use super::scalar::{Read, bytes, format, moment, wire_name};
use crate::model::{Shape, ShapeRef, Shapes, Type};

pub(super) struct Reader<'m> {
    pub(super) shapes: &'m Shapes,
    pub(super) cbor: bool,
}

impl Reader<'_> {
    /// The members of a structure that stand in the body; `skip` says which do not.
    pub(super) fn structure(&self, shape: &Shape, found: &Value, skip: impl Fn(&ShapeRef) -> bool) -> Read {
        let found = found.as_object().ok_or_else(|| format!("{found} is no structure"))?;
        let (mut read, mut known) = (Map::new(), 0);
        for (member, reference) in shape.members.iter().filter(|(_, reference)| !skip(reference)) {
            let target = &self.shapes[&*reference.shape];
            let name = if self.cbor { member } else { wire_name(member, reference, target) };
            if let Some(value) = found.get(name) {
                known += 1;
                read.insert(member.clone(), self.value(reference, value).map_err(|e| format!("{member}: {e}"))?);
            }
        }
        if known == found.len() { Ok(Value::Object(read)) } else { Err(format!("{found:?} has more than the model")) }
    }

    fn value(&self, reference: &ShapeRef, found: &Value) -> Read {
        let shape = &self.shapes[&*reference.shape];
        let part = |part: &Option<ShapeRef>| part.clone().ok_or("a list or map of nothing");
        match (shape.kind, found) {
            (Type::Structure, _) if shape.document => Ok(found.clone()),
            (Type::Structure, _) => self.structure(shape, found, |_| false),
            (Type::List, Value::Array(items)) => {
                let element = part(&shape.member)?;
                items.iter().map(|item| self.value(&element, item)).collect()
            }
            (Type::Map, Value::Object(entries)) => {
                let element = part(&shape.value)?;
                let read = entries.iter().map(|(key, item)| Ok((key.clone(), self.value(&element, item)?)));
                Ok(Value::Object(read.collect::<Result<_, String>>()?))
            }
            _ => self.simple(reference, shape, found),
        }
    }

    fn simple(&self, reference: &ShapeRef, shape: &Shape, found: &Value) -> Read {
        let wrong = || format!("{found} is no {:?}", shape.kind);
        match (shape.kind, found) {
            (Type::String, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => Ok(found.clone()),
            (Type::Integer | Type::Long | Type::Short | Type::Byte, Value::Number(n)) if n.is_i64() => {
                Ok(found.clone())
            }
            (Type::Float | Type::Double, Value::Number(n)) => Ok(n.as_f64().into()),
            (Type::Float | Type::Double, Value::String(text)) => super::scalar::fractional(text).ok_or_else(wrong),
            (Type::Timestamp, Value::Number(n)) if self.cbor => milliseconds(n.as_f64().ok_or_else(wrong)?),
            (Type::Timestamp, Value::Number(n)) => moment("unixTimestamp", &n.to_string()),
            (Type::Timestamp, Value::String(text)) => moment(format(reference, shape, "unixTimestamp"), text),
            (Type::Blob, Value::Object(_)) if self.cbor => Ok(found.clone()),
            (Type::Blob, Value::String(text)) if !self.cbor => {
                aws_smithy_types::base64::decode(text).map(|raw| bytes(&raw)).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "times of these tests are far from the limits")]
fn milliseconds(seconds: f64) -> Read {
    Ok(json!({"$ms": (seconds * 1000.0).round() as i64}))
}
