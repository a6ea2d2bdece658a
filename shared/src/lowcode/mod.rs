//! Remediations without Rust: a binding says which event, which resource, which runbook with which parameters, and how
//! a person would look, finish or undo.
//!
//! ```text
//! event ──> binding ──> facts ──> parameters ──> run
//!           (bind)     (look)     (expression)   (decide)
//! ```
//!
//! Comes in: a binding with `parameters` or `ticketOnly`, and what is known of the fault. Goes out: a
//! [`Decision`](crate::remediation::Decision). Never: a write, a guess; what an expression does not find is a refusal.

mod bind;
mod check;
mod decide;
mod expression;
mod facts;
mod look;
mod quoted;
mod said;
mod table;

pub use bind::{bound, resource_of_alarm, serves};
pub use check::{Flaw, check, has_example};
pub use decide::decide;
pub use expression::{Lookup, NotThere, fill, fill_text, paths};
pub use facts::{Facts, Known};
pub use look::{see, verify};
pub use quoted::word as shell_word;
pub use said::{Advice, Diagnosis, ResourceFrom, Verify};
pub use table::lookups;
