//! `kintsugi test`: runs a runbook's cases against a fake account.
//!
//! Comes in: runbooks, with their cases beside them. Goes out: what passed, what did not and why; what no case saw.
//! Never: a call to AWS, a wait, or a result that differs from run to run.

mod account;
mod align;
mod case;
mod catalog;
mod compare;
mod coverage;
mod file;
mod host;
mod judge;
mod junit;
mod names;
mod people;
mod place;
mod report;
mod result;
mod script;
mod short;
mod template;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use coverage::Coverage;

use crate::error::{CliError, complain};
use crate::exit::Exit;
use crate::paint::Paint;
use crate::{models, runbook};

pub(crate) use catalog::Catalog;

/// Arguments of `kintsugi test`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Runbooks (cases are in NAME.cases.yaml beside NAME.yaml), or cases files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only cases with this in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Say which steps and paths no case comes to
    #[arg(long)]
    coverage: bool,
    /// Fail if cases come to less than this share of steps or of paths
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Write the results as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  kintsugi test runbooks/resize-instance.yaml
  kintsugi test runbooks/*.cases.yaml --coverage --min-coverage 100
  kintsugi test resize.yaml --filter capacity
  kintsugi test resize.yaml --junit results.xml

No call is made and no time passes: sleeps and waits are over at once.
docs/cases.md says how cases are written.";

/// What came of one file of cases.
struct Tested {
    runbook: PathBuf,
    cases: PathBuf,
    ran: Vec<case::Ran>,
    coverage: Coverage,
}

pub(crate) async fn run(args: &Args) -> Result<Exit, CliError> {
    let models = models::open_if_there()?;
    if let Err(missing) = &models {
        writeln!(io::stderr(), "note: calls and answers are not compared with AWS's models: {missing}")?;
    }
    let catalog = Catalog::new(models.ok());
    let (mut all, mut broken) = (Vec::new(), Vec::new());
    for path in &args.files {
        match test(path, &catalog, args.filter.as_deref()).await {
            Ok(tested) => all.push(tested),
            Err(error) => broken.push(error),
        }
    }
    if let Some(path) = &args.junit {
        let written = std::fs::write(path, junit::xml(&all));
        written.map_err(|source| CliError::Unwritable { path: path.clone(), source })?;
    }
    let below = write(args, &all)?;
    broken.iter().for_each(complain);
    let mut ran = all.iter().flat_map(|tested| &tested.ran);
    let (none, failed) = (ran.clone().next().is_none(), ran.any(|ran| !ran.passed()));
    // A runbook with errors is as bad as a case that fails; a file that is not there, or a filter that nothing fits,
    // is another matter.
    let not_begun = broken.iter().any(|error| error.exit() == Exit::NotBegun) || none && broken.is_empty();
    Ok(match (not_begun, failed || below || !broken.is_empty()) {
        (true, _) => Exit::NotBegun,
        (false, true) => Exit::NotDone,
        (false, false) => Exit::Done,
    })
}

/// Runs the cases of one file.
async fn test(path: &Path, catalog: &Catalog, filter: Option<&str>) -> Result<Tested, CliError> {
    let cases = place::cases_of(path);
    let file = file::read(&cases)?;
    let runbook = place::runbook_of(&cases, file.runbook.as_deref());
    let name = runbook.to_string_lossy();
    let document = runbook::check(&name, runbook::read(&runbook)?, catalog.models())?.usable()?.document;
    let folder = cases.parent().unwrap_or(Path::new("")).to_owned();
    let mut ran = Vec::new();
    for case in file.cases.iter().filter(|case| filter.is_none_or(|text| case.name.contains(text))) {
        let mut one = case::run(case, &document, catalog, &folder).await;
        one.problems.extend(names::unknown(case, &document));
        ran.push(one);
    }
    let coverage = Coverage::of(&document, ran.iter().filter_map(|ran| ran.execution.as_ref()));
    Ok(Tested { runbook, cases, ran, coverage })
}

/// Writes the results; whether too little was covered.
fn write(args: &Args, all: &[Tested]) -> Result<bool, CliError> {
    let least = args.min_coverage.map_or(0, usize::from);
    let below = |tested: &&Tested| {
        [&tested.coverage.steps, &tested.coverage.paths].into_iter().any(|part| part.percent() < least)
    };
    let stdout = io::stdout();
    let paint = Paint::on(&stdout);
    let mut out = stdout.lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&result::of(all))?)?;
    } else {
        for tested in all {
            report::write(&mut out, paint, tested, args.coverage || below(&tested))?;
        }
        if !all.is_empty() {
            report::write_sum(&mut out, paint, all)?;
        }
    }
    for tested in all.iter().filter(below) {
        let (steps, paths) = (&tested.coverage.steps, &tested.coverage.paths);
        let shares = format!("{} and {}", report::share("steps", steps), report::share("paths", paths));
        writeln!(io::stderr(), "error: {}: cases come to {shares}; {least} % is asked for", tested.runbook.display())?;
    }
    Ok(all.iter().any(|tested| below(&tested)))
}
