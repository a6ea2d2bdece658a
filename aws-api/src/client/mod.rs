//! The client: one call from names to output.
//!
//! Comes in: models, the SDK's configuration, and calls.
//! Goes out: outputs or typed errors.
//! Never: a choice of credentials or Region; the configuration made it.

mod address;
mod assemble;
mod auth;
mod checksum;
mod outcome;
mod prepared;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use serde_json::Value;

use self::assemble::{Orchestrated, assemble};
use self::prepared::Prepared;
use crate::customization;
use crate::effect::Effect;
use crate::error::{ApiError, InvalidCall, NoAnswer, Unsupported};
use crate::input;
use crate::models::{Models, Operation, Service};
use crate::names::{OperationName, ServiceName};

/// The time a call may take, retries included, if [`CallOptions`] does not say otherwise: what SSM Automation allows
/// an `aws:executeAwsApi` step. Shorter gives up on slow but healthy calls, longer outlives the step that waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(25);

/// What a caller may say about one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Names this call over all its repetitions. Members marked idempotencyToken that the input leaves out are
    /// derived from it, so that a repetition is one effect; without it they are random.
    pub idempotency_key: Option<String>,
    /// The time the call may take, retries included; [`DEFAULT_TIMEOUT`] if not given.
    pub timeout: Option<Duration>,
}

/// Calls any AWS operation by name. Clones share everything: models, connections, credentials, retry budget.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    models: Arc<Models>,
    sdk: SdkConfig,
    /// What is ready to be called, by service and operation as callers spell them.
    ready: Mutex<HashMap<(String, String), Arc<Ready>>>,
}

/// An operation with everything that no input changes.
struct Ready {
    service: Arc<Service>,
    operation: Arc<Operation>,
    orchestrated: Orchestrated,
}

impl Client {
    /// A client for the models, with the credentials, Region, endpoints, retries and HTTP client of `sdk`
    /// (`AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` come through it).
    pub fn new(models: Arc<Models>, sdk: SdkConfig) -> Self {
        let sdk = assemble::with_shared_parts(sdk);
        Self { inner: Arc::new(Inner { models, sdk, ready: Mutex::default() }) }
    }

    /// The models this client calls by.
    pub fn models(&self) -> &Arc<Models> {
        &self.inner.models
    }

    /// Calls one operation: `call("ec2", "DescribeInstances", json!({"MaxResults": 5}), CallOptions::default())`.
    ///
    /// Input and output members have the model's names, as in boto3. Blobs go in as text (its UTF-8 bytes) and come
    /// out as base64; timestamps go in as ISO 8601 or seconds and come out as ISO 8601 in UTC. One page is one call.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] if nothing was sent (unknown name, input that does not fit: all findings at once),
    /// [`ApiError::Service`] if AWS answered with an error, [`ApiError::NoAnswer`] if nobody knows.
    pub async fn call(&self, service: &str, api: &str, input: Value, options: CallOptions) -> Result<Value, ApiError> {
        let ready = self.ready(service, api)?;
        let (input, memory) = input::prepare(&ready.operation, input, options.idempotency_key.as_deref())?;
        let prepared = Prepared::new(&self.inner.sdk, &ready.service, &ready.operation, &input)?;
        let (service, api) = (ready.operation.service(), ready.operation.name());
        let limit = options.timeout.unwrap_or(DEFAULT_TIMEOUT);
        match tokio::time::timeout(limit, ready.orchestrated.invoke(prepared)).await {
            Ok(Ok(mut output)) => {
                customization::after(&ready.operation, memory, &mut output);
                Ok(output)
            }
            Ok(Err(error)) => Err(outcome::api_error(service, api, error)),
            Err(_) => Err(NoAnswer::TimedOut { service: service.to_owned(), api: api.to_owned(), after: limit }.into()),
        }
    }

    /// Whether the operation only reads.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] for an unknown service or operation, with near names.
    pub fn effect(&self, service: &str, api: &str) -> Result<Effect, ApiError> {
        Ok(self.inner.models.effect(service, api)?)
    }

    /// The names as the model has them.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] for an unknown service or operation, with near names.
    pub fn resolve(&self, service: &str, api: &str) -> Result<(ServiceName, OperationName), ApiError> {
        Ok(self.inner.models.resolve(service, api)?)
    }

    fn ready(&self, service: &str, api: &str) -> Result<Arc<Ready>, InvalidCall> {
        let key = (service.to_owned(), api.to_owned());
        if let Some(ready) = self.inner.ready.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(ready));
        }
        let ready = Arc::new(self.make_ready(service, api)?);
        self.inner.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&ready));
        Ok(ready)
    }

    fn make_ready(&self, service: &str, api: &str) -> Result<Ready, InvalidCall> {
        let service = self.inner.models.service(service)?;
        let operation = service.operation(api)?;
        if operation.schema.event_stream {
            return Err(InvalidCall::Unsupported {
                service: operation.service().to_owned(),
                api: operation.name().to_owned(),
                reason: Unsupported::EventStream,
            });
        }
        let orchestrated = assemble(&self.inner.sdk, &service, &operation)?;
        Ok(Ready { service, operation, orchestrated })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("region", &self.inner.sdk.region()).finish_non_exhaustive()
    }
}
