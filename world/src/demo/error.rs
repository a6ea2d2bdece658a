//! Why the demo could not be shown to its end. That a claim does not hold is not an error but the demo's verdict.
//!
//! Comes in: faults of the stack and of plain API calls. Goes out: [`DemoError`]. Never: a second telling of a cause.

use thiserror::Error;

use crate::operator::OperatorError;
use crate::stack::StackError;

/// What went wrong around the remediations.
#[derive(Debug, Error)]
pub enum DemoError {
    /// The local world.
    #[error("the local world failed")]
    Stack(#[from] StackError),
    /// The desk for tickets.
    #[error("the ticket desk does not listen")]
    Desk(#[source] std::io::Error),
    /// A plain API call, to set the account up or to look at it.
    #[error("the account could not be set up or read")]
    Operator(#[from] OperatorError),
}
