//! PropertySelector and DesiredValues: what asserts and waits look for.
//!
//! Comes in: resolved inputs and an answer. Goes out: whether the answer has what is desired.
//! Never: a conversion of types beyond text: booleans are `True` and `False` there, as Python writes them.

use serde_json::{Map, Value};

use crate::context::Readings;
use crate::document::Step;
use crate::report::{Reporter, Spot};
use crate::resolve::as_text;
use crate::run::Stop;
use crate::selector::{Selection, Selector};

/// What is looked for, read from resolved inputs.
#[derive(Debug)]
pub(crate) struct Expectation {
    selector: Selector,
    desired: Vec<Value>,
    /// Of a list any element will do.
    any: bool,
}

/// What a look showed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    Holds(Value),
    Differs(Value),
    /// The selector found nothing.
    Nothing,
}

impl Expectation {
    pub(crate) fn read(inputs: &Map<String, Value>, readings: Readings) -> Result<Self, Stop> {
        let selector = inputs.get("PropertySelector").and_then(Value::as_str);
        let selector = selector.ok_or_else(|| Stop::inputs("PropertySelector must be text"))?;
        let selector = Selector::parse(selector).map_err(|error| Stop::inputs(error.to_string()))?;
        let desired = match inputs.get("DesiredValues") {
            Some(Value::Array(desired)) if !desired.is_empty() => desired.clone(),
            _ => return Err(Stop::inputs("DesiredValues must be a list with at least one value")),
        };
        Ok(Self { selector, desired, any: readings.any_of_list })
    }

    /// A list from an indefinite selector holds if it is not empty and all of it is among the desired values (or any of
    /// it, if the context reads it so).
    pub(crate) fn judge(&self, answer: &Value) -> Verdict {
        let (holds, seen) = match self.selector.select(answer) {
            Selection::Nothing => return Verdict::Nothing,
            Selection::Many(values) if values.is_empty() => return Verdict::Nothing,
            Selection::Many(values) if self.any => {
                (values.iter().any(|value| self.desires(value)), Value::Array(values))
            }
            Selection::Many(values) => (values.iter().all(|value| self.desires(value)), Value::Array(values)),
            Selection::One(value) => (self.desires(&value), value),
        };
        if holds { Verdict::Holds(seen) } else { Verdict::Differs(seen) }
    }

    pub(crate) fn desired_text(&self) -> String {
        self.desired.iter().map(as_text).collect::<Vec<_>>().join(", ")
    }

    fn desires(&self, value: &Value) -> bool {
        self.desired.iter().any(|desired| equal(value, desired))
    }
}

fn equal(value: &Value, desired: &Value) -> bool {
    match (value, desired) {
        (Value::Bool(value), Value::String(text)) => text.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        (Value::String(text), Value::Bool(_) | Value::Number(_)) => *text == as_text(desired),
        (value, Value::String(text)) => as_text(value) == *text,
        (value, desired) => value == desired,
    }
}

pub(super) fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    super::api::check(step, spot, reporter);
    if let Some(selector) = step.inputs.get("PropertySelector").filter(|value| !super::is_dynamic(value)) {
        check_selector(selector, &spot.key("PropertySelector"), reporter);
    }
    let spot = spot.key("DesiredValues");
    match step.inputs.get("DesiredValues") {
        None => {}
        Some(Value::Array(values)) if values.is_empty() => {
            reporter.error("wrong-type", &spot, "DesiredValues is empty: nothing could ever hold");
        }
        Some(Value::Array(_)) => {}
        Some(value) if super::is_dynamic(value) => {}
        Some(_) => {
            reporter.error("wrong-type", &spot, "DesiredValues must be a list");
        }
    }
}

/// A selector as written, for the validator.
pub(crate) fn check_selector(selector: &Value, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(text) = selector.as_str() else {
        reporter.error("selector", spot, "a selector must be text");
        return;
    };
    match Selector::parse(text) {
        Err(error) => {
            reporter.error("selector", spot, error.to_string());
        }
        Ok(parsed) if !parsed.rooted => {
            let finding = reporter.warning("selector-root", spot, format!("the selector {text} has no $"));
            finding.hint(format!("$.{text}"));
            finding.replace(text, format!("$.{text}"));
        }
        Ok(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judge(selector: &str, desired: Value, answer: Value) -> Verdict {
        let inputs = json!({"PropertySelector": selector, "DesiredValues": desired});
        Expectation::read(inputs.as_object().unwrap(), Readings::default()).unwrap().judge(&answer)
    }

    #[test]
    fn booleans_and_numbers_compare_as_python_writes_them() {
        for (desired, value, holds) in [
            (json!(["True"]), json!(true), true),
            (json!(["true"]), json!(true), true),
            (json!([true]), json!(true), true),
            (json!(["True"]), json!(false), false),
            (json!(["3"]), json!(3), true),
            (json!([3]), json!("3"), true),
            (json!(["3.0"]), json!(3), false),
            (json!(["a", "b"]), json!("b"), true),
            (json!(["A"]), json!("a"), false),
        ] {
            let verdict = judge("$.x", desired.clone(), json!({"x": value}));
            assert_eq!(matches!(verdict, Verdict::Holds(_)), holds, "{desired} {value}");
        }
    }

    #[test]
    fn all_of_a_list_must_be_desired_and_an_empty_one_is_nothing() {
        let answer = json!({"l": [{"s": "a"}, {"s": "b"}]});
        assert!(matches!(judge("$..s", json!(["a", "b"]), answer.clone()), Verdict::Holds(_)));
        assert!(matches!(judge("$..s", json!(["a"]), answer.clone()), Verdict::Differs(_)));
        assert_eq!(judge("$..t", json!(["a"]), answer.clone()), Verdict::Nothing);
        assert_eq!(judge("$.t", json!(["a"]), answer.clone()), Verdict::Nothing);
        let inputs = json!({"PropertySelector": "$..s", "DesiredValues": ["a"]});
        let any = Readings { any_of_list: true, ..Readings::default() };
        let any = Expectation::read(inputs.as_object().unwrap(), any).unwrap();
        assert!(matches!(any.judge(&answer), Verdict::Holds(_)), "the other reading");
        assert_eq!(any.judge(&json!({"l": []})), Verdict::Nothing);
    }
}
