//! The one place that gives memory away for good.
//!
//! `aws_smithy_schema::Schema` holds plain references to its member schemas and names, and structures may contain
//! themselves, so a compiled operation cannot own them. It is compiled once per process and operation called
//! (some 10 to 200 KB), and every call after that uses it: what is leaked here is a cache without an end.
//!
//! Comes in: owned schemas and names. Goes out: the same with the life of the process. Never: anything per call.

use aws_smithy_schema::Schema;

/// A schema that lives as long as the process.
pub(crate) type StaticSchema = &'static Schema<'static>;

pub(super) fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

pub(super) fn schema(schema: Schema<'static>) -> StaticSchema {
    Box::leak(Box::new(schema))
}

pub(super) fn schemas(schemas: Vec<StaticSchema>) -> &'static [StaticSchema] {
    Box::leak(schemas.into_boxed_slice())
}
