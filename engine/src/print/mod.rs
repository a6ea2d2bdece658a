//! A [`Document`] as text: one spelling for one meaning.
//!
//! Comes in: a document. Goes out: YAML that [`crate::parse`] reads as the same document.
//! Never: the author's comments or order of keys; those are only in the text it came from.

mod emit;
mod scalar;
mod tree;

use crate::document::Document;

pub use tree::document as tree;

/// The document as YAML: keys in the order of AWS's guide, scripts and other long texts as blocks, defaults left out.
#[must_use]
pub fn print(document: &Document) -> String {
    let mut out = String::with_capacity(document.bytes + document.bytes / 4);
    emit::mapping(&tree(document), &mut out);
    out
}
