//! What can go wrong with one call, and in whose words.
//!
//! Comes in: a fault and the call it happens to. Goes out: what to answer, and whether the call is performed all the same.
//! Never: the moment or the call; the rules of [`super::faults`] choose those.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Call, Protocol};
use super::respond::AwsError;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// AWS's error in the caller's protocol.
    Error {
        /// `InsufficientInstanceCapacity`
        code: String,
        /// A sentence; the default names the fault as injected.
        #[serde(default)]
        message: Option<String>,
        /// HTTP status, 400 if absent.
        #[serde(default)]
        status: Option<u16>,
        /// Whether the call is performed all the same, so that only its answer is wrong.
        #[serde(default)]
        performed: bool,
    },
    /// The error by which this service throttles.
    Throttle,
    /// The error by which this service denies.
    Deny,
    /// The error by which this service says that what is asked for is not there.
    NotFound,
    /// A page instead of an answer, as load balancers send.
    Html {
        /// HTTP status, for example 503.
        status: u16,
        /// Whether the call is performed all the same.
        #[serde(default)]
        performed: bool,
    },
    /// The connection ends without an answer.
    Cut {
        /// Whether the call is performed all the same.
        #[serde(default)]
        performed: bool,
    },
    /// The right answer, late.
    Delay {
        /// Real seconds, not scaled.
        seconds: f64,
    },
    /// No answer: the call is not passed on, and its connection stays open for so long.
    Hang {
        /// Real seconds, not scaled.
        seconds: f64,
    },
    /// The call comes twice, as when a request is repeated on its way. The second answer is the caller's.
    Repeat,
    /// The caller's process dies as by `kill -9`, and a new one takes its place, as Lambda does.
    Kill {
        /// When, with regard to this call.
        at: Moment,
    },
    /// Somebody else's call is made first; then this one is performed and answered well.
    First {
        /// boto3's client name.
        service: String,
        /// Operation.
        api: String,
        /// Its input.
        input: Value,
    },
}

/// When a process dies, with regard to one of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Moment {
    /// The call is sent and not performed.
    Before,
    /// The call is performed and not answered.
    Performed,
    /// The call is answered, and a checkpoint of its caller has been taken since; only for functions whose checkpoints
    /// come through the gateway.
    Recorded,
}

impl Fault {
    /// Whether the call is passed on before it fails.
    #[must_use]
    pub fn performed(&self) -> bool {
        match self {
            Self::Error { performed, .. } | Self::Html { performed, .. } | Self::Cut { performed } => *performed,
            Self::Delay { .. } | Self::Repeat | Self::First { .. } => true,
            Self::Kill { at } => *at != Moment::Before,
            Self::Throttle | Self::Deny | Self::NotFound | Self::Hang { .. } => false,
        }
    }

    /// Whether its caller gets the right answer all the same.
    #[must_use]
    pub fn answers(&self) -> bool {
        let recorded = Self::Kill { at: Moment::Recorded };
        matches!(self, Self::Delay { .. } | Self::Repeat | Self::First { .. }) || *self == recorded
    }

    /// How long the caller waits for nothing.
    #[must_use]
    pub fn pause(&self) -> Duration {
        match self {
            Self::Delay { seconds } | Self::Hang { seconds } => {
                Duration::try_from_secs_f64(*seconds).unwrap_or_default()
            }
            _ => Duration::ZERO,
        }
    }

    /// The error to answer with, if the fault is one.
    #[must_use]
    pub fn error(&self, call: &Call) -> Option<AwsError> {
        let error = match self {
            Self::Error { code, message, status, .. } => {
                let message = message.clone().unwrap_or_else(|| format!("{code} (injected by the local world)"));
                AwsError { status: status.unwrap_or(400), ..AwsError::new(code, message) }
            }
            Self::Throttle => throttle(call),
            Self::Deny => deny(call),
            Self::NotFound => not_found(call),
            _ => return None,
        };
        Some(error)
    }
}

fn throttle(call: &Call) -> AwsError {
    let (code, status) = match (call.service.as_str(), call.protocol) {
        ("ec2", _) => ("RequestLimitExceeded", 503),
        ("s3", _) => ("SlowDown", 503),
        ("dynamodb", _) => ("ProvisionedThroughputExceededException", 400),
        (_, Protocol::Query) => ("Throttling", 400),
        _ => ("ThrottlingException", 400),
    };
    AwsError { status, ..AwsError::new(code, "Rate exceeded") }
}

fn deny(call: &Call) -> AwsError {
    let (code, status) = match (call.service.as_str(), call.protocol) {
        ("ec2", _) => ("UnauthorizedOperation", 403),
        ("s3", _) | (_, Protocol::Query) => ("AccessDenied", 403),
        _ => ("AccessDeniedException", 400),
    };
    let message = format!("User: {} is not authorized to perform: {}:{}", call.caller, call.service, call.operation);
    AwsError { status, ..AwsError::new(code, message) }
}

fn not_found(call: &Call) -> AwsError {
    let (code, status) = match (call.service.as_str(), call.operation.as_str()) {
        ("ec2", operation) if operation.contains("SecurityGroupRules") => ("InvalidSecurityGroupRuleId.NotFound", 400),
        ("ec2", operation) if operation.contains("SecurityGroup") => ("InvalidGroup.NotFound", 400),
        ("ec2", _) => ("InvalidInstanceID.NotFound", 400),
        ("s3", _) => ("NoSuchBucket", 404),
        ("ssm", "GetParameter") => ("ParameterNotFound", 400),
        ("ssm", _) => ("OpsItemNotFoundException", 400),
        ("config", _) => ("NoSuchConfigRuleException", 400),
        ("sqs", _) => ("AWS.SimpleQueueService.NonExistentQueue", 400),
        _ => ("ResourceNotFoundException", 400),
    };
    AwsError { status, ..AwsError::new(code, "What you ask for does not exist (injected by the local world)") }
}
