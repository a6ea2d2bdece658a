//! A JSON value into a codec, guided by the compiled shapes.
//!
//! Comes in: a checked value and its shape.
//! Goes out: calls of the serializer.
//! Never: a check with a path and a hint; a value of the wrong type here is our own mistake and still an error.

use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeSerializer};
use aws_smithy_schema::{Schema, ShapeType, prelude};
use aws_smithy_types::Blob;
use serde_json::{Map, Value};

use super::{bytes, given, parse_timestamp, to_document};
use crate::protocol::Protocol;
use crate::schema::{CompiledOperation, Kind, Member, Shape};

/// A JSON object as the structure that its shape says.
pub(crate) struct Structure<'a> {
    pub(crate) operation: &'a CompiledOperation,
    pub(crate) shape: &'a Shape,
    pub(crate) value: &'a Map<String, Value>,
}

/// The input of an operation that takes none.
pub(crate) struct Empty(pub(crate) &'static Schema<'static>);

impl SerializableStruct for Empty {
    fn schema(&self) -> &Schema<'_> {
        self.0
    }

    fn serialize_members(&self, _: &mut dyn ShapeSerializer) -> Result<(), SerdeError> {
        Ok(())
    }
}

impl SerializableStruct for Structure<'_> {
    fn schema(&self) -> &Schema<'_> {
        self.shape.schema
    }

    fn serialize_members(&self, serializer: &mut dyn ShapeSerializer) -> Result<(), SerdeError> {
        let Kind::Structure { members, .. } = &self.shape.kind else {
            return Err(SerdeError::custom("a structure was expected"));
        };
        members.iter().try_for_each(|member| self.member(member, serializer))
    }
}

impl Structure<'_> {
    fn member(&self, member: &Member, serializer: &mut dyn ShapeSerializer) -> Result<(), SerdeError> {
        let target = &self.operation.shapes[member.target];
        let frames_body = member.schema.http_payload().is_some() && matches!(target.kind, Kind::Structure { .. });
        match given(self.value, member.name).filter(|v| !v.is_null()) {
            // rest-json sends `{}` for an absent body; the others send nothing.
            None if frames_body && self.operation.protocol == Protocol::RestJson && !target.schema.is_union() => {
                let empty = Structure { operation: self.operation, shape: target, value: &Map::new() };
                serializer.write_struct(target.schema, &empty)
            }
            None => Ok(()),
            Some(value) if self.is_left_out(value) => Ok(()),
            Some(Value::Array(items)) if items.is_empty() && self.operation.protocol == Protocol::Query => {
                // Not even an empty element of a flattened list is there to lend its name.
                let named = Schema::new_member(member.schema.shape_id().clone(), ShapeType::String, member.own_name, 0);
                serializer.write_string(&named, "")
            }
            // The body stands under its own name, not under the member's.
            Some(value) if frames_body => write(self.operation, serializer, target.schema, target, value),
            Some(value @ (Value::Object(_) | Value::Array(_))) if member.json_value => {
                serializer.write_string(member.schema, &value.to_string())
            }
            Some(value) => write(self.operation, serializer, member.schema, target, value),
        }
    }

    /// Query writes `Name=` for an empty list, ec2 nothing; a list of empty things is nothing for both.
    fn is_left_out(&self, value: &Value) -> bool {
        let Value::Array(items) = value else { return false };
        match self.operation.protocol {
            Protocol::Ec2 => is_vacuous(value),
            Protocol::Query => !items.is_empty() && is_vacuous(value),
            _ => false,
        }
    }
}

fn is_vacuous(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_vacuous),
        Value::Object(members) => members.values().all(is_vacuous),
        _ => false,
    }
}

fn write(
    operation: &CompiledOperation,
    serializer: &mut dyn ShapeSerializer,
    schema: &Schema<'_>,
    shape: &Shape,
    value: &Value,
) -> Result<(), SerdeError> {
    match &shape.kind {
        Kind::Structure { .. } => {
            let value = value.as_object().ok_or_else(|| mismatch("object"))?;
            serializer.write_struct(schema, &Structure { operation, shape, value })
        }
        Kind::List { element, element_schema } => {
            let items = value.as_array().ok_or_else(|| mismatch("list"))?;
            let element = &operation.shapes[*element];
            serializer.write_list_with_length(schema, items.len(), &|serializer| {
                items.iter().try_for_each(|item| write_element(operation, serializer, element_schema, element, item))
            })
        }
        Kind::Map { value: element, value_schema, .. } => {
            let entries = value.as_object().ok_or_else(|| mismatch("object"))?;
            let element = &operation.shapes[*element];
            serializer.write_map_with_length(schema, entries.len(), &|serializer| {
                entries.iter().try_for_each(|(key, item)| {
                    serializer.write_string(&prelude::STRING, key)?;
                    write_element(operation, serializer, value_schema, element, item)
                })
            })
        }
        // A text is written with all digits that were given, as botocore does; the service rounds.
        Kind::Simple(ShapeType::Float) if operation.protocol != Protocol::Cbor => {
            serializer.write_double(schema, float(value)?)
        }
        Kind::Simple(kind) => write_simple(*kind, serializer, schema, value),
    }
}

/// Elements are written as the SDK's generated code does: with the schema of their shape.
fn write_element(
    operation: &CompiledOperation,
    serializer: &mut dyn ShapeSerializer,
    element_schema: &Schema<'_>,
    shape: &Shape,
    value: &Value,
) -> Result<(), SerdeError> {
    if value.is_null() {
        return serializer.write_null(element_schema);
    }
    write(operation, serializer, shape.schema, shape, value)
}

fn write_simple(
    kind: ShapeType,
    serializer: &mut dyn ShapeSerializer,
    schema: &Schema<'_>,
    value: &Value,
) -> Result<(), SerdeError> {
    match kind {
        ShapeType::String => serializer.write_string(schema, text(value)?),
        ShapeType::Boolean => serializer.write_boolean(schema, value.as_bool().ok_or_else(|| mismatch("boolean"))?),
        ShapeType::Byte => serializer.write_byte(schema, integer(value)?),
        ShapeType::Short => serializer.write_short(schema, integer(value)?),
        ShapeType::Integer => serializer.write_integer(schema, integer(value)?),
        ShapeType::Long => serializer.write_long(schema, integer(value)?),
        ShapeType::Float => serializer.write_float(schema, single(float(value)?)),
        ShapeType::Double => serializer.write_double(schema, float(value)?),
        ShapeType::Blob => serializer.write_blob(schema, Blob::new(bytes(value).ok_or_else(|| mismatch("blob"))?)),
        ShapeType::Timestamp => {
            serializer.write_timestamp(schema, &parse_timestamp(value).ok_or_else(|| mismatch("timestamp"))?)
        }
        ShapeType::Document => serializer.write_document(schema, &to_document(value)),
        other => Err(SerdeError::custom(format!("{other:?} cannot be written"))),
    }
}

fn text(value: &Value) -> Result<&str, SerdeError> {
    value.as_str().ok_or_else(|| mismatch("string"))
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Result<T, SerdeError> {
    value.as_i64().and_then(|n| T::try_from(n).ok()).ok_or_else(|| mismatch("integer"))
}

/// The three numbers JSON has no word for are strings in JSON protocols, and here.
fn float(value: &Value) -> Result<f64, SerdeError> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) if s == "NaN" => Some(f64::NAN),
        Value::String(s) if s == "Infinity" => Some(f64::INFINITY),
        Value::String(s) if s == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
    .ok_or_else(|| mismatch("number"))
}

#[expect(clippy::cast_possible_truncation, reason = "the model says that the service keeps single precision only")]
fn single(number: f64) -> f32 {
    number as f32
}

/// Names the type only: a value may be a secret.
fn mismatch(wanted: &'static str) -> SerdeError {
    SerdeError::custom(format!("a value that should be a {wanted} is not"))
}
