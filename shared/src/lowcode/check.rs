//! What is wrong with a binding that needs no Rust, before anything happens. Pure.
//!
//! Comes in: a binding, its runbook, and example events. Goes out: every flaw, with its field. Never: just the first.

use engine::{Document, ValueType};
use serde_json::{Map, Value};

use super::bind::bound;
use super::expression::{paths, walk};
use super::table::{kept, lookups};
use crate::catalogue::{Binding, is_ssm_document};
use crate::remediation::Recognised;

/// Something wrong with a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Name of the binding.
    pub binding: String,
    /// The field, for example `parameters.BucketName`.
    pub field: String,
    /// What is wrong, what was expected and what to do.
    pub problem: String,
}

/// First words of paths that stand for something, and whether more must follow.
const ROOTS: [(&str, bool); 8] = [
    ("account", false),
    ("region", false),
    ("partition", false),
    ("resource", true),
    ("rule", true),
    ("alarm", true),
    ("event", true),
    ("automation", true),
];
const OF_RESOURCE: [&str; 4] = ["id", "type", "name", "arn"];
const OF_ALARM: [&str; 2] = ["name", "arn"];
const DIMENSIONS: &str = "dimensions.";

/// Everything that is wrong with a binding. `runbook` is the one it names, `examples` are events it may be shown.
#[must_use]
pub fn check(binding: &Binding, runbook: Option<&Document>, examples: &[Value]) -> Vec<Flaw> {
    let mut flaws = Flaws { binding, found: vec![] };
    flaws.shape();
    if let (Some(parameters), Some(runbook)) = (&binding.parameters, runbook) {
        flaws.parameters("parameters", parameters, runbook);
        if let Some(undo) = &binding.undo {
            flaws.parameters("undo", undo, runbook);
        }
    }
    flaws.expressions();
    flaws.example(examples);
    flaws.found
}

/// Whether one of the events is one that the binding waits for: only then was it looked whether its paths are there.
#[must_use]
pub fn has_example(binding: &Binding, examples: &[Value]) -> bool {
    example_of(binding, examples).is_some()
}

/// The first event that the binding waits for, and what it makes of it.
fn example_of<'e>(binding: &Binding, examples: &'e [Value]) -> Option<(&'e Value, Recognised)> {
    let one = std::slice::from_ref(binding);
    examples.iter().find_map(|event| Some((event, bound(one, event)?)))
}

struct Flaws<'a> {
    binding: &'a Binding,
    found: Vec<Flaw>,
}

impl Flaws<'_> {
    fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        let binding = self.binding.name.clone();
        self.found.push(Flaw { binding, field: field.into(), problem: problem.into() });
    }

    fn shape(&mut self) {
        let Binding { when, parameters, ticket_only, runbook, resource, change, .. } = self.binding;
        let triggers = [when.alarm.is_some(), when.config_rule.is_some(), when.event.is_some()];
        if triggers.into_iter().filter(|there| *there).count() != 1 {
            self.add("when", "exactly one of alarm, configRule and event is expected");
        }
        if ticket_only.is_some() != runbook.is_empty() {
            self.add("runbook", "exactly one of runbook and ticketOnly is expected");
        }
        if is_ssm_document(runbook) && (parameters.is_none() || self.binding.undo.is_some()) {
            self.add(
                "runbook",
                "a document in SSM needs parameters, and is not run again to put things back: leave undo out",
            );
        }
        if ticket_only.is_none() && parameters.is_some() && change.is_empty() {
            self.add("change", "is missing; expected one line that says what changes");
        }
        if parameters.is_none() && ticket_only.is_none() {
            return;
        }
        match (&when.config_rule, resource) {
            (None, None) => self.add("resource", "is missing; expected {type, id}: which resource the event is about"),
            (Some(_), Some(_)) => self.add("resource", "is said by AWS Config itself; leave it out"),
            _ => {}
        }
        let known = |kind: &&str| lookups(kind).is_ok_and(|found| found.is_some());
        if let Some(kind) = kind(self.binding).filter(|kind| !known(kind) && ticket_only.is_none()) {
            self.add(
                "resource",
                format!("nobody wrote down how a {kind} is looked up; add it to runbooks/resources.yaml"),
            );
        }
        if when.event.is_some() && ticket_only.is_none() && self.binding.verify.is_none() {
            self.add("verify", "is missing; expected {call, input, at, is}: how to see that the fault is gone");
        }
    }

    fn parameters(&mut self, field: &str, given: &Map<String, Value>, runbook: &Document) {
        for (name, value) in given {
            match runbook.parameters.iter().find(|parameter| parameter.name == *name) {
                None => {
                    let known: Vec<&str> = runbook.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                    let known = known.join(", ");
                    self.add(format!("{field}.{name}"), format!("the runbook has no such parameter; it has {known}"));
                }
                Some(declared) if !fits(declared.value_type, value) => {
                    let problem = format!("is {value}; expected {}", declared.declared_type);
                    self.add(format!("{field}.{name}"), problem);
                }
                Some(declared) => {
                    let words = declared.allowed_values.iter().flatten().map(text).collect::<Vec<_>>();
                    if paths(value).is_empty() && !words.is_empty() && !words.contains(&text(value)) {
                        self.add(
                            format!("{field}.{name}"),
                            format!("is {value}; expected one of {}", words.join(", ")),
                        );
                    }
                }
            }
        }
        for needed in runbook.parameters.iter().filter(|parameter| parameter.default.is_none()) {
            if !given.contains_key(&needed.name) {
                self.add(format!("{field}.{}", needed.name), "is missing; the runbook requires it");
            }
        }
    }

    fn expressions(&mut self) {
        for path in self.binding.expressions().iter().flat_map(paths) {
            if let Some(problem) = self.unknown(&path) {
                self.add(format!("{{{{ {path} }}}}"), problem);
            }
        }
    }

    fn unknown(&self, path: &str) -> Option<String> {
        if path.starts_with('$') {
            return None;
        }
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let Some((_, more)) = ROOTS.iter().find(|(name, _)| *name == root) else {
            let roots: Vec<&str> = ROOTS.iter().map(|(name, _)| *name).collect();
            return Some(format!("there is nothing of that name; expected one of {}", roots.join(", ")));
        };
        if *more == rest.is_empty() {
            return Some(if *more { format!("{root} of what?") } else { format!("{root} has no parts") });
        }
        let when = &self.binding.when;
        match root {
            "resource" => {
                let parts: Vec<&str> = kind(self.binding).into_iter().flat_map(kept).chain(OF_RESOURCE).collect();
                (!parts.contains(&rest)).then(|| format!("a resource has {}", parts.join(", ")))
            }
            "automation" if rest != "role" => Some("of automation there is the role alone".to_owned()),
            "rule" if when.config_rule.is_none() => Some("only a Config rule has input parameters".to_owned()),
            "alarm" if when.alarm.is_none() => Some("the binding does not wait for an alarm".to_owned()),
            "alarm" if !OF_ALARM.contains(&rest) && rest.strip_prefix(DIMENSIONS).is_none_or(str::is_empty) => {
                Some(format!("an alarm has {} and {DIMENSIONS}NAME", OF_ALARM.join(", ")))
            }
            "event" if when.event.is_none() => Some("the binding does not wait for an event pattern".to_owned()),
            _ => None,
        }
    }

    /// With an example that the binding wants, every path must lead somewhere.
    fn example(&mut self, examples: &[Value]) {
        if !self.binding.is_low_code() {
            return;
        }
        let Some((event, made)) = example_of(self.binding, examples) else { return };
        if let Recognised::Refused(_, refusal) = made {
            self.add("resource", format!("the example event does not say it: {}", refusal.reason));
        }
        for path in self.binding.expressions().iter().flat_map(paths) {
            let of_event = path.strip_prefix("event.");
            if of_event.is_some_and(|path| walk(event, path).is_none()) {
                self.add(format!("{{{{ {path} }}}}"), "does not exist in the example event");
            }
        }
    }
}

/// The type of the resource, as the binding or AWS Config says it.
fn kind(binding: &Binding) -> Option<&str> {
    let of_rule = binding.when.config_rule.as_ref().map(|on| on.resource_type.as_str());
    binding.resource.as_ref().map(|from| from.kind.as_str()).or(of_rule)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a value can become one of this type. What an expression finds is only known later.
fn fits(wanted: ValueType, value: &Value) -> bool {
    if !paths(value).is_empty() {
        return true;
    }
    match wanted {
        ValueType::String => !value.is_array() && !value.is_object(),
        ValueType::StringList => value.is_array() || value.is_string(),
        ValueType::Integer => value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
        ValueType::Boolean => value.is_boolean() || matches!(value.as_str(), Some("true" | "false")),
        ValueType::StringMap => value.is_object(),
        ValueType::MapList => value.is_array(),
    }
}
