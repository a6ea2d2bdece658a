//! A ticket desk that speaks Jira Cloud's REST API v3, and Jira Data Center's v2, in memory, for end-to-end tests and the
//! demo.
//!
//! It is as strict as Jira where our requests could be wrong: authentication, project, issue type, required fields,
//! lengths, the shape of Atlassian Document Format, a query language it parses, and a workflow whose transitions have other
//! ids in every desk. It knows the few operations we use and answers 404 to everything else. Its search lags behind, as
//! Jira's does, if told to.
//!
//! Comes in: HTTP on a loopback port. Goes out: issues and comments, and what was asked, for tests to look at.
//! Never: a second Jira; permissions and users beyond one are not here.

mod answer;
mod auth;
mod document;
pub(crate) mod fault;
mod fields;
mod issues;
mod jql;
mod meta;
mod page;
mod routes;
mod server;
mod state;
mod workflow;

pub use fault::Fault;
pub use issues::{By, Change, Comment, Issue};
pub use server::{Custom, DeskConfig, RunningDesk, start};
pub use state::{Flavour, Seen};
pub use workflow::{Status, Transition};
