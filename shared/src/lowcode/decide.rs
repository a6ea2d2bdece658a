//! From a binding and what is known to a run with its parameters. Pure.

use engine::{Document, ValueType};
use serde_json::{Map, Value};

use super::expression::{NotThere, fill_map, fill_text};
use super::facts::{Facts, Known};
use super::quoted::Quoted;
use crate::catalogue::{self, Binding};
use crate::guard::Refusal;
use crate::incident::Incident;
use crate::remediation::{Decision, Run};
use crate::telemetry::chain;

/// What a binding without Rust says to do.
#[must_use]
pub fn decide(binding: &Binding, incident: &Incident, known: &Known) -> Decision {
    if let Some(reason) = &known.healthy {
        return Decision::AlreadyHealthy(reason.clone());
    }
    let facts = Facts::of(incident, known);
    decided(binding, incident, known, &facts).unwrap_or_else(|problem| {
        let reason = format!("binding {} cannot be filled in: {problem}", binding.name);
        Decision::Refuse(Refusal { guard: "binding".into(), reason })
    })
}

fn decided(binding: &Binding, incident: &Incident, known: &Known, facts: &Facts) -> Result<Decision, String> {
    let said = |error: NotThere| error.to_string();
    let words = Quoted(facts);
    let lines = |lines: &[String]| lines.iter().map(|line| fill_text(line, &words)).collect::<Result<Vec<_>, _>>();
    if let Some(only) = &binding.ticket_only {
        let advice = lines(&only.advice).map_err(said)?;
        return Ok(Decision::Advise { diagnosis: known.diagnosis.clone(), advice });
    }
    let resource = incident.resource.clone().ok_or("the incident names no resource")?;
    let runbook = catalogue::runbook_of(binding).map_err(|error| chain(&error))?;
    let given = binding.parameters.clone().unwrap_or_default();
    Ok(Decision::Run(Box::new(Run {
        binding: binding.name.clone(),
        resource,
        scope: known.scope.clone(),
        parameters: typed(&runbook, fill_map(&given, facts).map_err(said)?)?,
        undo: binding.undo.as_ref().map(|undo| typed(&runbook, fill_map(undo, facts).map_err(said)?)).transpose()?,
        change: fill_text(&binding.change, facts).map_err(said)?,
        by_hand: lines(&binding.by_hand).map_err(said)?,
        irreversible: binding.irreversible.clone(),
    })))
}

/// Values in the types that the runbook declares: a rule's input parameters are all text.
fn typed(runbook: &Document, given: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let typed = |(name, value): (String, Value)| {
        let declared = runbook.parameters.iter().find(|parameter| parameter.name == name);
        let value = declared.map_or(Ok(value.clone()), |declared| {
            as_type(declared.value_type, value).map_err(|problem| format!("{name}: {problem}"))
        })?;
        Ok((name, value))
    };
    given.into_iter().map(typed).collect()
}

fn as_type(wanted: ValueType, value: Value) -> Result<Value, String> {
    let text = match &value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if wanted == ValueType::String => return Ok(Value::from(number.to_string())),
        Value::Bool(flag) if wanted == ValueType::String => return Ok(Value::from(flag.to_string())),
        _ => return Ok(value),
    };
    match wanted {
        ValueType::Integer => text.parse::<i64>().map(Value::from).map_err(|_| format!("{text:?} is no whole number")),
        ValueType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("{text:?} is neither true nor false")),
        },
        // AWS Config writes lists as text with commas.
        ValueType::StringList => {
            Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect())
        }
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_becomes_what_the_runbook_declares_or_is_refused() {
        let cases = [
            (ValueType::Integer, json!("90"), Ok(json!(90))),
            (ValueType::Integer, json!(" 90 "), Ok(json!(90))),
            (ValueType::Integer, json!("ninety"), Err("\"ninety\" is no whole number".to_owned())),
            (ValueType::Boolean, json!("True"), Ok(json!(true))),
            (ValueType::Boolean, json!("yes"), Err("\"yes\" is neither true nor false".to_owned())),
            (ValueType::StringList, json!("22, 3389"), Ok(json!(["22", "3389"]))),
            (ValueType::StringList, json!(["a"]), Ok(json!(["a"]))),
            (ValueType::String, json!(14), Ok(json!("14"))),
            (ValueType::String, json!("14"), Ok(json!("14"))),
        ];
        for (wanted, value, expected) in cases {
            assert_eq!(as_type(wanted, value.clone()), expected, "{wanted:?} {value}");
        }
    }
}
