//! What people write beside runbooks (bindings, cases, settings), read by the reader that runbooks are read by.
//!
//! Comes in: YAML or JSON, at most 256 KB. Goes out: a value of any type, or what is wrong, with line and column.
//! Never: a second understanding of YAML; what is a number, a word or a repeated key in a runbook is one here.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use thiserror::Error;

use crate::finding::Severity;
use crate::parse::{self, Draft, Tree};
use crate::place::{Place, child};

/// A text, its value and where in the text each part of it stands.
#[derive(Debug)]
pub struct Yaml(Tree);

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {}, column {}: {problem}", .place.line, .place.column)]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// What; for a value that does not fit, with the path to it (`bindings[0].guards`).
    pub problem: String,
}

impl Yaml {
    /// Reads a text.
    ///
    /// # Errors
    /// It is neither YAML nor JSON, too large or too deep, or says a key twice.
    pub fn read(text: &str) -> Result<Self, YamlError> {
        let mut tree = parse::read(text).map_err(YamlError::from)?;
        match tree.noted.iter().position(|draft| draft.severity == Severity::Error) {
            Some(first) => Err(tree.noted.swap_remove(first).into()),
            None => Ok(Self(tree)),
        }
    }

    /// What it says.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// Where the part at this JSON pointer stands: its key, else itself, else the nearest part that has it inside.
    #[must_use]
    pub fn place(&self, pointer: &str) -> Place {
        self.0.places.key(pointer)
    }

    /// The same as a value of some type.
    ///
    /// # Errors
    /// A part does not fit: a word that nobody knows, one that is missing, a number where text is expected.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, YamlError> {
        serde_path_to_error::deserialize(self.value()).map_err(|error| {
            let (path, place) = (error.path().to_string(), self.place(&pointer(error.path())));
            let problem = error.into_inner().to_string();
            let hint = if problem.ends_with("expected a string") { "; put it in quotes" } else { "" };
            let path = if path == "." { String::new() } else { format!("{path}: ") };
            YamlError { place, problem: format!("{path}{problem}{hint}") }
        })
    }
}

/// A text as a value of some type.
///
/// # Errors
/// It cannot be read ([`Yaml::read`]) or does not fit ([`Yaml::to`]).
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    Yaml::read(text)?.to()
}

impl From<Draft> for YamlError {
    fn from(draft: Draft) -> Self {
        let hint = draft.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        Self { place: draft.place, problem: format!("{}{hint}", draft.message) }
    }
}

fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |parent, segment| match segment {
        Segment::Seq { index } => child(&parent, &index.to_string()),
        Segment::Map { key } => child(&parent, key),
        Segment::Enum { .. } | Segment::Unknown => parent,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        things: Vec<Thing>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read, and not looked at")]
    struct Thing {
        name: String,
        #[serde(default)]
        limits: BTreeMap<String, u32>,
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_line_its_column_and_the_path_to_it() {
        for (text, expected) in [
            (
                "things:\n  - name: a\n    limits: {x: many}\n",
                "line 3, column 14: things[0].limits.x: invalid type: string \"many\", expected u32",
            ),
            (
                "things:\n  - name: 12\n",
                "line 2, column 5: things[0].name: invalid type: integer `12`, expected a string; put it in quotes",
            ),
            (
                "things:\n  - name: a\n    nmae: b\n",
                "line 3, column 5: things[0].nmae: unknown field `nmae`, expected `name` or `limits`",
            ),
            ("things:\n  - limits: {}\n", "line 2, column 5: things[0]: missing field `name`"),
            ("things: []\nthings: []\n", "line 2, column 1: the key things stands here twice"),
            ("things: [\n", "line 2, column 1: not YAML"),
            ("", "line 1, column 1: invalid type: null, expected struct File"),
        ] {
            let error = from_str::<File>(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}\n{error}");
        }
    }

    #[test]
    fn a_part_s_place_is_its_key() {
        let yaml = Yaml::read("things:\n  - name: a\n    limits:\n      x/y: 1\n").unwrap();
        assert_eq!(yaml.place("/things/0/limits/x~1y"), Place { line: 4, column: 7 });
        assert_eq!(yaml.to::<File>().unwrap().things.len(), 1);
    }
}
