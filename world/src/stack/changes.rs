//! What the functions have changed: the journal, without the operator and without their own books.
//!
//! Comes in: journal entries. Goes out: those that changed a resource of the account. Never: a read.

use super::OPERATOR;
use crate::gateway::call::Effect;
use crate::gateway::journal::Entry;

/// Services in which a function keeps its own books (guards, outcomes, tickets, dead letters) or tells people; writing
/// there changes nothing that was wrong or right.
const OWN_BOOKS: [&str; 6] = ["dynamodb", "events", "ssm", "lambda", "sqs", "sns"];
/// A call that asks for a look, not for a change.
const ASKS: [&str; 1] = ["StartConfigRulesEvaluation"];

/// Whether a function changed a resource, or tried to.
pub(crate) fn is_change(entry: &Entry) -> bool {
    let call = &entry.call;
    call.effect == Effect::Write
        && call.caller != OPERATOR
        && !OWN_BOOKS.contains(&call.service.as_str())
        && !ASKS.contains(&call.operation.as_str())
}
