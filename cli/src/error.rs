//! Why a command did not do what was asked, in words for the person who typed it.
//!
//! Comes in: errors of the layers below, kept as sources. Goes out: one message with its causes, and an exit code.
//! Never: a cause repeated in a message.

use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;

use aws_api::ModelsError;
use engine::{RunError, plain_lines};
use serde_json::{Value, json};
use shared::aws::ApiError;
use shared::host::JournalError;
use shared::settings::SettingsError;
use shared::telemetry::chain;
use thiserror::Error;

use crate::exit::Exit;

/// Everything that keeps a command from its end.
#[derive(Debug, Error)]
pub enum CliError {
    /// The command line.
    #[error("{}", of_clap(.0))]
    Usage(clap::Error),
    /// A file that was named.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that was to be written.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that was to be new.
    #[error("{} is there already; nothing was written", path.display())]
    AlreadyThere {
        /// The file.
        path: PathBuf,
    },
    /// A name that no document can have.
    #[error("{name:?} is no name for a runbook: 3 to 128 letters, digits, -, _ and . are")]
    DocumentName {
        /// As given, without its folder.
        name: String,
    },
    /// A file of cases that cannot be used.
    #[error("{}{}: {message}", path.display(), Line(*line))]
    Cases {
        /// The file.
        path: PathBuf,
        /// Line, from 1; 0 where none is known.
        line: u32,
        /// What is wrong, with its line where that is known.
        message: String,
    },
    /// A pattern or a folder without a runbook.
    #[error("{pattern} names no file")]
    NoFile {
        /// As typed.
        pattern: String,
    },
    /// Several pictures on one screen are none.
    #[error("several runbooks are several drawings: name a folder with -o")]
    SeveralDrawings,
    /// `--params` names something else.
    #[error("{} is not a JSON object of parameters", path.display())]
    ParameterFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Files that the runbook's scripts are in. Nothing was done.
    #[error("the runbook's attachments cannot be used (--attachments names their folder)\n{}", .0.join("\n"))]
    Attachments(Vec<String>),
    /// The runbook has errors. Nothing was done.
    #[error("the runbook {name} has errors\n{findings}")]
    Runbook {
        /// The file.
        name: String,
        /// The findings, with the lines they are about.
        findings: String,
    },
    /// The environment.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The service models.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// The configuration names no Region.
    #[error("no Region is set: name one with --region, AWS_REGION or a profile")]
    NoRegion,
    /// AWS did not say who calls.
    #[error("AWS did not say whose account this is")]
    Identity(#[source] Box<ApiError>),
    /// The answer to GetCallerIdentity has no account.
    #[error("AWS's answer to sts:GetCallerIdentity names no account")]
    NoAccount,
    /// The settings of a deployed function.
    #[error("the settings of the function {name} cannot be read")]
    Function {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Box<ApiError>,
    },
    /// A change needs consent, and there is nobody to ask.
    #[error("this runbook changes things, and there is no terminal to ask at: agree beforehand with --yes")]
    NobodyToAsk,
    /// The answer was no.
    #[error("nothing was done")]
    Declined,
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file is there, but no run began with it.
    #[error("{} is not the journal of a run", path.display())]
    NotARun {
        /// The file.
        path: PathBuf,
    },
    /// The journal is that of a run that differs from what is asked for.
    #[error("{} is the journal of a run with {difference}", path.display())]
    AnotherRun {
        /// The file.
        path: PathBuf,
        /// In which respect.
        difference: String,
    },
    /// The run or plan was refused, or stopped where it is.
    #[error(transparent)]
    Run(#[from] RunError),
    /// What was said could not be written.
    #[error("the output could not be written")]
    Output(#[from] io::Error),
    /// A value of ours that JSON cannot hold.
    #[error("the output could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// `:12`, or nothing.
struct Line(u32);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, ":{}", self.0) }
    }
}

impl CliError {
    /// The exit code that tells scripts.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Runbook { .. } | Self::Output(_) | Self::Json(_) => Exit::NotDone,
            Self::Run(RunError::Parameters(_)) => Exit::NotBegun,
            Self::Run(_) => Exit::NotDone,
            _ => Exit::NotBegun,
        }
    }

    /// The shape of an error where JSON was asked for: `{"error": {"kind", "message", "exitCode"}}`. The kind is stable.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"error": {"kind": self.kind(), "message": chain(self).trim_end(), "exitCode": self.exit().code()}})
    }

    /// `not-a-run`: the name of the variant.
    fn kind(&self) -> String {
        let debug = format!("{self:?}");
        let variant = debug.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let mut kind = String::new();
        for (index, letter) in variant.char_indices() {
            if index > 0 && letter.is_ascii_uppercase() {
                kind.push('-');
            }
            kind.push(letter.to_ascii_lowercase());
        }
        kind
    }

    /// Whether whoever read the output just went away (`kintsugi check | head`).
    fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What clap says, without the word `error` in front, which is ours to say.
fn of_clap(error: &clap::Error) -> String {
    let text = error.to_string();
    text.trim_start_matches("error: ").trim_end().to_owned()
}

/// Says the error and its causes on standard error.
pub fn complain(error: &CliError) {
    if !error.is_broken_pipe() {
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(io::stderr(), "error: {}", plain_lines(chain(error).trim_end()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_for_programs_has_a_kind_a_message_and_the_exit_code() {
        let source = io::Error::from(io::ErrorKind::NotFound);
        let error = CliError::Unreadable { path: PathBuf::from("a.yaml"), source };
        let expected = json!({
            "kind": "unreadable",
            "message": "a.yaml cannot be read: entity not found",
            "exitCode": 2,
        });
        assert_eq!(error.to_json()["error"], expected);
        assert_eq!(CliError::NobodyToAsk.kind(), "nobody-to-ask");
    }
}
