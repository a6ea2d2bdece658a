//! One case, from its beginning to the judgement.
//!
//! Comes in: a case and its runbook. Goes out: what came of it.
//! Never: a panic or an early end of the other cases because of this one.

use std::path::Path;

use engine::{Context, Document, Execution, PollPolicy, Readings, RunError};
use jiff::Timestamp;
use shared::telemetry::chain;

use super::account::{Account, Made};
use super::catalog::Catalog;
use super::file::{Case, Expect};
use super::host::{CaseHost, Noted};
use super::judge;

/// What came of a case.
pub(super) struct Ran {
    pub(super) name: String,
    /// Empty: the case passed.
    pub(super) problems: Vec<String>,
    /// Absent where the run was refused or could not go on.
    pub(super) execution: Option<Execution>,
    pub(super) calls: Vec<Made>,
    pub(super) warnings: Vec<String>,
}

/// Runs a case.
pub(super) async fn run(case: &Case, document: &Document, catalog: &Catalog, folder: &Path) -> Ran {
    let account = match Account::new(case, catalog.clone(), start(case)) {
        Ok(account) => account,
        Err(problem) => return Ran::spoilt(case, problem.to_string()),
    };
    let host = CaseHost::new(case, catalog, folder, account);
    let ran = engine::run(document, case.parameters.clone(), &context(case), &host).await;
    let (account, noted) = host.end();
    let (problems, execution) = match ran {
        Ok(execution) => (done(case, &execution, &account, &noted, catalog), Some(execution)),
        Err(error) => (refused(case.expect.as_ref(), &error), None),
    };
    Ran { name: case.name.clone(), problems, execution, calls: account.made, warnings: noted.warnings }
}

impl Ran {
    /// A case that could not be run.
    fn spoilt(case: &Case, problem: String) -> Self {
        let (calls, warnings) = (Vec::new(), Vec::new());
        Self { name: case.name.clone(), problems: vec![problem], execution: None, calls, warnings }
    }

    pub(super) fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

fn done(case: &Case, execution: &Execution, account: &Account, noted: &Noted, catalog: &Catalog) -> Vec<String> {
    if let Some(words) = case.expect.as_ref().and_then(|expect| expect.refused.as_ref()) {
        return vec![format!("refused: expected a refusal with {words:?} in it, but it ran: {}", execution.status)];
    }
    judge::problems(case, execution, account, noted, catalog)
}

/// A run that did not begin, or could not go on.
fn refused(expect: Option<&Expect>, error: &RunError) -> Vec<String> {
    let message = match error {
        // What the case does not say is the whole message; which effect asked for it is in it.
        RunError::Host(host) => host.source.to_string(),
        other => chain(other),
    };
    let wanted = expect.and_then(|expect| expect.refused.as_ref());
    match wanted.filter(|_| !matches!(error, RunError::Host(_))) {
        Some(words) if message.contains(words.as_str()) => Vec::new(),
        Some(words) => vec![format!("refused: expected {words:?}, got: {message}")],
        None => vec![message],
    }
}

/// A Saturday morning: nothing happens to change its clocks.
fn start(case: &Case) -> Timestamp {
    case.time.unwrap_or_else(|| Timestamp::constant(1_769_853_600, 0))
}

fn context(case: &Case) -> Context {
    Context {
        execution_id: "00000000-0000-4000-8000-000000000000".to_owned(),
        region: case.region.clone().unwrap_or_else(|| "eu-west-1".to_owned()),
        account_id: case.account.clone().unwrap_or_else(|| "123456789012".to_owned()),
        partition: "aws".to_owned(),
        poll: PollPolicy::default(),
        readings: Readings::default(),
    }
}
