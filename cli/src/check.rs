//! `kintsugi check`: all that is wrong with runbooks.
//!
//! Comes in: files. Goes out: findings for people, or as JSON; exit code 1 if one is an error.
//! Never: a network call.

use std::io::{self, Write};
use std::path::PathBuf;

use aws_api::Models;
use engine::Finding;

use crate::error::{CliError, complain};
use crate::exit::Exit;
use crate::runbook::Checked;
use crate::{findings, models, runbook};

/// Arguments of `kintsugi check`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Runbooks, YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the findings as a JSON array
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let models = models::open_if_there()?;
    if let Err(missing) = &models {
        writeln!(io::stderr(), "note: names of services and operations are not checked: {missing}")?;
    }
    let (checked, unreadable) = check_all(args, models.as_ref().ok())?;
    let mut out = io::stdout().lock();
    if args.json {
        let all: Vec<&Finding> = checked.iter().flat_map(|file| &file.findings).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        write(&mut out, &checked)?;
    }
    unreadable.iter().for_each(complain);
    let errors = checked.iter().any(|file| file.findings.has_errors());
    Ok(if !unreadable.is_empty() {
        Exit::NotBegun
    } else if errors {
        Exit::NotDone
    } else {
        Exit::Done
    })
}

/// A file that cannot be read does not keep the others from being checked.
fn check_all(args: &Args, models: Option<&Models>) -> Result<(Vec<Checked>, Vec<CliError>), CliError> {
    let (mut checked, mut unreadable) = (Vec::new(), Vec::new());
    for path in &args.files {
        match runbook::read(path) {
            Ok(text) => checked.push(runbook::check(&path.to_string_lossy(), text, models)?),
            Err(error) => unreadable.push(error),
        }
    }
    Ok((checked, unreadable))
}

fn write(out: &mut impl Write, files: &[Checked]) -> io::Result<()> {
    for file in files {
        if file.findings.is_empty() {
            writeln!(out, "{}: ok", file.name)?;
        }
        findings::write(out, &file.text, &file.findings)?;
    }
    let (errors, warnings) = files.iter().fold((0, 0), |(errors, warnings), file| {
        (errors + file.findings.errors().count(), warnings + file.findings.warnings().count())
    });
    if errors + warnings > 0 {
        writeln!(out, "{}, {}", count(errors, "error"), count(warnings, "warning"))?;
    }
    Ok(())
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
