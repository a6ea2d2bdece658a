//! What can be told of a step's API call before it runs: the call as written, and the types of its references.
//!
//! Comes in: a document and its steps. Goes out: service, operation and input as written; the type a text will have.
//! Never: a value; nothing is resolved.

use serde_json::Value;

use crate::action;
use crate::document::{Document, Step, ValueType};
use crate::reference::{Reference, references, whole};

/// The API call that a step's inputs describe, references as text.
#[derive(Debug, Clone, PartialEq)]
pub struct StaticCall {
    /// As written, or the action's own.
    pub service: String,
    /// As written, or the action's own.
    pub api: String,
    /// The operation's members as far as the step gives them.
    pub input: Value,
    /// Whether the step names the operation itself and gives its whole input; else the action adds what is missing.
    pub whole: bool,
}

/// The call of a step; `None` where it makes none, or none with its own inputs.
#[must_use]
pub fn static_call(step: &Step) -> Option<StaticCall> {
    let property = match step.action.as_str() {
        "aws:executeAwsApi" => Some(false),
        "aws:assertAwsResourceProperty" | "aws:waitForAwsResourceProperty" => Some(true),
        _ => None,
    };
    let (service, api, input) = match property {
        Some(property) => action::split_api(&step.inputs, property)?,
        None => action::request(&step.action, &step.inputs)?,
    };
    Some(StaticCall { service, api, input, whole: property.is_some() })
}

/// The type of the value that a text with references becomes; `None` where it has no reference, or nobody can tell.
#[must_use]
pub fn value_type(document: &Document, text: &str) -> Option<ValueType> {
    references(text).next()?;
    let Some(reference) = whole(text) else {
        return Some(ValueType::String);
    };
    match reference {
        Reference::Parameter(name) => document.parameter(&name).map(|parameter| parameter.value_type),
        Reference::Variable(name) => document.variable(&name).map(|variable| variable.value_type),
        Reference::Output { step, output } => output_type(document.step(&step)?, &output),
        Reference::Global(_) | Reference::Automation(_) | Reference::Ssm(_) => Some(ValueType::String),
    }
}

fn output_type(step: &Step, output: &str) -> Option<ValueType> {
    let declared = step.outputs.iter().find(|declared| declared.name == output);
    declared.map(|declared| declared.value_type)
}
