//! Where tickets go, other than a Jira (which is [`crate::desk`]): each provider in memory, as it answers and as it refuses.
//!
//! A provider knows the few operations we use, is as strict about them as the real one, and keeps what came of them for
//! tests to look at. Times are of the distant future: whatever the clock of the machine says, they are a moment ago.
//!
//! Comes in: HTTP on a loopback port. Goes out: issues, incidents, events, messages.
//! Never: people, who act through [`Server::look`].

mod github;
mod hooks;
mod pagerduty;
mod server;
mod servicenow;

pub use github::{GitHub, Issue};
pub use hooks::{Channel, Listener};
pub use pagerduty::PagerDuty;
pub use server::{Provider, Said, Seen, Server};
pub use servicenow::ServiceNow;
