//! Parameters at the start of a run.
//!
//! Comes in: what was supplied, typed or in StartAutomationExecution's wire form. Goes out: typed values, or all
//! that is wrong with them.
//! Never: a conversion of typed values ("3" is not an Integer), or a value in a message: it may be secret.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::refuse::{ParameterProblem, RunError};
use super::setting::Setting;
use crate::document::{Document, Parameter, ValueType};
use crate::host::ApiCall;
use crate::pattern;
use crate::reference::{self, Reference};
use crate::resolve::as_text;

/// Checks what was supplied against what is declared; of the parameters in `later` there is no value yet.
pub(super) fn check(
    document: &Document,
    supplied: Map<String, Value>,
    later: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, Vec<ParameterProblem>> {
    let mut problems = Vec::new();
    let mut values = BTreeMap::new();
    for name in supplied.keys().filter(|name| document.parameter(name).is_none()) {
        problems.push(undeclared(document, name));
    }
    for parameter in &document.parameters {
        if later.contains_key(&parameter.name) {
            continue;
        }
        match supplied.get(&parameter.name).map(|value| accept(parameter, value)) {
            Some(Ok(value)) => {
                values.insert(parameter.name.clone(), value);
            }
            Some(Err(message)) => problems.push(ParameterProblem { name: parameter.name.clone(), message }),
            None if parameter.default.is_none() => {
                let message = "is required and was not given".to_owned();
                problems.push(ParameterProblem { name: parameter.name.clone(), message });
            }
            None => {}
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn undeclared(document: &Document, name: &str) -> ParameterProblem {
    let near = document.parameters.iter().find(|p| p.name.eq_ignore_ascii_case(name));
    let message = match near {
        Some(near) => format!("is not declared; the document has {}", near.name),
        None => "is not declared".to_owned(),
    };
    ParameterProblem { name: name.to_owned(), message }
}

fn accept(parameter: &Parameter, supplied: &Value) -> Result<Value, String> {
    let value =
        decode(parameter.value_type, supplied).ok_or_else(|| format!("must be of type {}", parameter.declared_type))?;
    check_length(parameter, &value)?;
    if let Some(allowed) = &parameter.allowed_values {
        let each: Vec<&Value> = value.as_array().map_or_else(|| vec![&value], |items| items.iter().collect());
        let known = |value: &&Value| allowed.iter().any(|one| one == *value || as_text(one) == as_text(value));
        if !each.iter().all(known) {
            let allowed: Vec<String> = allowed.iter().map(as_text).collect();
            return Err(format!("must be one of {}", allowed.join(", ")));
        }
    }
    check_pattern(parameter, &value)?;
    Ok(value)
}

fn check_length(parameter: &Parameter, value: &Value) -> Result<(), String> {
    let within = |length: usize, least: Option<u64>, most: Option<u64>, what: &str| {
        let length = length as u64;
        if least.is_some_and(|least| length < least) || most.is_some_and(|most| length > most) {
            let bounds = match (least, most) {
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, most) => format!("at most {}", most.unwrap_or_default()),
            };
            return Err(format!("must have {bounds} {what}, not {length}"));
        }
        Ok(())
    };
    match value {
        Value::Array(items) => within(items.len(), parameter.min_items, parameter.max_items, "items"),
        Value::String(_) | Value::Object(_) => {
            within(as_text(value).chars().count(), parameter.min_chars, parameter.max_chars, "characters")
        }
        _ => Ok(()),
    }
}

/// Each text in the value must match as a whole. A pattern that does not compile was a warning of the validator.
fn check_pattern(parameter: &Parameter, value: &Value) -> Result<(), String> {
    let Some(Ok(regex)) = parameter.allowed_pattern.as_deref().map(pattern::compile) else { return Ok(()) };
    let not_given = parameter.default.as_ref().is_some_and(is_empty) && is_empty(value);
    if not_given {
        return Ok(());
    }
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let pattern = parameter.allowed_pattern.as_deref().unwrap_or_default();
    for text in texts {
        match regex.is_match(text) {
            Ok(true) => {}
            Ok(false) => return Err(format!("does not match {pattern}")),
            Err(_) => return Err(format!("takes too long to match against {pattern}")),
        }
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().all(is_empty),
        _ => false,
    }
}

/// The value, typed or from the wire: a list of text for each parameter, JSON in it for maps.
pub(crate) fn decode(value_type: ValueType, supplied: &Value) -> Option<Value> {
    if value_type.admits(supplied) {
        return Some(supplied.clone());
    }
    if let (Value::String(text), ValueType::StringMap | ValueType::MapList) = (supplied, value_type) {
        return json_text(text).filter(|value| value_type.admits(value));
    }
    let items: Vec<&str> = supplied.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    let decoded = match (value_type, items.as_slice()) {
        (ValueType::String, [one]) => json!(one),
        (ValueType::Integer, [one]) => json!(one.trim().parse::<i64>().ok()?),
        (ValueType::Boolean, [one]) => json!(one.trim().parse::<bool>().ok()?),
        (ValueType::StringMap | ValueType::MapList, [one]) if json_text(one).is_some_and(|v| value_type.admits(&v)) => {
            json_text(one)?
        }
        (ValueType::MapList, many) => Value::Array(many.iter().map(|one| json_text(one)).collect::<Option<_>>()?),
        _ => return None,
    };
    value_type.admits(&decoded).then_some(decoded)
}

/// A default of the document: as [`decode`], but kept as written where it is a reference or does not decode.
pub(crate) fn decoded(value_type: ValueType, written: &Value) -> Value {
    decode(value_type, written).unwrap_or_else(|| written.clone())
}

fn json_text(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// Looks up `{{ ssm:… }}` in the defaults that are used.
pub(super) async fn from_store(
    setting: &Setting<'_>,
    given: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Value>, RunError> {
    let mut store = BTreeMap::new();
    for parameter in setting.document.parameters.iter().filter(|p| !given(&p.name)) {
        for reference in parameter.default.iter().flat_map(reference::in_value) {
            let Reference::Ssm(name) = reference else { continue };
            if store.contains_key(&name) {
                continue;
            }
            let value = lookup(parameter, &name, setting).await?;
            store.insert(name, value);
        }
    }
    Ok(store)
}

async fn lookup(parameter: &Parameter, name: &str, setting: &Setting<'_>) -> Result<Value, RunError> {
    let operation = format!("parameters/{name}");
    let call = ApiCall {
        service: "ssm".to_owned(),
        api: "GetParameter".to_owned(),
        input: json!({ "Name": name }),
        idempotency_key: format!("{}/{operation}", setting.context.execution_id),
        timeout: Some(super::attempt::LONGEST_CALL),
    };
    let problem =
        |message: String| RunError::Parameters(vec![ParameterProblem { name: parameter.name.clone(), message }]);
    let answer = setting
        .host
        .call(&setting.operation(&operation), call)
        .await?
        .map_err(|fault| problem(format!("its default: {fault}")))?;
    let stored = &answer["Parameter"];
    let text = stored["Value"].as_str().ok_or_else(|| problem(format!("{name} has no value")))?;
    match stored["Type"].as_str() {
        Some("SecureString") => Err(problem(format!("{name} is a SecureString, which a default may not name"))),
        Some("StringList") => Ok(text.split(',').map(str::to_owned).collect()),
        _ => Ok(json!(text)),
    }
}
