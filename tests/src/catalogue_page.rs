//! docs/catalogue.md: what this build can put right, as its bindings and runbooks say.
//!
//! Comes in: bindings and runbooks. Goes out: the page's table. Never: a sentence of its own about a remediation.

use std::collections::BTreeSet;

use shared::catalogue::{Binding, CatalogueError, bindings, is_ssm_document, runbook_of};

use crate::scene;

/// The table, one line for each binding.
///
/// # Errors
/// A binding or its runbook cannot be read.
pub fn table() -> Result<String, CatalogueError> {
    let mut lines = vec![
        "| when | binding | risk | back | calls of the runbook | AWS calls of a fix | may do (IAM) |".to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    for binding in bindings()? {
        lines.push(line(&binding)?);
    }
    Ok(lines.join("\n") + "\n")
}

fn line(binding: &Binding) -> Result<String, CatalogueError> {
    let (calls, actions) = calls(binding)?;
    let risk = binding.risk.map_or("by its plan".to_owned(), |risk| format!("{risk:?}").to_lowercase());
    let risk = if binding.ticket_only.is_some() { "none".to_owned() } else { risk };
    let (name, when, back) = (name(binding), when(binding), back(binding));
    let counted = counted(binding).map(|calls| calls.to_string()).unwrap_or_default();
    Ok(format!("| {when} | {name} | {risk} | {back} | {calls} | {counted} | {actions} |"))
}

/// How many calls the binding's scene counts.
fn counted(binding: &Binding) -> Option<usize> {
    let scenes = scene::all().unwrap_or_default().into_iter();
    scenes.filter(|(of, _)| of.name == binding.name).find_map(|(_, file)| file.calls)
}

/// The binding, linked to its runbook where that has another name.
fn name(binding: &Binding) -> String {
    let Binding { name, runbook, .. } = binding;
    if runbook.is_empty() {
        return format!("`{name}`");
    }
    if is_ssm_document(runbook) {
        return format!("`{name}`: the SSM document [`{runbook}`](../runbooks/ssm-documents.yaml)");
    }
    format!("[`{name}`](../runbooks/{runbook}.yaml)")
}

fn when(binding: &Binding) -> String {
    if let Some(on) = &binding.when.config_rule {
        return on.identifiers.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(on) = &binding.when.alarm {
        return format!("alarm on {} {} of a `{}`", on.namespace, on.metric.join(" or "), on.dimension);
    }
    let pattern = serde_json::to_value(&binding.when.event).unwrap_or_default();
    let texts = |value: &serde_json::Value| {
        let texts = value.as_array().into_iter().flatten().filter_map(|one| one.as_str());
        texts.collect::<Vec<_>>().join(", ")
    };
    format!("event {}: {}", texts(&pattern["source"]), texts(&pattern["detail"]["eventName"]))
}

/// How it goes back.
fn back(binding: &Binding) -> String {
    match (binding.ticket_only.is_some(), &binding.irreversible) {
        (true, _) => "a ticket only".to_owned(),
        (_, Some(why)) => format!("irreversible: {why}"),
        _ if binding.undo.is_some() || binding.restored_by.is_some() => "by the runbook".to_owned(),
        _ => "by hand, as the ticket says".to_owned(),
    }
}

/// The AWS calls that a run may make, and the actions they need.
fn calls(binding: &Binding) -> Result<(String, String), CatalogueError> {
    let calls: Vec<(String, String)> = match &binding.ticket_only {
        Some(only) => only.diagnosis.iter().filter_map(|look| split(&look.call)).collect(),
        None => engine::api_calls(&runbook_of(binding)?).into_iter().map(|(service, api, _)| (service, api)).collect(),
    };
    let mut names: Vec<String> = vec![];
    for (_, api) in &calls {
        if !names.contains(api) {
            names.push(api.clone());
        }
    }
    let actions: BTreeSet<String> =
        calls.iter().flat_map(|(service, api)| aws_api::iam::actions(service, api)).collect();
    let actions: Vec<String> = actions.into_iter().map(|action| format!("`{action}`")).collect();
    Ok((names.join(", "), actions.join(", ")))
}

fn split(call: &str) -> Option<(String, String)> {
    call.split_once(':').map(|(service, api)| (service.to_owned(), api.to_owned()))
}
