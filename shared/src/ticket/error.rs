//! Why a ticket could not be opened, told apart by what helps: wait, or correct something.

use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::telemetry::chain;

/// A cause from another layer.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// A ticket that was not opened.
#[derive(Debug, Error)]
pub enum TicketError {
    /// The settings cannot work.
    #[error("tickets cannot be opened with these settings: {0}")]
    Setup(String),
    /// The credentials could not be had, or are not what they should be. Never holds them.
    #[error("the credentials in {reference} cannot be used: {problem}")]
    Credentials {
        /// Where they are kept.
        reference: String,
        /// What is wrong.
        problem: String,
        /// Why, if another service said so.
        #[source]
        source: Option<Cause>,
    },
    /// The desk does not let us in, or not there.
    #[error("{desk} denied it: {reason}")]
    Denied {
        /// Its name.
        desk: &'static str,
        /// In the desk's words.
        reason: String,
    },
    /// The desk does not take the ticket as it is: project, issue type, a required field, a quota.
    #[error("{desk} refused the ticket: {}", problems.join("; "))]
    Rejected {
        /// Its name.
        desk: &'static str,
        /// In the desk's words, one per field or parameter, with our settings where they are the cause.
        problems: Vec<String>,
    },
    /// Too many requests.
    #[error("{desk} is rate limiting us{}", after(*retry_after))]
    RateLimited {
        /// Its name.
        desk: &'static str,
        /// When the desk wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The desk failed. The ticket may have been opened.
    #[error("{desk} failed: {reason}")]
    Unavailable {
        /// Its name.
        desk: &'static str,
        /// Status or code.
        reason: String,
    },
    /// No answer in time. The ticket may have been opened.
    #[error("{desk} gave no answer")]
    Unreachable {
        /// Its name.
        desk: &'static str,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The fault is gone, and what was to be told of it before still waits for the desk.
    #[error("what is to be told of this fault before still waits for the desk")]
    Behind,
    /// Very many tell of the same fault at once.
    #[error("others are telling of the same fault")]
    Busy,
    /// An answer that nobody can read.
    #[error("{desk} gave an answer that cannot be read: {problem}")]
    Unreadable {
        /// Its name.
        desk: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

fn after(pause: Option<Duration>) -> String {
    pause.map(|pause| format!("; ask again in {} s", pause.as_secs())).unwrap_or_default()
}

impl TicketError {
    /// Stable name of the class of error, for logs and answers.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Setup(_) => "Setup",
            Self::Credentials { .. } => "Credentials",
            Self::Denied { .. } => "Denied",
            Self::Rejected { .. } => "Rejected",
            Self::RateLimited { .. } => "RateLimited",
            Self::Unavailable { .. } => "Unavailable",
            Self::Unreachable { .. } => "Unreachable",
            Self::Behind => "Behind",
            Self::Busy => "Busy",
            Self::Unreadable { .. } => "Unreadable",
        }
    }

    /// Whether the same request may succeed a little later without anybody correcting anything.
    #[must_use]
    pub fn passing(&self) -> bool {
        match self {
            // A page of a proxy or of a desk under repair: it is worth waiting for the desk itself.
            Self::Unreadable { .. } => true,
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Unreachable { .. } => true,
            Self::Behind | Self::Busy => true,
            Self::Setup(_) | Self::Credentials { .. } | Self::Denied { .. } | Self::Rejected { .. } => false,
        }
    }
}

/// A [`TicketError`] as an execution records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct Refused {
    /// [`TicketError::kind`].
    pub kind: String,
    /// The error and its causes.
    pub message: String,
    /// [`TicketError::passing`].
    pub passing: bool,
    /// How long the desk wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl From<&TicketError> for Refused {
    fn from(error: &TicketError) -> Self {
        let retry_after = match error {
            TicketError::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        };
        Self { kind: error.kind().to_owned(), message: chain(error), passing: error.passing(), retry_after }
    }
}
