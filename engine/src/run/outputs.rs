//! What steps and documents give.
//!
//! Comes in: an answer and declared outputs. Goes out: typed values; for the document, lists of text.
//! Never: an output that was not declared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::record::{StepRecord, StepStatus};
use crate::document::{Document, Step, StepOutput, ValueType};
use crate::resolve::as_text;
use crate::selector::Selector;

/// What SSM says of an output whose step did not succeed.
const NO_OUTPUT: &str = "No output available yet because the step is not successfully executed";

/// The outputs of a step that have a value: those of its action, and those it declares, which win.
pub(crate) fn of_step(step: &Step, root: &Value) -> Result<BTreeMap<String, Value>, String> {
    let mut outputs = crate::action::built_in(&step.action, root);
    for output in &step.outputs {
        if let Some(value) = select(output, root)? {
            outputs.insert(output.name.clone(), value);
        }
    }
    Ok(outputs)
}

/// One output's value; `None` if the selector finds nothing.
fn select(output: &StepOutput, root: &Value) -> Result<Option<Value>, String> {
    let selector = Selector::parse(&output.selector).map_err(|error| error.to_string())?;
    let found = selector.select(root).into_value();
    if found.is_null() {
        return Ok(None);
    }
    typed(output.value_type, found).map(Some).map_err(|found| {
        let shape = shape(&found);
        format!(
            "output {} is declared {}, and {} gives {shape}",
            output.name,
            output.value_type.name(),
            output.selector
        )
    })
}

/// The value as the declared type: text from anything, lists of text from lists; no other conversion.
fn typed(value_type: ValueType, value: Value) -> Result<Value, Value> {
    match (value_type, value) {
        (ValueType::String, value) => Ok(Value::String(as_text(&value))),
        (ValueType::StringList, Value::Array(items)) => {
            Ok(items.iter().filter(|item| !item.is_null()).map(as_text).collect())
        }
        (value_type, value) if value_type.admits(&value) => Ok(value),
        (_, value) => Err(value),
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// The outputs of the document, from the last visit of each step.
pub(super) fn of_document(document: &Document, records: &[StepRecord]) -> BTreeMap<String, Vec<String>> {
    let mut outputs = BTreeMap::new();
    for name in &document.outputs {
        let (step, output) = name.split_once('.').unwrap_or((name, ""));
        let record = records.iter().rfind(|record| record.name == step);
        let texts = match record.filter(|record| record.status == StepStatus::Success) {
            None => vec![NO_OUTPUT.to_owned()],
            Some(record) => record.outputs.get(output).map(texts).unwrap_or_default(),
        };
        outputs.insert(name.clone(), texts);
    }
    outputs
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(as_text).collect(),
        other => vec![as_text(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(value_type: ValueType, selector: &str, root: Value) -> Result<Option<Value>, String> {
        select(&StepOutput { name: "O".into(), selector: selector.into(), value_type }, &root)
    }

    #[test]
    fn a_value_takes_its_declared_type() {
        use ValueType as T;
        for (value_type, value, expected) in [
            (T::String, json!("a"), json!("a")),
            (T::String, json!(3), json!("3")),
            (T::String, json!(true), json!("true")),
            (T::String, json!({"a": [1, 2]}), json!(r#"{"a":[1,2]}"#)),
            (T::Integer, json!(3), json!(3)),
            (T::Boolean, json!(false), json!(false)),
            (T::StringList, json!(["a", 1]), json!(["a", "1"])),
            (T::StringMap, json!({"a": 1}), json!({"a": 1})),
            (T::MapList, json!([{"a": 1}]), json!([{"a": 1}])),
        ] {
            assert_eq!(one(value_type, "$.v", json!({ "v": value })), Ok(Some(expected)));
        }
    }

    #[test]
    fn any_other_type_fails_and_says_both() {
        use ValueType as T;
        for (value_type, value) in [
            (T::Integer, json!("3")),
            (T::Integer, json!(1.5)),
            (T::Boolean, json!("true")),
            (T::StringList, json!("a")),
            (T::StringMap, json!([])),
            (T::MapList, json!(["a"])),
        ] {
            let message = one(value_type, "$.v", json!({ "v": value })).unwrap_err();
            assert!(message.contains(value_type.name()), "{message}");
        }
    }

    #[test]
    fn nothing_found_is_no_output_but_an_empty_list_is_one() {
        assert_eq!(one(ValueType::String, "$.v", json!({})), Ok(None));
        assert_eq!(one(ValueType::Integer, "$.v", json!({"v": null})), Ok(None));
        assert_eq!(one(ValueType::StringList, "$..v", json!({})), Ok(Some(json!([]))));
    }
}
