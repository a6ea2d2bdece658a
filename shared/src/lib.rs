//! What every Kintsugi function shares, event to ticket.
//!
//! ```text
//! event ──> Incident ──> Decision ──> Permit ──> run ──> Verification ──> Outcome ──> ticket, record, metric
//! ```
//!
//! Comes in: a Lambda event in any delivery shape. Goes out: a [`record::Record`], published as an event.
//! Never: knowledge of one particular remediation; that is a function's.

pub mod alarm;
pub mod approval;
pub mod aws;
pub mod catalogue;
pub mod event;
pub mod guard;
pub mod host;
pub mod incident;
pub mod lambda;
pub mod lowcode;
pub mod outcome;
pub mod publish;
pub mod record;
pub mod remediation;
pub mod settings;
pub mod telemetry;
pub mod ticket;
