//! `kintsugi explain`: what a runbook does, in sentences, for a reviewer.
//!
//! Comes in: a runbook. Goes out: a page of Markdown, or the same as JSON. Findings are for `kintsugi check`; a runbook
//! with errors is explained as far as it can be read.
//! Never: a call, or an opinion.

use std::io::{self, Write as _};
use std::path::PathBuf;

use aws_api::{Effect, Models};
use engine::plain_lines;

use crate::error::CliError;
use crate::exit::Exit;
use crate::{findings, models, runbook, show};

/// Arguments of `kintsugi explain`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The runbook, YAML or JSON
    file: PathBuf,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  kintsugi explain runbooks/resize-instance.yaml
  kintsugi explain runbooks/resize-instance.yaml > review.md
  kintsugi explain runbooks/resize-instance.yaml --json

No call is made. Next: kintsugi plan says what it would do to your account now.";

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let name = args.file.to_string_lossy();
    let text = runbook::read(&args.file)?;
    let document = engine::parse(&text, &name).map_err(|found| refused(&name, &text, &found))?;
    let models = models::open_if_there()?.ok();
    let explanation = engine::explain(&document, &|service, api| is_read(models.as_ref(), service, api));
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", show::json(&explanation)?)?;
    } else {
        writeln!(out, "{}", plain_lines(&explanation.to_markdown()))?;
    }
    Ok(Exit::Done)
}

/// A text that is no document.
fn refused(name: &str, text: &str, found: &engine::Findings) -> CliError {
    let mut lines = Vec::new();
    // A vector takes everything.
    let _ = findings::write(&mut lines, text, found.errors());
    CliError::Runbook { name: name.to_owned(), findings: String::from_utf8_lossy(&lines).into_owned() }
}

fn is_read(models: Option<&Models>, service: &str, api: &str) -> Option<bool> {
    models?.effect(service, api).ok().map(|effect| effect == Effect::Read)
}
