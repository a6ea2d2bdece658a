//! `kintsugi new`: a runbook to begin with, its cases, and the binding that says when it runs.
//!
//! Comes in: a name and a template. Goes out: three files that check clean and pass.
//! Never: a file that is there already changed.

mod template;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use template::Template;

use crate::error::CliError;
use crate::exit::Exit;

/// Arguments of `kintsugi new`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the runbook, with a folder if it is not for this one
    name: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value_t = Template::Api, value_name = "TEMPLATE")]
    from: Template,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  kintsugi new require-token
  kintsugi new runbooks/replace-host --from instance

Three files are written: NAME.yaml, the runbook, NAME.cases.yaml, its cases,
and NAME.binding.yaml, which says when it runs.";

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let (name, runbook) = named(&args.name)?;
    let cases = runbook.with_extension("cases.yaml");
    let binding = runbook.with_extension("binding.yaml");
    if let Some(there) = [&runbook, &cases, &binding].into_iter().find(|path| path.exists()) {
        return Err(CliError::AlreadyThere { path: there.clone() });
    }
    for (path, text) in [&runbook, &cases, &binding].into_iter().zip(args.from.texts(&name)) {
        write_new(path, &text)?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        let written =
            serde_json::json!({"runbook": runbook, "cases": cases, "binding": binding, "template": args.from.name()});
        writeln!(out, "{}", serde_json::to_string_pretty(&written)?)?;
        return Ok(Exit::Done);
    }
    let (runbook, cases, binding) = (runbook.display(), cases.display(), binding.display());
    writeln!(out, "wrote {runbook}, {cases} and {binding}\n\nnext:")?;
    for (command, why) in [
        (format!("check {runbook} {binding}"), "all that is wrong with them"),
        (format!("test {runbook}"), "its cases, against a fake account"),
        (format!("explain {runbook}"), "what it does, in sentences"),
    ] {
        let line = format!("kintsugi {command}");
        writeln!(out, "  {line:44}  {why}")?;
    }
    Ok(Exit::Done)
}

/// The runbook's name, as SSM takes it for a document, and its file.
fn named(path: &Path) -> Result<(String, PathBuf), CliError> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = file.strip_suffix(".yaml").unwrap_or(&file).to_owned();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if !(3..=128).contains(&name.len())
        || !name.chars().all(allowed)
        || [".cases", ".binding"].iter().any(|end| name.ends_with(end))
    {
        return Err(CliError::DocumentName { name });
    }
    let file = path.with_file_name(format!("{name}.yaml"));
    Ok((name, file))
}

fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    let unwritable = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => CliError::AlreadyThere { path: path.to_owned() },
        _ => CliError::Unwritable { path: path.to_owned(), source },
    };
    let mut file = std::fs::File::create_new(path).map_err(unwritable)?;
    file.write_all(text.as_bytes()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_file_with_or_without_its_ending() {
        for path in ["r/fix-it", "r/fix-it.yaml"] {
            assert_eq!(named(Path::new(path)).unwrap(), ("fix-it".to_owned(), PathBuf::from("r/fix-it.yaml")));
        }
    }

    #[test]
    fn a_name_that_ssm_would_not_take_is_refused() {
        for path in ["ab", "fix it", "r/", "ü-berall", "a.cases.yaml"] {
            assert!(matches!(named(Path::new(path)), Err(CliError::DocumentName { .. })), "{path}");
        }
    }
}
