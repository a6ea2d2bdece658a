//! A document as a tree of JSON, in one order of keys.
//!
//! Comes in: a document. Goes out: everything it means, and nothing that it does not say.
//! Never: places, or the parser's notes.

use serde_json::{Map, Value, json};

use crate::document::{Amount, AttachedFile, Document, OnCancel, OnFailure, Parameter, Step, StepOutput, Variable};

/// The document's tree. Two documents that mean the same have the same.
#[must_use]
pub fn document(document: &Document) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("schemaVersion".into(), "0.3".into());
    put(&mut map, "description", document.description.as_deref());
    put(&mut map, "assumeRole", document.assume_role.as_deref());
    named(&mut map, "parameters", &document.parameters, |one| (&one.name, parameter(one)));
    named(&mut map, "variables", &document.variables, |one| (&one.name, variable(one)));
    named(&mut map, "files", &document.files, |one| (&one.name, file(one)));
    map.insert("mainSteps".into(), document.steps.iter().map(step).collect());
    if !document.outputs.is_empty() {
        map.insert("outputs".into(), json!(document.outputs));
    }
    map
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

fn named<T>(map: &mut Map<String, Value>, key: &str, all: &[T], of: impl Fn(&T) -> (&String, Value)) {
    if !all.is_empty() {
        let entries = all.iter().map(of).map(|(name, value)| (name.clone(), value));
        map.insert(key.to_owned(), Value::Object(entries.collect()));
    }
}

fn parameter(one: &Parameter) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), one.declared_type.as_str().into());
    put(&mut map, "description", one.description.as_deref());
    put(&mut map, "default", one.default.clone());
    put(&mut map, "allowedValues", one.allowed_values.clone());
    put(&mut map, "allowedPattern", one.allowed_pattern.as_deref());
    put(&mut map, "minItems", one.min_items);
    put(&mut map, "maxItems", one.max_items);
    put(&mut map, "minChars", one.min_chars);
    put(&mut map, "maxChars", one.max_chars);
    put(&mut map, "displayType", one.display_type.as_deref());
    put(&mut map, "interpolationType", one.interpolation_type.as_deref());
    Value::Object(map)
}

fn variable(one: &Variable) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), one.value_type.name().into());
    put(&mut map, "description", one.description.as_deref());
    put(&mut map, "default", one.default.clone());
    Value::Object(map)
}

fn file(one: &AttachedFile) -> Value {
    let mut map = Map::new();
    put(&mut map, "checksums", one.sha256.as_ref().map(|digits| json!({ "sha256": digits })));
    put(&mut map, "size", one.size);
    Value::Object(map)
}

/// Recursion (loops in loops) is bounded by the parser's nesting limit.
fn step(one: &Step) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), one.name.as_str().into());
    map.insert("action".into(), one.action.as_str().into());
    put(&mut map, "description", one.description.as_deref());
    put(&mut map, "maxAttempts", one.max_attempts.as_ref().map(amount));
    put(&mut map, "timeoutSeconds", one.timeout.as_ref().map(amount));
    flow(one, &mut map);
    let mut inputs = one.inputs.clone();
    if !one.body.is_empty() {
        inputs.insert("Steps".into(), one.body.iter().map(step).collect());
    }
    map.insert("inputs".into(), Value::Object(inputs));
    if !one.outputs.is_empty() {
        map.insert("outputs".into(), one.outputs.iter().map(output).collect());
    }
    put(&mut map, "isEnd", one.is_end.then_some(true));
    put(&mut map, "nextStep", one.next_step.as_deref());
    Value::Object(map)
}

fn flow(one: &Step, map: &mut Map<String, Value>) {
    let on_failure = match &one.on_failure {
        OnFailure::Abort => None,
        OnFailure::Continue => Some("Continue".to_owned()),
        OnFailure::Step(name) => Some(format!("step:{name}")),
    };
    let on_cancel = match &one.on_cancel {
        OnCancel::Abort => None,
        OnCancel::Step(name) => Some(format!("step:{name}")),
    };
    put(map, "onFailure", on_failure);
    put(map, "onCancel", on_cancel);
    put(map, "isCritical", one.is_critical);
}

fn amount(amount: &Amount) -> Value {
    match amount {
        Amount::Fixed(number) => (*number).into(),
        Amount::Reference(text) => text.as_str().into(),
    }
}

fn output(one: &StepOutput) -> Value {
    json!({ "Name": one.name, "Selector": one.selector, "Type": one.value_type.name() })
}
