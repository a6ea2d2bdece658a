//! A host in which nothing is real but the runbook: calls go to the fake account, people say what the case says,
//! sleeps take no time.
//!
//! Comes in: the effects of a run. Goes out: answers; what the case forgot to say ends the run.
//! Never: a wall clock, a network, a decision of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, Approval, ApprovalRequest, ApprovalStatus, CallFault, DocumentFault, DocumentRequest, Host,
    HostError, PauseRequest, Progress, Resumption, ScriptAnswer, ScriptFault, ScriptFaultKind, ScriptRequest,
    WebhookAnswer, WebhookRequest,
};
use jiff::Timestamp;
use serde_json::Value;

use super::account::{Account, NotSaid};
use super::catalog::Catalog;
use super::compare::missing;
use super::file::{Cancel, Case};
use super::script;

/// The host of one case.
pub(super) struct CaseHost<'a> {
    case: &'a Case,
    catalog: &'a Catalog,
    /// Where the cases file is: names of other files are from there.
    folder: &'a Path,
    account: Mutex<Account>,
    began: Timestamp,
    noted: Mutex<Noted>,
}

/// What is told on the way.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    /// Warnings of the engine.
    pub(super) warnings: Vec<String>,
    /// Whether the cancellation of the case came about.
    pub(super) cancelled: bool,
    /// Scripts, approvals and the like that were asked for.
    pub(super) used: Vec<String>,
    /// What was given to scripts and is not what the case says.
    pub(super) problems: Vec<String>,
}

impl<'a> CaseHost<'a> {
    pub(super) fn new(case: &'a Case, catalog: &'a Catalog, folder: &'a Path, account: Account) -> Self {
        let began = account.now;
        Self { case, catalog, folder, account: Mutex::new(account), began, noted: Mutex::default() }
    }

    /// What the run left.
    pub(super) fn end(self) -> (Account, Noted) {
        let account = self.account.into_inner().unwrap_or_else(PoisonError::into_inner);
        (account, self.noted.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the case says of a step; the run ends where it says nothing.
    fn said<'b, T>(&self, op: &str, what: &str, name: &str, all: &'b BTreeMap<String, T>) -> Result<&'b T, HostError> {
        self.noted().used.push(name.to_owned());
        all.get(name).ok_or_else(|| not_said(op, format!("the case has nothing under {what} for {name}")))
    }

    /// Whether the case cancels the run now; `op` names the moment.
    fn cancels(&self, op: &str) -> bool {
        let (step, inside) = moment(op);
        match &self.case.cancel {
            Some(Cancel { before: Some(name), .. }) => name == step && !inside,
            Some(Cancel { during: Some(name), .. }) => name == step && inside,
            Some(Cancel { after: Some(seconds), .. }) => {
                let passed = self.account().now.duration_since(self.began).as_secs();
                u64::try_from(passed).is_ok_and(|passed| passed >= *seconds)
            }
            _ => false,
        }
    }

    /// Whether the case cancels while this step waits for a person.
    fn cancels_during(&self, step: &str, cancellable: bool) -> bool {
        let during = self.case.cancel.as_ref().and_then(|cancel| cancel.during.as_deref());
        let cancels = cancellable && during == Some(step);
        self.noted().cancelled |= cancels;
        cancels
    }
}

/// The step of an operation, and whether it is inside a visit of it: `stop#1/cancelled` is not, `stop#1/1/2/cancelled`
/// is.
fn moment(op: &str) -> (&str, bool) {
    let segments: Vec<&str> = op.split('/').collect();
    let visit = segments.iter().rposition(|segment| segment.contains('#')).unwrap_or(0);
    let step = segments.get(visit).and_then(|segment| segment.split('#').next()).unwrap_or_default();
    (step, segments.len() > visit + 2)
}

fn not_said(op: &str, message: String) -> HostError {
    HostError { operation: op.to_owned(), source: Box::new(NotSaid(message)) }
}

#[async_trait]
impl Host for CaseHost<'_> {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        let answer = self.account().call(&call);
        answer.map_err(|problem| not_said(op, problem.0))
    }

    async fn sleep(&self, _: &str, pause: Duration) -> Result<(), HostError> {
        let mut account = self.account();
        let then = account.now.checked_add(pause).unwrap_or(Timestamp::MAX);
        account.until(then);
        Ok(())
    }

    async fn now(&self, _: &str) -> Result<Timestamp, HostError> {
        Ok(self.account().now)
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.catalog.is_read(service, api)
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        let cancels = self.cancels(op);
        self.noted().cancelled |= cancels;
        Ok(cancels)
    }

    fn report(&self, progress: Progress) {
        if let Progress::Warning { step, message } = progress {
            let step = step.map_or_else(String::new, |step| format!("{step}: "));
            self.noted().warnings.push(format!("{step}{message}"));
        }
    }

    fn lacks(&self, _: Ability) -> Option<String> {
        None
    }

    async fn script(&self, op: &str, request: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        let reply = self.said(op, "scripts", moment(op).0, &self.case.scripts)?;
        if let Some(given) = &reply.given {
            let step = moment(op).0;
            let problems = missing(given, &request.payload).into_iter().map(|line| format!("given to {step}: {line}"));
            self.noted().problems.extend(problems);
        }
        if reply.run {
            return script::run(request, self.folder).await.map_err(|error| not_said(op, error.to_string()));
        }
        Ok(match &reply.raises {
            None => Ok(ScriptAnswer { payload: reply.returns.clone(), log: String::new(), warnings: Vec::new() }),
            Some(message) => {
                Err(ScriptFault { kind: ScriptFaultKind::Raised, message: message.clone(), log: String::new() })
            }
        })
    }

    async fn approve(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        if self.cancels_during(&request.step, request.cancellable) {
            return Ok(Approval { status: ApprovalStatus::Cancelled, decisions: Vec::new() });
        }
        let said = self.said(op, "approvals", &request.step, &self.case.approvals)?;
        let mut account = self.account();
        let (seconds, approval) = said.answer(&request, account.now);
        account.pass(seconds);
        Ok(approval)
    }

    async fn pause(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        if self.cancels_during(&request.step, request.cancellable) {
            return Ok(Resumption::Cancelled);
        }
        let said = self.said(op, "pauses", &request.step, &self.case.pauses)?;
        let longest = request.timeout.map(|timeout| timeout.as_secs());
        let for_ever = || not_said(op, format!("nobody resumes {}, and it has no timeoutSeconds", request.step));
        let (seconds, resumption) = said.answer(longest).ok_or_else(for_ever)?;
        self.account().pass(seconds);
        Ok(resumption)
    }

    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        let file: &PathBuf = self.said(op, "documents", &request.name, &self.case.documents)?;
        let text = std::fs::read_to_string(self.folder.join(file));
        text.map(Ok).map_err(|error| not_said(op, format!("{} cannot be read: {error}", file.display())))
    }

    async fn webhook(&self, op: &str, request: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        let reply = self.said(op, "webhooks", &request.integration, &self.case.webhooks)?;
        Ok(Ok(WebhookAnswer { status: reply.status, body: reply.body.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_of_an_operation_is_before_a_step_or_inside_it() {
        assert_eq!(moment("stop#1/cancelled"), ("stop", false));
        assert_eq!(moment("stop#1/1/2/cancelled"), ("stop", true));
        assert_eq!(moment("each#1/2/stop#2/cancelled"), ("stop", false));
    }
}
