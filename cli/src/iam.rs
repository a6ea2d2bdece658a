//! `kintsugi iam`: the permissions that runbooks need.
//!
//! Comes in: files. Goes out: one IAM policy document, reads and writes apart.
//! Never: a wildcard action. Resources are `*`, because a runbook does not say which it will be given.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use aws_api::{Effect, InvalidCall, Models};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::exit::Exit;
use crate::{models, runbook};

/// Arguments of `kintsugi iam`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Runbooks; the policy is for all of them together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Actions by what they do to the world.
#[derive(Default)]
struct Actions {
    reads: BTreeSet<String>,
    writes: BTreeSet<String>,
}

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let models = models::open()?;
    let mut actions = Actions::default();
    for path in &args.files {
        let document = runbook::open(path, &models)?.document;
        for (service, api, _) in engine::api_calls(&document) {
            actions.add(&models, &service, &api).map_err(|source| unknown(path, &source))?;
        }
    }
    if actions.reads.is_empty() && actions.writes.is_empty() {
        // IAM takes no policy without a statement.
        writeln!(io::stderr(), "note: no API call is made, so no policy is needed")?;
        return Ok(Exit::Done);
    }
    writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&actions.policy())?)?;
    writeln!(io::stderr(), "{NARROW}")?;
    Ok(Exit::Done)
}

/// What the policy cannot know.
const NARROW: &str = "\
note: Resource is * because a runbook does not say which resources it will be given: name them, or add a condition on
      a tag. Roles that an input hands on need iam:PassRole, keys of encrypted resources kms: actions, besides.";

/// An operation of a typed action that this pack of models does not know.
fn unknown(path: &std::path::Path, source: &InvalidCall) -> CliError {
    CliError::Runbook { name: path.to_string_lossy().into_owned(), findings: source.to_string() }
}

impl Actions {
    fn add(&mut self, models: &Models, service: &str, api: &str) -> Result<(), InvalidCall> {
        let actions = models.iam_actions(service, api)?;
        match models.effect(service, api)? {
            Effect::Read => self.reads.extend(actions),
            Effect::Write => self.writes.extend(actions),
        }
        Ok(())
    }

    /// An action that a read and a write need is one of a write.
    fn policy(&self) -> Value {
        let reads: Vec<&String> = self.reads.difference(&self.writes).collect();
        let statement = |sid: &str, actions: Vec<&String>| {
            (!actions.is_empty()).then(|| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*"}))
        };
        let writes = self.writes.iter().collect();
        let statements: Vec<Value> =
            [statement("Read", reads), statement("Write", writes)].into_iter().flatten().collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }
}
