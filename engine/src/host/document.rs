//! Another document, by name.
//!
//! Comes in: a name as aws:executeAutomation has it. Goes out: a text, or why there is none.
//! Never: a parsed document; the engine parses, so that findings are the engine's.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentRequest {
    /// Its name, or its ARN where it is shared.
    pub name: String,
    /// `$DEFAULT`, `$LATEST` or a number; `None` is the default version.
    pub version: Option<String>,
}

/// Why there is no such document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("there is no document {name}: {message}")]
pub struct DocumentFault {
    /// As asked for.
    pub name: String,
    /// Where it was looked for.
    pub message: String,
}
