//! Values, lists and times in plain words.
//!
//! Comes in: inputs as written. Goes out: pieces of sentences.
//! Never: a value resolved or left out without a word.

use serde_json::{Map, Value};

/// A longer value is cut: the reader has the document too.
const LONGEST: usize = 90;

/// More inputs than these are counted, not listed.
const MOST_INPUTS: usize = 6;

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

/// A value as a person would write it: text as it is, lists without brackets where that can be read.
pub(super) fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.trim().is_empty() => "\"\"".to_owned(),
        Value::String(text) => spoken(&one_line(text)),
        Value::Array(items) if !items.is_empty() && items.iter().all(is_plain) => {
            items.iter().map(self::value).collect::<Vec<_>>().join(", ")
        }
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    };
    cut(&text)
}

/// Several words stand in quotation marks; what a reference has between its braces is one word.
fn spoken(text: &str) -> String {
    let outside = text.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, after)| after));
    let several = outside.into_iter().any(|part| part.contains(' '));
    if several { format!("\"{text}\"") } else { text.to_owned() }
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// White space of any kind becomes one blank.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// `InstanceId i-1 and InstanceType.Value t3.large`; nothing for no input.
pub(super) fn inputs(map: &Map<String, Value>) -> String {
    let mut flat = Vec::new();
    for (key, value) in map {
        flatten(key, value, &mut flat);
    }
    let more = flat.len().saturating_sub(MOST_INPUTS);
    if more > 0 {
        flat.truncate(MOST_INPUTS);
        flat.push(if more == 1 { "one more input".to_owned() } else { format!("{more} more inputs") });
    }
    list(&flat, "and")
}

/// Bounded by the document's nesting limit.
fn flatten(path: &str, given: &Value, into: &mut Vec<String>) {
    match given {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                flatten(&format!("{path}.{key}"), inner, into);
            }
        }
        other => into.push(format!("{path} {}", value(other))),
    }
}

/// `45 seconds`, `10 minutes`, `1 hour and 30 minutes`, `7 days`.
pub(super) fn time(seconds: u64) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (mut left, mut parts) = (seconds, Vec::new());
    for (length, name) in units {
        let number = left / length;
        left %= length;
        if number > 0 {
            parts.push(count(number, name));
        }
    }
    if parts.is_empty() { "no time".to_owned() } else { list(&parts, "and") }
}

/// `1 step`, `3 steps`.
pub(super) fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `the instance i-1`, `the instances i-1, i-2`.
pub(super) fn the(what: &str, ids: Option<&Value>) -> String {
    match ids {
        Some(given) => format!("the {what}{} {}", if several(given) { "s" } else { "" }, value(given)),
        None => format!("the {what}"),
    }
}

/// Whether an input that takes a list names more than one thing, as far as that can be told: a reference in the list's
/// own place is a list.
pub(super) fn several(ids: &Value) -> bool {
    match ids {
        Value::Array(items) => match items.as_slice() {
            [Value::String(only)] => only.trim_end_matches([' ', '}']).ends_with("Ids"),
            items => items.len() > 1,
        },
        Value::String(text) => text.contains("{{"),
        _ => false,
    }
}

/// Text for the inside of a sentence: without its full stop.
pub(super) fn without_stop(text: &str) -> String {
    one_line(text).trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        for (seconds, words) in [
            (0, "no time"),
            (1, "1 second"),
            (600, "10 minutes"),
            (5400, "1 hour and 30 minutes"),
            (604_800, "7 days"),
            (90_061, "1 day, 1 hour, 1 minute and 1 second"),
        ] {
            assert_eq!(time(seconds), words);
        }
    }

    #[test]
    fn inputs_are_listed_and_many_are_counted() {
        let some = json!({"InstanceId": "{{ Id }}", "InstanceType": {"Value": "t3.large"}, "Ids": ["a", "b"]});
        let words = inputs(some.as_object().unwrap());
        assert_eq!(words, "InstanceId {{ Id }}, InstanceType.Value t3.large and Ids a, b");
        let many: Map<String, Value> = (0..9).map(|n| (format!("K{n}"), json!(n))).collect();
        assert!(inputs(&many).ends_with("K5 5 and 3 more inputs"), "{}", inputs(&many));
    }

    #[test]
    fn one_or_several_is_told_by_what_is_written() {
        for (ids, words) in [
            (json!(["{{ InstanceId }}"]), "the instance {{ InstanceId }}"),
            (json!(["{{ launch.InstanceIds }}"]), "the instances {{ launch.InstanceIds }}"),
            (json!("{{ InstanceIds }}"), "the instances {{ InstanceIds }}"),
            (json!(["i-1", "i-2"]), "the instances i-1, i-2"),
        ] {
            assert_eq!(the("instance", Some(&ids)), words);
        }
        assert_eq!(value(&json!("{{ Stage }} failed")), "\"{{ Stage }} failed\"");
    }

    #[test]
    fn a_long_value_is_cut_between_letters() {
        assert_eq!(value(&json!("ü".repeat(100))), format!("{}...", "ü".repeat(LONGEST)));
    }
}
