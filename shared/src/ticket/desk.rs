//! Where tickets are kept, as one trait, and the one life of a ticket over it.
//!
//! Comes in: a [`Draft`]. Goes out: a [`Ticket`]: opened now, or the open one with the news added.
//! Never: a second ticket while one with the same fingerprint is open and can be found.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::error::TicketError;

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filed {
    /// A new ticket.
    Created,
    /// The news was added to the open ticket of the same fault.
    Commented,
    /// This very occurrence was told before.
    Unchanged,
}

/// An open ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// `oi-0123456789ab` or `OPS-42`.
    pub id: String,
    /// Where people read it.
    pub url: String,
    /// What was done.
    pub filed: Filed,
}

/// What [`Desk::create`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// A new ticket of this id.
    New(String),
    /// The desk knows an open ticket for the same fault already.
    Exists(String),
}

/// One system of tickets. Each method is one or a few requests; none of them decides.
#[async_trait]
pub trait Desk: Send + Sync {
    /// The id of the open ticket for the draft's fingerprint. `known` is the one we remember, which may have been
    /// closed or deleted since. `None` is also the answer of a desk whose [`Desk::create`] finds it by itself.
    async fn find(&self, draft: &Draft, known: Option<&str>) -> Result<Option<String>, TicketError>;

    /// Opens a ticket.
    async fn create(&self, draft: &Draft) -> Result<Created, TicketError>;

    /// Adds the draft to the open ticket `id`.
    async fn comment(&self, id: &str, draft: &Draft) -> Result<(), TicketError>;

    /// Where people read ticket `id`.
    fn url(&self, id: &str) -> String;
}

/// Opens a ticket for `draft`, or adds to the one that is open.
pub(super) async fn file(desk: &dyn Desk, draft: &Draft, known: Option<&str>) -> Result<Ticket, TicketError> {
    let ticket = |id: String, filed| Ticket { url: desk.url(&id), id, filed };
    let open = match desk.find(draft, known).await? {
        Some(id) => id,
        None => match desk.create(draft).await? {
            Created::New(id) => return Ok(ticket(id, Filed::Created)),
            Created::Exists(id) => id,
        },
    };
    desk.comment(&open, draft).await?;
    Ok(ticket(open, Filed::Commented))
}
