//! `{{ state.power }}` in what a case says: values of the fake account, of a call, of the parameters.
//!
//! Comes in: a value with such texts in it, and what is known. Goes out: the value, filled.
//! Never: a reference of the runbook's own touched: only `state.`, `input.` and `parameters.` are read here.

use serde_json::{Map, Value};

/// What may be named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) parameters: &'a Map<String, Value>,
    pub(super) state: &'a Map<String, Value>,
    /// The input of the call that is answered.
    pub(super) input: &'a Value,
}

/// The value with every known name replaced; a text that is one name takes its value's type.
pub(super) fn fill(value: &Value, known: &Known<'_>) -> Value {
    match value {
        Value::String(text) => fill_text(text, known),
        Value::Array(items) => items.iter().map(|item| fill(item, known)).collect(),
        Value::Object(map) => Value::Object(fill_map(map, known)),
        other => other.clone(),
    }
}

/// As [`fill`], for a mapping.
pub(super) fn fill_map(map: &Map<String, Value>, known: &Known<'_>) -> Map<String, Value> {
    map.iter().map(|(key, value)| (key.clone(), fill(value, known))).collect()
}

fn fill_text(text: &str, known: &Known<'_>) -> Value {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        let found = known.find(name.trim());
        if let Some(value) = found.as_ref().filter(|_| text.trim().len() == name.len() + 4) {
            return value.clone();
        }
        filled.push_str(before);
        match found {
            Some(Value::String(value)) => filled.push_str(&value),
            Some(value) => filled.push_str(&value.to_string()),
            None => filled.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = behind;
    }
    filled.push_str(rest);
    Value::String(filled)
}

impl Known<'_> {
    fn find(&self, name: &str) -> Option<Value> {
        let (root, path) = name.split_once('.')?;
        let mut steps = path.split('.');
        let mut at = match root {
            "state" => self.state.get(steps.next()?)?,
            "parameters" => self.parameters.get(steps.next()?)?,
            "input" => self.input.get(steps.next()?)?,
            _ => return None,
        };
        for step in steps {
            at = match step.parse::<usize>() {
                Ok(index) if at.is_array() => at.get(index)?,
                _ => at.get(step)?,
            };
        }
        Some(at.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_filled_and_the_runbooks_own_references_stay() {
        let (state, parameters) = (json!({"count": 3, "power": "on"}), json!({"Ids": ["i-1"]}));
        let input = json!({"Type": {"Value": "t3.large"}});
        let known =
            Known { state: state.as_object().unwrap(), parameters: parameters.as_object().unwrap(), input: &input };
        for (value, expected) in [
            (json!("{{ state.count }}"), json!(3)),
            (json!("is {{ state.power }}, {{state.count}} times"), json!("is on, 3 times")),
            (json!(["{{ parameters.Ids.0 }}"]), json!(["i-1"])),
            (json!({"a": "{{ input.Type.Value }}"}), json!({"a": "t3.large"})),
            (json!("{{ step.Output }} {{ state.other }}"), json!("{{ step.Output }} {{ state.other }}")),
            (json!("{{ state.power"), json!("{{ state.power")),
        ] {
            assert_eq!(fill(&value, &known), expected, "{value}");
        }
    }
}
