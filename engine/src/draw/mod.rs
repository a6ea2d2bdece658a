//! A runbook as a picture.
//!
//! Comes in: a document, and whether an operation is a read. Goes out: a [`Flow`] (the graph as data), and of it an SVG
//! picture or Mermaid text; the same document always gives the same bytes.
//! Never: an effect, a script in a picture, a font from elsewhere, or text that is not escaped.
//!
//! ```text
//! Document -> read -> Flow -> layout -> svg
//!                      |----> mermaid
//!                      '----> JSON (serde)
//! ```

mod flow;
mod layout;
mod mermaid;
mod read;
mod svg;
mod text;
mod words;

pub use flow::{Edge, EdgeKind, Flow, Node, NodeKind, OnFault};
pub use mermaid::mermaid;
pub use read::flow;
pub use svg::svg;

#[cfg(test)]
mod tests;
