//! `kintsugi iam`: the permissions that runbooks need.
//!
//! Comes in: files, and what is known of their parameters. Goes out: one IAM policy document for all of them and the
//! runbooks that they run: reads, writes and roles handed on apart, each for the resources that its inputs name.
//! Never: a wildcard action, a call, or a resource narrower than what the runbook may be given.

mod derive;
mod known;
mod pass_role;
mod policy;
mod resource;
mod rules;

use std::io::{self, Write};
use std::path::PathBuf;

use engine::plain;
use serde_json::json;

use crate::documents::Folders;
use crate::error::CliError;
use crate::exit::Exit;
use crate::parameters::Parameters;
use crate::script_calls::ScriptCalls;
use crate::{models, show};
use derive::Derived;
use known::{Known, Place};

/// Arguments of `kintsugi iam`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Runbooks; the policy is for all of them together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    documents: Folders,
    /// The Region the policy is for [default: any]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The account the policy is for [default: any]
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// Write parameters, Region and account as ${...}, for CloudFormation's Fn::Sub
    #[arg(long)]
    sub: bool,
    /// Print policy, notes and unknown parameters as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  kintsugi iam runbooks/resize-instance.yaml
  kintsugi iam runbooks/*.yaml --region eu-west-1 --account 123456789012
  kintsugi iam runbooks/revoke-open-ssh.yaml --param GroupId=sg-0123456789abcdef0
  kintsugi iam runbooks/resize-instance.yaml --sub

A parameter that is not given may be anything, so its part of a resource is *.
Actions for which IAM knows no resource, most of them reads, are for all
resources. No call is made.";

fn account(text: &str) -> Result<String, String> {
    let digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { Ok(text.to_owned()) } else { Err("an account has 12 digits".to_owned()) }
}

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let models = models::open()?;
    let place = Place::of(args.region.as_deref(), args.account.as_deref(), args.sub);
    let known = Known { place, parameters: args.parameters.collect()?, ..Known::default() };
    let mut derived = Derived::default();
    for path in &args.files {
        derived.add_file(path, args.documents.of(path)?, &models, &known)?;
    }
    let notes = notes(&derived, &known);
    if args.json {
        let policy = (!derived.policy.is_empty()).then(|| derived.policy.to_json());
        let open = known.open.borrow();
        let all = json!({"policy": policy, "notes": notes, "unknownParameters": *open});
        writeln!(io::stdout(), "{}", show::json(&all)?)?;
        return Ok(Exit::Done);
    }
    // IAM takes no policy without a statement.
    if !derived.policy.is_empty() {
        writeln!(io::stdout(), "{}", show::json(&derived.policy.to_json())?)?;
    }
    notes.iter().try_for_each(|note| writeln!(io::stderr(), "note: {}", plain(note)))?;
    Ok(Exit::Done)
}

/// What the policy does not say.
fn notes(derived: &Derived, known: &Known) -> Vec<String> {
    let mut notes: Vec<String> = derived.scripts.iter().map(script).collect();
    notes.extend(derived.absent.iter().cloned());
    if derived.policy.is_empty() {
        let besides = if derived.scripts.is_empty() { "" } else { " besides those of its scripts" };
        notes.push(format!("no API call is made{besides}, so no policy is needed"));
        return notes;
    }
    let open: Vec<String> = known.open.borrow().iter().cloned().collect();
    if !open.is_empty() && !known.place.sub {
        notes.push(format!(
            "any {} is allowed: narrow it with --param, or with --sub in a template",
            open.join(", any ")
        ));
    }
    notes.push("keys of encrypted resources need kms: actions besides".to_owned());
    notes
}

/// Scripts call what they like, with credentials of their own: their calls are no part of the policy.
fn script(ScriptCalls { step, actions }: &ScriptCalls) -> String {
    let seen = match actions.is_empty() {
        true => "nothing is seen in it".to_owned(),
        false => format!("in it is seen {}", actions.iter().cloned().collect::<Vec<_>>().join(", ")),
    };
    format!("the policy is without the script of step {step}: what it calls cannot be derived; {seen}")
}
