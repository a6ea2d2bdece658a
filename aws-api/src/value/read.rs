//! What a codec reads as JSON, guided by the compiled shapes.
//!
//! Comes in: a deserializer at a structure.
//! Goes out: JSON with the model's member names; timestamps as ISO 8601 in UTC, blobs as base64.
//! Never: a member the model does not have.

use aws_smithy_schema::serde::{SerdeError, ShapeDeserializer};
use aws_smithy_schema::{Schema, ShapeType};
use serde_json::{Map, Value};

use super::{from_document, time};
use crate::protocol::Protocol;
use crate::schema::{CompiledOperation, Kind, Member, Shape};

/// Reads the structure with this index.
pub(crate) fn read(
    operation: &CompiledOperation,
    shape: usize,
    deserializer: &mut dyn ShapeDeserializer,
) -> Result<Value, SerdeError> {
    let shape = &operation.shapes[shape];
    read_shape(operation, shape.schema, shape, deserializer)
}

fn read_shape(
    operation: &CompiledOperation,
    schema: &Schema<'_>,
    shape: &Shape,
    deserializer: &mut dyn ShapeDeserializer,
) -> Result<Value, SerdeError> {
    match &shape.kind {
        Kind::Structure { members, .. } => read_structure(operation, shape, members, deserializer),
        Kind::List { element, element_schema } => {
            let (element, mut items) = (&operation.shapes[*element], Vec::new());
            deserializer.read_list(schema, &mut |d| {
                items.push(read_nullable(operation, element_schema, element, d)?);
                Ok(())
            })?;
            Ok(Value::Array(items))
        }
        Kind::Map { value, value_schema, .. } => {
            let (value, mut entries) = (&operation.shapes[*value], Map::new());
            deserializer.read_map(schema, &mut |key, d| {
                entries.insert(key, read_nullable(operation, value_schema, value, d)?);
                Ok(())
            })?;
            Ok(Value::Object(entries))
        }
        Kind::Simple(ShapeType::Float) => read_single(operation.protocol, schema, deserializer),
        Kind::Simple(kind) => read_simple(*kind, schema, deserializer),
    }
}

fn read_structure(
    operation: &CompiledOperation,
    shape: &Shape,
    members: &[Member],
    deserializer: &mut dyn ShapeDeserializer,
) -> Result<Value, SerdeError> {
    let mut object = Map::new();
    deserializer.read_struct(shape.schema, &mut |schema, d| {
        let Some(member) = schema.member_index().and_then(|i| members.get(i)) else {
            return d.skip_value();
        };
        if d.is_null() {
            return d.read_null();
        }
        let target = &operation.shapes[member.target];
        let value = match read_member(operation, member, schema, d) {
            // S3 gives back whatever the uploader wrote into this header; botocore leaves out what is no time.
            Err(_) if target.name == "Expires" && schema.http_header().is_some() => return Ok(()),
            value => value?,
        };
        object.insert(member.name.to_owned(), value);
        Ok(())
    })?;
    Ok(Value::Object(object))
}

fn read_member(
    operation: &CompiledOperation,
    member: &Member,
    schema: &Schema<'_>,
    deserializer: &mut dyn ShapeDeserializer,
) -> Result<Value, SerdeError> {
    if member.json_value {
        let text = deserializer.read_string(schema)?;
        return Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)));
    }
    read_shape(operation, schema, &operation.shapes[member.target], deserializer)
}

fn read_nullable(
    operation: &CompiledOperation,
    schema: &Schema<'_>,
    shape: &Shape,
    deserializer: &mut dyn ShapeDeserializer,
) -> Result<Value, SerdeError> {
    if deserializer.is_null() {
        deserializer.read_null()?;
        return Ok(Value::Null);
    }
    read_shape(operation, schema, shape, deserializer)
}

fn read_simple(kind: ShapeType, schema: &Schema<'_>, d: &mut dyn ShapeDeserializer) -> Result<Value, SerdeError> {
    Ok(match kind {
        ShapeType::String => d.read_string(schema)?.into(),
        ShapeType::Boolean => d.read_boolean(schema)?.into(),
        ShapeType::Byte => d.read_byte(schema)?.into(),
        ShapeType::Short => d.read_short(schema)?.into(),
        ShapeType::Integer => d.read_integer(schema)?.into(),
        ShapeType::Long => d.read_long(schema)?.into(),
        ShapeType::Double => float(d.read_double(schema)?),
        ShapeType::Blob => aws_smithy_types::base64::encode(d.read_blob(schema)?.as_ref()).into(),
        ShapeType::Timestamp => time::to_text(&d.read_timestamp(schema)?),
        ShapeType::Document => from_document(d.read_document(schema)?),
        other => return Err(SerdeError::custom(format!("{other:?} cannot be read"))),
    })
}

/// A text has all the digits that the service wrote, more than single precision holds; CBOR has what it has.
fn read_single(protocol: Protocol, schema: &Schema<'_>, d: &mut dyn ShapeDeserializer) -> Result<Value, SerdeError> {
    Ok(match protocol {
        Protocol::Cbor => float(f64::from(d.read_float(schema)?)),
        _ => float(d.read_double(schema)?),
    })
}

/// The three numbers JSON has no word for are strings, as in AWS's own JSON.
pub(super) fn float(number: f64) -> Value {
    match number {
        n if n.is_nan() => "NaN".into(),
        n if n == f64::INFINITY => "Infinity".into(),
        n if n == f64::NEG_INFINITY => "-Infinity".into(),
        n => n.into(),
    }
}
