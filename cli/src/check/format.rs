//! How findings are printed.
//!
//! Comes in: checked files. Goes out: text for people, JSON, or SARIF. Never: a finding left out.

use std::io::{self, Write};

use engine::plain;

use crate::error::CliError;
use crate::paint::{Colour, Paint};
use crate::runbook::Checked;
use crate::{findings, show};

use super::{json, sarif};

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people: each finding with its line
    Human,
    /// An array of findings
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
}

impl Format {
    /// Prints it all. `unmodelled`: AWS's models were not there to compare with.
    pub(super) fn write(
        self,
        out: &mut impl Write,
        files: &[Checked],
        unmodelled: bool,
        unreadable: &[CliError],
    ) -> Result<(), CliError> {
        match self {
            Self::Human => Ok(human(out, files, Paint::on(&io::stdout()))?),
            Self::Json => Ok(writeln!(out, "{}", show::json(&json::findings(files))?)?),
            Self::Sarif => {
                let log = sarif::log(files, unmodelled, unreadable);
                Ok(writeln!(out, "{}", show::json(&log)?)?)
            }
        }
    }
}

fn human(out: &mut impl Write, files: &[Checked], paint: Paint) -> io::Result<()> {
    for file in files {
        if file.findings.is_empty() {
            writeln!(out, "{}: {}", plain(&file.name), paint.in_colour(Colour::Green, "ok"))?;
        }
        findings::write_painted(out, &file.text, &file.findings, paint)?;
    }
    let (errors, warnings) = files.iter().fold((0, 0), |(errors, warnings), file| {
        (errors + file.findings.errors().count(), warnings + file.findings.warnings().count())
    });
    if errors + warnings > 0 {
        let of = if files.len() > 1 { format!(" in {} files", files.len()) } else { String::new() };
        writeln!(out, "{}, {}{of}", count(errors, "error"), count(warnings, "warning"))?;
    }
    Ok(())
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
