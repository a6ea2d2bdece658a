//! EventBridge event patterns.
//!
//! Comes in: a rule's pattern and an event, both JSON. Goes out: whether the rule wants the event.
//! Never: a guess at an operator it does not know; such a pattern is refused when the rule is read.
//!
//! A pattern object wants every one of its keys (and one of the alternatives under `$or`); a pattern array wants
//! one of its entries; an event array matches when one of its elements does.

use serde_json::{Map, Value};

/// A pattern that EventBridge would refuse with `InvalidEventPatternException`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the event pattern is not valid at {path}: {reason}")]
pub struct InvalidPattern {
    /// Where in the pattern, keys joined by dots.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

/// A pattern known to be valid.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Value")]
pub struct Pattern(Map<String, Value>);

impl TryFrom<Value> for Pattern {
    type Error = InvalidPattern;

    fn try_from(pattern: Value) -> Result<Self, InvalidPattern> {
        Self::new(&pattern)
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`InvalidPattern`] with the place of the first fault.
    pub fn new(pattern: &Value) -> Result<Self, InvalidPattern> {
        let Value::Object(fields) = pattern else { return Err(invalid("", "a pattern is a JSON object")) };
        check_object(fields, "")?;
        Ok(Self(fields.clone()))
    }

    /// Whether the event is wanted.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        object_matches(&self.0, Some(event))
    }
}

fn invalid(path: &str, reason: impl Into<String>) -> InvalidPattern {
    InvalidPattern { path: path.to_owned(), reason: reason.into() }
}

fn check_object(fields: &Map<String, Value>, path: &str) -> Result<(), InvalidPattern> {
    if fields.is_empty() {
        return Err(invalid(path, "an empty object matches nothing"));
    }
    fields.iter().try_for_each(|(key, value)| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Array(alternatives) if key == "$or" => alternatives.iter().try_for_each(|one| match one {
                Value::Object(fields) => check_object(fields, &path),
                _ => Err(invalid(&path, "$or takes a list of objects")),
            }),
            Value::Object(fields) => check_object(fields, &path),
            Value::Array(entries) if entries.is_empty() => Err(invalid(&path, "an empty list matches nothing")),
            Value::Array(entries) => entries.iter().try_for_each(|entry| check_entry(entry, &path)),
            _ => Err(invalid(&path, "a value stands in a list: [\"value\"]")),
        }
    })
}

fn check_entry(entry: &Value, path: &str) -> Result<(), InvalidPattern> {
    match entry {
        Value::Array(_) => Err(invalid(path, "a list inside a list")),
        Value::Object(operator) => check_operator(operator, path),
        _ => Ok(()),
    }
}

fn check_operator(operator: &Map<String, Value>, path: &str) -> Result<(), InvalidPattern> {
    let mut entries = operator.iter();
    let (Some((name, argument)), None) = (entries.next(), entries.next()) else {
        return Err(invalid(path, "an operator is an object with exactly one key"));
    };
    let fits = match name.as_str() {
        "prefix" | "suffix" => argument.is_string() || ignore_case(argument).is_some(),
        "equals-ignore-case" | "wildcard" => argument.is_string(),
        "exists" => argument.is_boolean(),
        "numeric" => argument.as_array().is_some_and(|tests| numeric_tests(tests).is_some()),
        "cidr" => argument.as_str().is_some_and(|text| Cidr::parse(text).is_some()),
        "anything-but" => anything_but_fits(argument),
        _ => return Err(invalid(path, format!("there is no operator {name}"))),
    };
    if fits { Ok(()) } else { Err(invalid(path, format!("{name} does not take {argument}"))) }
}

fn anything_but_fits(argument: &Value) -> bool {
    match argument {
        Value::Array(values) => !values.is_empty() && values.iter().all(|v| v.is_string() || v.is_number()),
        Value::Object(operator) => {
            operator.len() == 1
                && operator.iter().all(|(name, value)| {
                    matches!(name.as_str(), "prefix" | "suffix" | "equals-ignore-case" | "wildcard")
                        && strings(value).is_some_and(|list| !list.is_empty())
                })
        }
        Value::String(_) | Value::Number(_) => true,
        _ => false,
    }
}

fn object_matches(fields: &Map<String, Value>, event: Option<&Value>) -> bool {
    fields.iter().all(|(key, wanted)| match wanted {
        Value::Array(alternatives) if key == "$or" => {
            alternatives.iter().filter_map(Value::as_object).any(|fields| object_matches(fields, event))
        }
        _ => field_matches(wanted, event, key),
    })
}

/// One key of a pattern against an event; an event array stands for each of its elements.
fn field_matches(wanted: &Value, event: Option<&Value>, key: &str) -> bool {
    if let Some(Value::Array(elements)) = event {
        return elements.iter().any(|element| field_matches(wanted, Some(element), key));
    }
    let actual = event.and_then(|event| event.get(key));
    match wanted {
        Value::Object(fields) => object_matches(fields, actual),
        Value::Array(entries) => entries.iter().any(|entry| entry_matches(entry, actual)),
        _ => false,
    }
}

fn entry_matches(entry: &Value, actual: Option<&Value>) -> bool {
    if let Some(exists) = entry.get("exists").and_then(Value::as_bool) {
        // Exists looks at leaves only: an object in the event is not there as a value.
        return exists == actual.is_some_and(|value| !value.is_object());
    }
    match actual {
        None => false,
        Some(Value::Array(elements)) if elements.is_empty() => false,
        Some(Value::Array(elements)) => elements.iter().any(|element| leaf_matches(entry, element)),
        Some(leaf) => leaf_matches(entry, leaf),
    }
}

fn leaf_matches(entry: &Value, actual: &Value) -> bool {
    let Value::Object(operator) = entry else { return same(entry, actual) };
    operator.iter().all(|(name, argument)| match name.as_str() {
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => text_matches(name, argument, actual),
        "numeric" => numeric_matches(argument, actual),
        "cidr" => cidr_matches(argument, actual),
        "anything-but" => !actual.is_object() && !excluded(argument, actual),
        _ => false,
    })
}

fn excluded(argument: &Value, actual: &Value) -> bool {
    match argument {
        Value::Array(values) => values.iter().any(|value| same(value, actual)),
        Value::Object(operator) => operator.iter().any(|(name, value)| {
            let texts = strings(value).unwrap_or_default();
            texts.iter().any(|text| text_matches(name, &Value::from(*text), actual))
        }),
        value => same(value, actual),
    }
}

fn same(wanted: &Value, actual: &Value) -> bool {
    match (wanted.as_f64(), actual.as_f64()) {
        // 300, 300.0 and 3.0e2 are one number to EventBridge's numeric comparison, and to ours.
        (Some(wanted), Some(actual)) => wanted.total_cmp(&actual).is_eq(),
        _ => wanted == actual,
    }
}

fn ignore_case(argument: &Value) -> Option<&str> {
    argument.get("equals-ignore-case").and_then(Value::as_str)
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn text_matches(operator: &str, argument: &Value, actual: &Value) -> bool {
    let Some(actual) = actual.as_str() else { return false };
    let (wanted, actual) = match (argument.as_str(), ignore_case(argument)) {
        (_, Some(wanted)) => (wanted.to_lowercase(), actual.to_lowercase()),
        (Some(wanted), None) if operator == "equals-ignore-case" => (wanted.to_lowercase(), actual.to_lowercase()),
        (Some(wanted), None) => (wanted.to_owned(), actual.to_owned()),
        (None, None) => return false,
    };
    match operator {
        "prefix" => actual.starts_with(&wanted),
        "suffix" => actual.ends_with(&wanted),
        "wildcard" => wildcard(&wanted, &actual),
        _ => wanted == actual,
    }
}

/// `*` stands for any text, also none. Everything else is literal.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut middle: Vec<&str> = parts.collect();
    let Some(last) = middle.pop() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// `["<", 10]` or `[">", 0, "<=", 5]`; `None` if it is neither.
fn numeric_tests(tests: &[Value]) -> Option<Vec<(&str, f64)>> {
    let pairs = tests.chunks(2).map(|pair| match pair {
        [operator, limit] => {
            let operator = operator.as_str().filter(|o| ["<", "<=", "=", ">", ">="].contains(o))?;
            Some((operator, limit.as_f64()?))
        }
        _ => None,
    });
    pairs.collect::<Option<Vec<_>>>().filter(|pairs| !pairs.is_empty() && pairs.len() <= 2)
}

fn numeric_matches(argument: &Value, actual: &Value) -> bool {
    let (Some(actual), Some(tests)) = (actual.as_f64(), argument.as_array().and_then(|t| numeric_tests(t))) else {
        return false;
    };
    tests.iter().all(|(operator, limit)| match *operator {
        "<" => actual < *limit,
        "<=" => actual <= *limit,
        ">" => actual > *limit,
        ">=" => actual >= *limit,
        _ => actual.total_cmp(limit).is_eq(),
    })
}

/// An IPv4 or IPv6 network.
struct Cidr {
    network: u128,
    mask: u128,
    four: bool,
}

impl Cidr {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (network, four) = address_bits(address)?;
        let length: u32 = length.parse().ok()?;
        let width = if four { 32 } else { 128 };
        let free = width - length.min(width);
        let mask = if free >= 128 { 0 } else { u128::MAX << free };
        (length <= width).then_some(Self { network, mask, four })
    }
}

fn address_bits(text: &str) -> Option<(u128, bool)> {
    match text.parse().ok()? {
        std::net::IpAddr::V4(four) => Some((u128::from(u32::from(four)), true)),
        std::net::IpAddr::V6(six) => Some((u128::from(six), false)),
    }
}

fn cidr_matches(argument: &Value, actual: &Value) -> bool {
    let cidr = argument.as_str().and_then(Cidr::parse);
    let address = actual.as_str().and_then(address_bits);
    cidr.zip(address).is_some_and(|(cidr, (bits, four))| four == cidr.four && (bits ^ cidr.network) & cidr.mask == 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "account": "123456789012",
            "resources": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:web"],
            "detail": {
                "state": {"value": "ALARM"}, "alarmName": "web-cpu-high", "period": 300, "ratio": 0.5, "address": "10.0.0.17",
                "description": null, "empty": [], "on": true,
                "metrics": [{"id": "m1", "stat": "Sum"}, {"id": "m2", "stat": "Average"}],
            }
        })
    }

    #[test]
    fn a_pattern_matches_as_eventbridge_says() {
        let wanted = [
            json!({"source": ["aws.cloudwatch"]}),
            json!({"source": ["aws.ec2", "aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}),
            json!({"detail": {"alarmName": [{"prefix": "web-"}]}}),
            json!({"detail": {"alarmName": [{"suffix": "-high"}]}}),
            json!({"detail": {"alarmName": [{"prefix": {"equals-ignore-case": "WEB-"}}]}}),
            json!({"detail": {"alarmName": [{"wildcard": "web-*-high"}]}}),
            json!({"detail": {"alarmName": [{"wildcard": "*cpu*"}]}}),
            json!({"detail": {"alarmName": [{"equals-ignore-case": "WEB-CPU-HIGH"}]}}),
            json!({"detail": {"alarmName": [{"anything-but": ["db"]}]}}),
            json!({"detail": {"alarmName": [{"anything-but": {"prefix": "db-"}}]}}),
            json!({"detail": {"alarmName": [{"anything-but": {"suffix": ["-low", "-ok"]}}]}}),
            json!({"detail": {"period": [{"numeric": [">", 0, "<=", 300]}]}}),
            json!({"detail": {"period": [300.0]}}),
            json!({"detail": {"ratio": [{"numeric": ["=", 0.5]}]}}),
            json!({"detail": {"address": [{"cidr": "10.0.0.0/24"}]}}),
            json!({"detail": {"description": [null]}}),
            json!({"detail": {"on": [true]}}),
            json!({"detail": {"alarmName": [{"exists": true}], "muteDetail": [{"exists": false}]}}),
            json!({"detail": {"muteDetail": {"deep": [{"exists": false}]}}}),
            json!({"detail": {"metrics": {"stat": ["Average"]}}}),
            json!({"resources": [{"suffix": ":alarm:web"}]}),
            json!({"$or": [{"source": ["aws.ec2"]}, {"detail": {"on": [true]}}], "account": ["123456789012"]}),
        ];
        for pattern in wanted {
            assert!(Pattern::new(&pattern).unwrap().matches(&event()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_leaves_what_it_does_not_want() {
        let unwanted = [
            json!({"source": ["aws.ec2"]}),
            json!({"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["OK"]}}}),
            json!({"detail": {"alarmName": [{"prefix": "db-"}]}}),
            json!({"detail": {"alarmName": [{"wildcard": "web-*-low"}]}}),
            json!({"detail": {"alarmName": [{"wildcard": "cpu"}]}}),
            json!({"detail": {"alarmName": [{"anything-but": ["web-cpu-high"]}]}}),
            json!({"detail": {"alarmName": [{"anything-but": {"prefix": "web-"}}]}}),
            json!({"detail": {"missing": [{"anything-but": ["x"]}]}}),
            json!({"detail": {"period": [{"numeric": ["<", 300]}]}}),
            json!({"detail": {"period": ["300"]}}),
            json!({"detail": {"address": [{"cidr": "10.0.1.0/24"}]}}),
            json!({"detail": {"address": [{"cidr": "::/0"}]}}),
            json!({"detail": {"alarmName": [null]}}),
            json!({"detail": {"muteDetail": [null]}}),
            json!({"detail": {"state": [{"exists": true}]}}),
            json!({"detail": {"empty": ["x", null]}}),
            json!({"detail": {"metrics": {"stat": ["Minimum"]}}}),
            json!({"$or": [{"source": ["aws.ec2"]}, {"detail": {"on": [false]}}]}),
        ];
        for pattern in unwanted {
            assert!(!Pattern::new(&pattern).unwrap().matches(&event()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_eventbridge_would_refuse_is_refused_with_its_place() {
        let cases = [
            (json!("aws.ec2"), "", "a pattern is a JSON object"),
            (json!({"source": "aws.ec2"}), "source", "a value stands in a list: [\"value\"]"),
            (json!({"detail": {"state": {"value": []}}}), "detail.state.value", "an empty list matches nothing"),
            (json!({"detail": {}}), "detail", "an empty object matches nothing"),
            (json!({"a": [{"regex": "x"}]}), "a", "there is no operator regex"),
            (json!({"a": [{"numeric": [">"]}]}), "a", "numeric does not take [\">\"]"),
            (json!({"a": [{"exists": "yes"}]}), "a", "exists does not take \"yes\""),
            (json!({"a": [{"cidr": "10.0.0.0/33"}]}), "a", "cidr does not take \"10.0.0.0/33\""),
            (json!({"a": [{"prefix": "x", "suffix": "y"}]}), "a", "an operator is an object with exactly one key"),
            (json!({"$or": ["x"]}), "$or", "$or takes a list of objects"),
        ];
        for (pattern, path, reason) in cases {
            let refusal = Pattern::new(&pattern).unwrap_err();
            assert_eq!((refusal.path.as_str(), refusal.reason.as_str()), (path, reason), "{pattern}");
        }
    }
}
