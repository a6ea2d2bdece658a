//! aws:loop: its inputs. The interpreter runs it, because its steps are steps of the document.
//!
//! Takes Steps, and Iterators (a list, with IteratorDataType) or LoopCondition; MaxIterations. Gives CurrentIteration
//! and CurrentIteratorValue to its body. Never: more than a hundred iterations.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{COMMON, Runs, Spec, is_dynamic};
use crate::condition::Condition;
use crate::document::{Step, ValueType};
use crate::place::Places;
use crate::report::{Reporter, Spot};

pub(super) static SPEC: Spec = Spec {
    name: "aws:loop",
    // Steps is the body.
    optional: Some(&["Steps", "Iterators", "IteratorDataType", "LoopCondition", "MaxIterations"]),
    outputs: &["CurrentIteration", "CurrentIteratorValue"],
    cancel_target: false,
    check,
    runs: Runs::Flow,
    ..COMMON
};

/// AWS's limit, of items and of iterations.
const MOST: u32 = 100;

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    if step.body.is_empty() {
        reporter.error("missing-input", spot, "Steps is missing or has no step");
    }
    match (step.inputs.get("Iterators"), step.inputs.get("LoopCondition")) {
        (Some(iterators), None) => check_iterators(step, iterators, spot, reporter),
        (None, Some(condition)) => {
            Condition::parse(condition, &spot.key("LoopCondition"), reporter);
        }
        _ => {
            reporter.error("exclusive-inputs", spot, "exactly one of Iterators and LoopCondition is needed");
        }
    }
    if let Some(limit) = step.inputs.get("MaxIterations").filter(|limit| !is_dynamic(limit))
        && iterations(limit).is_none()
    {
        reporter.error("wrong-type", &spot.key("MaxIterations"), "MaxIterations must be from 1 to 100");
    }
}

fn check_iterators(step: &Step, iterators: &Value, spot: &Spot, reporter: &mut Reporter<'_>) {
    if let Some(written) = step.inputs.get("IteratorDataType").filter(|written| !is_dynamic(written))
        && data_type(Some(written)).is_none()
    {
        let message = format!("IteratorDataType is {written}");
        let hint = "Boolean, Integer, String or StringMap";
        reporter.error("wrong-type", &spot.key("IteratorDataType"), message).hint(hint);
        return;
    }
    let dynamic = !crate::reference::in_value(iterators).is_empty();
    if dynamic || step.inputs.get("IteratorDataType").is_some_and(is_dynamic) {
        return;
    }
    if let Err(message) = items(step, &step.inputs) {
        reporter.error("wrong-type", &spot.key("Iterators"), message);
    }
}

/// The iterations of a loop, its inputs resolved.
#[derive(Debug)]
pub(crate) struct Iterations {
    items: Option<Vec<Value>>,
    condition: Option<Condition>,
    most: u32,
}

impl Iterations {
    /// Reads resolved inputs; the condition as it is written.
    pub(crate) fn read(step: &Step, inputs: &Map<String, Value>) -> Result<Self, String> {
        let limit = inputs.get("MaxIterations").map(|limit| {
            iterations(limit).ok_or_else(|| format!("MaxIterations is {limit}, not a whole number from 1 to {MOST}"))
        });
        let limit = limit.transpose()?.unwrap_or(MOST);
        if let Some(written) = step.inputs.get("LoopCondition") {
            let places = Places::default();
            let condition = Condition::parse(written, &Spot::at(""), &mut Reporter::new("", &places));
            let condition = condition.ok_or("LoopCondition is not a condition")?;
            return Ok(Self { items: None, condition: Some(condition), most: limit });
        }
        let items = items(step, inputs)?;
        let most = u32::try_from(items.len()).unwrap_or(MOST).min(limit);
        Ok(Self { items: Some(items), condition: None, most })
    }

    /// The most there can be; all of them, for a loop over items.
    pub(crate) fn most(&self) -> u32 {
        self.most
    }

    /// The condition, which only the end of an iteration can judge.
    pub(crate) fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// What the body can read of an iteration, from 1.
    pub(crate) fn outputs(&self, iteration: u32) -> BTreeMap<String, Value> {
        let mut outputs = BTreeMap::from([("CurrentIteration".to_owned(), Value::from(iteration))]);
        outputs.extend(self.value(iteration).map(|value| ("CurrentIteratorValue".to_owned(), value)));
        outputs
    }

    /// The item of an iteration, from 1.
    pub(crate) fn value(&self, iteration: u32) -> Option<Value> {
        let index = usize::try_from(iteration).ok()?.checked_sub(1)?;
        self.items.as_ref()?.get(index).cloned()
    }

    /// Whether another iteration may follow the one that has ended.
    ///
    /// # Errors
    /// The condition compares what cannot be compared.
    pub(crate) fn goes_on(&self, resolve: impl Fn(&Value) -> Value) -> Result<bool, String> {
        match &self.condition {
            None => Ok(true),
            Some(condition) => condition.evaluate(&|value| Some(resolve(value))).map(|holds| holds == Some(true)),
        }
    }
}

fn iterations(limit: &Value) -> Option<u32> {
    let number = limit.as_u64().or_else(|| limit.as_str()?.trim().parse().ok())?;
    u32::try_from(number).ok().filter(|number| (1..=MOST).contains(number))
}

/// `Some` for the four types of items, of which String is the default.
fn data_type(written: Option<&Value>) -> Option<ValueType> {
    match written.map(Value::as_str) {
        None => Some(ValueType::String),
        Some(Some("Boolean")) => Some(ValueType::Boolean),
        Some(Some("Integer")) => Some(ValueType::Integer),
        Some(Some("String")) => Some(ValueType::String),
        Some(Some("StringMap")) => Some(ValueType::StringMap),
        Some(_) => None,
    }
}

fn items(step: &Step, inputs: &Map<String, Value>) -> Result<Vec<Value>, String> {
    let declared = data_type(inputs.get("IteratorDataType"));
    let declared = declared.ok_or("IteratorDataType must be Boolean, Integer, String or StringMap")?;
    let Some(Value::Array(list)) = inputs.get("Iterators") else {
        return Err(format!("Iterators of {} must be a list", step.name));
    };
    if list.len() > MOST as usize {
        return Err(format!("Iterators has {} items; a loop takes at most {MOST}", list.len()));
    }
    let typed = |(index, value): (usize, &Value)| {
        item(declared, value).ok_or_else(|| format!("item {} of Iterators is not a {}", index + 1, declared.name()))
    };
    list.iter().enumerate().map(typed).collect()
}

/// An item in its type. Iterators is documented as a list of text, so the text of a number, a boolean or a map is one.
fn item(declared: ValueType, value: &Value) -> Option<Value> {
    if declared.admits(value) {
        return Some(value.clone());
    }
    match (declared, value) {
        (ValueType::String, Value::Number(_) | Value::Bool(_)) => Some(Value::String(value.to_string())),
        (ValueType::Boolean | ValueType::Integer | ValueType::StringMap, Value::String(text)) => {
            serde_json::from_str(text.trim()).ok().filter(|value| declared.admits(value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn items_take_the_declared_type() {
        use ValueType as T;
        for (declared, value, expected) in [
            (T::String, json!("a"), Some(json!("a"))),
            (T::String, json!(1), Some(json!("1"))),
            (T::String, json!({}), None),
            (T::Integer, json!(1), Some(json!(1))),
            (T::Integer, json!("1"), Some(json!(1))),
            (T::Integer, json!("one"), None),
            (T::Boolean, json!("true"), Some(json!(true))),
            (T::Boolean, json!("True"), None),
            (T::StringMap, json!({"a": 1}), Some(json!({"a": 1}))),
            (T::StringMap, json!("{\"a\": 1}"), Some(json!({"a": 1}))),
            (T::StringMap, json!("a"), None),
        ] {
            assert_eq!(item(declared, &value), expected, "{declared:?} {value}");
        }
    }

    #[test]
    fn a_limit_is_from_one_to_a_hundred() {
        assert_eq!(iterations(&json!(1)), Some(1));
        assert_eq!(iterations(&json!("100")), Some(100));
        for wrong in [json!(0), json!(101), json!("many"), json!(-1), json!(null)] {
            assert_eq!(iterations(&wrong), None, "{wrong}");
        }
    }
}
