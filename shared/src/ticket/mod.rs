//! From an outcome, an alarm or an automation to one ticket that says what is left to do, and to its end.
//!
//! ```text
//! Trigger ──compose──> Draft ──Tickets::open──> reservation, life ──> Desk (OpsCenter, Jira, ...) ──> Ticket
//! ```
//!
//! Comes in: a [`crate::event::Trigger`]. Goes out: a [`Ticket`], or a reason why none is needed, or a
//! [`TicketError`]. Never: a secret in a ticket, a second open ticket for the same fault, or silence.

mod adf;
mod compose;
mod desk;
mod draft;
mod error;
mod github;
#[cfg(test)]
mod golden;
mod hook;
mod http;
mod jira;
mod life;
mod markdown;
mod open;
mod opsitem;
mod pagerduty;
mod place;
mod plain;
mod reservation;
mod rules;
mod servicenow;
mod slack;
pub(crate) mod text;
mod webhook;
mod wiki;
mod words;

pub use adf::document as adf_document;
pub use compose::{Composed, compose, unreadable};
pub use desk::{Check, Created, Desk, Filed, Found, HANDS_OFF, Known, Moved, Note, State, Ticket, Why};
pub use draft::{Block, Body, Category, Draft, Fact, News, Severity};
pub use error::{Refused, TicketError};
pub use github::GitHub;
pub use jira::Jira;
pub use markdown::render as markdown;
pub use open::Tickets;
pub use opsitem::OpsCenter;
pub use pagerduty::PagerDuty;
pub use rules::{Priorities, Rules, Wishes};
pub use servicenow::ServiceNow;
pub use slack::Slack;
pub use webhook::Webhook;
