//! What the measurements share: a configuration whose HTTP client answers from memory, and answers to give.
//!
//! Comes in: an answer's size. Goes out: the same configuration and the same bytes for both clients that are compared.
//! Never: a socket, so that only the clients' own work is measured.

pub mod answers;
pub mod canned;
pub mod memory;
pub mod requests;

use std::path::PathBuf;

/// Where `make models` puts the models.
#[must_use]
pub fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack")
}
