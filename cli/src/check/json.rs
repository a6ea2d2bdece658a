//! Findings as JSON: the engine's own, with each fix as a change of the text.
//!
//! Comes in: checked files. Goes out: an array. Never: a fix without its place.

use serde_json::{Value, json};

use super::edit::Edit;
use crate::runbook::Checked;

/// All findings of all files.
pub(super) fn findings(files: &[Checked]) -> Value {
    let each = files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)));
    let objects = each.map(|(file, finding)| {
        let mut object = json!(finding);
        if let Some(members) = object.as_object_mut() {
            members.remove("fix");
            if let Some(edit) = Edit::of(&file.text, finding) {
                members.insert("fix".to_owned(), json!(edit));
            }
        }
        object
    });
    objects.collect()
}
