//! Short forms: a call or a step in one line.
//!
//! Comes in: a text, or a mapping with one key. Goes out: what is meant.
//! Never: a form that could be read in two ways.

use engine::StepStatus;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// `ec2:StopInstances`, or `ec2:StopInstances: {what the input has at least}`, or with `exactly`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExpectedCall {
    /// `service:Operation`.
    pub(super) call: String,
    /// What the input has at least.
    pub(super) input: Option<Value>,
    /// What the input is, nothing more.
    pub(super) exactly: Option<Value>,
}

/// `stopInstance`, or `stopInstance: Failed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExpectedStep {
    pub(super) name: String,
    pub(super) status: Option<StepStatus>,
}

/// The long form of a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    call: String,
    input: Option<Value>,
    exactly: Option<Value>,
}

impl<'de> Deserialize<'de> for ExpectedCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let short = |call: String, input: Option<Value>| Self { call, input, exactly: None };
        let expected = match Value::deserialize(deserializer)? {
            Value::String(call) => short(call, None),
            Value::Object(map) if map.contains_key("call") => {
                let long: Long = serde_json::from_value(Value::Object(map)).map_err(D::Error::custom)?;
                Self { call: long.call, input: long.input, exactly: long.exactly }
            }
            value => {
                let only = only_entry(value);
                let (call, input) = only.ok_or_else(|| D::Error::custom(CALL_FORMS))?;
                short(call, Some(input))
            }
        };
        if expected.call.contains(':') { Ok(expected) } else { Err(D::Error::custom(CALL_FORMS)) }
    }
}

const CALL_FORMS: &str = "a call is service:Operation, service:Operation: {part of its input}, \
or {call: service:Operation, exactly: {its whole input}}";

impl<'de> Deserialize<'de> for ExpectedStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Value::String(name) = value {
            return Ok(Self { name, status: None });
        }
        let entry = only_entry(value).and_then(|(name, status)| Some((name, serde_json::from_value(status).ok()?)));
        let (name, status) = entry.ok_or_else(|| D::Error::custom("a step is its name, or its name: its status"))?;
        Ok(Self { name, status: Some(status) })
    }
}

fn only_entry(value: Value) -> Option<(String, Value)> {
    let Value::Object(map) = value else { return None };
    let mut entries = map.into_iter();
    let only = entries.next()?;
    entries.next().is_none().then_some(only)
}

/// An answer that is one word, or a mapping that says more.
pub(super) fn word_or_map<T>(value: Value, word: &str) -> serde_json::Result<T>
where
    T: for<'a> Deserialize<'a>,
{
    let map = match value {
        Value::String(text) => Value::Object(Map::from_iter([(word.to_owned(), Value::String(text))])),
        other => other,
    };
    serde_json::from_value(map)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(value: Value) -> Result<ExpectedCall, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_call_has_three_forms() {
        let plain = ExpectedCall { call: "ec2:StopInstances".into(), input: None, exactly: None };
        assert_eq!(call(json!("ec2:StopInstances")).unwrap(), plain);
        let some = ExpectedCall { input: Some(json!({"Force": true})), ..plain.clone() };
        assert_eq!(call(json!({"ec2:StopInstances": {"Force": true}})).unwrap(), some);
        let all = ExpectedCall { exactly: Some(json!({})), ..plain };
        assert_eq!(call(json!({"call": "ec2:StopInstances", "exactly": {}})).unwrap(), all);
    }

    #[test]
    fn any_other_form_says_what_is_possible() {
        for wrong in [json!("StopInstances"), json!({"a:B": 1, "c:D": 2}), json!(3)] {
            assert!(call(wrong.clone()).unwrap_err().contains("service:Operation"), "{wrong}");
        }
    }

    #[test]
    fn a_step_may_have_a_status() {
        let step: ExpectedStep = serde_json::from_value(json!({"stop": "TimedOut"})).unwrap();
        assert_eq!(step, ExpectedStep { name: "stop".into(), status: Some(StepStatus::TimedOut) });
        assert!(serde_json::from_value::<ExpectedStep>(json!({"stop": "Broken"})).is_err());
    }
}
