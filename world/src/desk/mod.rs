//! A ticket desk that speaks Jira Cloud's REST API v3, in memory, for end-to-end tests and the demo.
//!
//! It is as strict as Jira where our requests could be wrong: basic authentication, project, issue type, required
//! fields, lengths, the shape of Atlassian Document Format, and a query language it parses. It knows the few
//! operations we use and answers 404 to everything else. Its search lags behind, as Jira's does, if told to.
//!
//! Comes in: HTTP on a loopback port. Goes out: issues and comments, and what was asked, for tests to look at.
//! Never: a second Jira; workflows, screens, permissions and users beyond one are not here.

mod answer;
mod auth;
mod document;
mod issues;
mod jql;
mod page;
mod routes;
mod server;
mod state;

pub use issues::{Comment, Issue};
pub use server::{DeskConfig, RunningDesk, start};
pub use state::{Fault, Seen};
