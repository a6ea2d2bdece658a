//! Shapes compiled into the run-time schemas of AWS's codecs.
//!
//! Comes in: one operation's model and the shapes it reaches.
//! Goes out: [`CompiledOperation`]: schemas for the codecs, and beside them what the codecs do not carry.
//! Never: a value.

mod compile;
mod error;
mod leak;
mod member;
mod shape;

pub(crate) use compile::compile;
pub(crate) use error::SchemaError;
pub(crate) use shape::{CompiledOperation, Kind, Member, Shape};
