//! References in an input: what stands for them while their type is compared with the model's.
//!
//! Comes in: an input with references as text. Goes out: the same with a sample of each reference's declared type,
//! and the places where the samples are. Never: a sample where the type is not known; the text stays, and is not judged.

use engine::{Document, ValueType};
use serde_json::{Value, json};

/// An input in which samples stand for references.
pub(super) struct Probe {
    pub(super) input: Value,
    /// Places (`Filters[0].Values`) of references, with their types where those are known.
    pub(super) places: Vec<(String, Option<ValueType>)>,
}

impl Probe {
    pub(super) fn of(document: &Document, input: &Value) -> Self {
        let mut probe = Self { input: input.clone(), places: Vec::new() };
        let mut input = std::mem::take(&mut probe.input);
        probe.fill(document, &mut input, "", false);
        probe.input = input;
        probe
    }

    /// Recursion is bounded by the parser's nesting limit.
    fn fill(&mut self, document: &Document, value: &mut Value, path: &str, in_list: bool) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.fill(document, value, &path, false);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.fill(document, item, &format!("{path}[{index}]"), true);
                }
            }
            Value::String(text) if text.contains("{{") => {
                let known = engine::value_type(document, text);
                if let Some(known) = known {
                    *value = sample(known, in_list);
                }
                self.places.push((path.to_owned(), known));
            }
            _ => {}
        }
    }

    /// The reference at this place or around it.
    pub(super) fn reference_at(&self, path: &str) -> Option<&(String, Option<ValueType>)> {
        self.places.iter().find(|(place, _)| {
            path.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }
}

/// A value of the type; in a list a list becomes its elements.
pub(super) fn sample(value_type: ValueType, in_list: bool) -> Value {
    match value_type {
        ValueType::String => json!("x"),
        ValueType::Integer => json!(1),
        ValueType::Boolean => json!(true),
        ValueType::StringMap => json!({}),
        ValueType::StringList if in_list => json!("x"),
        ValueType::MapList if in_list => json!({}),
        ValueType::StringList | ValueType::MapList => json!([]),
    }
}
