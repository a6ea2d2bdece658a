//! Limits of SSM: size, counts, and how long an action can last.
//!
//! Comes in: the document, or a step. Goes out: warnings; a run here is not bound by SSM's quotas.
//! Never: a limit of this engine's own; the parser holds those.

use crate::action;
use crate::document::{Amount, Document, Step};
use crate::place::child;
use crate::report::{Reporter, Spot};

/// SSM's limit for a document's text.
const TEXT: usize = 64 * 1024;
const PARAMETERS: usize = 200;
const PARAMETER_NAME: usize = 50;
const FILES: usize = 5;

/// Seconds that a sleep can last.
const LONGEST_SLEEP: u64 = 604_799;

pub(super) fn document(document: &Document, reporter: &mut Reporter<'_>) {
    if document.bytes > TEXT {
        let message = format!("the document has {} bytes; SSM takes at most {TEXT}", document.bytes);
        let hint = "it runs here, and cannot be deployed as AWS::SSM::Document";
        reporter.warning("document-size", &Spot::at(""), message).hint(hint);
    }
    count("parameters", document.parameters.len(), PARAMETERS, reporter);
    count("files", document.files.len(), FILES, reporter);
    for parameter in document.parameters.iter().filter(|parameter| parameter.name.chars().count() > PARAMETER_NAME) {
        let message = format!("the parameter name {} is longer than {PARAMETER_NAME} characters", parameter.name);
        reporter.key_warning("document-limits", &Spot::at(child("/parameters", &parameter.name)), message);
    }
}

fn count(what: &str, found: usize, most: usize, reporter: &mut Reporter<'_>) {
    if found > most {
        let message = format!("the document has {found} {what}; SSM takes at most {most}");
        reporter.key_warning("document-limits", &Spot::at(format!("/{what}")), message);
    }
}

pub(super) fn timeout(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let longest = match step.action.as_str() {
        "aws:sleep" => Some(LONGEST_SLEEP),
        action => action::spec(action).and_then(|spec| spec.longest),
    };
    if let (Some(longest), Some(Amount::Fixed(seconds))) = (longest, &step.timeout)
        && *seconds > longest
    {
        let message = format!("{} lasts at most {longest} s; timeoutSeconds is {seconds}", step.action);
        reporter.warning("timeout", &spot.key("timeoutSeconds"), message);
    }
}
