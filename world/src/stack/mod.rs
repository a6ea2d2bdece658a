//! The whole local world as one value: the counterparts, the gateway and the real function binaries.
//!
//! Comes in: a [`StackConfig`]. Goes out: a running [`Stack`], everything on free loopback ports and every log in one
//! folder. Never: a process that outlives the stack, a port of the user's, a fixed pause.

mod capacity;
mod changes;
mod client;
mod config;
mod counterparts;
mod death;
mod deployment;
mod error;
mod folder;
mod function;
mod functions;
mod identity;
mod invoker;
mod process;
mod ready;
mod runner;
mod runtime_api;
mod settle;
mod start;
mod tools;

pub use changes::is_change;
pub use client::OPERATOR;
pub use config::{Copy, StackConfig};
pub use error::StackError;
pub use runner::{DurableRunner, Execution, Invocation};
pub use settle::{Mark, Settled};
pub use start::Stack;
pub use tools::{Tools, workspace};

/// The durable functions of the template, by the names of their binaries.
pub const FUNCTIONS: [&str; 4] = ["resize-on-cpu-alarm", "fix-config-drift", "run-runbook", "open-ticket"];
