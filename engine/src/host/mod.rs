//! Every effect a runbook can have, as one trait.
//!
//! Comes in: an operation name that is stable over replays, and what to do.
//! Goes out: the answer, or a typed fault the runbook can react to.
//! Never: a decision. A host performs, records and replays; the interpreter decides.

mod call;
mod document;
mod person;
mod progress;
mod script;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

pub use call::{ApiCall, CallFault, FaultKind};
pub use document::{DocumentFault, DocumentRequest};
pub use person::{Approval, ApprovalRequest, ApprovalStatus, ApproverDecision, PauseRequest, Resumption};
pub use progress::Progress;
pub use script::{ScriptAnswer, ScriptFault, ScriptFaultKind, ScriptRequest, ScriptSource};
pub use webhook::{WebhookAnswer, WebhookRequest};

/// The host itself cannot go on (a checkpoint could not be written, a journal does not match the document).
/// Not the runbook's fault and not for it to handle: the run stops where it is and can be resumed.
#[derive(Debug, Error)]
#[error("the host could not perform {operation}")]
pub struct HostError {
    /// The operation name at which it happened.
    pub operation: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Every effect of a run. `op` names the operation: unique within an execution and the same on every replay
/// (`stopInstance#1/call`), so a host may record the answer under it and give it again.
#[async_trait]
pub trait Host: Send + Sync {
    /// Performs one API call. `Ok(Err(_))` is AWS's refusal, which the runbook may handle.
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError>;

    /// Returns after `pause`. A durable host suspends here and costs nothing meanwhile.
    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError>;

    /// As [`Host::sleep`], but a host that hears of it meanwhile returns as soon as the run is asked to stop, and says
    /// so; recorded. Not asked on a way back.
    async fn doze(&self, op: &str, pause: Duration) -> Result<Option<StopRequest>, HostError> {
        self.sleep(op, pause).await.map(|()| None)
    }

    /// The current time in UTC, recorded: a replay sees the time of the first run.
    async fn now(&self, op: &str) -> Result<Timestamp, HostError>;

    /// Whether the API only reads, by the service's own model. What cannot be told is a write.
    fn is_read(&self, service: &str, api: &str) -> bool;

    /// Whether somebody asked this run to stop. Asked before each step, each further attempt and each further look
    /// of a wait; not once it has said yes, nor on the way back from a failure (`onFailure: step:`).
    async fn cancelled(&self, op: &str) -> Result<bool, HostError>;

    /// As [`Host::cancelled`], by a host that knows both ways to stop. The engine asks this one.
    async fn stop(&self, op: &str) -> Result<Option<StopRequest>, HostError> {
        Ok(self.cancelled(op).await?.then_some(StopRequest::Cancel))
    }

    /// Tells people what happens. Never fails, never blocks.
    fn report(&self, progress: Progress);

    /// Whether children of one step may run at the same time. Where they cannot, they run one after another.
    fn concurrent(&self) -> bool {
        false
    }

    /// Records a decision that time has made, for example which of two children ended first: gives `decision`, and on a
    /// replay what it was the first time. A host on which nothing runs at the same time has nothing to record.
    async fn decide(&self, _: &str, decision: Value) -> Result<Value, HostError> {
        Ok(decision)
    }

    /// Why this host cannot do such a thing; `None` if it can. Asked before the first step: a document that needs
    /// what its host lacks is refused as a whole, so that nothing is left half done.
    fn lacks(&self, ability: Ability) -> Option<String> {
        Some(format!("{ability} is not possible here"))
    }

    /// Runs a script in a process of its own.
    async fn script(&self, op: &str, _: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        Err(HostError::lacking(op, Ability::Script))
    }

    /// Asks people and waits for their decision, its time-out, or the run's cancellation.
    async fn approve(&self, op: &str, _: ApprovalRequest) -> Result<Approval, HostError> {
        Err(HostError::lacking(op, Ability::Approve))
    }

    /// Waits until a person lets the run go on, or cancels it.
    async fn pause(&self, op: &str, _: PauseRequest) -> Result<Resumption, HostError> {
        Err(HostError::lacking(op, Ability::Pause))
    }

    /// The text of another document, for a child execution. Recorded: a replay sees the same text.
    async fn document(&self, op: &str, _: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        Err(HostError::lacking(op, Ability::Child))
    }

    /// Sends a body to a webhook integration. The integration (its URL, its headers, its secrets) is read by the host
    /// within the same effect, so that it is never recorded.
    async fn webhook(&self, op: &str, _: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        Err(HostError::lacking(op, Ability::Webhook))
    }
}

/// How a run is asked to stop, as StopAutomationExecution has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopRequest {
    /// The running step is cancelled, and its onCancel followed.
    Cancel,
    /// The running step ends as it would; none follows, not even its onCancel.
    Complete,
}

/// What some documents need and some hosts lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ability {
    /// aws:executeScript with Python.
    Script,
    /// aws:executeScript with PowerShell.
    PowerShell,
    /// aws:approve.
    Approve,
    /// aws:pause.
    Pause,
    /// aws:executeAutomation.
    Child,
    /// aws:invokeWebhook.
    Webhook,
}

impl std::fmt::Display for Ability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Script => "running a script",
            Self::PowerShell => "running a PowerShell script",
            Self::Approve => "asking for an approval",
            Self::Pause => "a pause for a person",
            Self::Child => "running another runbook",
            Self::Webhook => "calling a webhook",
        })
    }
}

impl HostError {
    fn lacking(op: &str, ability: Ability) -> Self {
        Self { operation: op.to_owned(), source: format!("{ability} is not possible here").into() }
    }
}
