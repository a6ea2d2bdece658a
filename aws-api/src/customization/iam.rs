//! iam: policy documents come URL-encoded; boto3 gives them decoded, as objects.
//!
//! Comes in: an output. Goes out: the same with documents as JSON. Never: a change of what is no document.

use serde_json::Value;

use super::unquote;
use crate::models::Operation;
use crate::schema::{CompiledOperation, Kind};

pub(super) fn decode_policies(operation: &Operation, output: &mut Value) {
    if let Some(root) = operation.schema.output {
        decode(&operation.schema, root, output);
    }
}

/// IAM marks documents with one shape name everywhere.
fn decode(operation: &CompiledOperation, shape: usize, value: &mut Value) {
    let shape = &operation.shapes[shape];
    match (&shape.kind, value) {
        (Kind::Structure { members, .. }, Value::Object(object)) => {
            for member in members {
                if let Some(value) = object.get_mut(member.name) {
                    decode(operation, member.target, value);
                }
            }
        }
        (Kind::List { element, .. }, Value::Array(items)) => {
            items.iter_mut().for_each(|item| decode(operation, *element, item));
        }
        (Kind::Simple(_), value) if shape.name == "policyDocumentType" => {
            let decoded = value.as_str().and_then(|text| serde_json::from_str(&unquote(text)).ok());
            if let Some(decoded) = decoded {
                *value = decoded;
            }
        }
        _ => {}
    }
}
