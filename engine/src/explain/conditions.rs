//! Conditions in words.
//!
//! Comes in: a condition of a branch or a loop. Goes out: the part of a sentence after `if` or `while`.
//! Never: whether it holds.

use serde_json::Value;

use super::words::{list, value};
use crate::condition::{Condition, Operator};
use crate::place::Places;
use crate::report::{Reporter, Spot};

/// A condition as written; what cannot be read as one is said so.
pub(super) fn written(condition: &Value) -> String {
    let places = Places::default();
    let parsed = Condition::parse(condition, &Spot::at(""), &mut Reporter::new("", &places));
    parsed.map_or_else(|| "a condition holds that cannot be read".to_owned(), |condition| words(&condition))
}

/// Recursion is bounded by the document's nesting limit.
pub(super) fn words(condition: &Condition) -> String {
    match condition {
        Condition::And(all) => list(&nested(all), "and"),
        Condition::Or(any) => list(&nested(any), "or"),
        Condition::Not(inner) => match inner.as_ref() {
            Condition::Test { variable, operator, operand } => test(variable, *operator, operand, false),
            other => format!("it is not so that {}", words(other)),
        },
        Condition::Test { variable, operator, operand } => test(variable, *operator, operand, true),
    }
}

/// Parts that are lists themselves stand in brackets.
fn nested(parts: &[Condition]) -> Vec<String> {
    let bracketed = |part: &Condition| match part {
        Condition::And(_) | Condition::Or(_) if parts.len() > 1 => format!("({})", words(part)),
        other => words(other),
    };
    parts.iter().map(bracketed).collect()
}

fn test(variable: &Value, operator: Operator, operand: &Value, holds: bool) -> String {
    let variable = value(variable);
    let verb = match operator {
        Operator::BooleanEquals if matches!(operand, Value::Bool(_)) => {
            let is = if holds { "is" } else { "is not" };
            return format!("{variable} {is} {operand}");
        }
        Operator::StringEquals | Operator::NumericEquals | Operator::BooleanEquals => ("is", "is not"),
        Operator::EqualsIgnoreCase => ("is, in upper or lower case,", "is not, in upper or lower case,"),
        Operator::StartsWith => ("starts with", "does not start with"),
        Operator::EndsWith => ("ends with", "does not end with"),
        Operator::Contains => ("contains", "does not contain"),
        Operator::NumericGreater => ("is greater than", "is not greater than"),
        Operator::NumericLesser => ("is less than", "is not less than"),
        Operator::NumericGreaterOrEquals => ("is at least", "is less than"),
        Operator::NumericLesserOrEquals => ("is at most", "is greater than"),
    };
    let verb = if holds { verb.0 } else { verb.1 };
    let operand = match operand {
        Value::String(text) if text.is_empty() && matches!(operator, Operator::StringEquals) => "empty".to_owned(),
        Value::String(text) if !text.contains("{{") => format!("\"{text}\""),
        other => value(other),
    };
    format!("{variable} {verb} {operand}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_read_as_sentences_do() {
        let platform = json!({"Variable": "{{ d.Platform }}", "StringEquals": "windows"});
        let count = json!({"Variable": "{{ d.Count }}", "NumericGreaterOrEquals": 3});
        for (condition, expected) in [
            (platform.clone(), "{{ d.Platform }} is \"windows\""),
            (json!({"Not": platform}), "{{ d.Platform }} is not \"windows\""),
            (json!({"And": [platform, count]}), "{{ d.Platform }} is \"windows\" and {{ d.Count }} is at least 3"),
            (json!({"Not": count}), "{{ d.Count }} is less than 3"),
            (
                json!({"Or": [{"And": [platform, count]}, {"Variable": "{{ Force }}", "BooleanEquals": true}]}),
                "({{ d.Platform }} is \"windows\" and {{ d.Count }} is at least 3) or {{ Force }} is true",
            ),
            (json!({"Variable": "{{ Role }}", "StringEquals": ""}), "{{ Role }} is empty"),
            (
                json!({"Not": {"And": [platform, count]}}),
                "it is not so that {{ d.Platform }} is \"windows\" and {{ d.Count }} is at least 3",
            ),
        ] {
            assert_eq!(written(&condition), expected);
        }
    }

    #[test]
    fn what_is_no_condition_is_said_so() {
        assert_eq!(written(&json!({"Variable": "x"})), "a condition holds that cannot be read");
    }
}
