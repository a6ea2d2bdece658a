//! Two values, and where they differ.
//!
//! Comes in: what is expected, what there is. Goes out: one line for each difference, with its place.
//! Never: only the first.

use serde_json::Value;

/// A longer value is cut in messages.
const LONGEST: usize = 120;

/// Where `got` lacks what `expected` has. A mapping may have more; a list has the same number of items.
pub(super) fn missing(expected: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, got, false, &mut found);
    found
}

/// Where the two are not the same.
pub(super) fn differing(expected: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, got, true, &mut found);
    found
}

// Bounded: expectations come from a parser with a nesting limit.
fn compare(path: &str, expected: &Value, got: &Value, whole: bool, found: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (key, expected) in expected {
                let path = join(path, key);
                match got.get(key) {
                    Some(got) => compare(&path, expected, got, whole, found),
                    None => found.push(format!("{path} is missing, expected {}", brief(expected))),
                }
            }
            for key in got.keys().filter(|key| whole && !expected.contains_key(*key)) {
                found.push(format!("{} is not expected", join(path, key)));
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(&format!("{path}[{index}]"), expected, got, whole, found);
            }
        }
        _ if expected == got => {}
        _ => {
            let place = if path.is_empty() { String::new() } else { format!("{path}: ") };
            found.push(format!("{place}expected {}, got {}", brief(expected), brief(got)));
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A value in a message: text as it is, the rest as JSON, cut.
pub(super) fn brief(value: &Value) -> String {
    let text = match value {
        Value::String(text) if !text.is_empty() && !text.contains(['\n', ',']) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_has_its_place() {
        let expected = json!({"Ids": ["i-1", "i-2"], "Type": {"Value": "t3.large"}, "Force": true});
        let got = json!({"Ids": ["i-1", "i-3"], "Type": {"Value": "t3.small"}, "Extra": 1});
        assert_eq!(
            missing(&expected, &got),
            [
                "Ids[1]: expected i-2, got i-3",
                "Type.Value: expected t3.large, got t3.small",
                "Force is missing, expected true"
            ]
        );
        assert_eq!(differing(&expected, &got).last().unwrap(), "Extra is not expected");
    }

    #[test]
    fn a_list_has_as_many_items_and_a_number_is_no_text() {
        assert_eq!(missing(&json!(["a"]), &json!(["a", "b"])), [r#"expected ["a"], got ["a","b"]"#]);
        assert_eq!(missing(&json!({"n": 1}), &json!({"n": "1"})).len(), 1);
        assert!(missing(&json!({}), &json!({"n": "1"})).is_empty());
    }
}
