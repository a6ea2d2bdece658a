//! From the places that the models' checks name to places in the document.
//!
//! Comes in: an input, and the inputs of the step that it was made of. Goes out: for `Filters[0].Values` the pointer
//! `/inputs/Filters/0/Values`. Never: a place that is not there; then it is the nearest one around it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Every part of an input, by the name that the checks give it.
pub(super) struct Paths(BTreeMap<String, String>);

impl Paths {
    pub(super) fn of(input: &Value, written: &Map<String, Value>) -> Self {
        let mut paths = Self(BTreeMap::new());
        for (member, value) in input.as_object().into_iter().flatten() {
            // An action may hand an input on under another name.
            let same = written.iter().find(|(_, written)| *written == value).map(|(key, _)| key);
            let key = if written.contains_key(member) { Some(member) } else { same };
            if let Some(key) = key {
                paths.add(member, &format!("/inputs/{}", escaped(key)), value);
            }
        }
        paths
    }

    /// Recursion is bounded by the parser's nesting limit.
    fn add(&mut self, path: &str, pointer: &str, value: &Value) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    self.add(&format!("{path}.{key}"), &format!("{pointer}/{}", escaped(key)), value);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(&format!("{path}[{index}]"), &format!("{pointer}/{index}"), item);
                }
            }
            _ => {}
        }
        self.0.insert(path.to_owned(), pointer.to_owned());
    }

    /// The pointer of a part, or of the nearest one around it.
    pub(super) fn pointer(&self, path: &str) -> &str {
        let mut rest = path;
        loop {
            if let Some(pointer) = self.0.get(rest) {
                return pointer;
            }
            match rest.rfind(['.', '[']) {
                Some(cut) => rest = &rest[..cut],
                None => return "/inputs",
            }
        }
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The last name of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_has_its_pointer_and_what_is_not_there_that_of_what_is_around_it() {
        let written = json!({"Ids": ["a"], "Filters": [{"Values": ["b"], "a/b": 1}]});
        let input = json!({"InstanceIds": ["a"], "Filters": [{"Values": ["b"], "a/b": 1}]});
        let paths = Paths::of(&input, written.as_object().unwrap());
        for (path, pointer) in [
            ("InstanceIds[0]", "/inputs/Ids/0"),
            ("Filters[0].Values[0]", "/inputs/Filters/0/Values/0"),
            ("Filters[0].a/b", "/inputs/Filters/0/a~1b"),
            ("Filters[0].Name", "/inputs/Filters/0"),
            ("Other", "/inputs"),
        ] {
            assert_eq!(paths.pointer(path), pointer, "{path}");
        }
    }
}
