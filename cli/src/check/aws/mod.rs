//! A runbook against AWS's own service models.
//!
//! Comes in: a document and the models. Goes out: findings about services, operations, their members and their answers.
//! Never: a call, or a correction; a run would refuse the same.

mod dynamic;
mod input;
mod name;
mod output;
mod path;
mod rules;

use aws_api::Models;
use engine::{Document, Finding, Fix, Severity, Step};

use crate::error::CliError;

pub(crate) use rules::RULES;

/// Everything in the document that AWS's models do not have.
pub(crate) fn check(document: &Document, models: &Models) -> Result<Vec<Finding>, CliError> {
    let mut all = Vec::new();
    for step in document.all_steps() {
        let Some(call) = engine::static_call(step) else { continue };
        // A reference is a finding of the engine's already.
        if call.service.contains("{{") || call.api.contains("{{") {
            continue;
        }
        let mut report = Report { document, step, all: &mut all };
        if name::check(&call, models, &mut report)? {
            input::check(&call, models, &mut report);
            output::check(&call, models, &mut report);
        }
    }
    Ok(all)
}

/// Writes the findings of one step.
struct Report<'a> {
    document: &'a Document,
    step: &'a Step,
    all: &'a mut Vec<Finding>,
}

impl Report<'_> {
    /// A finding at a part of the step (`/inputs/Api`), at its key or at its value.
    fn add(&mut self, rule: &'static str, part: &str, message: String) -> &mut Finding {
        let level = RULES.iter().chain(engine::RULES).find(|known| known.id == rule).map(|known| known.level);
        debug_assert!(level.is_some(), "{rule} is not in the list of rules");
        let path = format!("{}{part}", self.step.pointer());
        let at_key = matches!(rule, "unknown-member");
        let place = if at_key { self.document.key_place(&path) } else { self.document.place(&path) };
        self.all.push(Finding {
            rule,
            severity: if level == Some(engine::Level::Warning) { Severity::Warning } else { Severity::Error },
            document: self.document.name.clone(),
            line: place.line,
            column: place.column,
            step: Some(self.step.name.clone()),
            path,
            message,
            hint: None,
            fix: None,
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }
}

/// Letters of a name for which a fix is proposed.
const LEAST: usize = 4;

/// Offers the names that are near; the one, if it is only one, as a fix.
fn did_you_mean(finding: &mut Finding, written: &str, near: &[String]) {
    finding.hint = match near {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        [most @ .., last] => Some(format!("did you mean {} or {last}?", most.join(", "))),
    };
    // Of a few letters nobody can tell which one was a slip.
    if let [one] = near
        && written.chars().count() >= LEAST
    {
        finding.fix = Some(Fix::Replace { from: written.to_owned(), to: one.clone() });
    }
}
