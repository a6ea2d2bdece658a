//! A runbook's calls as grants, and those of the runbooks that it runs.
//!
//! Comes in: documents and what is known. Goes out: a policy, and what could not become a part of it.
//! Never: a document from AWS; a runbook that is not in a folder is told as absent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_api::{Effect, InvalidCall, Models};
use engine::{Document, Step};
use serde_json::{Map, Value};
use shared::host::Documents;

use super::known::Known;
use super::policy::Policy;
use super::{pass_role, resource};
use crate::error::CliError;
use crate::runbook;
use crate::script_calls::{self, ScriptCalls};

/// As deep as SSM runs runbooks in each other.
const DEEPEST: usize = 5;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Derived {
    pub(super) policy: Policy,
    pub(super) scripts: Vec<ScriptCalls>,
    /// Runbooks that are run and not here, in words.
    pub(super) absent: BTreeSet<String>,
}

impl Derived {
    /// A runbook from a file, and those that it runs from folders.
    pub(super) fn add_file(
        &mut self,
        path: &Path,
        folders: Vec<PathBuf>,
        models: &Models,
        known: &Known,
    ) -> Result<(), CliError> {
        let documents = Documents::in_folders(folders);
        self.add(path, models, &documents, known, 0)
    }

    /// Recursion is bounded by `DEEPEST`.
    fn add(
        &mut self,
        path: &Path,
        models: &Models,
        documents: &Documents,
        known: &Known,
        depth: usize,
    ) -> Result<(), CliError> {
        let document = runbook::open(path, models)?.document;
        for (service, api, input) in engine::api_calls(&document) {
            self.call(models, known, (&service, &api, &input)).map_err(|source| unknown(path, &source))?;
        }
        self.scripts.extend(script_calls::of(&document, models));
        for step in children(&document) {
            let given = step.inputs.get("RuntimeParameters").and_then(Value::as_object);
            let child = known.child(given.unwrap_or(&Map::new()));
            match child_file(step, known, documents).filter(|_| depth < DEEPEST) {
                Some(file) => self.add(&file, models, documents, &child, depth + 1)?,
                None => {
                    self.absent.insert(absent(step));
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, models: &Models, known: &Known, call: (&str, &str, &Value)) -> Result<(), InvalidCall> {
        let (service, api, input) = call;
        let write = models.effect(service, api)? == Effect::Write;
        let (service, api) = models.resolve(service, api)?;
        let none = Map::new();
        let input = input.as_object().unwrap_or(&none);
        for action in models.iam_actions(service.as_str(), api.as_str())? {
            let resources = resource::of_action(&action, api.as_str(), input, known);
            self.policy.grant(&action, write, resources);
        }
        let roles = if write { pass_role::of_call(service.as_str(), api.as_str(), input, known) } else { Vec::new() };
        if !roles.is_empty() {
            self.policy.grant("iam:PassRole", true, roles);
        }
        Ok(())
    }
}

/// Steps that run another runbook.
fn children(document: &Document) -> impl Iterator<Item = &Step> {
    document.all_steps().into_iter().filter(|step| step.action == "aws:executeAutomation")
}

fn child_file(step: &Step, known: &Known, documents: &Documents) -> Option<PathBuf> {
    let [name] = known.texts(step.inputs.get("DocumentName")?).try_into().ok()?;
    documents.file(&name)
}

fn absent(step: &Step) -> String {
    let name = step.inputs.get("DocumentName").and_then(Value::as_str).unwrap_or_default();
    let runs = format!("step {} runs {name}, which is not here", step.name);
    format!("{runs}: the policy is without its calls; --documents names its folder")
}

/// An operation of a typed action that this pack of models does not know.
fn unknown(path: &Path, source: &InvalidCall) -> CliError {
    CliError::Runbook { name: path.to_string_lossy().into_owned(), findings: source.to_string() }
}
