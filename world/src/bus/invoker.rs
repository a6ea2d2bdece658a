//! How the world's event bus reaches functions: one trait, implemented by whatever runs them.
//!
//! Comes in: a function's name and the event exactly as AWS would deliver it.
//! Goes out: the function's answer, or why there is none.
//! Never: a retry; that is Lambda's asynchronous queue, in [`super::deliver`].

use async_trait::async_trait;
use serde_json::Value;
use thiserror::Error;

/// Why an invocation did not succeed.
#[derive(Debug, Error)]
pub enum InvokeError {
    /// There is no such function: AWS would refuse the event at its source.
    #[error("there is no function {0}")]
    NoSuchFunction(String),
    /// The function answered with an error, timed out or died. Lambda retries these.
    #[error("{function} failed with {error_type}: {message}")]
    Function {
        /// The function's name.
        function: String,
        /// The durable execution that ended so, if there was one.
        execution: Option<Ended>,
        /// Lambda's `errorType`, for example `Runtime.ExitError`.
        error_type: String,
        /// Lambda's `errorMessage`.
        message: String,
    },
    /// The invocation did not reach the function. Lambda retries these too.
    #[error("{function} could not be reached")]
    Unreachable {
        /// The function's name.
        function: String,
        /// What happened underneath.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A durable execution that is over without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What its ARN ends with.
    pub id: String,
    /// `FAILED`, `TIMED_OUT` or `STOPPED`.
    pub status: String,
}

/// Whatever runs functions.
#[async_trait]
pub trait Invoker: Send + Sync {
    /// Invokes `function` once with `payload` and returns when the invocation is over: the answer of the
    /// function, or the durable execution's end. `idempotency_name` is the same for every attempt to deliver
    /// the same event to the same function and differs for every other (letters, digits and hyphens, at most 64):
    /// a durable execution's name.
    ///
    /// # Errors
    /// [`InvokeError`]; the caller retries as Lambda does.
    async fn invoke(&self, function: &str, payload: Value, idempotency_name: &str) -> Result<Value, InvokeError>;
}

/// A world without functions: events are recorded, and whoever they were for is told that nobody is there.
#[derive(Debug, Default)]
pub struct NoFunctions;

#[async_trait]
impl Invoker for NoFunctions {
    async fn invoke(&self, function: &str, _: Value, _: &str) -> Result<Value, InvokeError> {
        Err(InvokeError::NoSuchFunction(function.to_owned()))
    }
}
