//! What one step does, as a sentence.
//!
//! Comes in: a step, its inputs as written. Goes out: a sentence with a capital and a full stop.
//! Never: a reference resolved: the reader sees where a value comes from.

use serde_json::{Map, Value};

use super::words::{count, inputs, list, one_line, several, the, time, value, without_stop};
use super::{conditions, operation};
use crate::action::{DesiredState, split_api};
use crate::document::{Amount, Step};

/// The sentence.
pub(super) fn of(step: &Step) -> String {
    let words = match step.action.as_str() {
        "aws:executeAwsApi" => api(step),
        "aws:assertAwsResourceProperty" => property(step, "Checks that"),
        "aws:waitForAwsResourceProperty" => property(step, &format!("Waits up to {} until", limit(step))),
        "aws:changeInstanceState" => instance_state(step),
        "aws:sleep" => sleep(step),
        "aws:branch" => "Chooses how to go on".to_owned(),
        "aws:loop" => repetition(step),
        "aws:executeScript" => script(step),
        "aws:approve" => approve(step),
        "aws:pause" => "Waits until somebody lets the run go on".to_owned(),
        "aws:updateVariable" => variable(step),
        "aws:executeAutomation" => automation(step),
        "aws:runCommand" => command(step),
        other => return finish(&super::typed::sentence(other, step)),
    };
    finish(&words)
}

/// One full stop at the end.
fn finish(words: &str) -> String {
    format!("{}.", words.trim_end_matches('.'))
}

fn input<'a>(step: &'a Step, key: &str) -> Option<&'a Value> {
    step.inputs.get(key).filter(|value| !value.is_null())
}

/// The time of one attempt in words.
pub(super) fn limit(step: &Step) -> String {
    match &step.timeout {
        Some(Amount::Fixed(seconds)) => time(*seconds),
        Some(Amount::Reference(text)) => format!("{} seconds", one_line(text)),
        None => crate::action::spec(&step.action)
            .and_then(|spec| spec.timeout)
            .map_or_else(|| "as long as it takes".to_owned(), time),
    }
}

/// `Modifies the instance attribute (ec2:ModifyInstanceAttribute) with InstanceId {{ InstanceId }}`.
fn api(step: &Step) -> String {
    let Some((service, api, input)) = split_api(&step.inputs, false) else {
        return "Calls an API that is named only when it runs".to_owned();
    };
    let (name, with) = (call_name(&service, &api), with(&input));
    match operation::phrase(&api) {
        Some(phrase) => format!("{} ({name}){with}", capital(&phrase)),
        None => format!("Calls {name}{with}"),
    }
}

fn call_name(service: &str, api: &str) -> String {
    format!("{}:{}", service.trim(), api.trim())
}

/// ` with A x and B y`, or nothing.
fn with(input: &Value) -> String {
    let words = input.as_object().map(inputs).unwrap_or_default();
    if words.is_empty() { words } else { format!(" with {words}") }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `Checks that State.Name is running (ec2:DescribeInstances with InstanceIds i-1)`.
fn property(step: &Step, begin: &str) -> String {
    let selector = input(step, "PropertySelector").map_or_else(|| "a property".to_owned(), property_name);
    let desired = match input(step, "DesiredValues") {
        Some(Value::Array(values)) => list(&values.iter().map(value).collect::<Vec<_>>(), "or"),
        Some(other) => value(other),
        None => "as desired".to_owned(),
    };
    let call = split_api(&step.inputs, true);
    let call = call.map(|(service, api, input)| format!("{}{}", call_name(&service, &api), with(&input)));
    let call = call.unwrap_or_else(|| "an API that is named only when it runs".to_owned());
    format!("{begin} {selector} is {desired} ({call})")
}

/// The last names of a selector: `State.Name` of `$.Reservations[0].Instances[0].State.Name`.
fn property_name(selector: &Value) -> String {
    let text = value(selector);
    let inner = text.trim_start_matches(['$', '.']);
    let tail = inner.rsplit_once(']').map_or(inner, |(_, tail)| tail).trim_start_matches('.');
    let tail = tail.rsplit_once("..").map_or(tail, |(_, tail)| tail);
    let every = if text.contains("..") { "every " } else { "" };
    if tail.is_empty() || text.contains("{{") { text } else { format!("{every}{tail}") }
}

fn instance_state(step: &Step) -> String {
    let ids = the("instance", input(step, "InstanceIds"));
    let state = input(step, "DesiredState").map(value).unwrap_or_default();
    let (verb, until) = match DesiredState::from_name(&state) {
        Some(DesiredState::Running) => ("Starts", "it runs and its status checks have passed".to_owned()),
        Some(DesiredState::Stopped) => ("Stops", "it is stopped".to_owned()),
        Some(DesiredState::Terminated) => ("Terminates", "it is terminated".to_owned()),
        None => {
            return format!("Brings {ids} into the state {state} and waits up to {} until it is there", limit(step));
        }
    };
    let many = input(step, "InstanceIds").is_some_and(several);
    let until = if many {
        until.replacen("it is", "all are", 1).replacen("it runs and its", "all run and their", 1)
    } else {
        until
    };
    if input(step, "CheckStateOnly") == Some(&Value::Bool(true)) {
        return format!("Waits up to {} until {until} (for {ids}), without changing anything", limit(step));
    }
    let forced = if input(step, "Force") == Some(&Value::Bool(true)) { " by force" } else { "" };
    format!("{verb} {ids}{forced} and waits up to {} until {until}", limit(step))
}

fn sleep(step: &Step) -> String {
    match (input(step, "Duration"), input(step, "Timestamp")) {
        (Some(Value::String(text)), _) => match super::time::of_sleep(step) {
            Some(seconds) => format!("Waits for {}", time(seconds)),
            None => format!("Waits for {}", one_line(text)),
        },
        (_, Some(moment)) => format!("Waits until {}", value(moment)),
        _ => "Waits".to_owned(),
    }
}

/// The heading of a loop; its steps follow.
fn repetition(step: &Step) -> String {
    let most = input(step, "MaxIterations").map_or_else(|| "100".to_owned(), value);
    let times = if most == "1" { "once".to_owned() } else { format!("{most} times") };
    match (input(step, "Iterators"), input(step, "LoopCondition")) {
        (Some(items), _) => format!("Repeats the steps below for each item of {}, at most {times}", value(items)),
        (_, Some(condition)) => {
            let condition = conditions::written(condition);
            format!("Does the steps below, and does them again while {condition}, at most {times}")
        }
        _ => format!("Repeats the steps below, at most {times}"),
    }
}

fn script(step: &Step) -> String {
    let runtime = input(step, "Runtime").map(value).unwrap_or_default();
    let language = if runtime.starts_with("PowerShell") { "PowerShell" } else { "Python" };
    let what = match (input(step, "Attachment"), input(step, "Handler")) {
        (Some(file), Some(handler)) => format!("{} of the attached file {}", value(handler), value(file)),
        (Some(file), None) => format!("the attached file {}", value(file)),
        (None, Some(handler)) => format!("the {language} function {}", value(handler)),
        (None, None) => format!("a {language} script"),
    };
    let lines = input(step, "Script")
        .and_then(Value::as_str)
        .map(|text| text.lines().filter(|line| !line.trim().is_empty()).count());
    let lines = lines.filter(|lines| *lines > 0).map(|lines| format!(" ({}, {runtime})", count(lines as u64, "line")));
    let given = match input(step, "InputPayload") {
        Some(Value::Object(map)) if !map.is_empty() => format!(" with {}", inputs(map)),
        Some(Value::Object(_)) | None => String::new(),
        Some(other) => format!(" with {}", value(other)),
    };
    format!("Runs {what}{}{given}", lines.unwrap_or_default())
}

fn approve(step: &Step) -> String {
    let approvers = match input(step, "Approvers") {
        Some(Value::Array(items)) => list(&items.iter().map(value).collect::<Vec<_>>(), "and"),
        Some(other) => value(other),
        None => "the approvers".to_owned(),
    };
    let least = match input(step, "MinRequiredApprovals") {
        None => "one of them".to_owned(),
        Some(least) if *least == 1 => "one of them".to_owned(),
        Some(least) => format!("{} of them", value(least)),
    };
    let message =
        input(step, "Message").and_then(Value::as_str).map(|text| format!(", saying \"{}\"", without_stop(text)));
    let one = input(step, "Approvers").and_then(Value::as_array).is_some_and(|items| items.len() == 1);
    let who = if one {
        "they have".to_owned()
    } else if least == "one of them" {
        "one of them has".to_owned()
    } else {
        format!("{least} have")
    };
    format!(
        "Asks {approvers} for approval{}, and waits up to {} until {who} approved",
        message.unwrap_or_default(),
        limit(step)
    )
}

fn variable(step: &Step) -> String {
    let name = input(step, "Name").map(value).unwrap_or_default();
    let name = name.trim_start_matches("variable:").to_owned();
    format!("Sets the variable {name} to {}", input(step, "Value").map_or_else(|| "nothing".to_owned(), value))
}

fn automation(step: &Step) -> String {
    let name = input(step, "DocumentName").map(value).unwrap_or_default();
    let with = match input(step, "RuntimeParameters") {
        Some(Value::Object(map)) if !map.is_empty() => format!(" with {}", inputs(map)),
        Some(other) if other.is_string() => format!(" with {}", value(other)),
        _ => String::new(),
    };
    let each = [("Targets", "TargetParameterName")].iter().find_map(|(targets, parameter)| {
        input(step, targets)?;
        Some(format!(", once for each target ({})", input(step, parameter).map(value).unwrap_or_default()))
    });
    let maps = input(step, "TargetMaps").map(|_| ", once for each of the given targets".to_owned());
    let places = input(step, "TargetLocations").map(|_| ", in other accounts or Regions".to_owned());
    let each = each.or(maps).into_iter().chain(places).collect::<String>();
    format!("Runs the runbook {name}{with}{each} and waits for its end")
}

fn command(step: &Step) -> String {
    let document = input(step, "DocumentName").map(value).unwrap_or_default();
    let whom = match (input(step, "InstanceIds"), input(step, "Targets")) {
        (Some(ids), _) => the("instance", Some(ids)),
        (None, Some(targets)) => format!("all instances with {}", value(targets)),
        (None, None) => "instances".to_owned(),
    };
    let with = match input(step, "Parameters") {
        Some(Value::Object(map)) if !map.is_empty() => format!(" with {}", inputs(map)),
        Some(other) if other.is_string() => format!(" with {}", value(other)),
        _ => String::new(),
    };
    format!("Runs the command document {document} on {whom}{with} and waits for its end")
}

/// The inputs of a step without these.
pub(super) fn rest(step: &Step, without: &[&str]) -> String {
    let rest: Map<String, Value> = step
        .inputs
        .iter()
        .filter(|(key, _)| !without.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let words = inputs(&rest);
    if words.is_empty() { words } else { format!(" with {words}") }
}
