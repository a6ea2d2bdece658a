//! Compiles the shapes of one operation.
//!
//! Comes in: the operation and the shapes it reaches, by name.
//! Goes out: [`CompiledOperation`].
//! Never: what a member looks like on the wire; that is `member`'s.

use std::collections::HashMap;

use aws_smithy_schema::traits::HttpTrait;
use aws_smithy_schema::{Schema, ShapeId, ShapeType};
use aws_smithy_types::retry::ErrorKind;

use super::SchemaError;
use super::leak;
use super::shape::{CompiledOperation, ErrorShape, Kind, Member, Shape};
use crate::error::FaultSide;
use crate::model::{self, Operation, ShapeRef, Shapes, Type};
use crate::protocol::Protocol;

/// Compiles one operation. `unwrapped`: the root element of its answer is itself the one member of the output.
pub(crate) fn compile(
    protocol: Protocol,
    shapes: &Shapes,
    operation: &Operation,
    unwrapped: bool,
) -> Result<CompiledOperation, SchemaError> {
    let mut compiler = Compiler { shapes, protocol, request: true, compiled: Vec::new(), seen: HashMap::new() };
    let http = HttpTrait::new(leak::text(&operation.http.method), leak::text(&operation.http.request_uri), None);
    let input = operation.input.as_ref().map(|r| compiler.root(r, &|s| s.with_http(http.clone()))).transpose()?;
    compiler.request = false;
    let output = operation
        .output
        .as_ref()
        .map(|r| compiler.root(r, &|s| if unwrapped { s.with_xml_unwrapped_output() } else { s }))
        .transpose()?;
    let errors = compiler.errors(&operation.errors)?;
    let compiled: Option<Vec<Shape>> = compiler.compiled.into_iter().collect();
    let compiled = compiled.ok_or_else(|| SchemaError::NoShape(operation.name.clone()))?;
    let schema_of = |root: Option<usize>| root.and_then(|i| compiled.get(i)).map(|s: &Shape| s.schema);
    let unit = || Schema::new_struct(id("Unit"), ShapeType::Structure, &[]).with_no_body_members();
    Ok(CompiledOperation {
        protocol,
        input,
        output,
        errors,
        input_schema: schema_of(input).unwrap_or_else(|| leak::schema(unit().with_http(http))),
        output_schema: schema_of(output).unwrap_or_else(|| leak::schema(unit())),
        result_wrapper: operation.output.as_ref().and_then(|o| o.result_wrapper.clone()),
        // Over-careful where only the input is sensitive: it only keeps bodies out of trace logs.
        sensitive_output: shapes.values().any(|s| s.sensitive),
        event_stream: shapes.values().any(|s| s.eventstream),
        shapes: compiled,
    })
}

pub(super) fn id(name: &str) -> ShapeId<'static> {
    ShapeId::from_parts(leak::text(&format!("aws#{name}")), "aws", leak::text(name))
}

/// The type as the codecs name it.
pub(super) fn shape_type(shape: &model::Shape) -> ShapeType {
    match shape.kind {
        Type::Structure if shape.document => ShapeType::Document,
        Type::Structure if shape.union => ShapeType::Union,
        Type::Structure => ShapeType::Structure,
        Type::List => ShapeType::List,
        Type::Map => ShapeType::Map,
        Type::String => ShapeType::String,
        Type::Integer => ShapeType::Integer,
        Type::Long => ShapeType::Long,
        Type::Short => ShapeType::Short,
        Type::Byte => ShapeType::Byte,
        Type::Float => ShapeType::Float,
        Type::Double => ShapeType::Double,
        Type::Boolean => ShapeType::Boolean,
        Type::Timestamp => ShapeType::Timestamp,
        Type::Blob => ShapeType::Blob,
    }
}

pub(super) struct Compiler<'m> {
    shapes: &'m Shapes,
    pub(super) protocol: Protocol,
    /// Direction: ec2's and flattened names differ between request and response.
    pub(super) request: bool,
    /// `None` while a shape that contains itself is being compiled.
    pub(super) compiled: Vec<Option<Shape>>,
    seen: HashMap<(bool, &'m str), usize>,
}

/// What only one root's schema says.
type Finish<'f> = &'f dyn Fn(Schema<'static>) -> Schema<'static>;

/// Where a structure stands: HTTP bindings apply to the outermost one and nowhere else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Inner,
}

impl<'m> Compiler<'m> {
    pub(super) fn get(&self, name: &str) -> Result<&'m model::Shape, SchemaError> {
        self.shapes.get(name).ok_or_else(|| SchemaError::NoShape(name.to_owned()))
    }

    fn errors(&mut self, refs: &'m [ShapeRef]) -> Result<HashMap<String, ErrorShape>, SchemaError> {
        let mut errors = HashMap::new();
        for r in refs {
            let model = self.get(&r.shape)?;
            let retryable =
                model.retryable.map(|r| if r.throttling { ErrorKind::ThrottlingError } else { ErrorKind::ServerError });
            let error = ErrorShape { shape: self.root(r, &|s| s)?, retryable, side: side(model) };
            errors.insert(r.shape.name.clone(), error);
            if let Some(code) = model.error.as_ref().and_then(|e| e.code.clone()) {
                errors.insert(code, error);
            }
        }
        Ok(errors)
    }

    /// An operation's input (which carries method and path) or output, or an error.
    fn root(&mut self, r: &'m ShapeRef, finish: Finish<'_>) -> Result<usize, SchemaError> {
        self.framed(r, Place::Root, finish)
    }

    /// A structure that stands under the name and namespace of the reference to it: a root, or the body.
    fn framed(&mut self, r: &'m ShapeRef, place: Place, finish: Finish<'_>) -> Result<usize, SchemaError> {
        let index = self.reserve();
        let (mut schema, kind) = self.structure(&r.shape, place)?;
        if let Some(name) = &r.location_name {
            schema = schema.with_xml_name(leak::text(name));
        }
        if let Some(namespace) = &r.xml_namespace {
            let (uri, prefix) = namespace.parts();
            schema = schema.with_xml_namespace(leak::text(uri), prefix.map(leak::text));
        }
        self.compiled[index] = Some(finished(&r.shape, self.get(&r.shape)?, finish(schema), kind));
        Ok(index)
    }

    fn reserve(&mut self) -> usize {
        self.compiled.push(None);
        self.compiled.len() - 1
    }

    fn structure(&mut self, name: &str, place: Place) -> Result<(Schema<'static>, Kind), SchemaError> {
        let model = self.get(name)?;
        let bound = place == Place::Root && self.protocol.uses_http_bindings();
        let mut members = Vec::with_capacity(model.members.iter().len());
        let mut has_body = false;
        for (index, (member, r)) in model.members.iter().enumerate() {
            let target = self.get(&r.shape)?;
            let payload = bound && model.payload.as_ref() == Some(member);
            let framed = payload && target.kind == Type::Structure && !target.document;
            let compiled = if framed { self.framed(r, Place::Inner, &|s| s)? } else { self.shape(&r.shape)? };
            let at = super::member::At { owner: name, name: member, index, target: compiled, bound, payload };
            has_body |= !bound || (r.location.is_none() && (!payload || target.kind == Type::Structure));
            let name = leak::text(member);
            members.push(Member {
                name,
                schema: self.member(&at, r)?,
                target: compiled,
                required: model.required.contains(member),
                idempotency_token: r.idempotency_token,
                host_label: r.host_label,
                own_name: r.location_name.as_deref().map_or(name, leak::text),
                // botocore reads and writes JSON inside a header only; in a body it is a text.
                json_value: (r.jsonvalue || target.jsonvalue) && r.location.as_deref() == Some("header"),
                context_param: r.context_param.as_ref().map(|c| leak::text(&c.name)),
            });
        }
        Ok((structure_schema(name, model, &members, has_body), Kind::Structure { members, union: model.union }))
    }

    /// Any shape, once per direction.
    fn shape(&mut self, name: &'m str) -> Result<usize, SchemaError> {
        if let Some(&index) = self.seen.get(&(self.request, name)) {
            return Ok(index);
        }
        let index = self.reserve();
        self.seen.insert((self.request, name), index);
        let model = self.get(name)?;
        let shape = match shape_type(model) {
            ShapeType::Structure | ShapeType::Union => {
                let (schema, kind) = self.structure(name, Place::Inner)?;
                finished(name, model, schema, kind)
            }
            ShapeType::List => self.list(name, model)?,
            ShapeType::Map => self.map(name, model)?,
            simple => Self::simple(name, model, simple),
        };
        self.compiled[index] = Some(shape);
        Ok(index)
    }

    fn list(&mut self, name: &'m str, model: &'m model::Shape) -> Result<Shape, SchemaError> {
        let r = part(name, "list", "member", model.member.as_ref())?;
        let element = self.shape(&r.shape)?;
        let element_schema = self.element((name, "member", 0), r, element)?;
        let mut schema = Schema::new_list(id(name), element_schema);
        if self.protocol == Protocol::Ec2 && self.request {
            schema = schema.with_xml_flattened();
        }
        Ok(finished(name, model, schema, Kind::List { element, element_schema }))
    }

    fn map(&mut self, name: &'m str, model: &'m model::Shape) -> Result<Shape, SchemaError> {
        let key_ref = part(name, "map", "key", model.key.as_ref())?;
        let value_ref = part(name, "map", "value", model.value.as_ref())?;
        let (key, value) = (self.shape(&key_ref.shape)?, self.shape(&value_ref.shape)?);
        let key_schema = self.element((name, "key", 0), key_ref, key)?;
        let value_schema = self.element((name, "value", 1), value_ref, value)?;
        let schema = Schema::new_map(id(name), key_schema, value_schema);
        Ok(finished(name, model, schema, Kind::Map { key, value, value_schema }))
    }

    fn simple(name: &str, model: &model::Shape, simple: ShapeType) -> Shape {
        let mut schema = Schema::new(id(name), simple);
        if let Some(format) = model.timestamp_format.as_deref().and_then(super::member::timestamp_format) {
            schema = schema.with_timestamp_format(format);
        }
        finished(name, model, schema, Kind::Simple(simple))
    }
}

fn finished(name: &str, model: &model::Shape, schema: Schema<'static>, kind: Kind) -> Shape {
    let schema = leak::schema(schema);
    Shape { name: leak::text(name), schema, kind, min: model.min, sensitive: model.sensitive }
}

fn structure_schema(name: &str, model: &model::Shape, members: &[Member], has_body: bool) -> Schema<'static> {
    let schemas = leak::schemas(members.iter().map(|m| m.schema).collect());
    let kind = if model.union { ShapeType::Union } else { ShapeType::Structure };
    let mut schema = Schema::new_struct(id(name), kind, schemas);
    if !has_body {
        schema = schema.with_no_body_members();
    }
    if let Some(namespace) = &model.xml_namespace {
        let (uri, prefix) = namespace.parts();
        schema = schema.with_xml_namespace(leak::text(uri), prefix.map(leak::text));
    }
    schema
}

/// Many models do not say.
fn side(error: &model::Shape) -> Option<FaultSide> {
    let sender = error.error.as_ref().is_some_and(|e| e.sender_fault);
    if error.fault { Some(FaultSide::Server) } else { sender.then_some(FaultSide::Client) }
}

fn part<'m>(
    shape: &str,
    shape_type: &'static str,
    part: &'static str,
    r: Option<&'m ShapeRef>,
) -> Result<&'m ShapeRef, SchemaError> {
    r.ok_or_else(|| SchemaError::NoPart { shape_type, shape: shape.to_owned(), part })
}
