//! json 1.0, json 1.1, rest-json, rest-xml and cbor, by the SDK's own `ClientProtocol`s.
//!
//! Comes in: an input structure, or a response.
//! Goes out: a request, or JSON.
//! Never: a protocol detail the SDK already knows.

use aws_smithy_cbor::protocol::RpcV2CborProtocol;
use aws_smithy_json::protocol::aws_json_rpc::AwsJsonRpcProtocol;
use aws_smithy_json::protocol::aws_rest_json_1::AwsRestJsonProtocol;
use aws_smithy_runtime_api::client::orchestrator;
use aws_smithy_runtime_api::http::{Request, Response};
use aws_smithy_schema::ShapeType;
use aws_smithy_schema::protocol::{ServiceShapeName, SharedClientProtocol};
use aws_smithy_schema::serde::{SerdeError, SerializableStruct};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_xml::protocol::aws_rest_xml::AwsRestXmlProtocol;
use serde_json::{Map, Value};

use super::Protocol;
use crate::model::{Metadata, Operation};
use crate::schema::{CompiledOperation, Kind};
use crate::value::{check_xml, read};

/// How an operation of these protocols is written and read.
#[derive(Debug)]
pub(crate) struct SmithyWire {
    protocol: Protocol,
    shared: SharedClientProtocol,
    /// What the SDK's protocols look up: the operation's and the service's names.
    config: ConfigBag,
    query_compatible: bool,
}

impl SmithyWire {
    pub(super) fn new(protocol: Protocol, metadata: &Metadata, operation: &Operation) -> Self {
        let target = metadata.target_prefix.clone().unwrap_or_default();
        let mut layer = Layer::new("wire");
        layer.store_put(orchestrator::Metadata::new(operation.name.clone(), metadata.service_id.clone()));
        if !target.is_empty() {
            layer.store_put(ServiceShapeName::new(target.clone()));
        }
        Self {
            protocol,
            shared: shared(protocol, &target, metadata),
            config: ConfigBag::of_layers(vec![layer]),
            query_compatible: metadata.aws_query_compatible.is_some(),
        }
    }

    pub(super) fn request(
        &self,
        operation: &CompiledOperation,
        input: &dyn SerializableStruct,
    ) -> Result<Request, SerdeError> {
        let mut request = self.shared.serialize_request(input, operation.input_schema, "", &self.config)?;
        if self.protocol == Protocol::Cbor && operation.input.is_none() {
            *request.body_mut() = SdkBody::empty();
            request.headers_mut().remove("Content-Type");
            request.headers_mut().remove("Content-Length");
        }
        if self.query_compatible {
            request.headers_mut().insert("x-amzn-query-mode", "true");
        }
        add_content_type(&mut request, operation);
        Ok(request)
    }

    /// The same for an input of which nothing stands in the body.
    pub(super) fn request_without_body(
        &self,
        operation: &CompiledOperation,
        input: &dyn SerializableStruct,
    ) -> Result<Request, SerdeError> {
        let mut request = self.request(operation, input)?;
        *request.body_mut() = SdkBody::empty();
        // A content type that the input names is the object's, not the document's.
        if request.headers().get("Content-Type") == Some("application/xml") {
            request.headers_mut().remove("Content-Type");
        }
        request.headers_mut().remove("Content-Length");
        Ok(request)
    }

    pub(super) fn output(
        &self,
        operation: &CompiledOperation,
        root: usize,
        response: &Response,
    ) -> Result<Value, SerdeError> {
        if self.protocol == Protocol::RestXml && is_read_from_body(operation, root) {
            check_xml(response.body().bytes().unwrap_or_default())?;
        }
        let mut deserializer = self.shared.deserialize_response(response, operation.output_schema, &self.config)?;
        let mut output = read(operation, root, &mut *deserializer)?;
        if let (Some(body), Value::Object(members)) = (streamed_body(operation, root), &mut output) {
            // The codecs leave a streamed body to the caller; it is in memory already.
            let bytes = response.body().bytes().unwrap_or_default();
            members.insert(body.to_owned(), aws_smithy_types::base64::encode(bytes).into());
        }
        if let (Some((body, nothing)), Value::Object(members)) = (body_of_nothing(operation, root), &mut output) {
            members.entry(body).or_insert(nothing);
        }
        Ok(output)
    }

    /// Code and message as far as they can be read, and the members of a modelled error.
    pub(super) fn error(
        &self,
        operation: &CompiledOperation,
        response: &Response,
    ) -> (ErrorMetadata, Map<String, Value>) {
        let envelope = self.shared.parse_error_metadata(response, &self.config);
        let mut envelope = envelope.unwrap_or_default();
        if let Some(code) = self.json_code(response) {
            envelope = envelope.code(code);
        }
        let envelope = envelope.build();
        let fields = self.fields(operation, response, &envelope).unwrap_or_default();
        (envelope, fields)
    }

    /// json: `__type` is the code, whatever else the error has; lightsail's have a member `code` of their own.
    fn json_code(&self, response: &Response) -> Option<String> {
        if !matches!(self.protocol, Protocol::Json10 | Protocol::Json11) {
            return None;
        }
        let body: Value = serde_json::from_slice(response.body().bytes()?).ok()?;
        let code = body.get("__type")?.as_str()?.split(':').next()?.rsplit('#').next()?;
        (!code.is_empty()).then(|| code.to_owned())
    }

    fn fields(
        &self,
        operation: &CompiledOperation,
        response: &Response,
        envelope: &ErrorMetadata,
    ) -> Option<Map<String, Value>> {
        let error = operation.errors.get(envelope.code()?)?;
        let mut deserializer = self.shared.deserialize_error_response(response, &self.config).ok()?;
        match read(operation, error.shape, &mut *deserializer) {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        }
    }
}

fn shared(protocol: Protocol, target: &str, metadata: &Metadata) -> SharedClientProtocol {
    match protocol {
        Protocol::Json10 => SharedClientProtocol::new(AwsJsonRpcProtocol::aws_json_1_0().with_target_prefix(target)),
        Protocol::RestJson => SharedClientProtocol::new(AwsRestJsonProtocol::new()),
        Protocol::RestXml => {
            let unwrapped = metadata.service_id == "S3";
            SharedClientProtocol::new(AwsRestXmlProtocol::new().with_no_error_wrapping(unwrapped))
        }
        Protocol::Cbor => SharedClientProtocol::new(RpcV2CborProtocol::new()),
        // Query and ec2 never come here: `Wire::new` sends them to `QueryWire`.
        Protocol::Json11 | Protocol::Query | Protocol::Ec2 => {
            SharedClientProtocol::new(AwsJsonRpcProtocol::aws_json_1_1().with_target_prefix(target))
        }
    }
}

/// Whether a member is read from the elements of the body.
fn is_read_from_body(operation: &CompiledOperation, root: usize) -> bool {
    let members = operation.members(root);
    match members.iter().find(|member| member.schema.http_payload().is_some()) {
        Some(payload) => !matches!(payload.schema.shape_type(), ShapeType::Blob | ShapeType::String),
        None => members.iter().any(|member| {
            let schema = member.schema;
            schema.http_header().is_none()
                && schema.http_prefix_headers().is_none()
                && schema.http_response_code().is_none()
        }),
    }
}

/// The member that is the body itself and streamed.
fn streamed_body(operation: &CompiledOperation, root: usize) -> Option<&'static str> {
    let mut members = operation.members(root).iter();
    members.find(|m| m.schema.http_payload().is_some() && m.schema.streaming()).map(|m| m.name)
}

/// The member that is the body, and what it is when there is none: botocore reads a structure without members, or no
/// text at all.
fn body_of_nothing(operation: &CompiledOperation, root: usize) -> Option<(&'static str, Value)> {
    let member = operation.members(root).iter().find(|m| m.schema.http_payload().is_some())?;
    let nothing = match &operation.shapes[member.target].kind {
        Kind::Structure { union: false, .. } => Value::Object(Map::new()),
        Kind::Simple(ShapeType::String | ShapeType::Blob) => Value::String(String::new()),
        _ => return None,
    };
    Some((member.name, nothing))
}

/// A string or a blob that is the whole body says what it is.
fn add_content_type(request: &mut Request, operation: &CompiledOperation) {
    let has_body = request.body().content_length().is_some_and(|length| length > 0);
    if !has_body || request.headers().get("Content-Type").is_some() {
        return;
    }
    let payload = operation.input_schema.members().iter().find(|m| m.http_payload().is_some());
    let content_type = match payload.map(|m| m.shape_type()) {
        Some(ShapeType::String) => "text/plain",
        Some(ShapeType::Blob) => "application/octet-stream",
        _ => return,
    };
    request.headers_mut().insert("Content-Type", content_type);
}
