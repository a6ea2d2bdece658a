//! `kintsugi ticket test`: would a ticket be opened, and if not, what exactly is wrong?
//!
//! Comes in: the settings of open-ticket. Goes out: one line for each thing that was looked at, wrong ones with what to
//! correct. Never: a ticket opened or changed, or a credential shown.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};

use engine::{plain, plain_lines};
use serde_json::{Value, json};
use shared::settings::Settings;
use shared::ticket::{Check, Tickets};

use crate::account::Account;
use crate::error::CliError;
use crate::exit::Exit;
use crate::paint::{Colour, Paint};
use crate::{examples, models, show};

/// What is done about tickets.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Say what is wrong with the settings of tickets: address, credentials, project, issue type, fields
    #[command(after_help = examples::TICKET)]
    Test(Args),
}

/// `kintsugi ticket test`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The deployed function whose settings are looked at, instead of this environment's
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Say it in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    account: Account,
}

/// What was looked at: of all tickets, or of those of a binding.
type Look = (Option<String>, Check);

/// Carries it out.
pub(crate) async fn run(what: &What) -> Result<Exit, CliError> {
    let What::Test(args) = what;
    let settings = args.settings().await?;
    let to = settings.tickets.provider.to_string();
    let services = args.account.connect_with(settings).await?;
    let looks = Tickets::new(&services).look().await;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", show::json(&as_json(&to, &looks))?)?;
    } else {
        human(&mut out, Paint::on(&io::stdout()), &to, &looks)?;
    }
    Ok(if looks.iter().all(|(_, check)| check.says.is_ok()) { Exit::Done } else { Exit::NotDone })
}

impl Args {
    async fn settings(&self) -> Result<Settings, CliError> {
        match &self.function {
            None => models::ticket_settings(None),
            Some(name) => models::ticket_settings(Some(&self.variables(name).await?)),
        }
    }

    /// What a deployed function is told.
    async fn variables(&self, name: &str) -> Result<BTreeMap<String, String>, CliError> {
        let services = self.account.connect().await?;
        let asked = services.call("lambda", "GetFunctionConfiguration", json!({ "FunctionName": name })).await;
        let answer = asked.map_err(|source| CliError::Function { name: name.to_owned(), source: Box::new(source) })?;
        let variables = answer["Environment"]["Variables"].as_object().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(variables.map(|(name, value)| (name.clone(), text(value))).collect())
    }
}

fn human(out: &mut impl Write, paint: Paint, to: &str, looks: &[Look]) -> io::Result<()> {
    writeln!(out, "tickets go to {}\n", plain(to))?;
    let width = looks.iter().map(|(_, check)| check.what.chars().count()).max().unwrap_or_default();
    for (binding, check) in looks {
        let of = binding.as_ref().map(|name| format!(" (of {name})")).unwrap_or_default();
        // A service's words may have lines of their own.
        let margin = format!("\n{:1$}", "", width + 11);
        let below = |says: &str| plain_lines(says).trim_end().replace('\n', &margin);
        let line = |word: &dyn Display, says: &str| format!("  {word}  {:width$}  {}{of}", check.what, below(says));
        match &check.says {
            Ok(says) => writeln!(out, "{}", line(&paint.in_colour(Colour::Green, "ok   "), says))?,
            Err(says) => writeln!(out, "{}", line(&paint.in_colour(Colour::Red, "wrong"), says))?,
        }
    }
    let wrong = looks.iter().filter(|(_, check)| check.says.is_err()).count();
    let end = match wrong {
        0 => "a ticket would be opened; none was",
        _ => "no ticket would be opened as it is wanted; correct what is wrong and look again",
    };
    writeln!(out, "\n{end}")
}

fn as_json(to: &str, looks: &[Look]) -> Value {
    let looks: Vec<Value> = looks
        .iter()
        .map(|(binding, check)| {
            let (Ok(says) | Err(says)) = &check.says;
            json!({ "what": check.what, "binding": binding, "ok": check.says.is_ok(), "says": says })
        })
        .collect();
    json!({ "to": to, "ok": looks.iter().all(|look| look["ok"] == true), "checks": looks })
}
