//! `kintsugi plan`: what a run would do.
//!
//! Comes in: a runbook and its parameters. Goes out: the plan, for people or as JSON.
//! Never: a write, or a value that AWS's models call sensitive.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use engine::{Document, Plan, PollPolicy, plain};
use serde_json::{Map, Value};
use shared::aws::Services;
use shared::host::{Documents, Journal, LocalHost, Nobody};

use crate::account::{Account, Identity};
use crate::documents::Folders;
use crate::error::CliError;
use crate::exit::Exit;
use crate::parameters::Parameters;
use crate::{redact, runbook, show};

/// Arguments of `kintsugi plan`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The runbook, YAML or JSON
    file: PathBuf,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    documents: Folders,
    #[command(flatten)]
    account: Account,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  kintsugi plan runbooks/resize-instance.yaml --params resize.json
  kintsugi plan runbooks/block-public-access-on-bucket.yaml --param BucketName=logs
  kintsugi plan runbooks/resize-instance.yaml --params resize.json --json

Reads are made for real; nothing is changed. The exit code is 1 if it was seen
that the run would fail as things are.";

pub(crate) async fn run(args: &Args) -> Result<Exit, CliError> {
    let parameters = args.parameters.collect()?;
    let services = args.account.connect().await?;
    let document = runbook::open(&args.file, services.api.models())?.document;
    let identity = Identity::ask(&services).await?;
    let folders = args.documents.of(&args.file)?;
    let plan = make(&document, parameters, &identity, &services, folders).await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", show::json(&plan)?)?;
    } else {
        write(&mut out, &plan, &identity)?;
    }
    Ok(if plan.failing().is_some() { Exit::NotDone } else { Exit::Done })
}

/// Plans; what is sensitive of inputs and of what was read is left out, though the hash counts it.
pub(crate) async fn make(
    document: &Document,
    parameters: Map<String, Value>,
    identity: &Identity,
    services: &Services,
    folders: Vec<PathBuf>,
) -> Result<Plan, CliError> {
    let host = LocalHost::new("plan".to_owned(), services.clone(), Journal::in_memory(), Arc::new(|_| {}));
    let host = host.with_documents(Documents::in_folders(folders)).with_people(Arc::new(Nobody));
    let context = identity.context("plan".to_owned(), PollPolicy::default());
    let mut plan = engine::plan(document, parameters, &context, &host).await?;
    redact::plan(&mut plan, services.api.models(), &host.secrets());
    Ok(plan)
}

/// The plan for people.
pub(crate) fn write(out: &mut impl Write, plan: &Plan, identity: &Identity) -> io::Result<()> {
    writeln!(out, "{} in {identity}", plain(&plan.document))?;
    writeln!(out, "{plan}")?;
    let changes = match plan.writes().count() {
        0 => "no change".to_owned(),
        1 => "1 change".to_owned(),
        many => format!("{many} changes"),
    };
    if let Some(step) = plan.failing() {
        writeln!(out, "as things are, the run would fail: see step {}", plain(&step.step))?;
    }
    writeln!(out, "{changes} planned, nothing done; plan {}", plan.hash.get(..12).unwrap_or(&plan.hash))
}
