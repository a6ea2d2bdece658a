//! One API call, and why it gave no answer.
//!
//! Comes in: nothing. Goes out: types with boto3's names.
//! Never: the transport's own words alone.

use std::time::Duration;

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

impl CallFault {
    /// The code of a call that was begun by a process that died, and must not be made again blindly.
    pub const INTERRUPTED: &'static str = "Interrupted";

    /// Whether nobody knows if it happened, and a repetition could do it twice.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.kind == FaultKind::NoAnswer && self.code == Self::INTERRUPTED
    }
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
