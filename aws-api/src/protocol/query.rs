//! query and ec2: forms out, XML back.
//!
//! Comes in: an input structure, or a response.
//! Goes out: a request, or JSON.
//! Never: anything of the HTTP message but method, path, content type and body.

use aws_smithy_query::codec::QueryShapeSerializer;
use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_schema::codec::{Codec, FinishSerializer};
use aws_smithy_schema::serde::{SerdeError, SerializableStruct, ShapeDeserializer, ShapeSerializer};
use aws_smithy_schema::{Schema, ShapeType, shape_id};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_xml::codec::{XmlCodec, XmlCodecSettings, find_depth2_element_slice_by};
use serde_json::{Map, Value};

use super::Protocol;
use crate::model::{Metadata, Operation};
use crate::schema::CompiledOperation;
use crate::value::{read, read_xml};

/// How an operation of these protocols is written and read.
#[derive(Debug)]
pub(crate) struct QueryWire {
    protocol: Protocol,
    action: String,
    version: String,
}

impl QueryWire {
    pub(super) fn new(protocol: Protocol, metadata: &Metadata, operation: &Operation) -> Self {
        Self { protocol, action: operation.name.clone(), version: metadata.api_version.clone() }
    }

    pub(super) fn request(
        &self,
        operation: &CompiledOperation,
        input: &dyn SerializableStruct,
    ) -> Result<Request, SerdeError> {
        let mut serializer = QueryShapeSerializer::new(&self.action, &self.version);
        serializer.write_struct(operation.input_schema, input)?;
        let mut request = Request::new(SdkBody::from(serializer.finish()));
        request.set_method("POST").map_err(|e| SerdeError::custom(e.to_string()))?;
        request.set_uri("/").map_err(|e| SerdeError::custom(e.to_string()))?;
        request.headers_mut().insert("Content-Type", "application/x-www-form-urlencoded");
        Ok(request)
    }

    pub(super) fn output(
        &self,
        operation: &CompiledOperation,
        root: usize,
        response: &Response,
    ) -> Result<Value, SerdeError> {
        let body = response.body().bytes().unwrap_or_default();
        if body.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        read_xml(operation, root, body, operation.result_wrapper.as_deref())
    }

    /// Code and message as far as they can be read, and the members of a modelled error.
    pub(super) fn error(
        &self,
        operation: &CompiledOperation,
        response: &Response,
    ) -> (ErrorMetadata, Map<String, Value>) {
        let body = response.body().bytes().unwrap_or_default();
        let element = self.error_element(body).unwrap_or_default();
        let envelope = envelope(element, body);
        let fields = fields(operation, &envelope, element).unwrap_or_default();
        (envelope, fields)
    }

    fn error_element<'a>(&self, body: &'a [u8]) -> Option<&'a [u8]> {
        let around = match self.protocol {
            Protocol::Ec2 => find_depth2_element_slice_by(body, |element| element == "Errors")?,
            _ => body,
        };
        find_depth2_element_slice_by(around, |element| element == "Error")
    }
}

fn fields(operation: &CompiledOperation, envelope: &ErrorMetadata, element: &[u8]) -> Option<Map<String, Value>> {
    let error = operation.errors.get(envelope.code()?)?;
    match read(operation, error.shape, &mut xml().create_deserializer(element)) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn xml() -> XmlCodec {
    XmlCodec::new(XmlCodecSettings::builder().default_timestamp_format(Format::DateTime).build())
}

static CODE: Schema<'static> = Schema::new_member(shape_id!("aws", "Error"), ShapeType::String, "Code", 0);
static MESSAGE: Schema<'static> = Schema::new_member(shape_id!("aws", "Error"), ShapeType::String, "Message", 1);
static TYPE: Schema<'static> = Schema::new_member(shape_id!("aws", "Error"), ShapeType::String, "Type", 2);
static ERROR: Schema<'static> =
    Schema::new_struct(shape_id!("aws", "Error"), ShapeType::Structure, &[&CODE, &MESSAGE, &TYPE]);

/// What can be read of the error; nothing at all if it is not XML.
fn envelope(element: &[u8], body: &[u8]) -> ErrorMetadata {
    let (mut code, mut message, mut side) = (None, None, None);
    if !element.is_empty() {
        // A half-read error is still worth its code: what failed to parse is left out.
        let _ = xml().create_deserializer(element).read_struct(&ERROR, &mut |member, d| {
            let slot = match member.member_index() {
                Some(0) => &mut code,
                Some(1) => &mut message,
                _ => &mut side,
            };
            *slot = Some(d.read_string(member)?);
            Ok(())
        });
    }
    let mut builder = ErrorMetadata::builder();
    if let Some(code) = code {
        builder = builder.code(code);
    }
    if let Some(message) = message {
        builder = builder.message(message);
    }
    if let Some(side) = side {
        builder = builder.custom("type", side);
    }
    if let Some(id) = request_id(body) {
        builder = builder.custom("request_id", id);
    }
    builder.build()
}

/// query writes `RequestId`, ec2 `RequestID`; both beside the error, not in it.
fn request_id(body: &[u8]) -> Option<String> {
    let element = find_depth2_element_slice_by(body, |name| name.eq_ignore_ascii_case("RequestId"))?;
    let text = std::str::from_utf8(element).ok()?;
    let inner = text.get(text.find('>')? + 1..text.rfind("</")?)?.trim();
    (!inner.is_empty()).then(|| inner.to_owned())
}
