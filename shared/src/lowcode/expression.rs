//! `{{ resource.id }}` and its like: expressions of bindings.
//!
//! Comes in: a value of a binding, and facts. Goes out: the value with every expression replaced, or the one that is
//! not there. Never: an empty string for something unknown.
//!
//! An expression is a path (`rule.maxAge`, `$.Volumes[0].Size`), perhaps with a literal for when nothing is there:
//! `{{ rule.maxAge or 90 }}`. A text that is one expression alone takes the type of what it finds.

use serde_json::{Map, Value};
use thiserror::Error;

/// Nothing is known under a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotThere {
    /// A path that leads nowhere.
    #[error("there is no {0}")]
    Path(String),
    /// `{{` without `}}`.
    #[error("{0:?} has an expression that does not end; it ends with }}}}")]
    Open(String),
}

/// Where paths are looked up.
pub trait Lookup {
    /// The value under a path.
    fn at(&self, path: &str) -> Option<Value>;
}

/// Replaces every expression in a value, however deep.
///
/// # Errors
/// The first that finds nothing and has no literal.
pub fn fill(value: &Value, facts: &impl Lookup) -> Result<Value, NotThere> {
    match value {
        Value::String(text) => match alone(text) {
            Some(expression) => evaluate(expression, facts),
            None => fill_text(text, facts).map(Value::String),
        },
        Value::Array(items) => items.iter().map(|item| fill(item, facts)).collect(),
        Value::Object(fields) => fill_map(fields, facts).map(Value::Object),
        other => Ok(other.clone()),
    }
}

/// Replaces every expression in the values of a map.
///
/// # Errors
/// As [`fill`].
pub(super) fn fill_map(fields: &Map<String, Value>, facts: &impl Lookup) -> Result<Map<String, Value>, NotThere> {
    fields.iter().map(|(key, value)| Ok((key.clone(), fill(value, facts)?))).collect()
}

/// Replaces every expression in a text by its text.
///
/// # Errors
/// As [`fill`].
pub fn fill_text(text: &str, facts: &impl Lookup) -> Result<String, NotThere> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (expression, after) = after.split_once("}}").ok_or_else(|| NotThere::Open(text.to_owned()))?;
        filled.push_str(before);
        filled.push_str(&words(&evaluate(expression, facts)?));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Every path that a value asks for.
#[must_use]
pub fn paths(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let inner = text.split("{{").skip(1).filter_map(|part| part.split_once("}}"));
            inner.map(|(expression, _)| parts(expression).0.to_owned()).collect()
        }
        Value::Array(items) => items.iter().flat_map(paths).collect(),
        Value::Object(fields) => fields.values().flat_map(paths).collect(),
        _ => vec![],
    }
}

/// The one expression that a text consists of.
fn alone(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then_some(inner)
}

/// Path and literal.
fn parts(expression: &str) -> (&str, Option<&str>) {
    match expression.split_once(" or ") {
        Some((path, literal)) => (path.trim(), Some(literal.trim())),
        None => (expression.trim(), None),
    }
}

fn evaluate(expression: &str, facts: &impl Lookup) -> Result<Value, NotThere> {
    let (path, literal) = parts(expression);
    if let Some(found) = facts.at(path).filter(|found| !found.is_null() && *found != "") {
        return Ok(found);
    }
    let literal = literal.ok_or_else(|| NotThere::Path(path.to_owned()))?;
    // JSON where it is some, text otherwise: `90`, `true`, `"a b"`, `ALL`.
    Ok(serde_json::from_str(literal).unwrap_or_else(|_| Value::from(literal)))
}

/// A value inside a text.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(words).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// The value under `a.b[0].c`; `$` is the whole.
#[must_use]
pub(super) fn walk<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.strip_prefix("$.").or_else(|| path.strip_prefix('$')).unwrap_or(path);
    path.split('.').filter(|key| !key.is_empty()).try_fold(root, |value, key| {
        let mut parts = key.split('[');
        let name = parts.next().unwrap_or_default();
        let value = if name.is_empty() { value } else { value.get(name)? };
        parts.try_fold(value, |value, index| value.get(index.strip_suffix(']')?.parse::<usize>().ok()?))
    })
}

impl Lookup for Value {
    fn at(&self, path: &str) -> Option<Value> {
        walk(self, path).cloned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_alone_keeps_its_type_and_inside_a_text_becomes_words() {
        let facts = json!({"resource": {"id": "b"}, "n": 3, "ids": ["a", "b"], "deep": [{"x": [7]}]});
        let cases = [
            (json!("{{ resource.id }}"), json!("b")),
            (json!("{{n}}"), json!(3)),
            (json!("{{ ids }}"), json!(["a", "b"])),
            (json!("{{ ids }} of {{ n }}"), json!("a, b of 3")),
            (json!({"Bucket": ["{{ resource.id }}", 1]}), json!({"Bucket": ["b", 1]})),
            (json!("{{ deep[0].x[0] }}"), json!(7)),
            (json!("{{ $.deep[0].x[0] }}!"), json!("7!")),
            (json!("{{ rule.age or 90 }}"), json!(90)),
            (json!("{{ rule.kind or ALL }}"), json!("ALL")),
            (json!("{{ n or 90 }}"), json!(3)),
            (json!("plain"), json!("plain")),
        ];
        for (said, expected) in cases {
            assert_eq!(fill(&said, &facts), Ok(expected), "{said}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_and_never_empty() {
        let facts = json!({"resource": {"name": null, "empty": ""}});
        for path in ["resource.id", "resource.name", "resource.empty", "x.y", "resource[0]", "resource.name.x"] {
            let said = fill(&json!(format!("a {{{{ {path} }}}}")), &facts);
            assert_eq!(said, Err(NotThere::Path(path.to_owned())), "{path}");
        }
        assert!(fill_text("a {{ b", &facts).unwrap_err().to_string().contains("does not end"));
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let facts = json!({"alarm": {"name": "{{ account }}"}, "account": "1"});
        assert_eq!(fill_text("{{ alarm.name }}", &facts).unwrap(), "{{ account }}");
        assert_eq!(fill(&json!("{{ alarm.name }}"), &facts).unwrap(), "{{ account }}");
    }

    #[test]
    fn the_paths_a_value_asks_for_are_known_without_facts() {
        let said = json!({"a": "{{ event.detail.x }} {{ rule.y or 1 }}", "b": ["{{ account }}"], "c": 1});
        assert_eq!(paths(&said), ["event.detail.x", "rule.y", "account"]);
    }
}
