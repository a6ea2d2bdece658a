//! `kintsugi run`: runs a runbook from this machine.
//!
//! Comes in: a runbook, its parameters, consent. Goes out: progress, a journal, the record; exit code 0 for Success only.
//! Never: a change before somebody agreed, or before the journal knows what was agreed to.

mod consent;
mod ending;
mod execute;
mod people;
mod progress;
mod session;
mod stops;
mod waiting;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::{PollPolicy, StopRequest};
use shared::host::Scripts;

use crate::account::{Account, Identity};
use crate::documents::Folders;
use crate::error::CliError;
use crate::exit::Exit;
use crate::parameters::Parameters;
use crate::runbook;
use crate::scripts::{self, ScriptArgs};

pub(crate) use execute::{Manner, execute};
pub(crate) use people::{Desk, Given, Said};
pub(crate) use session::Session;

/// Arguments of `kintsugi run`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The runbook, YAML or JSON
    file: PathBuf,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    documents: Folders,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    scripts: ScriptArgs,
    /// Agree to the changes beforehand, instead of being shown the plan and asked
    #[arg(long, short)]
    yes: bool,
    /// The journal [default: RUNBOOK-EXECUTION.journal here]; if it has a run, that run goes on
    #[arg(long, value_name = "PATH")]
    journal: Option<PathBuf>,
    /// Seconds between the first two looks of a wait; pauses grow to three times that
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    poll: u32,
    /// What Ctrl-C does to the running step
    #[arg(long, value_name = "HOW", default_value = "cancel")]
    stop: Stop,
    /// Print the record of the run as JSON
    #[arg(long)]
    json: bool,
}

/// As StopAutomationExecution has it.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Stop {
    /// It is cancelled, and its onCancel followed
    Cancel,
    /// It ends as it would, and none follows
    Complete,
}

impl From<Stop> for StopRequest {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancel => Self::Cancel,
            Stop::Complete => Self::Complete,
        }
    }
}

impl Args {
    fn manner(&self, scripts: Scripts, identity: &Identity) -> Manner {
        let desk = Arc::new(Desk::new(None, &identity.caller));
        Manner { scripts, desk, stopping: self.stop.into(), json: self.json }
    }
}

pub(crate) async fn run(args: &Args) -> Result<Exit, CliError> {
    let parameters = args.parameters.collect()?;
    let services = args.account.connect().await?;
    let runbook = runbook::open(&args.file, services.api.models())?;
    let scripts = args.scripts.of(&args.file, &services);
    scripts::check(&scripts, &runbook.document)?;
    if let Some(path) = args.journal.as_deref().filter(|path| path.exists())
        && let Some((session, journal)) = Session::open(path)?
    {
        session.is_of(path, &runbook, &parameters)?;
        let identity = Identity::ask(&services).await?;
        session.belongs_to(path, &identity)?;
        return execute(&session, journal, path, services, args.manner(scripts, &identity)).await;
    }
    consent::may_be_asked(args.yes, &runbook.document, &services)?;
    let identity = Identity::ask(&services).await?;
    let folders = args.documents.of(&args.file)?;
    if !args.yes {
        consent::agree(&runbook.document, &parameters, &identity, &services, folders.clone()).await?;
    }
    let session = Session::new(runbook, parameters, &identity, poll(args.poll)).with_documents(folders);
    let path = args.journal.clone().unwrap_or_else(|| journal_of(&args.file, &session));
    let journal = session.begin(&path)?;
    writeln!(io::stderr(), "running {} in {identity}\njournal {}", session.document, path.display())?;
    execute(&session, journal, &path, services, args.manner(scripts, &identity)).await
}

fn poll(seconds: u32) -> PollPolicy {
    let first = Duration::from_secs(seconds.into());
    PollPolicy { first, max: first * 3, factor: 1.5 }
}

fn journal_of(file: &Path, session: &Session) -> PathBuf {
    let stem = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
    let execution = session.context.execution_id.split('-').next().unwrap_or_default();
    PathBuf::from(format!("{stem}-{execution}.journal"))
}
