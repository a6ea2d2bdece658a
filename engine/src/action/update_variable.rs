//! aws:updateVariable: a variable of the runbook takes another value.
//!
//! Takes Name (`variable:NAME`) and Value, of the variable's type; gives nothing.
//! Never: a conversion, or a value beyond the limits of a variable.

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{Answer, COMMON, Run, Runs, Spec};
use crate::document::{Step, ValueType};
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Stop, Values};

pub(super) static SPEC: Spec = Spec {
    name: "aws:updateVariable",
    required: &["Name", "Value"],
    check,
    runs: Runs::Here(&UpdateVariable),
    ..COMMON
};

/// Items of a StringList.
const STRINGS: usize = 50;
/// Items of a MapList.
const MAPS: usize = 200;
/// Characters of a text.
const TEXT: usize = 512;
/// Characters of a map's key.
const KEY: usize = 50;

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(Value::String(written)) = step.inputs.get("Name") else { return };
    if name(written).is_none() {
        let message = format!("Name is {written}");
        reporter.error("update-variable", &spot.key("Name"), message).hint("it has the form variable:NAME");
    }
}

/// The variable's name; the guide's example has braces around it.
fn name(written: &str) -> Option<&str> {
    let bare = written.trim().strip_prefix("{{").and_then(|inner| inner.strip_suffix("}}")).unwrap_or(written);
    bare.trim().strip_prefix("variable:").filter(|name| !name.is_empty())
}

struct UpdateVariable;

#[async_trait]
impl Run for UpdateVariable {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let updated = update(attempt.step(), attempt.inputs(), attempt.scope()).map_err(Stop::inputs)?;
        Ok(Answer { variable: Some(updated), ..Answer::default() })
    }
}

/// The variable that a step names, as it is written: with braces it would have been replaced by its value.
pub(crate) fn target(step: &Step) -> Option<&str> {
    name(step.inputs.get("Name")?.as_str()?)
}

/// The variable and its new value, or why it cannot have it.
pub(crate) fn update(step: &Step, inputs: &Map<String, Value>, scope: &Values) -> Result<(String, Value), String> {
    let name = target(step).ok_or("Name must have the form variable:NAME")?;
    let declared = scope.variable_type(name).ok_or_else(|| format!("the variable {name} is not declared"))?;
    let value = inputs.get("Value").cloned().unwrap_or_default();
    fits(declared, &value).map_err(|problem| format!("the variable {name} {problem}"))?;
    Ok((name.to_owned(), value))
}

/// Whether a variable of this type can have the value.
fn fits(declared: ValueType, value: &Value) -> Result<(), String> {
    if !declared.admits(value) {
        return Err(format!("is of type {}, and so must be its value", declared.name()));
    }
    let most = |what: &str, count: usize, most: usize| match count > most {
        true => Err(format!("takes at most {most} {what}, not {count}")),
        false => Ok(()),
    };
    match value {
        Value::String(text) => most("characters", text.chars().count(), TEXT),
        Value::Array(items) if declared == ValueType::MapList => {
            most("maps", items.len(), MAPS)?;
            items.iter().filter_map(Value::as_object).try_for_each(keys)
        }
        Value::Array(items) => {
            most("texts", items.len(), STRINGS)?;
            let texts = items.iter().filter_map(Value::as_str);
            texts.map(|text| text.chars().count()).try_for_each(|length| most("characters in a text", length, TEXT))
        }
        Value::Object(map) => keys(map),
        _ => Ok(()),
    }
}

fn keys(map: &Map<String, Value>) -> Result<(), String> {
    match map.keys().map(|key| key.chars().count()).find(|length| !(1..=KEY).contains(length)) {
        Some(length) => Err(format!("takes keys of 1 to {KEY} characters, not {length}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_variable_takes_values_of_its_type_within_its_limits() {
        use ValueType as T;
        let long = "x".repeat(513);
        let key = "k".repeat(51);
        for (declared, value, fitting) in [
            (T::String, json!("a"), true),
            (T::String, json!(1), false),
            (T::String, json!("x".repeat(512)), true),
            (T::String, json!(long), false),
            (T::Integer, json!(3), true),
            (T::Integer, json!("3"), false),
            (T::Boolean, json!(false), true),
            (T::Boolean, json!("false"), false),
            (T::StringList, json!(vec!["a"; 50]), true),
            (T::StringList, json!(vec!["a"; 51]), false),
            (T::StringList, json!([long]), false),
            (T::StringMap, json!({"a": [1]}), true),
            (T::StringMap, json!({ key: 1 }), false),
            (T::MapList, json!(vec![json!({"a": 1}); 200]), true),
            (T::MapList, json!(vec![json!({"a": 1}); 201]), false),
            (T::MapList, json!([{"": 1}]), false),
        ] {
            assert_eq!(fits(declared, &value).is_ok(), fitting, "{declared:?} {value}");
        }
    }

    #[test]
    fn a_name_has_its_prefix_with_or_without_the_guides_braces() {
        assert_eq!(name("variable:State"), Some("State"));
        assert_eq!(name("{{ variable:State }}"), Some("State"));
        assert_eq!(name("State"), None);
        assert_eq!(name("variable:"), None);
    }
}
