//! The operator's command, `kintsugi`: check, plan, run, resume and derive permissions for runbooks, from a terminal.
//!
//! Comes in: a command line, runbooks, the credentials of the person who calls. Goes out: findings, plans, progress,
//! records, policies. Standard output has the result, standard error everything on the way to it.
//! Never: a change without consent, or behaviour of its own: documents mean here what they mean in Lambda.

mod account;
mod args;
mod check;
mod completions;
mod documents;
mod draw;
mod error;
mod examples;
mod exit;
mod explain;
mod findings;
mod iam;
mod models;
mod new;
mod paint;
mod parameters;
mod plan;
mod redact;
mod resume;
mod run;
mod runbook;
mod script_calls;
mod scripts;
mod show;
mod test;
mod ticket;

pub use args::Cli;
pub use error::{CliError, complain};
pub use exit::Exit;
