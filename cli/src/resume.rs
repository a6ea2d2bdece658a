//! `kintsugi resume`: goes on with a run where it was.
//!
//! Comes in: the journal of a run that crashed, was killed or left. Goes out: as `kintsugi run`.
//! Never: an effect done twice that was recorded once, or consent asked for again: it is what began the journal.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::account::{Account, Identity};
use crate::error::CliError;
use crate::exit::Exit;
use crate::run::{Desk, Given, Manner, Said, Session, Stop, execute};
use crate::scripts::{self, ScriptArgs};

/// Arguments of `kintsugi resume`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The journal of the run
    journal: PathBuf,
    /// The AWS profile, instead of the configured one
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// A role to assume for all calls: the one of the run, if it had one
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// What the owner of that role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,
    #[command(flatten)]
    scripts: ScriptArgs,
    /// Approve what this step asks for
    #[arg(long, value_name = "STEP", group = "decision")]
    approve: Option<String>,
    /// Reject what this step asks for
    #[arg(long, value_name = "STEP", group = "decision")]
    reject: Option<String>,
    /// Let the run go on at this step, which is paused
    #[arg(long = "continue", value_name = "STEP", group = "decision")]
    go_on: Option<String>,
    /// Who decides: one of the step's Approvers [default: whoever calls]
    #[arg(long = "as", value_name = "NAME", requires = "decision")]
    who: Option<String>,
    /// Why; kept in the record
    #[arg(long, value_name = "TEXT", requires = "decision")]
    comment: Option<String>,
    /// What Ctrl-C does to the running step
    #[arg(long, value_name = "HOW", default_value = "cancel")]
    stop: Stop,
    /// Print the record of the run as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    fn given(&self) -> Option<Given> {
        let said = [(&self.approve, Said::Approve), (&self.reject, Said::Reject), (&self.go_on, Said::Continue)];
        let (step, said) = said.into_iter().find_map(|(step, said)| Some((step.clone()?, said)))?;
        Some(Given { step, said, name: self.who.clone(), comment: self.comment.clone() })
    }
}

pub(crate) async fn run(args: &Args) -> Result<Exit, CliError> {
    let path = &args.journal;
    if let Err(source) = std::fs::metadata(path) {
        return Err(CliError::Unreadable { path: path.clone(), source });
    }
    let (session, journal) = Session::open(path)?.ok_or_else(|| CliError::NotARun { path: path.clone() })?;
    let account = Account {
        region: Some(session.context.region.clone()),
        profile: args.profile.clone(),
        role_arn: args.role_arn.clone(),
        external_id: args.external_id.clone(),
    };
    let services = account.connect().await?;
    let identity = Identity::ask(&services).await?;
    session.belongs_to(path, &identity)?;
    writeln!(io::stderr(), "going on with {} in {identity}", session.document)?;
    let scripts = args.scripts.of(Path::new(&session.document), &services);
    scripts::check(&scripts, &session.parse()?)?;
    let desk = Arc::new(Desk::new(args.given(), &identity.caller));
    let manner = Manner { scripts, desk, stopping: args.stop.into(), json: args.json };
    execute(&session, journal, path, services, manner).await
}
