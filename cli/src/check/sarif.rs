//! Findings as SARIF 2.1.0, which code hosts and editors read.
//!
//! Comes in: checked files. Goes out: one log with one run. Never: an absolute path made up, or a rule without a description.

use engine::{Finding, Rule, Severity};
use serde_json::{Map, Value, json};

use super::aws;
use super::edit::Edit;
use crate::error::CliError;
use crate::runbook::Checked;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log. `unmodelled`: AWS's models were not there to compare with.
pub(super) fn log(files: &[Checked], unmodelled: bool, unreadable: &[CliError]) -> Value {
    let rules: Vec<&Rule> = engine::RULES.iter().chain(aws::RULES).collect();
    let results = files
        .iter()
        .flat_map(|file| file.findings.iter().map(|finding| result(file, finding, &rules)).collect::<Vec<_>>());
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kintsugi",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|rule| described(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": unreadable.is_empty(),
                "toolExecutionNotifications": notifications(unmodelled, unreadable),
            }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn notifications(unmodelled: bool, unreadable: &[CliError]) -> Vec<Value> {
    let note = |level: &str, text: String| json!({"level": level, "message": {"text": text}});
    let mut all: Vec<Value> = unreadable.iter().map(|error| note("error", error.to_string())).collect();
    if unmodelled {
        let text = "names of services, operations and members were not checked: AWS's models are not there";
        all.push(note("warning", text.to_owned()));
    }
    all
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.says},
        "defaultConfiguration": {"level": if rule.level == engine::Level::Warning { "warning" } else { "error" }},
    })
}

fn result(file: &Checked, finding: &Finding, rules: &[&Rule]) -> Value {
    let mut result = Map::new();
    result.insert("ruleId".into(), finding.rule.into());
    if let Some(index) = rules.iter().position(|rule| rule.id == finding.rule) {
        result.insert("ruleIndex".into(), index.into());
    }
    result.insert("level".into(), if finding.severity == Severity::Error { "error" } else { "warning" }.into());
    let hint = finding.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    result.insert("message".into(), json!({"text": format!("{}{hint}", finding.message)}));
    result.insert("locations".into(), json!([location(finding)]));
    if let Some(edit) = Edit::of(&file.text, finding) {
        result.insert("fixes".into(), json!([fix(finding, &edit)]));
    }
    Value::Object(result)
}

fn location(finding: &Finding) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(finding),
            "region": {"startLine": finding.line, "startColumn": finding.column},
        },
    });
    if let (Some(step), Some(members)) = (&finding.step, location.as_object_mut()) {
        let logical = json!([{"name": step, "fullyQualifiedName": finding.path}]);
        members.insert("logicalLocations".to_owned(), logical);
    }
    location
}

fn fix(finding: &Finding, edit: &Edit) -> Value {
    let region = json!({"startLine": edit.line, "startColumn": edit.column, "endColumn": edit.end_column});
    json!({
        "description": {"text": finding.hint.as_deref().unwrap_or(&finding.message)},
        "artifactChanges": [{
            "artifactLocation": artifact(finding),
            "replacements": [{"deletedRegion": region, "insertedContent": {"text": edit.text}}],
        }],
    })
}

/// The file as a relative reference, as RFC 3986 writes it.
fn artifact(finding: &Finding) -> Value {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let uri: String = finding.document.bytes().fold(String::new(), |mut uri, byte| {
        match kept(byte) {
            true => uri.push(char::from(byte)),
            false => uri.push_str(&format!("%{byte:02X}")),
        }
        uri
    });
    json!({ "uri": uri })
}
