//! What one input can be.
//!
//! Comes in: a literal value. Goes out: a finding where an action would refuse it.
//! Never: a finding about a value that is, or holds, a reference.

use serde_json::Value;

use super::list;
use crate::near::nearest;
use crate::report::{Reporter, Spot};

/// The type and the limits of an input.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text of so many characters.
    Text { least: usize, most: usize },
    /// One of these words.
    Word(&'static [&'static str]),
    /// true or false.
    Flag,
    /// A whole number.
    Whole { least: i64, most: i64 },
    /// A whole number, or its text: AWS's pages differ.
    WholeOrText { least: i64, most: i64 },
    /// A mapping.
    Map,
    /// A list of texts.
    Texts { least: usize, most: usize },
    /// A list of these words.
    Words(&'static [&'static str]),
    /// A list of mappings, each with these keys.
    Maps { keys: &'static [&'static str], least: usize, most: usize },
    /// A list of anything.
    List { most: usize },
    /// A number or a percentage, as rate control has it; with zero or not.
    Rate { zero: bool },
}

/// Whether a value is or holds a reference, so that nobody knows yet what it will be.
pub(super) fn may_be_anything(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(may_be_anything),
        Value::Object(entries) => entries.values().any(may_be_anything),
        _ => false,
    }
}

impl Kind {
    pub(super) fn check(self, value: &Value, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
        // null is how templates say "not given".
        if value.is_null() || value.as_str().is_some_and(|text| text.contains("{{")) {
            return;
        }
        match self {
            Self::Text { least, most } => text(value, key, (least, most), spot, reporter),
            Self::Word(words) => word(value, key, words, spot, reporter),
            Self::Flag => flag(value, key, spot, reporter),
            Self::Whole { least, most } => whole(value.as_i64(), key, (least, most), spot, reporter),
            Self::WholeOrText { least, most } => {
                let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
                whole(number, key, (least, most), spot, reporter);
            }
            Self::Map if value.is_object() => {}
            Self::Map => wrong(key, "a mapping", spot, reporter),
            Self::Rate { zero } => rate(value, key, zero, spot, reporter),
            Self::Texts { .. } | Self::Words(_) | Self::Maps { .. } | Self::List { .. } => {
                list::check(self, value, key, spot, reporter);
            }
        }
    }
}

pub(super) fn wrong(key: &str, expected: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    reporter.error("wrong-type", spot, format!("{key} must be {expected}"));
}

fn text(value: &Value, key: &str, (least, most): (usize, usize), spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(text) = value.as_str() else { return wrong(key, "text", spot, reporter) };
    let length = text.chars().count();
    if length < least || length > most {
        let message = format!("{key} has {length} characters; {least} to {most} are possible");
        reporter.error("input-value", spot, message);
    }
}

pub(super) fn word(value: &Value, key: &str, words: &[&str], spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(text) = value.as_str() else { return wrong(key, "text", spot, reporter) };
    if !words.contains(&text) {
        let finding = reporter.error("input-value", spot, format!("{key} cannot be {text}"));
        if let Some(near) = nearest(text, words.iter().copied()) {
            finding.replace(text, near);
        }
        finding.hint(format!("it can be {}", words.join(", ")));
    }
}

fn flag(value: &Value, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    match value {
        Value::Bool(_) => {}
        Value::String(text) if text == "true" || text == "false" => {
            let message = format!("{key} is the text '{text}'");
            reporter.warning("boolean-as-text", spot, message).unquote("drop the quotes");
        }
        _ => wrong(key, "true or false", spot, reporter),
    }
}

fn whole(number: Option<i64>, key: &str, (least, most): (i64, i64), spot: &Spot, reporter: &mut Reporter<'_>) {
    match number {
        None => wrong(key, "a whole number", spot, reporter),
        Some(number) if (least..=most).contains(&number) => {}
        Some(number) if most == i64::MAX => {
            reporter.error("input-value", spot, format!("{key} is {number}; it must be at least {least}"));
        }
        Some(number) => {
            reporter.error("input-value", spot, format!("{key} is {number}; {least} to {most} are possible"));
        }
    }
}

/// `10` or `10%`; a literal number is taken for its text.
fn rate(value: &Value, key: &str, zero: bool, spot: &Spot, reporter: &mut Reporter<'_>) {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return wrong(key, "a number or a percentage", spot, reporter),
    };
    let (digits, percent) = text.strip_suffix('%').map_or((text.as_str(), false), |digits| (digits, true));
    let number = digits.parse::<u32>().ok().filter(|_| digits == "0" || !digits.starts_with(['0', '+']));
    let fits = number.is_some_and(|number| (zero || number > 0) && (!percent || number <= 100));
    if !fits {
        let finding = reporter.error("input-value", spot, format!("{key} cannot be {text}"));
        finding.hint("a number such as 10, or a percentage such as 10%");
    }
}
