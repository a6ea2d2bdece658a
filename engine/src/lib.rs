//! The runbook language: AWS Systems Manager Automation documents (schemaVersion 0.3), parsed, checked,
//! planned and run.
//!
//! Comes in: document text, typed parameters, and a [`Host`] that performs effects.
//! Goes out: findings, a plan, or the record of an execution.
//! Never: an AWS crate, a clock, an environment variable, a file. Every effect goes through the [`Host`],
//! and given the same answers the interpreter takes the same path: that is how a run survives a crash.

pub mod host;

pub use host::{ApiCall, CallFault, FaultKind, Host, HostError, Progress};
