//! What a compiled operation is made of.
//!
//! Comes in: nothing; these are types. Goes out: [`CompiledOperation`] and its parts. Never: a value.

use std::collections::{BTreeSet, HashMap};

use aws_smithy_schema::ShapeType;
use aws_smithy_types::retry::ErrorKind;

use super::leak::StaticSchema;
use crate::error::FaultSide;
use crate::protocol::Protocol;

/// An operation's shapes, ready for the codecs. Shapes refer to each other by index.
#[derive(Debug)]
pub(crate) struct CompiledOperation {
    pub(crate) protocol: Protocol,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) input: Option<usize>,
    pub(crate) output: Option<usize>,
    /// By the shape's name and by its wire code.
    pub(crate) errors: HashMap<String, ErrorShape>,
    pub(crate) input_schema: StaticSchema,
    pub(crate) output_schema: StaticSchema,
    /// Query: the element around the output.
    pub(crate) result_wrapper: Option<String>,
    /// Whether anything in the output must not be logged.
    pub(crate) sensitive_output: bool,
    /// Whether input or output is a stream of events.
    pub(crate) event_stream: bool,
}

/// An error the model knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorShape {
    pub(crate) shape: usize,
    /// Set where the model says that the call may be tried again.
    pub(crate) retryable: Option<ErrorKind>,
    /// Whose doing it is, where the model says.
    pub(crate) side: Option<FaultSide>,
}

/// A shape with the schema the codecs take.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// The schema of the shape itself, not of a member that uses it.
    pub(crate) schema: StaticSchema,
    pub(crate) kind: Kind,
    pub(crate) min: Option<f64>,
    pub(crate) sensitive: bool,
}

/// What a shape is made of.
#[derive(Debug)]
pub(crate) enum Kind {
    Structure { members: Vec<Member>, union: bool },
    List { element: usize, element_schema: StaticSchema },
    Map { key: usize, value: usize, value_schema: StaticSchema },
    Simple(ShapeType),
}

/// A member of a structure.
#[derive(Debug)]
pub(crate) struct Member {
    /// The name boto3 uses, whatever the wire calls it.
    pub(crate) name: &'static str,
    pub(crate) schema: StaticSchema,
    /// The member's own name on the wire; its schema may have that of a flattened list's elements.
    pub(crate) own_name: &'static str,
    pub(crate) target: usize,
    pub(crate) required: bool,
    pub(crate) idempotency_token: bool,
    pub(crate) host_label: bool,
    /// JSON inside a string.
    pub(crate) json_value: bool,
    /// The endpoint parameter this member feeds.
    pub(crate) context_param: Option<&'static str>,
}

impl CompiledOperation {
    /// The members of the operation's input; none if it takes none.
    pub(crate) fn input_members(&self) -> &[Member] {
        self.input.map_or(&[], |input| self.members(input))
    }

    /// The names of all members that the output can have, at any depth; `*` among them where there are names that the
    /// model does not know.
    pub(crate) fn output_members(&self) -> BTreeSet<String> {
        let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<usize> = self.output.into_iter().collect();
        while let Some(shape) = open.pop() {
            if !seen.insert(shape) {
                continue;
            }
            match &self.shapes[shape].kind {
                Kind::Structure { members, .. } => {
                    names.extend(members.iter().map(|member| member.name.to_owned()));
                    open.extend(members.iter().map(|member| member.target));
                }
                Kind::List { element, .. } => open.push(*element),
                Kind::Map { value, .. } => {
                    names.insert("*".to_owned());
                    open.push(*value);
                }
                Kind::Simple(ShapeType::Document) => {
                    names.insert("*".to_owned());
                }
                Kind::Simple(_) => {}
            }
        }
        names
    }

    /// The members of a structure; none for any other shape.
    pub(crate) fn members(&self, shape: usize) -> &[Member] {
        match &self.shapes[shape].kind {
            Kind::Structure { members, .. } => members,
            _ => &[],
        }
    }
}
