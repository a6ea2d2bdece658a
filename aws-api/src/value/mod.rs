//! JSON values to the codecs and back.
//!
//! Comes in: a checked input, or what a codec reads.
//! Goes out: calls of a serializer, or JSON with the model's member names.
//! Never: a check of the input; `input` did that.

mod blob;
mod document;
mod elements;
mod given;
mod read;
mod time;
mod write;
mod xml;

pub(crate) use blob::bytes;
pub(crate) use document::{from_document, to_document};
pub(crate) use given::given;
pub(crate) use read::read;
pub(crate) use time::parse_timestamp;
pub(crate) use write::{Empty, Structure};
pub(crate) use xml::{check_xml, read_xml};
