//! `kintsugi resume`: goes on with a run where it was.
//!
//! Comes in: the journal of a run that crashed, was killed or left. Goes out: as `kintsugi run`.
//! Never: an effect done twice that was recorded once, or consent asked for again: it is what began the journal.

use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::account::{Account, Identity};
use crate::error::CliError;
use crate::exit::Exit;
use crate::run::{Session, execute};

/// Arguments of `kintsugi resume`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The journal of the run
    journal: PathBuf,
    /// The AWS profile, instead of the configured one
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Print the record of the run as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: &Args) -> Result<Exit, CliError> {
    let path = &args.journal;
    if let Err(source) = std::fs::metadata(path) {
        return Err(CliError::Unreadable { path: path.clone(), source });
    }
    let (session, journal) = Session::open(path)?.ok_or_else(|| CliError::NotARun { path: path.clone() })?;
    let account = Account { region: Some(session.context.region.clone()), profile: args.profile.clone() };
    let services = account.connect().await?;
    let identity = Identity::ask(&services).await?;
    session.belongs_to(path, &identity)?;
    writeln!(io::stderr(), "going on with {} in {identity}", session.document)?;
    execute(&session, journal, path, services, args.json).await
}
