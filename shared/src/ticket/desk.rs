//! Where tickets are kept, as one trait. None of its methods decides; [`super::life`] does.
//!
//! Comes in: a [`Draft`], or what is to be said about it. Goes out: what the desk has, a [`Ticket`].
//! Never: a second ticket while one with the same mark is open and can be found.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::draft::{Body, Draft, Severity};
use super::error::TicketError;

/// A label, or a word in the title where a desk has no labels: whoever puts it there wants no more from us.
pub const HANDS_OFF: &str = "kintsugi-hands-off";

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filed {
    /// A new ticket.
    Created,
    /// The news was added to the open ticket of the same fault.
    Commented,
    /// Seen once more; the ticket has been told so often that this one is only counted.
    Counted,
    /// The ticket was closed and is open again.
    Reopened,
    /// The fault is gone, and so is its ticket.
    Closed,
    /// A person said hands off.
    Silenced,
    /// This very occurrence was told before, or there is nothing to tell.
    Unchanged,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// `oi-0123456789ab` or `OPS-42`.
    pub id: String,
    /// Where people read it. Empty where a desk does not tell.
    pub url: String,
    /// What was done.
    pub filed: Filed,
}

/// A ticket that we remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Whether we closed it.
    pub closed: bool,
    /// How urgent we made it.
    pub urgency: Option<Severity>,
}

/// How a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Open, as we left it.
    Open,
    /// Open, and a person has taken it on: what becomes of it is theirs to say.
    Taken,
    /// Closed.
    Done,
}

/// A ticket as the desk has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub state: State,
    /// How urgent, if that is one of ours; else a person has chosen.
    pub urgency: Option<Severity>,
    /// Whether somebody wants no more from us.
    pub silenced: bool,
    /// When it was closed, if the desk tells.
    pub closed: Option<Timestamp>,
}

/// What [`Desk::create`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// A new ticket of this id.
    New(String),
    /// The desk knows an open ticket for the same fault already.
    Exists(String),
}

/// Whether a ticket could be brought to another state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It is there.
    Yes,
    /// The desk has no way there, for this reason.
    No(String),
}

/// Why something is said about a ticket that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// The fault was seen again.
    Again,
    /// It was seen so often that only the count is said.
    Many,
    /// It is back after its ticket was closed.
    Back,
    /// It is gone.
    Healed,
}

/// What is to be said about a ticket that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Why.
    pub why: Why,
    /// How often the fault was seen again since the ticket was opened, this time included.
    pub count: u64,
    /// How urgent it is now.
    pub severity: Severity,
    /// What is said.
    pub body: Body,
}

/// One look at whether tickets could be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: `address`, `credentials`, `project`, `issue type`, ...
    pub what: String,
    /// What is right, or what is wrong and what to do.
    pub says: Result<String, String>,
}

impl Check {
    /// It is as it should be.
    pub(super) fn right(what: &str, says: impl Into<String>) -> Self {
        Self { what: what.to_owned(), says: Ok(says.into()) }
    }

    /// It is not.
    pub(super) fn wrong(what: &str, says: impl Into<String>) -> Self {
        Self { what: what.to_owned(), says: Err(says.into()) }
    }
}

/// One system of tickets. Each method is one or a few requests.
#[async_trait]
pub trait Desk: Send + Sync {
    /// The ticket of the draft's fingerprint, open before closed. `known` is the one we remember, which may have been
    /// closed or deleted since. `None` is also the answer of a desk whose [`Desk::create`] finds it by itself.
    async fn find(&self, draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError>;

    /// Whether [`Desk::find`] may not yet find what was created seconds ago.
    fn searches_late(&self) -> bool {
        false
    }

    /// Opens a ticket.
    async fn create(&self, draft: &Draft) -> Result<Created, TicketError>;

    /// Says something about ticket `id`.
    async fn comment(&self, id: &str, draft: &Draft, note: &Note) -> Result<(), TicketError>;

    /// Closes ticket `id`. What is said about it is said here.
    async fn close(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError>;

    /// Opens ticket `id` again. What is said about it is said here.
    async fn reopen(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError>;

    /// Changes how urgent ticket `id` is.
    async fn raise(&self, id: &str, draft: &Draft, from: Severity, to: Severity) -> Result<(), TicketError>;

    /// Where people read ticket `id`.
    fn url(&self, id: &str) -> String;

    /// Looks whether tickets could be opened, without opening one: where, as whom, and what is missing.
    async fn check(&self, draft: &Draft) -> Vec<Check>;
}
