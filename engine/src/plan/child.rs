//! One child execution in a plan: its parameters as far as they are known, and its plan.
//!
//! Comes in: a runbook, where it runs, its parameters as lists of texts. Goes out: its plan, or why it would be refused.
//! Never: a value for a parameter that only an earlier step can tell.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::before::Read;
use super::unfold::{Unfold, Unfolded};
use crate::document::Document;
use crate::reference::{self, Reference};
use crate::run::{self, RunError, Setting};

/// What the resolver puts where a value is not known.
const MARK: &str = "<known after ";

/// Where a child runs.
pub(super) struct Child<'c> {
    pub(super) parent: &'c Setting<'c>,
    pub(super) document: &'c Document,
    /// Before the names of its operations.
    pub(super) prefix: String,
    /// Before the names of its steps (`deploy/`).
    pub(super) label: String,
    /// The step that runs it.
    pub(super) after: &'c str,
    pub(super) now: Timestamp,
    /// Whether nothing is changed before it.
    pub(super) seen: bool,
}

impl Child<'_> {
    pub(super) async fn plan(
        self,
        unfold: &mut Unfold,
        parameters: Map<String, Value>,
        reads: Vec<Read>,
    ) -> Result<Unfolded, RunError> {
        let later = self.later(&parameters);
        let setting = Setting {
            document: self.document,
            prefix: self.prefix,
            label: self.label,
            depth: self.parent.depth + 1,
            ..self.parent.clone()
        };
        let mut values = run::prepare_but(&setting, parameters, later).await?;
        values.planned_at(self.now);
        Ok(unfold.execution(setting, values, reads, self.seen).await?)
    }

    /// The parameters that are not known now, with the step after which they are. What is in the Parameter Store after
    /// a change nobody knows before.
    fn later(&self, parameters: &Map<String, Value>) -> BTreeMap<String, String> {
        let given = parameters.iter().filter_map(|(name, value)| Some((name.clone(), later_in(value)?)));
        let stored = self.document.parameters.iter().filter(|parameter| {
            let default = parameter.default.iter().flat_map(reference::in_value);
            !self.seen && !parameters.contains_key(&parameter.name) && default.into_iter().any(is_stored)
        });
        given.chain(stored.map(|parameter| (parameter.name.clone(), self.after.to_owned()))).collect()
    }
}

fn is_stored(reference: Reference) -> bool {
    matches!(reference, Reference::Ssm(_))
}

/// The step after which a value is known, if it or a part of it is not known now. A text that looks like that mark
/// counts as one, which only says less.
pub(super) fn later_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.split_once(MARK)?.1.split_once('>').map(|(step, _)| step.to_owned()),
        Value::Array(items) => items.iter().find_map(later_in),
        Value::Object(map) => map.values().find_map(later_in),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_not_known_if_any_part_of_it_is_not() {
        for value in [json!("<known after make>"), json!(["a", {"k": "t-<known after make>-x"}])] {
            assert_eq!(later_in(&value).as_deref(), Some("make"), "{value}");
        }
        for value in [json!("known after make"), json!("<known after make"), json!([1, null])] {
            assert_eq!(later_in(&value), None, "{value}");
        }
    }
}
