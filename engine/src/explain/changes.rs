//! What a document changes, reads and leaves to others.
//!
//! Comes in: a document, and what is known of operations. Goes out: lists by service.
//! Never: a look into a script, a function or another document: those are named instead.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::operation;
use crate::action::spec;
use crate::document::{Document, OnCancel, OnFailure, Step};

/// Says of an operation whether it only reads; `None` where that is not known.
pub type IsRead<'a> = dyn Fn(&str, &str) -> Option<bool> + 'a;

/// Beginnings of operations that nothing brings back.
const FINAL: [&str; 8] =
    ["Delete", "Terminate", "Purge", "Deregister", "Release", "Remove", "ScheduleKeyDeletion", "Cancel"];

/// What a document does to the world.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Operations that change something, by service.
    pub writes: BTreeMap<String, BTreeSet<String>>,
    /// Operations that only read, by service.
    pub reads: BTreeMap<String, BTreeSet<String>>,
    /// Steps whose effect cannot be taken back by an API, with what they do.
    pub final_steps: Vec<(String, String)>,
    /// Steps that change something, and after whose failure or cancellation nothing is put right.
    pub without_way_back: Vec<String>,
    /// Steps whose effect cannot be seen from here: scripts, functions, other documents, webhooks.
    pub unseen: Vec<String>,
}

/// Reads the whole document.
pub(super) fn of(document: &Document, is_read: &IsRead<'_>) -> Changes {
    let mut changes = Changes::default();
    for step in document.all_steps() {
        let writes = changes.add(step, is_read);
        if unseen(step) {
            changes.unseen.push(step.name.clone());
        }
        let no_way = step.on_failure == OnFailure::Abort && step.on_cancel == OnCancel::Abort;
        if writes && no_way {
            changes.without_way_back.push(step.name.clone());
        }
        changes.final_steps.extend(final_effect(step).map(|effect| (step.name.clone(), effect)));
    }
    changes
}

impl Changes {
    /// Adds a step's calls; whether one of them changes something.
    fn add(&mut self, step: &Step, is_read: &IsRead<'_>) -> bool {
        let calls = spec(&step.action).map(|spec| (spec.calls)(&step.inputs)).unwrap_or_default();
        let mut writes = false;
        for (service, api, _) in calls {
            let (service, api) = (service.trim().to_lowercase(), api.trim().to_owned());
            let reads = is_read(&service, &api).unwrap_or_else(|| operation::reads(&api));
            let part = if reads { &mut self.reads } else { &mut self.writes };
            part.entry(service).or_default().insert(api);
            writes |= !reads;
        }
        writes
    }
}

fn unseen(step: &Step) -> bool {
    matches!(
        step.action.as_str(),
        "aws:executeScript"
            | "aws:executeAutomation"
            | "aws:executeStateMachine"
            | "aws:invokeLambdaFunction"
            | "aws:invokeWebhook"
            | "aws:runCommand"
    )
}

/// What nobody can bring back, in words for the middle of a sentence.
fn final_effect(step: &Step) -> Option<String> {
    match step.action.as_str() {
        "aws:changeInstanceState" => {
            (step.inputs.get("DesiredState")? == "terminated").then(|| "terminates instances".to_owned())
        }
        "aws:deleteImage" => Some("deletes an image and its snapshots".to_owned()),
        "aws:deleteStack" => Some("deletes a stack".to_owned()),
        "aws:executeAwsApi" => {
            let api = step.inputs.get("Api").and_then(Value::as_str)?;
            let is_final = FINAL.iter().any(|verb| api.to_lowercase().starts_with(&verb.to_lowercase()));
            is_final.then(|| operation::phrase(api).unwrap_or_else(|| format!("calls {api}")))
        }
        _ => None,
    }
}
