//! A person's yes for exactly one plan: what is asked, whom, by which link, and what they said.
//!
//! Comes in: a plan, and who must agree to it. Goes out: a stored [`Approval`], a signed link for each approver, and
//! word to the run that waits. Never: a decision without a valid link's claims, after the time, for another plan, or
//! twice; a key in a log, an error or a record.

pub mod ask;
pub mod cost;
mod deliver;
pub mod keys;
pub mod link;
pub mod policy;
pub mod request;
pub mod risk;
pub mod rules;
mod step;
pub mod store;

pub use link::{Claims, LinkError};
pub use policy::{Group, OnTimeout, Policy};
pub use request::{Approval, Change, Decision, Risk, State};
pub(crate) use step::approve;
pub use store::{Decided, NotDecided, Word};
