//! `kintsugi run`: runs a runbook from this machine.
//!
//! Comes in: a runbook, its parameters, consent. Goes out: progress, a journal, the record; exit code 0 for Success only.
//! Never: a change before somebody agreed, or before the journal knows what was agreed to.

mod consent;
mod ending;
mod execute;
mod progress;
mod session;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::PollPolicy;

use crate::account::{Account, Identity};
use crate::error::CliError;
use crate::exit::Exit;
use crate::parameters::Parameters;
use crate::runbook;

pub(crate) use execute::execute;
pub(crate) use session::Session;

/// Arguments of `kintsugi run`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The runbook, YAML or JSON
    file: PathBuf,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    account: Account,
    /// Agree to the changes beforehand, instead of being shown the plan and asked
    #[arg(long, short)]
    yes: bool,
    /// The journal [default: RUNBOOK-EXECUTION.journal here]; if it has a run, that run goes on
    #[arg(long, value_name = "PATH")]
    journal: Option<PathBuf>,
    /// Seconds between the first two looks of a wait; pauses grow to three times that
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    poll: u32,
    /// Print the record of the run as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args) -> Result<Exit, CliError> {
    let parameters = args.parameters.collect()?;
    let services = args.account.connect().await?;
    let runbook = runbook::open(&args.file, services.api.models())?;
    if let Some(path) = args.journal.as_deref().filter(|path| path.exists())
        && let Some((session, journal)) = Session::open(path)?
    {
        session.is_of(path, &runbook, &parameters)?;
        session.belongs_to(path, &Identity::ask(&services).await?)?;
        return execute(&session, journal, path, services, args.json).await;
    }
    consent::may_be_asked(args.yes, &runbook.document, &services)?;
    let identity = Identity::ask(&services).await?;
    if !args.yes {
        consent::agree(&runbook.document, &parameters, &identity, &services).await?;
    }
    let session = Session::new(runbook, parameters, &identity, poll(args.poll));
    let path = args.journal.clone().unwrap_or_else(|| journal_of(&args.file, &session));
    let journal = session.begin(&path)?;
    writeln!(io::stderr(), "running {} in {identity}\njournal {}", session.document, path.display())?;
    execute(&session, journal, &path, services, args.json).await
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
