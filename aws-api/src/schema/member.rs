//! What a member or an element looks like on the wire: its name there, and the traits of each protocol.
//!
//! Comes in: a reference to a shape and where it stands.
//! Goes out: its schema.
//! Never: the member's target itself.

use aws_smithy_schema::traits::TimestampFormat;
use aws_smithy_schema::{Schema, ShapeType, intern_header_name};

use super::SchemaError;
use super::compile::{Compiler, id, shape_type};
use super::leak::{self, StaticSchema};
use super::shape::Kind;
use crate::model::{self, ShapeRef, Type};
use crate::protocol::Protocol;

/// Where a member stands.
pub(super) struct At<'a> {
    pub(super) owner: &'a str,
    pub(super) name: &'a str,
    pub(super) index: usize,
    /// The compiled target.
    pub(super) target: usize,
    /// Whether HTTP bindings apply.
    pub(super) bound: bool,
    /// Whether the member is the body.
    pub(super) payload: bool,
}

pub(super) fn timestamp_format(name: &str) -> Option<TimestampFormat> {
    match name {
        "iso8601" => Some(TimestampFormat::DateTime),
        "rfc822" => Some(TimestampFormat::HttpDate),
        "unixTimestamp" => Some(TimestampFormat::EpochSeconds),
        _ => None,
    }
}

impl Compiler<'_> {
    /// The schema of a structure's member.
    pub(super) fn member(&self, at: &At<'_>, r: &ShapeRef) -> Result<StaticSchema, SchemaError> {
        let target = self.get(&r.shape)?;
        let kind = shape_type(target);
        let (wire, flattened) = self.wire_name(at.name, r, target);
        let wire = leak::text(&wire);
        let schema = Schema::new_member(id(at.owner), kind, wire, at.index);
        let mut schema = self.with_target(self.common(schema, r, target), at.target);
        if flattened {
            schema = schema.with_xml_flattened();
        }
        if r.xml_attribute && self.protocol.is_xml() {
            schema = schema.with_xml_attribute();
        }
        if r.streaming || target.streaming || target.eventstream {
            schema = schema.with_streaming();
        }
        if at.bound {
            schema = bind(schema, r, kind, wire);
            if r.jsonvalue || target.jsonvalue {
                schema = schema.with_media_type("application/json");
            }
            if at.payload {
                schema = as_payload(schema, r);
            }
        }
        Ok(leak::schema(schema))
    }

    /// The schema of a list's element, a map's key or a map's value: `(owner, default name, index)`.
    pub(super) fn element(
        &self,
        (owner, default, index): (&str, &'static str, usize),
        r: &ShapeRef,
        target: usize,
    ) -> Result<StaticSchema, SchemaError> {
        let model = self.get(&r.shape)?;
        let name = match &r.location_name {
            Some(name) if self.protocol.is_xml() => leak::text(name),
            _ => default,
        };
        let mut schema = Schema::new_member(id(owner), shape_type(model), name, index);
        if name != default {
            schema = schema.with_xml_name(name);
        }
        let mut schema = self.with_target(self.common(schema, r, model), target);
        if self.protocol == Protocol::Ec2 && self.request && model.kind == Type::List {
            schema = schema.with_xml_flattened();
        }
        Ok(leak::schema(schema))
    }

    /// The member's name on the wire, and whether its elements stand there without a list around them.
    fn wire_name(&self, name: &str, r: &ShapeRef, target: &model::Shape) -> (String, bool) {
        let is_list = target.kind == Type::List;
        if self.protocol == Protocol::Ec2 && self.request {
            return (ec2_name(name, r), is_list);
        }
        let flattened = (r.flattened || target.flattened) && self.protocol.is_xml();
        if flattened && is_list && !(self.protocol == Protocol::RestXml && self.request) {
            // The model puts the wire name of a flattened list on the list's element.
            if let Some(element) = target.member.as_ref().and_then(|m| m.location_name.clone()) {
                return (element, true);
            }
        }
        let wire = r.location_name.as_deref().or(target.location_name.as_deref()).unwrap_or(name);
        (wire.to_owned(), flattened)
    }

    /// What a member's schema must know of its target: the element names of lists and maps.
    fn with_target(&self, schema: Schema<'static>, target: usize) -> Schema<'static> {
        let Some(Some(target)) = self.compiled.get(target) else { return schema };
        match &target.kind {
            Kind::List { element_schema, .. } => schema.with_list_member(element_schema),
            Kind::Map { value_schema, .. } => match target.schema.key_borrowed() {
                Some(key_schema) => schema.with_map_members(key_schema, value_schema),
                None => schema,
            },
            _ => schema,
        }
    }

    fn common(&self, mut schema: Schema<'static>, r: &ShapeRef, target: &model::Shape) -> Schema<'static> {
        let format = r.timestamp_format.as_deref().or(target.timestamp_format.as_deref());
        if let Some(format) = format.and_then(timestamp_format) {
            schema = schema.with_timestamp_format(format);
        }
        if let Some(namespace) =
            r.xml_namespace.as_ref().or(target.xml_namespace.as_ref()).filter(|_| self.protocol.is_xml())
        {
            let (uri, prefix) = namespace.parts();
            schema = schema.with_xml_namespace(leak::text(uri), prefix.map(leak::text));
        }
        schema
    }
}

/// ec2's requests: the query name, else the location name with a capital, else the member's own.
fn ec2_name(name: &str, r: &ShapeRef) -> String {
    match (&r.query_name, &r.location_name) {
        (Some(query), _) => query.clone(),
        (None, Some(location)) => capitalised(location),
        (None, None) => name.to_owned(),
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// Where in the HTTP message the member stands.
fn bind(schema: Schema<'static>, r: &ShapeRef, kind: ShapeType, wire: &'static str) -> Schema<'static> {
    match r.location.as_deref() {
        Some("uri") => schema.with_http_label(),
        Some("querystring") if kind == ShapeType::Map => schema.with_http_query_params(),
        Some("querystring") => schema.with_http_query(wire),
        Some("header") => schema.with_http_header(intern_header_name(wire)),
        Some("headers") => schema.with_http_prefix_headers(if r.location_name.is_some() { wire } else { "" }),
        Some("statusCode") => schema.with_http_response_code(),
        _ => schema,
    }
}

fn as_payload(schema: Schema<'static>, r: &ShapeRef) -> Schema<'static> {
    let schema = schema.with_http_payload();
    match &r.location_name {
        Some(name) => schema.with_xml_name(leak::text(name)),
        None => schema,
    }
}
