//! The input of a call, made ready before anything is sent.
//!
//! Comes in: the caller's JSON.
//! Goes out: the members the service takes, idempotency tokens filled; or all findings at once.
//! Never: a value in a message (it may be a secret); a value changed to fit.

mod alias;
mod check;
mod finding;
mod token;

use serde_json::{Map, Value};

pub use finding::{Finding, Problem};

use crate::customization::{self, Memory};
use crate::error::InvalidCall;
use crate::models::Operation;

/// The checked input of an operation, and what its output's customization must know.
pub(crate) fn prepare(
    operation: &Operation,
    input: Value,
    idempotency_key: Option<&str>,
) -> Result<(Map<String, Value>, Memory), InvalidCall> {
    let mut input = match input {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        other => return Err(invalid(operation, vec![Finding::not_an_object(&other)])),
    };
    alias::rename(operation, &mut input);
    let memory = customization::before(operation, &mut input);
    token::fill(operation, &mut input, idempotency_key);
    let mut findings = check::check(&operation.schema, &input);
    for finding in customization::check(operation, &input) {
        if findings.iter().all(|known| known.path != finding.path) {
            findings.push(finding);
        }
    }
    if findings.is_empty() { Ok((input, memory)) } else { Err(invalid(operation, findings)) }
}

/// All that is wrong with an answer that somebody wrote down for an operation; empty if AWS could give it.
pub(crate) fn check_output(operation: &Operation, output: &Value) -> Vec<Finding> {
    match output {
        Value::Object(members) => {
            let mut findings = check::check_output(&operation.schema, members);
            // boto3 gives what is JSON inside a text (policies, templates) as that JSON.
            findings.retain(|finding| !customization::may_be_json(operation, finding));
            findings
        }
        Value::Null => Vec::new(),
        other => vec![Finding::not_an_object(other)],
    }
}

fn invalid(operation: &Operation, findings: Vec<Finding>) -> InvalidCall {
    InvalidCall::Input { service: operation.service().to_owned(), api: operation.name().to_owned(), findings }
}
