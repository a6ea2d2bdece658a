//! For tests: whether an event of ours has the members of a real one.
//!
//! Comes in: JSON. Goes out: the set of its paths. Never: shipped.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// An event published or captured elsewhere, or `None` with a loud word where there is none on this machine.
pub(crate) fn reference(file: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/events").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no reference event {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Every path to a leaf, list indices as `[]`; JSON inside text is looked into.
pub(crate) fn paths(value: &Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    collect(value, String::new(), &mut out);
    out
}

fn collect(value: &Value, at: String, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                collect(value, format!("{at}.{name}"), out);
            }
        }
        Value::Array(items) if !items.is_empty() => items.iter().for_each(|item| collect(item, format!("{at}[]"), out)),
        Value::String(text) if text.starts_with('{') => match serde_json::from_str(text) {
            Ok(inner) => collect(&inner, at, out),
            Err(_) => drop(out.insert(at)),
        },
        _ => drop(out.insert(at)),
    }
}
