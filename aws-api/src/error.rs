//! What a call can end with, other than its output.
//!
//! Comes in: what was refused before sending, what AWS answered, or that it did not.
//! Goes out: [`ApiError`], one layer per message, causes as sources.
//! Never: the value of an input member.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::endpoint::EndpointError;
use crate::input::Finding;
use crate::models::ModelsError;
use crate::names::DidYouMean;

/// Why there is no output.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// Nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidCall),
    /// AWS answered with an error.
    #[error(transparent)]
    Service(Box<ServiceError>),
    /// There is no answer that can be read. The effect may have happened.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}

/// The call is not one that can be sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidCall {
    /// No model of the service is in the pack.
    #[error(
        "there is no model of the service {service:?}{} (`make models` packs all that boto3 knows)",
        DidYouMean(near)
    )]
    UnknownService {
        /// As given, trimmed and in lower case.
        service: String,
        /// Services with names that are near.
        near: Vec<String>,
    },
    /// The service has no such operation.
    #[error("{service} has no operation {api:?}{}", DidYouMean(near))]
    UnknownApi {
        /// The boto3 client name.
        service: String,
        /// As given.
        api: String,
        /// Operations with names that are near.
        near: Vec<String>,
    },
    /// The input does not fit the model: all findings at once.
    #[error("the input of {service}:{api} does not fit: {}", Lines(findings))]
    Input {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// Everything that is wrong, in the order of the input.
        findings: Vec<Finding>,
    },
    /// The operation needs something this client does not do.
    #[error("{service}:{api} is not supported: {reason}")]
    Unsupported {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// What it needs.
        reason: Unsupported,
    },
    /// The operation is called with a bearer token, and there is none.
    #[error("{service}:{api} is called with a bearer token: give SdkConfig a token provider, or set {variable}")]
    NoToken {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// The environment variable in which a token for the service is looked for.
        variable: String,
    },
    /// The configuration has no Region.
    #[error("no Region is set: give one in AWS_REGION or in the profile")]
    NoRegion,
    /// The service's endpoint rules refuse the call.
    #[error("there is no endpoint for {service}:{api} in {region}")]
    NoEndpoint {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// The Region of the configuration.
        region: String,
        /// What the rules said.
        #[source]
        source: EndpointError,
    },
    /// The input cannot be written in the service's protocol.
    #[error("the input of {service}:{api} cannot be serialised")]
    Unserialisable {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// What the codec said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The models are missing or damaged.
    #[error(transparent)]
    Models(#[from] ModelsError),
}

/// What this client does not do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// Input or output is a stream of events.
    #[error("it streams events")]
    EventStream,
    /// Its endpoint is in no one Region, and takes signatures of version 4a only.
    #[error("it needs signature version 4a, which this build leaves out: build aws-api with its feature sigv4a")]
    SigV4a,
    /// It is signed in a way that is newer than this client.
    #[error("its signature {0:?} is not known here")]
    Signature(String),
    /// The checksum algorithm the input asks for.
    #[error("the checksum algorithm {0:?} is not known here")]
    Checksum(String),
}

/// AWS answered with an error, after the retries that its kind allows.
#[derive(Clone, Error)]
#[error("{service}:{api} was answered with {code} (HTTP {http_status}){}", Said(message))]
#[non_exhaustive]
pub struct ServiceError {
    /// The boto3 client name.
    pub service: String,
    /// The operation.
    pub api: String,
    /// AWS's code (`IncorrectInstanceState`); the status (`404`) where an answer has no body; `InternalFailure` where
    /// a failing service's answer cannot be read.
    pub code: String,
    /// AWS's words; may be empty.
    pub message: String,
    /// What AWS support asks for.
    pub request_id: Option<String>,
    /// The HTTP status.
    pub http_status: u16,
    /// AWS asked to slow down.
    pub throttled: bool,
    /// A later try may succeed though nothing else changes.
    pub retryable: bool,
    /// Who has to change something: the caller, or AWS.
    pub side: FaultSide,
    /// Further members of the error, as its model names them (`CancellationReasons`).
    pub fields: Map<String, Value>,
}

/// Whose fault an error is: as the answer itself says (`Sender`, `Receiver`), else as the model does, else by its HTTP
/// status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultSide {
    /// The request is at fault, or comes too often (4xx).
    Client,
    /// The service is (5xx, and errors that S3 sends as 200).
    Server,
}

impl fmt::Debug for ServiceError {
    /// Without the values of `fields`: they may be sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("service", &self.service)
            .field("api", &self.api)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .field("http_status", &self.http_status)
            .field("throttled", &self.throttled)
            .field("retryable", &self.retryable)
            .field("side", &self.side)
            .field("fields", &self.fields.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Nobody can say what AWS did, or AWS was not reached at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// The time limit of the call, retries included, is over.
    #[error("{service}:{api} had no answer within {} s", after.as_secs_f64())]
    TimedOut {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// The limit.
        after: Duration,
    },
    /// There are no credentials to sign with. Nothing was sent.
    #[error("there are no credentials to sign {service}:{api} with")]
    Credentials {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// What the providers said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The role of another account could not be assumed. The operation itself was not sent.
    #[error("{service}:{api} was not sent: the role {role_arn} could not be assumed")]
    Role {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// The role.
        role_arn: String,
        /// How the call of STS ended.
        #[source]
        source: Arc<ApiError>,
    },
    /// The connection failed, or broke before the answer was complete.
    #[error("{service}:{api} could not be sent, or its answer was lost")]
    Connection {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// What the connection did.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// AWS answered that it went well, but not in a form the model knows.
    #[error("the answer to {service}:{api} cannot be read")]
    Unreadable {
        /// The boto3 client name.
        service: String,
        /// The operation.
        api: String,
        /// What the codec said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

struct Lines<'a>(&'a [Finding]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.0.iter().enumerate() {
            write!(f, "{}{finding}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}
