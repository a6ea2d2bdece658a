//! One operation of a service.
//!
//! Comes in: an entry of the model's `operations`.
//! Goes out: [`Operation`], with references to shapes still by name.
//! Never: the shapes themselves.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::ShapeRef;

/// What the model says about one operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) http: Http,
    pub(crate) input: Option<ShapeRef>,
    pub(crate) output: Option<ShapeRef>,
    pub(crate) errors: Vec<ShapeRef>,
    pub(crate) endpoint: Option<EndpointTrait>,
    /// `none`, `v4-unsigned-body`, or absent: signed as the service is.
    pub(crate) authtype: Option<String>,
    pub(crate) auth: Vec<String>,
    pub(crate) unsigned_payload: bool,
    /// True where AWS itself says the operation changes nothing; most models do not say.
    pub(crate) readonly: bool,
    pub(crate) http_checksum_required: bool,
    pub(crate) http_checksum: HttpChecksum,
    /// Endpoint parameters that are fixed for this operation.
    pub(crate) static_context_params: HashMap<String, StaticContextParam>,
    /// Endpoint parameters that stand somewhere inside the input.
    pub(crate) operation_context_params: HashMap<String, OperationContextParam>,
    /// How a long request may be made shorter.
    #[serde(rename = "requestcompression")]
    pub(crate) request_compression: Option<Compression>,
}

impl Operation {
    /// Input, output and errors.
    pub(crate) fn references(&self) -> impl Iterator<Item = &ShapeRef> {
        self.input.iter().chain(&self.output).chain(&self.errors)
    }

    pub(crate) fn references_mut(&mut self) -> impl Iterator<Item = &mut ShapeRef> {
        self.input.iter_mut().chain(&mut self.output).chain(&mut self.errors)
    }

    /// Whether the operation is called without credentials (`sts:AssumeRoleWithWebIdentity`).
    pub(crate) fn is_anonymous(&self) -> bool {
        self.authtype.as_deref() == Some("none") || self.auth.iter().any(|a| a == "smithy.api#noAuth")
    }

    /// Whether the body stays out of the signature.
    pub(crate) fn has_unsigned_body(&self) -> bool {
        self.unsigned_payload || self.authtype.as_deref() == Some("v4-unsigned-body")
    }
}

/// Method and path template.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
}

impl Default for Http {
    fn default() -> Self {
        Self { method: "POST".to_owned(), request_uri: "/".to_owned() }
    }
}

/// A value of an endpoint parameter.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StaticContextParam {
    pub(crate) value: Value,
}

/// Where an endpoint parameter stands in the input.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OperationContextParam {
    /// A small part of JMESPath: `TransactItems[*].Get.TableName`.
    pub(crate) path: String,
}

/// Encodings the service takes, best first.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Compression {
    pub(crate) encodings: Vec<String>,
}

/// Which checksums a request and its response carry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct HttpChecksum {
    /// The input member in which the caller may choose the algorithm.
    pub(crate) request_algorithm_member: Option<String>,
    pub(crate) request_checksum_required: bool,
    /// The input member that asks for a checksum of the response.
    pub(crate) request_validation_mode_member: Option<String>,
    /// The algorithms a response may carry.
    pub(crate) response_algorithms: Vec<String>,
}

/// What an operation puts before the host name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EndpointTrait {
    /// `{AccountId}.`: members in braces are host labels.
    pub(crate) host_prefix: Option<String>,
}
