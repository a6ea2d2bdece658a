//! Why a model cannot be compiled. All of these mean a damaged pack or a kind of model not known yet.
//!
//! Comes in: what was found. Goes out: [`SchemaError`]. Never: a person's mistake.

use thiserror::Error;

/// A model that cannot be compiled.
#[derive(Debug, Error)]
pub(crate) enum SchemaError {
    #[error("the shape {0} is used but not defined")]
    NoShape(String),
    #[error("the {shape_type} {shape} has no {part}")]
    NoPart { shape_type: &'static str, shape: String, part: &'static str },
    #[error("the protocol {0:?} is not known")]
    Protocol(String),
}
