//! The client: one call from names to output.
//!
//! Comes in: models, the SDK's configuration, and calls.
//! Goes out: outputs or typed errors.
//! Never: a choice of credentials or Region; the configuration made it.

mod address;
mod assemble;
mod auth;
mod checksum;
mod compress;
mod discovery;
mod outcome;
mod parameters;
mod path;
mod prepared;
mod presign;
mod redirect;
mod role;
mod route;
mod unshown;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::{Map, Value, json};

use self::address::Address;
use self::assemble::{Orchestrated, Resend, assemble};
use self::auth::express::{self, Sessions};
use self::discovery::Discovered;
use self::prepared::Prepared;
use self::redirect::Regions;
pub use self::role::AssumeRole;
use self::role::{Roles, temporary};
use self::unshown::Unshown;
use crate::customization;
use crate::effect::Effect;
use crate::error::{ApiError, InvalidCall, NoAnswer, Unsupported};
use crate::input;
use crate::models::{Models, Operation, Service};
use crate::names::{OperationName, ServiceName};
use crate::protocol::Fault;

/// The time a call may take, retries included, if [`CallOptions`] does not say otherwise: what SSM Automation allows
/// an `aws:executeAwsApi` step. Shorter gives up on slow but healthy calls, longer outlives the step that waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(25);

/// What a caller may say about one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    /// Names this call over all its repetitions. Members marked idempotencyToken that the input leaves out are
    /// derived from it, so that a repetition is one effect; without it they are random.
    pub idempotency_key: Option<String>,
    /// The time the call may take, retries included; [`DEFAULT_TIMEOUT`] if not given.
    pub timeout: Option<Duration>,
    /// A request that may have been obeyed is not sent again: not after a connection broke, nor after AWS's own fault
    /// (HTTP 5xx). For a write that AWS would not recognise as a repetition. One that AWS turned away because it came
    /// too often, or because a clock is wrong, is sent again as ever.
    pub at_most_once: bool,
}

impl CallOptions {
    /// With [`CallOptions::idempotency_key`].
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// With [`CallOptions::timeout`].
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// With [`CallOptions::at_most_once`].
    #[must_use]
    pub fn at_most_once(mut self) -> Self {
        self.at_most_once = true;
        self
    }
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
    ready: Mutex<HashMap<String, HashMap<String, Arc<Ready>>>>,
    /// Clients of other accounts.
    roles: Roles,
    /// S3's sessions for directory buckets.
    sessions: Sessions,
    /// Endpoints that services told.
    discovered: Discovered,
    /// Regions of buckets.
    regions: Regions,
}

/// An operation with everything that no input changes.
struct Ready {
    service: Arc<Service>,
    operation: Arc<Operation>,
    orchestrated: Orchestrated,
    /// The same for calls [`CallOptions::at_most_once`]; most operations never need it.
    at_most_once: OnceLock<Orchestrated>,
    /// The address, where it is the same for all inputs.
    address: OnceLock<Address>,
}

/// What the orchestrator makes of one call.
type Answered = Result<Unshown, SdkError<Fault, HttpResponse>>;

impl Ready {
    fn address(&self, sdk: &SdkConfig, input: &Map<String, Value>) -> Result<Address, InvalidCall> {
        if let Some(address) = self.address.get() {
            return Ok(address.clone());
        }
        let address = address::resolve(sdk, &self.service, &self.operation, input)?;
        if address::is_same_for_all(&self.operation) {
            return Ok(self.address.get_or_init(|| address).clone());
        }
        Ok(address)
    }

    fn orchestrated(&self, sdk: &SdkConfig, at_most_once: bool) -> Result<&Orchestrated, InvalidCall> {
        if !at_most_once {
            return Ok(&self.orchestrated);
        }
        if let Some(made) = self.at_most_once.get() {
            return Ok(made);
        }
        let made = assemble(sdk, &self.service, &self.operation, Resend::NothingDone)?;
        Ok(self.at_most_once.get_or_init(|| made))
    }
}

impl Client {
    /// A client for the models, with the credentials, Region, endpoints, retries and HTTP client of `sdk`
    /// (`AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` come through it).
    pub fn new(models: Arc<Models>, sdk: SdkConfig) -> Self {
        Self::with(models, assemble::with_shared_parts(sdk))
    }

    /// The models this client calls by.
    pub fn models(&self) -> &Arc<Models> {
        &self.inner.models
    }

    /// The configuration this client calls with: for typed SDK clients that are to call as the same role, over the same
    /// connections.
    pub fn config(&self) -> &SdkConfig {
        &self.inner.sdk
    }

    /// Calls one operation: `call("ec2", "DescribeInstances", json!({"MaxResults": 5}), CallOptions::default())`.
    ///
    /// Input and output members have the model's names, as in boto3. Blobs go in as text (its UTF-8 bytes) or as
    /// `{"$base64": "AP8="}` and come out as base64; timestamps go in as ISO 8601 or seconds and come out as ISO 8601 in
    /// UTC. One page is one call.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] if nothing was sent (unknown name, input that does not fit: all findings at once),
    /// [`ApiError::Service`] if AWS answered with an error, [`ApiError::NoAnswer`] if nobody knows.
    pub async fn call(&self, service: &str, api: &str, input: Value, options: CallOptions) -> Result<Value, ApiError> {
        let ready = self.ready(service, api)?;
        let (service, api) = (ready.operation.service(), ready.operation.name());
        let limit = options.timeout.unwrap_or(DEFAULT_TIMEOUT);
        // Boxed: what a call keeps while it waits is large, and every future that awaits one would hold it.
        let sent = Box::pin(self.send(&ready, input, &options));
        match tokio::time::timeout(limit, sent).await {
            Ok(answered) => answered,
            Err(_) => Err(NoAnswer::TimedOut { service: service.to_owned(), api: api.to_owned(), after: limit }.into()),
        }
    }

    async fn send(&self, ready: &Ready, input: Value, options: &CallOptions) -> Result<Value, ApiError> {
        let (operation, sdk) = (&ready.operation, &self.inner.sdk);
        let (mut input, memory) = input::prepare(operation, input, options.idempotency_key.as_deref())?;
        presign::add(sdk, &ready.service, operation, &mut input).await?;
        let answered = match redirect::bucket_of(operation, &input).map(str::to_owned) {
            Some(bucket) => self.send_about(&bucket, ready, input, options).await?,
            None => self.send_to(sdk, ready, input, options).await?,
        };
        let Unshown(mut output) = answered.map_err(|error| {
            let error = outcome::api_error(sdk, operation, error);
            if matches!(&error, ApiError::Service(said) if said.code == "InvalidEndpointException") {
                self.inner.discovered.forget(operation.service());
            }
            error
        })?;
        customization::after(operation, memory, &mut output);
        Ok(output)
    }

    /// A call about a bucket: where S3 says that the bucket lies in another Region, once more there.
    async fn send_about(
        &self,
        bucket: &str,
        ready: &Ready,
        input: Map<String, Value>,
        options: &CallOptions,
    ) -> Result<Answered, ApiError> {
        let known = self.inner.regions.configuration(&self.inner.sdk, bucket);
        let sdk = known.as_ref().unwrap_or(&self.inner.sdk);
        let answered = self.send_to(sdk, ready, input.clone(), options).await?;
        let Some(told) = answered.as_ref().err().and_then(redirect::told) else { return Ok(answered) };
        if !self.inner.regions.learn(bucket, told, sdk.region()) {
            return Ok(answered);
        }
        match self.inner.regions.configuration(sdk, bucket) {
            Some(there) => self.send_to(&there, ready, input, options).await,
            None => Ok(answered),
        }
    }

    async fn send_to(
        &self,
        sdk: &SdkConfig,
        ready: &Ready,
        input: Map<String, Value>,
        options: &CallOptions,
    ) -> Result<Answered, ApiError> {
        let operation = &ready.operation;
        let mut address = ready.address(sdk, &input)?;
        if discovery::is_needed(operation) && !address::is_custom(sdk, &ready.service) {
            let service = operation.service();
            let ask =
                async || Box::pin(self.call(service, "DescribeEndpoints", json!({}), CallOptions::default())).await;
            let now = sdk.time_source().unwrap_or_default().now();
            address.route.move_to(self.inner.discovered.of(service, now, ask).await?);
        }
        let bucket = (address.scheme == express::SCHEME_ID).then(|| input["Bucket"].as_str().map(str::to_owned));
        let mut prepared = Prepared::new(sdk, operation, address, input)?;
        if let Some(bucket) = bucket.flatten() {
            prepared.session = Some(self.session(&bucket).await?);
        }
        Ok(ready.orchestrated(&self.inner.sdk, options.at_most_once)?.invoke(prepared).await)
    }

    /// The session of a directory bucket of S3.
    async fn session(&self, bucket: &str) -> Result<aws_credential_types::Credentials, ApiError> {
        let now = self.inner.sdk.time_source().unwrap_or_default().now();
        let create = async || {
            let input = json!({"Bucket": bucket});
            let output = Box::pin(self.call("s3", "CreateSession", input, CallOptions::default())).await?;
            express::credentials(&output).ok_or_else(|| outcome::without_credentials("s3", "CreateSession"))
        };
        self.inner.sessions.of(bucket, now, create).await
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

    /// A client over parts that are complete already.
    fn with(models: Arc<Models>, sdk: SdkConfig) -> Self {
        let (ready, roles, sessions) = (Mutex::default(), Roles::default(), Sessions::default());
        let (discovered, regions) = (Discovered::default(), Regions::default());
        Self { inner: Arc::new(Inner { models, sdk, ready, roles, sessions, discovered, regions }) }
    }

    fn ready(&self, service: &str, api: &str) -> Result<Arc<Ready>, InvalidCall> {
        let ready = || self.inner.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = ready().get(service).and_then(|operations| operations.get(api)) {
            return Ok(Arc::clone(ready));
        }
        let made = Arc::new(self.make_ready(service, api)?);
        ready().entry(service.to_owned()).or_default().insert(api.to_owned(), Arc::clone(&made));
        Ok(made)
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
        let orchestrated = assemble(&self.inner.sdk, &service, &operation, Resend::Standard)?;
        Ok(Ready { service, operation, orchestrated, at_most_once: OnceLock::new(), address: OnceLock::new() })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("region", &self.inner.sdk.region()).finish_non_exhaustive()
    }
}
