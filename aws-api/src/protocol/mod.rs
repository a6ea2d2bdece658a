//! Wire protocols: the SDK's own where they exist, query and ec2 put together from the SDK's codecs.
//!
//! Comes in: an operation's compiled shapes and a checked input; or a response.
//! Goes out: a request without host and signature; or output or error as JSON.
//! Never: a network.

mod fault;
mod kind;
mod query;
mod smithy;

use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_schema::Schema;
use aws_smithy_schema::serde::{SerdeError, SerializableStruct};
use serde_json::{Map, Value};

pub(crate) use fault::Fault;
pub(crate) use kind::Protocol;
use query::QueryWire;
use smithy::SmithyWire;

use crate::model::{Metadata, Operation};
use crate::schema::CompiledOperation;
use crate::value::{Empty, Structure};

/// How one operation is written and read.
#[derive(Debug)]
pub(crate) enum Wire {
    Query(QueryWire),
    Smithy(Box<SmithyWire>),
}

impl Wire {
    pub(crate) fn new(protocol: Protocol, metadata: &Metadata, operation: &Operation) -> Self {
        match protocol {
            Protocol::Query | Protocol::Ec2 => Self::Query(QueryWire::new(protocol, metadata, operation)),
            _ => Self::Smithy(Box::new(SmithyWire::new(protocol, metadata, operation))),
        }
    }

    /// The request with method, path, headers and body; the endpoint is added later.
    pub(crate) fn request(
        &self,
        operation: &CompiledOperation,
        given: &Map<String, Value>,
    ) -> Result<Request, SerdeError> {
        let structure;
        let input: &dyn SerializableStruct = match operation.input {
            Some(root) => {
                structure = Structure { operation, shape: &operation.shapes[root], value: given };
                &structure
            }
            None => &Empty(operation.input_schema),
        };
        match self {
            Self::Query(wire) => wire.request(operation, input),
            Self::Smithy(wire) if is_without_body(operation, given) => wire.request_without_body(operation, input),
            Self::Smithy(wire) => wire.request(operation, input),
        }
    }

    /// The output of a successful response; `{}` if the operation has none.
    pub(crate) fn output(&self, operation: &CompiledOperation, response: &Response) -> Result<Value, SerdeError> {
        let Some(root) = operation.output else { return Ok(Value::Object(Map::new())) };
        match self {
            Self::Query(wire) => wire.output(operation, root, response),
            Self::Smithy(wire) => wire.output(operation, root, response),
        }
    }

    /// The error of any other response. Never fails: a body that nobody can read is itself a fault.
    pub(crate) fn fault(&self, operation: &CompiledOperation, response: &Response) -> Fault {
        let (envelope, fields) = match self {
            Self::Query(wire) => wire.error(operation, response),
            Self::Smithy(wire) => wire.error(operation, response),
        };
        Fault::new(operation, response, envelope, fields)
    }
}

/// rest-xml sends no document where no member of it is given; JSON sends `{}`.
fn is_without_body(operation: &CompiledOperation, given: &Map<String, Value>) -> bool {
    let mut members = operation.input_members().iter();
    operation.protocol == Protocol::RestXml
        && members.all(|m| is_outside_body(m.schema) || given.get(m.name).is_none_or(Value::is_null))
}

/// Whether a member stands in the path, the query or a header. A payload decides itself what it is when absent.
fn is_outside_body(schema: &Schema<'_>) -> bool {
    schema.http_label().is_some()
        || schema.http_query().is_some()
        || schema.http_query_params().is_some()
        || schema.http_header().is_some()
        || schema.http_prefix_headers().is_some()
}
