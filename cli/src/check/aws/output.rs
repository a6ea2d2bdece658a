//! Selectors against the answer that the operation gives.
//!
//! Comes in: a call with the step's selectors. Goes out: warnings about members that are not there, and about a Type
//! that does not fit. Never: a judgement of filters, slices, or what comes after `..` beyond its name.

use aws_api::{Models, Problem};
use engine::{Finding, StaticCall, ValueType};
use serde_json::{Map, Value, json};

use super::dynamic::sample;
use super::path::last;
use super::{Report, did_you_mean};

pub(super) fn check(call: &StaticCall, models: &Models, report: &mut Report<'_>) {
    if !call.whole {
        return;
    }
    let step = report.step;
    for (index, output) in step.outputs.iter().enumerate() {
        let part = format!("/outputs/{index}/Selector");
        selector(call, models, &output.selector, Some(output.value_type), &part, report);
    }
    if let Some(text) = step.inputs.get("PropertySelector").and_then(Value::as_str) {
        selector(call, models, text, None, "/inputs/PropertySelector", report);
    }
}

fn selector(
    call: &StaticCall,
    models: &Models,
    text: &str,
    value_type: Option<ValueType>,
    part: &str,
    report: &mut Report<'_>,
) {
    let Some(path) = Path::read(text) else { return };
    deep(call, models, &path, part, report);
    if path.steps.first().is_some_and(|step| *step == Way::Name("ResponseMetadata".into())) {
        return;
    }
    // What finds a list is judged as one; texts are made of anything.
    let wanted = value_type.filter(|wanted| *wanted != ValueType::String);
    if path.many && wanted.is_some_and(|wanted| !matches!(wanted, ValueType::StringList | ValueType::MapList)) {
        let message = format!("the selector gives a list; Type is {}", wanted.map_or("", ValueType::name));
        report.add("output-type", part, message);
    }
    let leaf = wanted.filter(|_| path.complete && !path.many).map(|wanted| sample(wanted, false));
    let judged = leaf.is_some();
    let (answer, leaf_path) = path.answer(leaf.unwrap_or(Value::Null));
    let Ok(findings) = models.check_output(&call.service, &call.api, &answer) else { return };
    for finding in findings {
        match &finding.problem {
            Problem::UnknownMember { near } => {
                let name = last(&finding.path);
                let message =
                    format!("the answer of {}:{} has no {}", call.service.trim(), call.api.trim(), finding.path);
                did_you_mean(report.add("output-member", part, message), name, near);
            }
            Problem::WrongType { expected, .. } if finding.path == leaf_path && judged => {
                let message =
                    format!("the selector gives {expected}; Type is {}", value_type.map_or("", ValueType::name));
                report.add("output-type", part, message);
            }
            Problem::WrongType { expected, .. } if finding.path != leaf_path => {
                let message = format!("in the answer, {} is {}", named(&finding), expected);
                let finding = report.add("output-member", part, message);
                index_hint(finding, expected);
            }
            _ => {}
        }
    }
}

fn named(finding: &aws_api::Finding) -> &str {
    if finding.path.is_empty() { "the whole" } else { &finding.path }
}

fn index_hint(finding: &mut Finding, expected: &str) {
    if expected == "a list" {
        finding.hint = Some("take an element with [0], or all with [*]".to_owned());
    }
}

/// The name after `..` is somewhere in the answer.
fn deep(call: &StaticCall, models: &Models, path: &Path, part: &str, report: &mut Report<'_>) {
    let Some(name) = &path.deep else { return };
    let Ok(members) = models.output_members(&call.service, &call.api) else { return };
    // A map's keys are not in the model.
    if members.is_empty() || members.contains(name) || members.contains("*") {
        return;
    }
    let near = aws_api::nearest(name, members.iter().map(String::as_str));
    let message = format!("nothing in the answer of {}:{} is called {name}", call.service.trim(), call.api.trim());
    did_you_mean(report.add("output-member", part, message), name, &near);
}

/// One step of a selector.
#[derive(Debug, Clone, PartialEq)]
enum Way {
    Name(String),
    Element,
}

/// A selector as far as it can be compared.
#[derive(Debug, Default)]
struct Path {
    steps: Vec<Way>,
    /// The name after `..`, where the comparison ends.
    deep: Option<String>,
    /// Whether the steps are all there is.
    complete: bool,
    /// Whether it gives a list of what it finds.
    many: bool,
}

impl Path {
    /// `None` for a text with references, or what is no path.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains("{{") {
            return None;
        }
        let mut path = Self { complete: true, ..Self::default() };
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        while !rest.is_empty() {
            rest = path.step(rest)?;
        }
        Some(path)
    }

    /// Takes one step, and gives what is left; nothing where the comparison ends.
    fn step<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        if let Some(after) = text.strip_prefix("..") {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = &after[..end];
            self.deep = (!name.is_empty() && name != "*").then(|| name.to_owned());
            return self.stop();
        }
        if let Some(inside) = text.strip_prefix('[') {
            let end = inside.find(']')?;
            let quoted = inside[..end].trim().trim_matches(['\'', '"']);
            match inside[..end].trim() {
                "*" => self.element(true),
                index if index.parse::<i64>().is_ok() => self.element(false),
                name if name.starts_with(['\'', '"']) => self.steps.push(Way::Name(quoted.to_owned())),
                _ => return self.stop(),
            }
            return Some(&inside[end + 1..]);
        }
        let text = text.strip_prefix('.').unwrap_or(text);
        let end = text.find(['.', '[']).unwrap_or(text.len());
        match &text[..end] {
            "" => return None,
            "*" => return self.stop(),
            name => self.steps.push(Way::Name(name.to_owned())),
        }
        Some(&text[end..])
    }

    fn element(&mut self, many: bool) {
        self.many |= many;
        self.steps.push(Way::Element);
    }

    fn stop(&mut self) -> Option<&'static str> {
        (self.complete, self.many) = (false, true);
        Some("")
    }

    /// An answer that has just this path, with `leaf` at its end, and the leaf's place in it.
    fn answer(&self, leaf: Value) -> (Value, String) {
        let mut place = String::new();
        for step in &self.steps {
            match step {
                Way::Element => place.push_str("[0]"),
                Way::Name(name) if place.is_empty() => place.push_str(name),
                Way::Name(name) => place.push_str(&format!(".{name}")),
            }
        }
        let answer = self.steps.iter().rev().fold(leaf, |inner, step| match step {
            Way::Element => json!([inner]),
            Way::Name(name) => Value::Object(Map::from_iter([(name.clone(), inner)])),
        });
        (answer, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_becomes_an_answer_with_just_its_path() {
        let path = Path::read("Reservations[0].Instances[*]['State'].Name").unwrap();
        let (answer, place) = path.answer(json!(1));
        assert_eq!(answer, json!({"Reservations": [{"Instances": [{"State": {"Name": 1}}]}]}));
        assert_eq!((place.as_str(), path.many, path.complete), ("Reservations[0].Instances[0].State.Name", true, true));
        let path = Path::read("$.A..B.C").unwrap();
        assert_eq!((path.steps.len(), path.deep.as_deref(), path.complete), (1, Some("B"), false));
        assert!(Path::read("$").unwrap().steps.is_empty());
        assert!(Path::read("$.{{ x }}").is_none());
    }
}
