//! Jira Cloud's own description of its API, read in place.

use jsonschema::Draft;
use serde_json::{Value, json};
use world::desk::Seen;

const CONTRACT: &str = "../shared/contracts/jira-cloud.openapi.json";

/// The contract, or `None` (said loudly) where it is not beside the checkout.
pub(crate) fn read() -> Option<Value> {
    let path = super::root().join(CONTRACT);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no {}; requests to Jira are not checked against its contract", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Everything in which a request departs from the contract.
pub(crate) fn complaints(contract: &Value, seen: &Seen) -> Vec<String> {
    let said = |problem: &str| vec![format!("{} {}: {problem}", seen.method, seen.path)];
    let paths = contract["paths"].as_object().unwrap();
    let Some((_, operations)) = paths.iter().find(|(template, _)| fits(template, &seen.path)) else {
        return said("no such path");
    };
    let operation = &operations[seen.method.to_ascii_lowercase()];
    if operation.is_null() {
        return said("no such operation");
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    match (schema.is_null(), seen.body.is_null()) {
        (true, true) => vec![],
        (true, false) => said("takes no body"),
        _ => against(contract, schema, seen),
    }
}

fn against(contract: &Value, schema: &Value, seen: &Seen) -> Vec<String> {
    // References point into the whole document, so the schema is given its components.
    let whole = json!({"allOf": [schema], "components": contract["components"]});
    let validator = jsonschema::options().with_draft(Draft::Draft4).build(&whole).unwrap();
    let errors = validator.iter_errors(&seen.body);
    errors.map(|error| format!("{} {}: {error} at {}", seen.method, seen.path, error.instance_path())).collect()
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len() && template.iter().zip(path).all(|(part, word)| part.starts_with('{') || *part == word)
}
