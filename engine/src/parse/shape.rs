//! A tree to a [`Document`]: which keys there are, and of which type.
//!
//! Comes in: the tree. Goes out: as much of a document as the tree gives, with a finding for all that is amiss.
//! Never: a check across steps; those are in `validate`.

use serde_json::{Map, Value};

use super::step;
use crate::document::{Document, Parameter, ValueType, Variable};
use crate::near::nearest;
use crate::place::Places;
use crate::report::{Reporter, Spot};

const TOP_KEYS: [&str; 8] =
    ["schemaVersion", "description", "assumeRole", "parameters", "variables", "mainSteps", "outputs", "files"];
const PARAMETER_KEYS: [&str; 11] = [
    "type",
    "description",
    "default",
    "allowedValues",
    "allowedPattern",
    "displayType",
    "minItems",
    "maxItems",
    "minChars",
    "maxChars",
    "interpolationType",
];

const TYPES: [&str; 6] = ["String", "StringList", "Integer", "Boolean", "StringMap", "MapList"];

/// `None` only if there is no mapping at the root.
pub(super) fn document(tree: &Value, reporter: &mut Reporter<'_>) -> Option<Document> {
    let root = Spot::at("");
    let Value::Object(map) = tree else {
        reporter.error("not-a-mapping", &root, "a runbook is a mapping with schemaVersion and mainSteps");
        return None;
    };
    unknown_keys(map, &TOP_KEYS, &root, reporter);
    schema_version(map, &root, reporter);
    Some(Document {
        name: String::new(),
        description: text(map, "description", &root, reporter),
        assume_role: text(map, "assumeRole", &root, reporter),
        parameters: definitions(map, "parameters", &root, reporter, parameter),
        variables: definitions(map, "variables", &root, reporter, variable),
        steps: main_steps(map, &root, reporter),
        outputs: outputs(map, &root, reporter),
        files: definitions(map, "files", &root, reporter, super::files::file),
        bytes: 0,
        places: Places::default(),
        noted: Vec::new(),
    })
}

pub(super) fn unknown_keys(map: &Map<String, Value>, known: &[&str], spot: &Spot, reporter: &mut Reporter<'_>) {
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        let finding = reporter.key_error("unknown-key", &spot.key(key), format!("the key {key} is not known here"));
        match nearest(key, known.iter().copied().filter(|known| !map.contains_key(*known))) {
            Some(near) => finding.spelt(key, near),
            None => finding.hint(format!("known keys: {}", known.join(", "))),
        }
    }
}

fn schema_version(map: &Map<String, Value>, root: &Spot, reporter: &mut Reporter<'_>) {
    let spot = root.key("schemaVersion");
    match map.get("schemaVersion") {
        Some(Value::String(version)) if version == "0.3" => {}
        None => reporter.error("schema-version", root, "schemaVersion is missing").hint("add schemaVersion: '0.3'"),
        Some(Value::Number(number)) => {
            let message = format!("schemaVersion is the number {number}, not text");
            let finding = reporter.error("schema-version", &spot, message);
            finding.hint("quote it: '0.3'");
            finding.replace("0.3", "'0.3'");
        }
        Some(other) => reporter
            .error("schema-version", &spot, format!("schemaVersion is {other}"))
            .hint("Automation runbooks have '0.3'; other versions are other kinds of documents"),
    }
}

fn main_steps(map: &Map<String, Value>, root: &Spot, reporter: &mut Reporter<'_>) -> Vec<crate::document::Step> {
    let spot = root.key("mainSteps");
    match map.get("mainSteps") {
        Some(Value::Array(items)) if !items.is_empty() => step::steps(items, &spot, reporter),
        Some(Value::Array(_)) => {
            reporter.error("no-steps", &spot, "mainSteps is empty");
            Vec::new()
        }
        Some(_) => {
            reporter.error("wrong-type", &spot, "mainSteps must be a list of steps");
            Vec::new()
        }
        None => {
            reporter.error("no-steps", root, "mainSteps is missing");
            Vec::new()
        }
    }
}

fn outputs(map: &Map<String, Value>, root: &Spot, reporter: &mut Reporter<'_>) -> Vec<String> {
    let spot = root.key("outputs");
    let items = match map.get("outputs") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => {
            reporter.error("wrong-type", &spot, "outputs must be a list of step.Output names");
            return Vec::new();
        }
    };
    let mut names = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item {
            Value::String(name) => names.push(name.clone()),
            _ => {
                reporter.error("wrong-type", &spot.index(index), "an output is named as text: step.Output");
            }
        }
    }
    names
}

/// A mapping of name to definition.
fn definitions<T>(
    map: &Map<String, Value>,
    key: &str,
    root: &Spot,
    reporter: &mut Reporter<'_>,
    read: impl Fn(&str, &Map<String, Value>, &Spot, &mut Reporter<'_>) -> Option<T>,
) -> Vec<T> {
    let spot = root.key(key);
    let entries = match map.get(key) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            reporter.error("wrong-type", &spot, format!("{key} must be a mapping of names to definitions"));
            return Vec::new();
        }
    };
    let mut list = Vec::new();
    for (name, value) in entries {
        let spot = spot.key(name);
        match value {
            Value::Object(definition) => list.extend(read(name, definition, &spot, reporter)),
            _ => {
                reporter.error("wrong-type", &spot, format!("the definition of {name} must be a mapping"));
            }
        }
    }
    list
}

fn parameter(name: &str, map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<Parameter> {
    unknown_keys(map, &PARAMETER_KEYS, spot, reporter);
    let (declared_type, value_type) = value_type(map, spot, reporter)?;
    let allowed_values = match map.get("allowedValues") {
        None | Some(Value::Null) => None,
        Some(Value::Array(values)) => Some(values.clone()),
        Some(_) => {
            reporter.error("wrong-type", &spot.key("allowedValues"), "allowedValues must be a list");
            None
        }
    };
    Some(Parameter {
        name: name.to_owned(),
        declared_type,
        value_type,
        description: text(map, "description", spot, reporter),
        default: map.get("default").filter(|value| !value.is_null()).cloned(),
        allowed_values,
        allowed_pattern: text(map, "allowedPattern", spot, reporter),
        min_items: count(map, "minItems", spot, reporter),
        max_items: count(map, "maxItems", spot, reporter),
        min_chars: count(map, "minChars", spot, reporter),
        max_chars: count(map, "maxChars", spot, reporter),
        display_type: one_of(map, "displayType", &["textfield", "textarea"], spot, reporter),
        interpolation_type: one_of(map, "interpolationType", &["ENV_VAR"], spot, reporter),
    })
}

fn variable(name: &str, map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<Variable> {
    unknown_keys(map, &["type", "default", "description"], spot, reporter);
    let (_, value_type) = value_type(map, spot, reporter)?;
    let default = map.get("default").filter(|value| !value.is_null()).cloned();
    let description = text(map, "description", spot, reporter);
    Some(Variable { name: name.to_owned(), value_type, description, default })
}

/// The declared type, as written and as understood.
fn value_type(map: &Map<String, Value>, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<(String, ValueType)> {
    let Some(declared) = text(map, "type", spot, reporter) else {
        if !map.contains_key("type") {
            reporter.error("missing-key", spot, "type is missing");
        }
        return None;
    };
    let Some(value_type) = ValueType::from_name(&declared) else {
        unknown_type(&declared, &spot.key("type"), reporter);
        return None;
    };
    Some((declared, value_type))
}

/// Text, or absent; anything else is a finding.
pub(super) fn text(map: &Map<String, Value>, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<String> {
    match map.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) if key == "description" => Some(number.to_string()),
        Some(_) => {
            reporter.error("wrong-type", &spot.key(key), format!("{key} must be text"));
            None
        }
    }
}

/// A number from 0, or absent; anything else is a finding.
fn count(map: &Map<String, Value>, key: &str, spot: &Spot, reporter: &mut Reporter<'_>) -> Option<u64> {
    match map.get(key) {
        None | Some(Value::Null) => None,
        Some(value) => {
            let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            if number.is_none() {
                reporter.error("wrong-type", &spot.key(key), format!("{key} must be a whole number, at least 0"));
            }
            number
        }
    }
}

/// Text out of a few, or absent; another text is a finding and kept.
fn one_of(
    map: &Map<String, Value>,
    key: &str,
    values: &[&str],
    spot: &Spot,
    reporter: &mut Reporter<'_>,
) -> Option<String> {
    let found = text(map, key, spot, reporter)?;
    if !values.contains(&found.as_str()) {
        let message = format!("{key} is {found}; it can be {}", values.join(" or "));
        let finding = reporter.warning("input-value", &spot.key(key), message);
        if let Some(near) = nearest(&found, values.iter().copied()) {
            finding.spelt(&found, near);
        }
    }
    Some(found)
}

/// A type that there is not, with those that there are.
pub(super) fn unknown_type(declared: &str, spot: &Spot, reporter: &mut Reporter<'_>) {
    let finding = reporter.error("unknown-type", spot, format!("the type {declared} is not known"));
    match nearest(declared, TYPES) {
        Some(near) => finding.spelt(declared, near),
        None => finding.hint(format!("known: {}; AWS::…::… for a parameter", TYPES.join(", "))),
    }
}
