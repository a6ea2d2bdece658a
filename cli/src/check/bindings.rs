//! Bindings, checked with the runbooks and example events beside them.
//!
//! Comes in: the text of a bindings file. Goes out: findings with their lines. Never: a runbook's own findings; it is
//! checked as a file of its own.

use std::collections::BTreeSet;
use std::path::Path;

use engine::yaml::{Yaml, YamlError};
use engine::{Finding, Place, Severity};
use serde_json::Value;
use shared::catalogue::{Binding, following, is_ssm_document, read_bindings, ssm_documents};
use shared::lowcode::{self, Flaw};
use shared::telemetry::chain;

/// The rules about bindings.
const RULE: (&str, Severity) = ("binding", Severity::Error);
const NO_EXAMPLE: (&str, Severity) = ("binding-without-example", Severity::Warning);
/// What is known of documents in SSM, beside the bindings.
const SSM_DOCUMENTS: &str = "ssm-documents.yaml";
/// Example events lie here, beside the folder of the bindings.
const EXAMPLES: &str = "events";

/// Whether a text means to be a file of bindings.
pub(crate) fn are_bindings(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "bindings:") && text.contains("function:")
}

/// Everything that is wrong with them.
pub(crate) fn check(name: &str, text: &str) -> Vec<Finding> {
    match Yaml::read(text).and_then(|yaml| Ok((read_bindings(&yaml)?, yaml))) {
        Ok((bindings, yaml)) => flaws(name, &bindings, &yaml),
        Err(YamlError { place, problem }) => vec![at(name, place, RULE, problem)],
    }
}

fn flaws(name: &str, bindings: &[Binding], yaml: &Yaml) -> Vec<Finding> {
    let folder = Path::new(name).parent().unwrap_or(Path::new("."));
    let events = folder.join("..").join(EXAMPLES);
    let examples = examples(&events);
    let mut seen = BTreeSet::new();
    let mut findings = vec![];
    for (index, binding) in bindings.iter().enumerate() {
        let mut flaws = of_one(binding, folder, &examples);
        if !seen.insert(&binding.name) {
            flaws.insert(0, flaw(binding, "name", "another binding has the same name"));
        }
        let found = |rule, flaw: &Flaw| {
            let message = format!("binding {}: {}: {}", flaw.binding, flaw.field, flaw.problem);
            at(name, place(yaml, index, flaw), rule, message)
        };
        findings.extend(flaws.iter().map(|flaw| found(RULE, flaw)));
        findings.extend(unseen(binding, &examples, &events).map(|flaw| found(NO_EXAMPLE, &flaw)));
    }
    findings
}

/// That nobody looked whether the paths of an event lead anywhere.
fn unseen(binding: &Binding, examples: &[Value], events: &Path) -> Option<Flaw> {
    let wanted = binding.is_low_code() && binding.when.event.is_some();
    let problem = format!(
        "no example below {} is such an event, so nobody looked whether the paths lead anywhere; save a real one there",
        events.display()
    );
    (wanted && !lowcode::has_example(binding, examples)).then(|| flaw(binding, "when.event", &problem))
}

fn of_one(binding: &Binding, folder: &Path, examples: &[Value]) -> Vec<Flaw> {
    if binding.runbook.is_empty() {
        return lowcode::check(binding, None, examples);
    }
    if is_ssm_document(&binding.runbook) {
        return of_ssm(binding, folder, examples);
    }
    let path = folder.join(format!("{}.yaml", binding.runbook));
    let Ok(text) = std::fs::read_to_string(&path) else {
        return vec![flaw(binding, "runbook", &format!("there is no {}", path.display()))];
    };
    match engine::parse(&text, &path.to_string_lossy()) {
        Ok(document) => lowcode::check(binding, Some(&document), examples),
        Err(_) => vec![flaw(binding, "runbook", &format!("{} cannot be read; check it first", path.display()))],
    }
}

/// A document in SSM, by what is written down about it beside the bindings, else in this build.
fn of_ssm(binding: &Binding, folder: &Path, examples: &[Value]) -> Vec<Flaw> {
    let beside = std::fs::read_to_string(folder.join(SSM_DOCUMENTS)).ok();
    match ssm_documents(beside.as_deref()).and_then(|known| following(binding, &known)) {
        Ok(document) => lowcode::check(binding, Some(&document), examples),
        Err(error) => vec![flaw(binding, "runbook", &chain(&error))],
    }
}

fn flaw(binding: &Binding, field: &str, problem: &str) -> Flaw {
    Flaw { binding: binding.name.clone(), field: field.to_owned(), problem: problem.to_owned() }
}

/// Example events in the folder and one folder below it; what is no JSON is none.
fn examples(folder: &Path) -> Vec<Value> {
    let inside = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let (folders, files): (Vec<_>, Vec<_>) = inside(folder).into_iter().partition(|path| path.is_dir());
    let files = files.into_iter().chain(folders.iter().flat_map(|folder| inside(folder)));
    let json = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    json.filter_map(|path| serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()).collect()
}

fn at(
    name: &str,
    Place { line, column }: Place,
    (rule, severity): (&'static str, Severity),
    message: String,
) -> Finding {
    Finding {
        rule,
        severity,
        document: name.to_owned(),
        line,
        column,
        step: None,
        path: String::new(),
        message,
        hint: None,
        fix: None,
    }
}

/// Where the field stands in the binding of this number, or the value that says the expression; else the binding's name.
fn place(yaml: &Yaml, index: usize, flaw: &Flaw) -> Place {
    let binding = format!("/bindings/{index}");
    let field = match flaw.field.starts_with("{{") {
        true => yaml.value().pointer(&binding).and_then(|value| saying(value, &binding, &flaw.field)),
        false => Some(format!("{binding}/{}", flaw.field.replace('.', "/"))),
    };
    let there = field.filter(|pointer| yaml.value().pointer(pointer).is_some());
    yaml.place(&there.unwrap_or_else(|| format!("{binding}/name")))
}

/// The JSON pointer of the first text within a value in which this stands.
fn saying(value: &Value, pointer: &str, expression: &str) -> Option<String> {
    let inside = |(key, value): (String, &Value)| {
        saying(value, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), expression)
    };
    match value {
        Value::String(text) => text.contains(expression).then(|| pointer.to_owned()),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).find_map(inside),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), value)).find_map(inside),
        _ => None,
    }
}
