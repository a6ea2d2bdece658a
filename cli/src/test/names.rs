//! Names of steps in a case, against those of the runbook.
//!
//! Comes in: a case and its runbook. Goes out: names that no step has, with those that are near.
//! Never: a name of a child runbook called wrong; where a case has documents, scripts and people may be theirs.

use engine::Document;

use super::file::{Cancel, Case};

/// Every name of a step that there is none of.
pub(super) fn unknown(case: &Case, document: &Document) -> Vec<String> {
    let steps: Vec<&str> = document.all_steps().iter().map(|step| step.name.as_str()).collect();
    let mut unknown = Vec::new();
    for (place, name) in named(case) {
        if !steps.contains(&name) {
            let near = aws_api::nearest(name, steps.iter().copied());
            let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
            unknown.push(format!("{place}: the runbook has no step {name}{hint}"));
        }
    }
    unknown
}

fn named(case: &Case) -> Vec<(&'static str, &str)> {
    let mut names: Vec<(&'static str, &str)> = Vec::new();
    if case.documents.is_empty() {
        names.extend(case.scripts.keys().map(|name| ("scripts", name.as_str())));
        names.extend(case.approvals.keys().map(|name| ("approvals", name.as_str())));
        names.extend(case.pauses.keys().map(|name| ("pauses", name.as_str())));
    }
    if let Some(Cancel { before, during, .. }) = &case.cancel {
        names.extend(before.iter().chain(during).map(|name| ("cancel", name.as_str())));
    }
    if let Some(expect) = &case.expect {
        names.extend(expect.steps.iter().flatten().map(|step| ("expect.steps", step.name.as_str())));
        let failed = expect.failure.as_ref().and_then(|failure| failure.step.as_deref());
        names.extend(failed.map(|name| ("expect.failure", name)));
    }
    names
}
