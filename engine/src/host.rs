//! Every effect a runbook can have, as one trait.
//!
//! Comes in: an operation name that is stable over replays, and what to do.
//! Goes out: the answer, or a typed fault the runbook can react to.
//! Never: a decision. A host performs, records and replays; the interpreter decides.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// One AWS API call, as `aws:executeAwsApi` and its sisters describe it: boto3's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiCall {
    /// boto3 client name as written in the runbook (`ec2`, `EC2`, `logs `): the host normalises it.
    pub service: String,
    /// Operation as written in the runbook (`StopInstances`, `stop_instances`).
    pub api: String,
    /// The operation's input members, references already resolved.
    pub input: Value,
    /// Fills members that the model marks idempotencyToken: execution, step and attempt, so that a call
    /// repeated after a crash is one effect.
    pub idempotency_key: String,
    /// How long to wait for the answer: SSM's 25 seconds, or the step's own time if that is shorter.
    #[serde(default)]
    pub timeout: Option<Duration>,
}

/// Why an API call did not give an answer. What the runbook may react to, never the transport's own text alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Error)]
#[error("{service}:{api} {kind}: {code}: {message}")]
pub struct CallFault {
    /// The service, as called.
    pub service: String,
    /// The operation, as called.
    pub api: String,
    /// Its class.
    pub kind: FaultKind,
    /// AWS's error code (`IncorrectInstanceState`), or a name of ours (`InvalidInput`, `Transport`).
    pub code: String,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// For AWS support.
    pub request_id: Option<String>,
    /// Of the answer, if there was one.
    pub http_status: Option<u16>,
}

/// The classes of fault between which a runbook, a guard or a person would choose differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    /// The call was never sent: unknown service or operation, or input the model refuses.
    InvalidInput,
    /// AWS asked us to slow down, and the retries of the client are used up.
    Throttled,
    /// Credentials or permissions.
    Denied,
    /// Any other answer with an error of the caller (HTTP 4xx).
    Refused,
    /// AWS failed (HTTP 5xx).
    ServiceFault,
    /// No answer: connection, time-out, or an answer nobody can read. The effect may have happened.
    NoAnswer,
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InvalidInput => "was not sent",
            Self::Throttled => "was throttled",
            Self::Denied => "was denied",
            Self::Refused => "was refused",
            Self::ServiceFault => "failed at AWS",
            Self::NoAnswer => "had no answer",
        })
    }
}

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

/// What happens, for people who watch. Sent again on replay: a host drops what it has already shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all_fields = "camelCase")]
pub enum Progress {
    /// An attempt of a step begins.
    StepStarted {
        /// The step.
        step: String,
        /// Its action.
        action: String,
        /// From 1.
        attempt: u32,
    },
    /// A wait or an assert looked and did not (yet) see what it wants.
    StepPolled {
        /// The step.
        step: String,
        /// What it saw; null for nothing.
        seen: Value,
    },
    /// A step has ended for good.
    StepEnded {
        /// The step.
        step: String,
        /// Its action.
        action: String,
        /// How.
        status: crate::StepStatus,
        /// Why it failed.
        message: Option<String>,
        /// False from the interpreter, which cannot tell; a host that passes the event on may know better.
        replayed: bool,
    },
    /// Something a person should know, though the run goes on.
    Warning {
        /// The step concerned.
        step: Option<String>,
        /// In words.
        message: String,
    },
}

/// Every effect of a run. `op` names the operation: unique within an execution and the same on every replay
/// (`stopInstance#1/call`), so a host may record the answer under it and give it again.
#[async_trait]
pub trait Host: Send + Sync {
    /// Performs one API call. `Ok(Err(_))` is AWS's refusal, which the runbook may handle.
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError>;

    /// Returns after `pause`. A durable host suspends here and costs nothing meanwhile.
    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError>;

    /// The current time in UTC, recorded: a replay sees the time of the first run.
    async fn now(&self, op: &str) -> Result<Timestamp, HostError>;

    /// Whether the API only reads, by the service's own model. What cannot be told is a write.
    fn is_read(&self, service: &str, api: &str) -> bool;

    /// Whether somebody asked this run to stop. Asked before each step, each further attempt and each further look
    /// of a wait; not once it has said yes, nor on the way back from a failure (`onFailure: step:`).
    async fn cancelled(&self, op: &str) -> Result<bool, HostError>;

    /// Tells people what happens. Never fails, never blocks.
    fn report(&self, progress: Progress);
}
