//! What a step is and does, in a few words.
//!
//! Comes in: a step. Goes out: its kind, what it calls, what it waits for. Never: a resolved value.

use serde_json::{Map, Value};

use super::flow::NodeKind;
use super::text::plain;
use crate::action::{self, Call};
use crate::condition::{Condition, Operator};
use crate::document::{Amount, Step};
use crate::place::Places;
use crate::report::{Reporter, Spot};
use crate::resolve::as_text;

/// Whether an operation (service, operation) only reads.
pub(super) type IsRead<'a> = &'a dyn Fn(&str, &str) -> bool;

/// What a step is to a reader. What cannot be told is a write.
pub(super) fn kind(step: &Step, is_read: IsRead<'_>) -> NodeKind {
    let reads =
        || !step_calls(step).is_empty() && step_calls(step).iter().all(|(service, api, _)| is_read(service, api));
    match step.action.as_str() {
        "aws:assertAwsResourceProperty" if reads() => NodeKind::Assert,
        "aws:waitForAwsResourceProperty" if reads() => NodeKind::Wait,
        "aws:changeInstanceState" if step.inputs.get("CheckStateOnly") == Some(&Value::Bool(true)) => NodeKind::Wait,
        "aws:executeAwsApi" if reads() => NodeKind::Read,
        "aws:sleep" => NodeKind::Sleep,
        "aws:branch" => NodeKind::Branch,
        "aws:approve" => NodeKind::Approve,
        "aws:pause" => NodeKind::Pause,
        "aws:executeScript" => NodeKind::Script,
        "aws:executeAutomation" => NodeKind::Child,
        "aws:runCommand" | "aws:invokeLambdaFunction" | "aws:executeStateMachine" | "aws:invokeWebhook" => {
            NodeKind::Invoke
        }
        "aws:updateVariable" => NodeKind::Variable,
        "aws:loop" => NodeKind::Loop,
        name if action::spec(name).is_none() => NodeKind::Unknown,
        _ => NodeKind::Write,
    }
}

fn step_calls(step: &Step) -> Vec<Call> {
    action::spec(&step.action).map(|spec| (spec.calls)(&step.inputs)).unwrap_or_default()
}

/// What a step calls: an operation, a document, a runtime.
pub(super) fn call(step: &Step) -> Option<String> {
    let inputs = &step.inputs;
    match step.action.as_str() {
        "aws:executeAutomation" | "aws:runCommand" => text(inputs, "DocumentName"),
        "aws:executeScript" => text(inputs, "Runtime"),
        "aws:invokeLambdaFunction" => text(inputs, "FunctionName"),
        "aws:executeStateMachine" => text(inputs, "stateMachineArn"),
        "aws:invokeWebhook" => text(inputs, "IntegrationName"),
        // What these call for themselves is not what they are about.
        "aws:approve" | "aws:pause" | "aws:sleep" | "aws:branch" | "aws:loop" | "aws:updateVariable" => None,
        name if action::spec(name).is_none() => Some(name.to_owned()),
        _ => {
            let (service, api, _) = step_calls(step).into_iter().next()?;
            Some(format!("{}:{}", plain(&service), plain(&api)))
        }
    }
}

/// What a step waits for, asserts, repeats or sets.
pub(super) fn detail(step: &Step) -> Option<String> {
    let inputs = &step.inputs;
    match step.action.as_str() {
        "aws:assertAwsResourceProperty" => Some(desired(inputs)),
        "aws:waitForAwsResourceProperty" => Some(format!("until {}", desired(inputs))),
        "aws:changeInstanceState" => text(inputs, "DesiredState").map(|state| format!("until {state}")),
        "aws:sleep" => {
            text(inputs, "Duration")
                .map(|duration| format!("for {}", lasting(&duration)))
                .or(text(inputs, "Timestamp").map(|time| format!("until {time}")))
        }
        "aws:approve" => Some(approval(inputs)),
        "aws:pause" => Some("until somebody resumes the run".to_owned()),
        "aws:executeScript" => text(inputs, "Handler").map(|handler| format!("handler {handler}")),
        "aws:executeAutomation" => targets(inputs),
        "aws:runCommand" => text(inputs, "InstanceIds").map(|ids| format!("on {ids}")).or_else(|| targets(inputs)),
        "aws:createStack" | "aws:deleteStack" => text(inputs, "StackName"),
        "aws:createImage" | "aws:copyImage" => text(inputs, "ImageName"),
        "aws:deleteImage" | "aws:runInstances" => text(inputs, "ImageId"),
        "aws:updateVariable" => Some(format!("{} = {}", text(inputs, "Name")?, text(inputs, "Value")?)),
        "aws:loop" => Some(rounds(inputs)),
        _ => None,
    }
}

fn text(inputs: &Map<String, Value>, key: &str) -> Option<String> {
    inputs.get(key).map(brief).filter(|text| !text.is_empty())
}

/// References without inner blanks, so that no line ends within one.
fn tight(text: &str) -> String {
    text.replace("{{ ", "{{").replace(" }}", "}}")
}

/// A value as people read it: a list of texts without its brackets.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            tight(&plain(&items.iter().map(as_text).collect::<Vec<_>>().join(", ")))
        }
        other => tight(&plain(&as_text(other))),
    }
}

fn desired(inputs: &Map<String, Value>) -> String {
    let selector = text(inputs, "PropertySelector").unwrap_or_default();
    let values = match inputs.get("DesiredValues") {
        Some(Value::Array(values)) => values.iter().map(brief).collect::<Vec<_>>().join(" or "),
        other => other.map(brief).unwrap_or_default(),
    };
    format!("{} is {values}", selector.trim_start_matches("$."))
}

fn approval(inputs: &Map<String, Value>) -> String {
    let approvers = text(inputs, "Approvers").unwrap_or_default();
    match text(inputs, "MinRequiredApprovals").filter(|least| least != "1") {
        Some(least) => format!("{least} of {approvers}"),
        None => format!("by {approvers}"),
    }
}

fn targets(inputs: &Map<String, Value>) -> Option<String> {
    let locations = inputs.contains_key("TargetLocations").then_some("in other accounts or Regions");
    let targets =
        ["Targets", "TargetMaps"].iter().any(|key| inputs.contains_key(*key)).then_some("once for each target");
    targets.or(locations).map(str::to_owned)
}

/// How often a loop repeats.
pub(super) fn rounds(inputs: &Map<String, Value>) -> String {
    let what = match (inputs.get("Iterators"), inputs.get("LoopCondition")) {
        (Some(items), _) => format!("for each of {}", brief(items)),
        (None, Some(when)) => format!("again while {}", condition(when)),
        (None, None) => "repeats".to_owned(),
    };
    match text(inputs, "MaxIterations") {
        Some(most) => format!("{what}, at most {most} times"),
        None => what,
    }
}

/// Attempts and time-out, where the step says so, short enough for a corner.
pub(super) fn notes(step: &Step) -> Vec<String> {
    let amount = |amount: &Amount| match amount {
        Amount::Fixed(number) => number.to_string(),
        Amount::Reference(text) => plain(text),
    };
    let attempts = step.max_attempts.as_ref().filter(|attempts| **attempts != Amount::Fixed(1));
    let attempts = attempts.map(|attempts| format!("{} tries", amount(attempts)));
    let timeout = step.timeout.as_ref().map(|timeout| match timeout {
        Amount::Fixed(seconds) => seconds_in_words(*seconds),
        Amount::Reference(text) => format!("{} s", plain(text)),
    });
    attempts.into_iter().chain(timeout).collect()
}

fn seconds_in_words(seconds: u64) -> String {
    match seconds {
        s if s >= 86_400 && s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s >= 3600 && s % 3600 == 0 => format!("{} h", s / 3600),
        s if s >= 60 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// `PT5M` as `5 min`; what is not as simple stays as it is.
fn lasting(duration: &str) -> String {
    let inside = duration.strip_prefix("PT").filter(|rest| !rest.is_empty());
    let (Some(inside), true) = (inside, duration.is_ascii()) else { return duration.to_owned() };
    let (number, unit) = inside.split_at(inside.len() - 1);
    match (number.parse::<u64>(), unit) {
        (Ok(number), "S") => seconds_in_words(number),
        (Ok(number), "M") => format!("{number} min"),
        (Ok(number), "H") => format!("{number} h"),
        _ => duration.to_owned(),
    }
}

/// A condition as written, in words.
pub(super) fn condition(value: &Value) -> String {
    let places = Places::default();
    match Condition::parse(value, &Spot::at(""), &mut Reporter::new("", &places)) {
        Some(condition) => plain(&in_words(&condition, false)),
        None => "a condition that cannot be read".to_owned(),
    }
}

/// Recursion is bounded by the document's nesting limit. `inner`: beside others, so that it needs parentheses.
fn in_words(condition: &Condition, inner: bool) -> String {
    let joined = |list: &[Condition], word: &str| {
        let words = list.iter().map(|one| in_words(one, list.len() > 1)).collect::<Vec<_>>().join(word);
        if inner && list.len() > 1 { format!("({words})") } else { words }
    };
    match condition {
        Condition::And(list) => joined(list, " and "),
        Condition::Or(list) => joined(list, " or "),
        Condition::Not(negated) => match negated.as_ref() {
            Condition::Test { variable, operator, operand } => test(variable, *operator, operand, true),
            other => format!("not {}", in_words(other, true)),
        },
        Condition::Test { variable, operator, operand } => test(variable, *operator, operand, false),
    }
}

fn test(variable: &Value, operator: Operator, operand: &Value, negated: bool) -> String {
    let (yes, no) = match operator {
        Operator::StringEquals | Operator::BooleanEquals => ("is", "is not"),
        Operator::EqualsIgnoreCase => ("is", "is not"),
        Operator::StartsWith => ("starts with", "does not start with"),
        Operator::EndsWith => ("ends with", "does not end with"),
        Operator::Contains => ("contains", "does not contain"),
        Operator::NumericEquals => ("=", "≠"),
        Operator::NumericGreater => (">", "≤"),
        Operator::NumericLesser => ("<", "≥"),
        Operator::NumericGreaterOrEquals => ("≥", "<"),
        Operator::NumericLesserOrEquals => ("≤", ">"),
    };
    let operand = match operand {
        Value::String(text) if text.trim().is_empty() => "empty".to_owned(),
        other => subject(other),
    };
    let any_case = if operator == Operator::EqualsIgnoreCase { " (in any case)" } else { "" };
    format!("{} {} {operand}{any_case}", subject(variable), if negated { no } else { yes })
}

/// A value of a condition; a reference without its braces.
fn subject(value: &Value) -> String {
    let text = brief(value);
    let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.filter(|inner| !inner.contains("{{")).map_or(text.clone(), |inner| inner.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_are_said_in_words() {
        let a = json!({"Variable": "{{ look.State }}", "StringEquals": "stopped"});
        let b = json!({"Variable": "{{Count}}", "NumericGreater": 3});
        assert_eq!(condition(&a), "look.State is stopped");
        assert_eq!(condition(&json!({"Not": a})), "look.State is not stopped");
        assert_eq!(
            condition(&json!({"Or": [a, {"And": [b, {"Not": {"And": [a, b]}}]}]})),
            "look.State is stopped or (Count > 3 and not (look.State is stopped and Count > 3))"
        );
        assert_eq!(condition(&json!({"Variable": "{{ x }}", "StringEquals": ""})), "x is empty");
        assert_eq!(condition(&json!(1)), "a condition that cannot be read");
    }

    #[test]
    fn simple_durations_are_said_in_words() {
        assert_eq!(lasting("PT5M"), "5 min");
        assert_eq!(lasting("PT120S"), "2 min");
        assert_eq!(lasting("P1DT2H"), "P1DT2H");
        assert_eq!(lasting("PT"), "PT");
        assert_eq!(lasting("{{ Delay }}"), "{{ Delay }}");
    }
}
