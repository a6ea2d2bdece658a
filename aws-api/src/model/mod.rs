//! The service models as botocore writes them ("C2J"), as far as a call needs them.
//!
//! Comes in: the parts of one service from the pack.
//! Goes out: typed parts of it, each parsed when first asked for.
//! Never: an interpretation; what a trait means on the wire is `schema`'s.

mod lines;
mod metadata;
mod operation;
mod service;
mod shape;

pub(crate) use lines::{Entries, Place};
pub(crate) use metadata::{Metadata, XmlNamespace};
pub(crate) use operation::Operation;
pub(crate) use service::{ModelError, ServiceModel, Shapes};
pub(crate) use shape::{Shape, ShapeRef, Type};
