//! Consent: the plan is shown, and a person says yes.
//!
//! Comes in: what would be run. Goes out: yes, or why not.
//! Never: consent taken from anything but a terminal; a pipe that happens to say "y" is nobody.

use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::PathBuf;

use engine::Document;
use serde_json::{Map, Value};
use shared::aws::Services;

use crate::account::Identity;
use crate::error::CliError;
use crate::{plan, scripts};

/// Refuses a run that would have to ask where nobody can answer, before anything else is done.
pub(super) fn may_be_asked(yes: bool, document: &Document, services: &Services) -> Result<(), CliError> {
    if yes || !changes(document, services) || io::stdin().is_terminal() { Ok(()) } else { Err(CliError::NobodyToAsk) }
}

/// Shows the plan and asks, unless the runbook only reads, whatever happens.
pub(super) async fn agree(
    document: &Document,
    parameters: &Map<String, Value>,
    identity: &Identity,
    services: &Services,
    folders: Vec<PathBuf>,
) -> Result<(), CliError> {
    if !changes(document, services) {
        return Ok(());
    }
    let plan = plan::make(document, parameters.clone(), identity, services, folders).await?;
    let mut out = io::stderr();
    plan::write(&mut out, &plan, identity)?;
    let question = match plan.writes().count() {
        0 => "As things are, nothing would be changed. Run it all the same?",
        _ => "Run it?",
    };
    if ask(&mut io::stdin().lock(), &mut out, question)? { Ok(()) } else { Err(CliError::Declined) }
}

/// Actions whose own API calls only read, and that do what this document does not tell.
const OPAQUE: [&str; 2] = ["aws:executeAutomation", "aws:invokeWebhook"];

/// Whether any step, on any way, could change something.
fn changes(document: &Document, services: &Services) -> bool {
    let writes = |(service, api, _): &(String, String, _)| !services.is_read(service, api);
    let opaque = document.all_steps().iter().any(|step| OPAQUE.contains(&step.action.as_str()));
    opaque || scripts::any(document) || engine::api_calls(document).iter().any(writes)
}

/// Anything but a yes is a no.
fn ask(input: &mut impl BufRead, out: &mut impl Write, question: &str) -> io::Result<bool> {
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(text: &str) -> bool {
        let mut out = Vec::new();
        let answer = ask(&mut text.as_bytes(), &mut out, "Run it?").unwrap();
        assert_eq!(out, b"Run it? [y/N] ");
        answer
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Yes\n", " yes "].into_iter().all(answered));
        assert!(!["", "\n", "n\n", "yep\n", "no, y\n"].into_iter().any(answered));
    }
}
