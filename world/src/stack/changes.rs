//! What the functions have changed: the journal, without the operator and without their own books.
//!
//! Comes in: journal entries. Goes out: those that changed a resource of the account. Never: a read.

use super::OPERATOR;
use crate::gateway::call::Effect;
use crate::gateway::journal::Entry;

/// Services in which a function keeps its own books (guards, outcomes, dead letters) or tells people; writing there
/// changes nothing that was wrong or right.
const OWN_BOOKS: [&str; 4] = ["dynamodb", "events", "sqs", "sns"];
/// The same in services in which runbooks change things too: tickets, and the durable service's own calls.
const OWN_CALLS: [(&str, &str); 2] = [("ssm", "OpsItem"), ("lambda", "DurableExecution")];
/// The function that passes events on to the others, and how. What they do about it is theirs.
const PASSES_ON: (&str, &str) = ("find-faults", "Invoke");
/// A call that asks for a look, and a person's at a function URL. What comes of them is in calls of their own.
const ASKS: [&str; 2] = ["StartConfigRulesEvaluation", "InvokeFunctionUrl"];

/// Whether a function changed a resource, or tried to.
#[must_use]
pub fn is_change(entry: &Entry) -> bool {
    let call = &entry.call;
    call.effect == Effect::Write
        && call.caller != OPERATOR
        && !OWN_BOOKS.contains(&call.service.as_str())
        && !OWN_CALLS.iter().any(|(service, of)| call.service == *service && call.operation.contains(of))
        && (call.caller.as_str(), call.operation.as_str()) != PASSES_ON
        && !ASKS.contains(&call.operation.as_str())
}
