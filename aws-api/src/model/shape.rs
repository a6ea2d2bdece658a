//! Shapes: the types of inputs, outputs and errors, and the references between them.
//!
//! Comes in: entries of the model's `shapes`.
//! Goes out: [`Shape`] and [`ShapeRef`], members in the model's order.
//! Never: resolved references.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::XmlNamespace;

/// The kind of a shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Type {
    #[default]
    Structure,
    List,
    Map,
    #[serde(alias = "character")]
    String,
    #[serde(alias = "biginteger")]
    Long,
    Integer,
    Short,
    Byte,
    Float,
    #[serde(alias = "bigdecimal")]
    Double,
    Boolean,
    Timestamp,
    Blob,
}

/// One shape.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Type,
    pub(crate) members: Members,
    pub(crate) required: Vec<String>,
    pub(crate) member: Option<ShapeRef>,
    pub(crate) key: Option<ShapeRef>,
    pub(crate) value: Option<ShapeRef>,
    /// The member that is the body, where only one is.
    pub(crate) payload: Option<String>,
    pub(crate) location_name: Option<String>,
    pub(crate) xml_namespace: Option<XmlNamespace>,
    pub(crate) flattened: bool,
    pub(crate) timestamp_format: Option<String>,
    pub(crate) union: bool,
    /// A structure of any form: JSON without a model.
    pub(crate) document: bool,
    pub(crate) streaming: bool,
    pub(crate) eventstream: bool,
    pub(crate) jsonvalue: bool,
    pub(crate) sensitive: bool,
    /// Smallest number, or fewest characters, bytes or elements.
    pub(crate) min: Option<f64>,
    pub(crate) error: Option<ErrorTrait>,
    pub(crate) retryable: Option<RetryableTrait>,
}

/// How an error is named on the wire.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ErrorTrait {
    /// The code where it differs from the shape's name.
    pub(crate) code: Option<String>,
}

/// Whether an error says "try again".
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RetryableTrait {
    pub(crate) throttling: bool,
}

/// A use of a shape: as a member, an element, an input, an output or an error.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ShapeRef {
    pub(crate) shape: String,
    /// `uri`, `querystring`, `header`, `headers` or `statusCode`; absent: the body.
    pub(crate) location: Option<String>,
    pub(crate) location_name: Option<String>,
    pub(crate) query_name: Option<String>,
    pub(crate) xml_attribute: bool,
    pub(crate) xml_namespace: Option<XmlNamespace>,
    pub(crate) flattened: bool,
    pub(crate) streaming: bool,
    pub(crate) idempotency_token: bool,
    pub(crate) host_label: bool,
    pub(crate) jsonvalue: bool,
    pub(crate) timestamp_format: Option<String>,
    pub(crate) result_wrapper: Option<String>,
    pub(crate) context_param: Option<ContextParam>,
}

/// The endpoint parameter a member feeds.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ContextParam {
    pub(crate) name: String,
}

/// Members in the order of the model: XML and host labels depend on it.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<(String, ShapeRef)>);

impl Members {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &(String, ShapeRef)> {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::with_capacity(map.size_hint().unwrap_or(0));
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
