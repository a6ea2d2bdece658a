//! Bindings, checked with the runbooks and example events beside them.
//!
//! Comes in: the text of a bindings file. Goes out: findings with their lines. Never: a runbook's own findings; it is
//! checked as a file of its own.

use std::collections::BTreeSet;
use std::path::Path;

use engine::{Finding, Severity};
use serde_json::Value;
use shared::catalogue::{Binding, read_bindings};
use shared::lowcode::{self, Flaw};

/// The one rule about bindings.
const RULE: &str = "binding";
/// Example events lie here, beside the folder of the bindings.
const EXAMPLES: &str = "events";

/// Whether a text means to be a file of bindings.
pub(crate) fn are_bindings(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "bindings:") && text.contains("function:")
}

/// Everything that is wrong with them.
pub(crate) fn check(name: &str, text: &str) -> Vec<Finding> {
    let bindings = match read_bindings(text) {
        Ok(bindings) => bindings,
        Err(error) => return vec![unreadable(name, &error)],
    };
    let folder = Path::new(name).parent().unwrap_or(Path::new("."));
    let examples = examples(&folder.join("..").join(EXAMPLES));
    let mut seen = BTreeSet::new();
    let mut findings = vec![];
    for binding in &bindings {
        if !seen.insert(&binding.name) {
            findings.push(finding(name, text, &flaw(binding, "name", "another binding has the same name")));
        }
        findings.extend(of_one(binding, folder, &examples).iter().map(|flaw| finding(name, text, flaw)));
    }
    findings
}

fn of_one(binding: &Binding, folder: &Path, examples: &[Value]) -> Vec<Flaw> {
    if binding.runbook.is_empty() {
        return lowcode::check(binding, None, examples);
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

fn unreadable(name: &str, error: &(dyn std::error::Error + 'static)) -> Finding {
    let cause = std::iter::successors(Some(error), |error| error.source()).last().map(ToString::to_string);
    let cause = cause.unwrap_or_default();
    let mut numbers = cause.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u32>().ok());
    let (line, column) = match cause.contains("line") {
        true => (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1)),
        false => (1, 1),
    };
    at(name, line, column, cause.lines().next().unwrap_or_default().to_owned())
}

fn finding(name: &str, text: &str, flaw: &Flaw) -> Finding {
    let (line, column) = place(text, flaw);
    at(name, line, column, format!("binding {}: {}: {}", flaw.binding, flaw.field, flaw.problem))
}

fn at(name: &str, line: u32, column: u32, message: String) -> Finding {
    Finding {
        rule: RULE,
        severity: Severity::Error,
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

/// The line of the field within its binding, else that of the binding's name.
fn place(text: &str, flaw: &Flaw) -> (u32, u32) {
    let named = |line: &str| line.trim_start().trim_start_matches("- ").trim_end() == format!("name: {}", flaw.binding);
    let begins = |line: &str| line.trim_start().starts_with("- name:");
    let lines: Vec<&str> = text.lines().collect();
    let Some(start) = lines.iter().position(|line| named(line)) else { return (1, 1) };
    let end = lines.iter().skip(start + 1).position(|line| begins(line)).map_or(lines.len(), |next| start + 1 + next);
    let expression = flaw.field.starts_with("{{");
    let key = format!("{}:", flaw.field.rsplit('.').next().unwrap_or_default());
    let fits = |line: &&str| if expression { line.contains(flaw.field.as_str()) } else { line.contains(&key) };
    let at = lines[start..end].iter().position(fits).map_or(start, |offset| start + offset);
    let needle = if expression { flaw.field.as_str() } else { key.as_str() };
    let column = lines[at].find(needle).map_or(1, |byte| lines[at][..byte].chars().count() + 1);
    (u32::try_from(at + 1).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
