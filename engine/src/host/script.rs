//! A script, and how it ended.
//!
//! Comes in: aws:executeScript's inputs, resolved. Goes out: its payload and what it printed, or why it failed.
//! Never: a credential.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// One run of a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptRequest {
    /// As written: `python3.11`, `PowerShell 7.4`.
    pub runtime: String,
    /// Python: the function, or `file.function` with an attachment.
    pub handler: Option<String>,
    /// Its text, or the attachment that holds it.
    pub source: ScriptSource,
    /// First argument of the handler; an object.
    pub payload: Value,
    /// At most 600 seconds.
    pub timeout: Duration,
}

/// Where the text of a script is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScriptSource {
    /// In the document.
    Text(String),
    /// In an attached file (`.py`, `.zip`).
    Attachment {
        /// Its key in `files`.
        name: String,
        /// Lower-case hex, from `files`; the bytes are checked against it before use.
        sha256: String,
    },
}

/// What a script gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptAnswer {
    /// The returned value as JSON; null for none.
    pub payload: Value,
    /// What it printed, cut to a limit.
    pub log: String,
    /// What a person should know of how it was run: on another version than asked for.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Why a script gave nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Error)]
#[serde(rename_all = "camelCase")]
#[error("the script {kind}: {message}")]
pub struct ScriptFault {
    /// Its class.
    pub kind: ScriptFaultKind,
    /// For an exception `TypeError: text`; else what happened.
    pub message: String,
    /// The traceback or what it printed, cut to a limit.
    pub log: String,
}

/// The classes of a script's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScriptFaultKind {
    /// It could not be started: no such runtime, attachment, or handler. Nothing of it ran.
    Refused,
    /// It raised or threw.
    Raised,
    /// It was stopped at its time limit.
    TimedOut,
    /// What it returned is no JSON, or larger than 100 KB.
    Output,
    /// Its process ended without an answer. It may have had any effect.
    Died,
    /// The process that had begun it died. Nobody knows what it did, and it is not begun again blindly.
    Interrupted,
}

impl std::fmt::Display for ScriptFaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Refused => "was not started",
            Self::Raised => "raised",
            Self::TimedOut => "was stopped",
            Self::Output => "returned what cannot be kept",
            Self::Died => "ended without an answer",
            Self::Interrupted => "was interrupted",
        })
    }
}
