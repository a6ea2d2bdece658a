//! `kintsugi draw`: the flow of runbooks as pictures.
//!
//! Comes in: files. Goes out: SVG, Mermaid or the graph as JSON, on standard output or in files that are named. A runbook
//! with errors is drawn as far as it can be read.
//! Never: a call, or a file that was not asked for.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_api::{Effect, Models, ModelsError};
use engine::draw::Flow;

use crate::error::{CliError, complain};
use crate::exit::Exit;
use crate::{models, runbook};

/// Arguments of `kintsugi draw`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Runbooks, YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to draw; without it the ending of OUT says it (.svg, .mmd, .json), else SVG
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// File to write; for several runbooks, or if it is one already, the folder to write them to
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Print the graph as JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  kintsugi draw runbooks/resize-instance.yaml -o resize.svg
  kintsugi draw runbooks/resize-instance.yaml --format mermaid
  kintsugi draw runbooks/*.yaml -o drawings
  kintsugi draw runbooks/resize-instance.yaml --json

Thick gold edges are changes. Dashed red lines are followed after a failure,
dotted violet ones after a cancellation; a red square says that a failure stops
the run. Point at a box or a line in a browser to read all of it. No call is
made.";

/// How a flow is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A picture for every browser, light or dark
    Svg,
    /// Text that GitHub, GitLab and many wikis draw
    Mermaid,
    #[value(skip)]
    Json,
}

pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let to = Target::of(args)?;
    let models = models::open_if_there()?;
    if let Err(missing) = &models {
        writeln!(io::stderr(), "note: what only reads is told by the names of operations: {missing}")?;
    }
    let mut exit = Exit::Done;
    for path in &args.files {
        if let Err(error) = one(path, &to, models.as_ref()) {
            complain(&error);
            exit = if error.exit() == Exit::NotBegun || exit == Exit::NotBegun { Exit::NotBegun } else { error.exit() };
        }
    }
    Ok(exit)
}

/// Where drawings go.
struct Target {
    format: Format,
    place: Place,
}

enum Place {
    Screen,
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    fn of(args: &Args) -> Result<Self, CliError> {
        let asked = if args.json { Some(Format::Json) } else { args.format };
        let several = args.files.len() > 1;
        let place = match &args.output {
            None if several => return Err(CliError::SeveralDrawings),
            None => Place::Screen,
            Some(folder) if several || folder.is_dir() => Place::Folder(folder.clone()),
            Some(file) => Place::File(file.clone()),
        };
        let ending = match &place {
            Place::File(file) => file.extension().and_then(|ending| Format::of_ending(&ending.to_string_lossy())),
            _ => None,
        };
        Ok(Self { format: asked.or(ending).unwrap_or(Format::Svg), place })
    }

    fn write(&self, runbook: &Path, text: &str) -> Result<(), CliError> {
        let file = match &self.place {
            Place::Screen => return Ok(io::stdout().lock().write_all(text.as_bytes())?),
            Place::File(file) => file.clone(),
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|source| unwritable(folder, source))?;
                folder.join(runbook.file_name().unwrap_or_default()).with_extension(self.format.ending())
            }
        };
        std::fs::write(&file, text).map_err(|source| unwritable(&file, source))?;
        Ok(writeln!(io::stderr(), "{}", file.display())?)
    }
}

fn unwritable(path: &Path, source: io::Error) -> CliError {
    CliError::Unwritable { path: path.to_owned(), source }
}

impl Format {
    fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "svg" => Some(Self::Svg),
            "mmd" | "mermaid" => Some(Self::Mermaid),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Mermaid => "mmd",
            Self::Json => "json",
        }
    }

    fn draw(self, flow: &Flow) -> Result<String, CliError> {
        Ok(match self {
            Self::Svg => engine::draw::svg(flow),
            Self::Mermaid => engine::draw::mermaid(flow),
            Self::Json => serde_json::to_string_pretty(flow)? + "\n",
        })
    }
}

fn one(path: &Path, to: &Target, models: Result<&Models, &ModelsError>) -> Result<(), CliError> {
    let name = path.to_string_lossy().into_owned();
    let checked = runbook::check(&name, runbook::read(path)?, models.ok())?;
    let errors = checked.findings.errors().count();
    let Some(document) = engine::sketch(&checked.text, &name) else {
        checked.usable()?;
        return Ok(());
    };
    if errors > 0 {
        let errors = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
        writeln!(io::stderr(), "note: {name} has {errors} and is drawn as far as it can be read: see kintsugi check")?;
    }
    let flow = engine::draw::flow(&document, &|service, api| is_read(models.ok(), service, api));
    to.write(path, &to.format.draw(&flow)?)
}

/// By AWS's models; without them, by the verb.
fn is_read(models: Option<&Models>, service: &str, api: &str) -> bool {
    match models {
        Some(models) => models.effect(service, api).is_ok_and(|effect| effect == Effect::Read),
        None => ["Describe", "Get", "List", "Head"].iter().any(|verb| api.starts_with(verb)),
    }
}
