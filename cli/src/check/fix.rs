//! Puts right what can be put right.
//!
//! Comes in: a text with its findings. Goes out: the text with every change that helped.
//! Never: a change that leaves as many findings as before, or that makes another one.

use engine::Findings;

use super::edit::Edit;
use crate::error::CliError;
use crate::runbook::Checked;

/// More than any document has that a person would want changed at once.
const MOST: usize = 500;

/// Makes one change after the other, each proved by checking again.
pub(super) fn all(
    text: &str,
    findings: &Findings,
    again: impl Fn(&str) -> Result<Checked, CliError>,
) -> Result<String, CliError> {
    let (mut text, mut findings) = (text.to_owned(), findings.clone());
    let mut given_up = Vec::new();
    for _ in 0..MOST {
        let next = findings.iter().find_map(|finding| {
            let key = (finding.rule, finding.path.clone(), finding.message.clone());
            let edit = Edit::of(&text, finding).filter(|_| !given_up.contains(&key))?;
            Some((key, edit))
        });
        let Some((key, edit)) = next else { break };
        let changed = edit.apply(&text);
        let checked = again(&changed)?;
        if checked.findings.len() < findings.len() && checked.findings.errors().count() <= findings.errors().count() {
            (text, findings) = (changed, checked.findings);
        } else {
            given_up.push(key);
        }
    }
    Ok(text)
}
