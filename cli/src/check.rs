//! `kintsugi check`: all that is wrong with runbooks and bindings.
//!
//! Comes in: files, folders, globs, or standard input. Goes out: findings for people, as JSON or as SARIF; exit code 1
//! if one is an error, or a warning where those are denied.
//! Never: a network call; a file changed without `--fix` and a yes.

pub(crate) mod aws;
pub(crate) mod bindings;
mod edit;
mod files;
mod fix;
mod format;
mod json;
mod sarif;

use std::io::{self, IsTerminal as _, Read as _, Write};
use std::path::{Path, PathBuf};

use aws_api::Models;

use crate::error::{CliError, complain};
use crate::exit::Exit;
use crate::runbook::Checked;
use crate::{models, runbook};

use format::Format;

/// Arguments of `kintsugi check`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  kintsugi check runbook.yaml
  kintsugi check runbooks/ 'more/**/*.yaml' --deny warnings
  kintsugi check runbooks/ --format sarif > findings.sarif
  kintsugi check --fix runbook.yaml")]
pub struct Args {
    /// Runbooks or bindings (YAML or JSON), folders of them, globs in quotes, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// How the findings are printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Exit with 1 for these as well
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Put right what can be put right without a doubt: shows the changes and asks
    #[arg(long)]
    fix: bool,
    /// With --fix: do not ask
    #[arg(long, requires = "fix")]
    yes: bool,
}

/// What may be denied beside errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    Warnings,
}

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let models = models::open_if_there()?;
    if let Err(missing) = &models {
        writeln!(
            io::stderr(),
            "note: names of services, operations and members are not checked: {missing}; `make models` fetches them"
        )?;
    }
    let (mut checked, unreadable) = check_all(args, models.as_ref().ok())?;
    if args.fix {
        for file in &mut checked {
            repair(file, args, models.as_ref().ok())?;
        }
    }
    let format = if args.json { Format::Json } else { args.format };
    format.write(&mut io::stdout().lock(), &checked, models.is_err(), &unreadable)?;
    unreadable.iter().for_each(complain);
    Ok(verdict(args, &checked, !unreadable.is_empty()))
}

fn verdict(args: &Args, checked: &[Checked], unreadable: bool) -> Exit {
    let refused = |file: &Checked| match args.deny {
        Some(Deny::Warnings) => !file.findings.is_empty(),
        None => file.findings.has_errors(),
    };
    if unreadable {
        Exit::NotBegun
    } else if checked.iter().any(refused) {
        Exit::NotDone
    } else {
        Exit::Done
    }
}

/// A file that cannot be read does not keep the others from being checked.
fn check_all(args: &Args, models: Option<&Models>) -> Result<(Vec<Checked>, Vec<CliError>), CliError> {
    let (mut checked, mut unreadable) = (Vec::new(), Vec::new());
    let (files, missing) = files::expand(&args.files);
    unreadable.extend(missing);
    for file in files {
        match read(&file) {
            Ok(None) => {}
            Ok(Some((name, text))) => checked.push(runbook::check(&name, text, models)?),
            Err(error) => unreadable.push(error),
        }
    }
    Ok((checked, unreadable))
}

/// Name and text; nothing for a file of a folder that is no runbook.
fn read(file: &files::File) -> Result<Option<(String, String)>, CliError> {
    match file {
        files::File::Input => {
            let mut text = String::new();
            let source = |source| CliError::Unreadable { path: PathBuf::from("-"), source };
            io::stdin().take(runbook::LONGEST).read_to_string(&mut text).map_err(source)?;
            Ok(Some(("-".to_owned(), text)))
        }
        files::File::Named(path) => Ok(Some((path.to_string_lossy().into_owned(), runbook::read(path)?))),
        files::File::Found(path) => {
            let text = runbook::read(path)?;
            Ok((files::is_runbook(&text) || bindings::are_bindings(&text))
                .then(|| (path.to_string_lossy().into_owned(), text)))
        }
    }
}

/// Shows what would be changed, asks, and changes it.
fn repair(file: &mut Checked, args: &Args, models: Option<&Models>) -> Result<(), CliError> {
    let again = |text: &str| runbook::check(&file.name, text.to_owned(), models);
    let fixed = fix::all(&file.text, &file.findings, again)?;
    if fixed == file.text {
        return Ok(());
    }
    let mut out = io::stderr();
    edit::show(&mut out, &file.name, &file.text, &fixed)?;
    let agreed = args.yes || (io::stdin().is_terminal() && agrees(&file.name)?);
    if file.name == "-" || !agreed {
        writeln!(out, "{}: nothing was changed{}", file.name, if agreed { "" } else { "; --yes changes it" })?;
        return Ok(());
    }
    let source = |source| CliError::Unwritable { path: PathBuf::from(&file.name), source };
    fix::replace(Path::new(&file.name), &file.text, &fixed).map_err(source)?;
    *file = runbook::check(&file.name, fixed, models)?;
    Ok(())
}

fn agrees(name: &str) -> Result<bool, CliError> {
    write!(io::stderr(), "Change {name}? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
