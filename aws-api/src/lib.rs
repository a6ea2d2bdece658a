//! Any AWS API by name: `client.call("ec2", "DescribeInstances", json!({..}), options)`, as boto3 takes and gives it.
//!
//! Comes in: a service and an operation by name, the operation's input members as JSON.
//! Goes out: the operation's output members as JSON (timestamps ISO 8601, blobs base64), or a typed [`ApiError`].
//! Never: a decision about what to call, a credential of its own, a secret in a message.
//!
//! The way of one call:
//!
//! ```text
//! names ──> models ──> schema ──> input ──> protocol ──> client ──> protocol ──> value
//! (which?)  (the pack, (shapes    (checked, (serialised  (endpoint, (parsed     (JSON)
//!            one        of one     tokens    once)        signing,   again)
//!            service)   operation) filled)                retries)
//! ```
//!
//! The models are botocore's service files, packed by `make models`; the runtime parts (signing, retries,
//! codecs) are AWS's own crates.

mod client;
#[cfg(test)]
mod conformance;
mod customization;
mod effect;
mod endpoint;
mod error;
#[cfg(test)]
mod heads;
#[cfg(test)]
mod hostile;
pub mod iam;
#[cfg(test)]
mod identity;
mod input;
mod model;
mod models;
mod names;
mod protocol;
mod redact;
mod schema;
#[cfg(test)]
mod testing;
mod value;

pub use client::{AssumeRole, CallOptions, Client, DEFAULT_TIMEOUT};
pub use effect::Effect;
pub use endpoint::EndpointError;
pub use error::{ApiError, FaultSide, InvalidCall, NoAnswer, ServiceError, Unsupported};
pub use input::{Finding, Problem};
pub use models::{Models, ModelsError};
pub use names::{OperationName, ServiceName, nearest};
pub use redact::REDACTED;

/// The examples of the README, compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
