//! Shapes: the types of inputs, outputs and errors, and the references between them.
//!
//! Comes in: entries of the model's `shapes`.
//! Goes out: [`Shape`] and [`ShapeRef`], members in the model's order.
//! Never: resolved references.

use std::fmt;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

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
    /// An error of the service's own making.
    pub(crate) fault: bool,
    pub(crate) retryable: Option<RetryableTrait>,
}

impl Shape {
    /// The shapes this one is made of.
    pub(crate) fn references(&self) -> impl Iterator<Item = &ShapeRef> {
        let others = [&self.member, &self.key, &self.value];
        self.members.iter().map(|(_, r)| r).chain(others.into_iter().flatten())
    }

    pub(crate) fn references_mut(&mut self) -> impl Iterator<Item = &mut ShapeRef> {
        let others = [&mut self.member, &mut self.key, &mut self.value];
        self.members.0.iter_mut().map(|(_, r)| r).chain(others.into_iter().flatten())
    }
}

/// How an error is named on the wire.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ErrorTrait {
    /// The code where it differs from the shape's name.
    pub(crate) code: Option<String>,
    /// The caller's doing.
    pub(crate) sender_fault: bool,
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
    pub(crate) shape: Target,
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

/// The shape that is used: packs number them, models in the open name them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    pub(crate) number: usize,
    /// Empty until it has been looked up.
    pub(crate) name: String,
}

impl Deref for Target {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TargetVisitor)
    }
}

struct TargetVisitor;

impl Visitor<'_> for TargetVisitor {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number or the name of a shape")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Target, E> {
        let number = usize::try_from(number).map_err(E::custom)?;
        Ok(Target { number, name: String::new() })
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Target, E> {
        Ok(Target { number: 0, name: name.to_owned() })
    }
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
