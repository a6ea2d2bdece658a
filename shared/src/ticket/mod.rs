//! From an outcome, an alarm or an automation to one open ticket that says what is left to do.
//!
//! ```text
//! Trigger ──compose──> Draft ──Tickets::open──> reservation ──> Desk (OpsCenter or Jira) ──> Ticket
//! ```
//!
//! Comes in: a [`crate::event::Trigger`]. Goes out: a [`Ticket`], or a reason why none is needed, or a
//! [`TicketError`]. Never: a secret in a ticket, a second open ticket for the same fault, or silence.

mod adf;
mod compose;
mod desk;
mod draft;
mod error;
mod jira;
mod markdown;
mod open;
mod opsitem;
mod place;
mod reservation;
pub(crate) mod text;

pub use adf::document as adf_document;
pub use compose::{Composed, compose, unreadable};
pub use desk::{Created, Desk, Filed, Ticket};
pub use draft::{Block, Body, Category, Draft, Fact, Severity};
pub use error::{Refused, TicketError};
pub use jira::Jira;
pub use markdown::render as markdown;
pub use open::Tickets;
pub use opsitem::OpsCenter;
