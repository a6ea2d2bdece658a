//! Values in place of references.
//!
//! Comes in: a value with references in its texts, and a scope that knows names. Goes out: the value with each
//! reference replaced, once; what a substitution brings in is not looked at again.
//! Never: a failure. A reference without a value stays as it is written, and is listed.

use serde_json::{Map, Value};

use crate::document::Step;
use crate::reference::{Piece, Reference, pieces, whole};

/// What a scope knows about a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Value(Value),
    /// There is none, now and later: the text stays.
    Missing,
    /// A plan cannot know it before this step has run.
    Later(String),
}

/// Something that knows the values of names.
pub(crate) trait Scope: Sync {
    fn find(&self, reference: &Reference) -> Found;
}

/// A value after substitution.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Resolved {
    pub(crate) value: Value,
    /// References that stayed text.
    pub(crate) missing: Vec<String>,
    /// Steps that must run first.
    pub(crate) later: Vec<String>,
}

/// Replaces the references in all texts of a value; keys are never templated.
pub(crate) fn resolve(value: &Value, scope: &dyn Scope) -> Resolved {
    let mut resolver = Resolver { scope, missing: Vec::new(), later: Vec::new() };
    let value = resolver.value(value);
    Resolved { value, missing: resolver.missing, later: resolver.later }
}

/// As [`resolve`], for a mapping.
pub(crate) fn resolve_map(map: &Map<String, Value>, scope: &dyn Scope) -> (Map<String, Value>, Resolved) {
    let mut resolver = Resolver { scope, missing: Vec::new(), later: Vec::new() };
    let map = resolver.map(map);
    (map, Resolved { value: Value::Null, missing: resolver.missing, later: resolver.later })
}

/// Inputs that are not resolved with the others: the text of a script, where what looks like a reference is a brace of
/// its language (parameters reach it through its payload), and a loop's condition, which the end of an iteration judges.
const AS_WRITTEN: [(&str, &str); 2] = [("aws:executeScript", "Script"), ("aws:loop", "LoopCondition")];

/// The inputs of a step.
pub(crate) fn resolve_inputs(step: &Step, scope: &dyn Scope) -> (Map<String, Value>, Resolved) {
    let kept = AS_WRITTEN.iter().find(|(action, _)| *action == step.action);
    let Some((key, written)) = kept.and_then(|(_, key)| step.inputs.get_key_value(*key)) else {
        return resolve_map(&step.inputs, scope);
    };
    let mut without = step.inputs.clone();
    without.insert(key.clone(), Value::Null);
    let (mut inputs, resolved) = resolve_map(&without, scope);
    inputs.insert(key.clone(), written.clone());
    (inputs, resolved)
}

/// How a value reads inside a longer text: text as it is, numbers and booleans in JSON's way, the rest as compact JSON.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Resolver<'a> {
    scope: &'a dyn Scope,
    missing: Vec<String>,
    later: Vec<String>,
}

impl Resolver<'_> {
    /// Recursion is bounded by the document's nesting limit.
    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => Value::Array(self.list(items)),
            Value::Object(map) => Value::Object(self.map(map)),
            other => other.clone(),
        }
    }

    fn map(&mut self, map: &Map<String, Value>) -> Map<String, Value> {
        map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect()
    }

    /// An item that is a whole reference to a list becomes that list's items.
    fn list(&mut self, items: &[Value]) -> Vec<Value> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            let is_reference = item.as_str().is_some_and(|text| whole(text).is_some());
            match self.value(item) {
                Value::Array(inner) if is_reference => list.extend(inner),
                other => list.push(other),
            }
        }
        list
    }

    fn text(&mut self, text: &str) -> Value {
        if let Some(reference) = whole(text) {
            return self.find(&reference, text.trim());
        }
        if !text.contains("{{") {
            return Value::String(text.to_owned());
        }
        let mut spliced = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(literal) => spliced.push_str(literal),
                Piece::Reference(reference, written) => spliced.push_str(&as_text(&self.find(&reference, written))),
            }
        }
        Value::String(spliced)
    }

    fn find(&mut self, reference: &Reference, written: &str) -> Value {
        match self.scope.find(reference) {
            Found::Value(value) => value,
            Found::Missing => {
                self.missing.push(reference.to_string());
                Value::String(written.to_owned())
            }
            Found::Later(step) => {
                let mark = format!("<known after {step}>");
                self.later.push(step);
                Value::String(mark)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Fixed(Value);

    impl Scope for Fixed {
        fn find(&self, reference: &Reference) -> Found {
            match reference {
                Reference::Parameter(name) if name == "later" => Found::Later("first".into()),
                Reference::Parameter(name) => self.0.get(name).map_or(Found::Missing, |v| Found::Value(v.clone())),
                _ => Found::Missing,
            }
        }
    }

    fn check(input: Value, expected: Value) -> Resolved {
        let scope = Fixed(json!({
            "s": "text", "n": 3, "b": true, "l": ["a", "b"], "m": {"k": [1]}, "ml": [{"a": 1}], "again": "{{ s }}"
        }));
        let resolved = resolve(&input, &scope);
        assert_eq!(resolved.value, expected);
        resolved
    }

    #[test]
    fn a_whole_reference_keeps_its_type() {
        check(json!("{{ n }}"), json!(3));
        check(json!(" {{ b }} "), json!(true));
        check(json!({"x": "{{ l }}"}), json!({"x": ["a", "b"]}));
        check(json!("{{ m }}"), json!({"k": [1]}));
    }

    #[test]
    fn inside_text_everything_becomes_text() {
        check(json!("a {{ n }} {{ b }} {{ s }}"), json!("a 3 true text"));
        check(json!("ids: {{ l }} {{ m }}"), json!(r#"ids: ["a","b"] {"k":[1]}"#));
    }

    #[test]
    fn a_list_in_a_list_is_flattened_and_a_written_one_is_not() {
        check(json!(["x", "{{ l }}", "{{ s }}"]), json!(["x", "a", "b", "text"]));
        check(json!(["{{ ml }}"]), json!([{"a": 1}]));
        check(json!([["{{ l }}"]]), json!([["a", "b"]]));
        check(json!(["{{ m }}"]), json!([{"k": [1]}]));
    }

    #[test]
    fn what_has_no_value_stays_and_is_listed() {
        let resolved = check(json!(["{{ nope }}", "a{{step.Out}}b"]), json!(["{{ nope }}", "a{{step.Out}}b"]));
        assert_eq!(resolved.missing, ["{{ nope }}", "{{ step.Out }}"]);
    }

    #[test]
    fn a_substituted_value_is_not_looked_at_again() {
        check(json!("{{ again }}"), json!("{{ s }}"));
    }

    #[test]
    fn keys_are_not_templated() {
        check(json!({"{{ s }}": 1}), json!({"{{ s }}": 1}));
    }

    #[test]
    fn a_value_of_later_is_marked_with_its_step() {
        let resolved = check(json!("{{ later }}"), json!("<known after first>"));
        assert_eq!(resolved.later, ["first"]);
    }
}
