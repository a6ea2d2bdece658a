//! The runbooks that a runbook runs, as far as it names them: read and checked before its first step.
//!
//! Comes in: a document and a host that knows others. Goes out: all that is wrong with them, at once.
//! Never: a document twice; a runbook that runs itself is bounded when it runs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::child::DEEPEST;
use super::graph::Graph;
use super::refuse::{self, ChildProblem, RunError};
use super::setting::Setting;
use crate::document::{Document, Step};
use crate::host::{DocumentRequest, HostError};

/// A runbook that is named, and by which step.
struct Named {
    step: String,
    request: DocumentRequest,
    depth: u32,
}

/// Refuses a document whose children are not there, have errors, or do not run here.
pub(super) async fn check(setting: &Setting<'_>) -> Result<(), RunError> {
    let mut open = named(setting.document, "", 1);
    let mut known = BTreeSet::new();
    let mut problems = Vec::new();
    while let Some(child) = open.pop() {
        let key = format!("{}@{}", child.request.name, child.request.version.as_deref().unwrap_or("$DEFAULT"));
        if !known.insert(key.clone()) {
            continue;
        }
        match read(setting, &key, &child).await? {
            Ok(document) if child.depth < DEEPEST => {
                open.extend(named(&document, &format!("{}/", child.step), child.depth + 1));
            }
            Ok(_) => {}
            Err(message) => problems.push(ChildProblem { step: child.step, document: child.request.name, message }),
        }
    }
    problems.reverse();
    if problems.is_empty() { Ok(()) } else { Err(RunError::Children(problems)) }
}

/// The child's document if it could run, or what is wrong with it.
async fn read(setting: &Setting<'_>, key: &str, child: &Named) -> Result<Result<Document, String>, HostError> {
    let operation = setting.operation(&format!("documents/{key}"));
    let text = match setting.host.document(&operation, child.request.clone()).await? {
        Ok(text) => text,
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let document = match crate::parse(&text, &child.request.name) {
        Ok(document) => document,
        Err(findings) => return Ok(Err(findings.to_string())),
    };
    let findings = crate::validate(&document);
    if findings.has_errors() {
        return Ok(Err(findings.to_string()));
    }
    Ok(match refuse::unsupported(&document, setting.host) {
        Ok(()) => Ok(document),
        Err(error) => Err(error.to_string()),
    })
}

/// The runbooks that a document names in steps that a run can come to; last first.
fn named(document: &Document, prefix: &str, depth: u32) -> Vec<Named> {
    let graph = Graph::new(document);
    let steps = graph.steps().iter().zip(graph.reachable());
    let names = steps
        .filter(|(_, reachable)| *reachable)
        .filter_map(|(step, _)| Some(Named { step: format!("{prefix}{}", step.name), request: request(step)?, depth }));
    let mut names: Vec<Named> = names.collect();
    names.reverse();
    names
}

/// What a step asks for, if that is known before it runs.
fn request(step: &Step) -> Option<DocumentRequest> {
    let literal = |key: &str| step.inputs.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if step.action != "aws:executeAutomation" {
        return None;
    }
    let (name, version) = (literal("DocumentName")?, literal("DocumentVersion"));
    let open = name.contains("{{") || version.is_some_and(|version| version.contains("{{"));
    (!open).then(|| DocumentRequest { name: name.to_owned(), version: version.map(str::to_owned) })
}
