//! The AWS clients every function shares, made once per process.
//!
//! Comes in: the SDK's configuration and our settings. Goes out: cheap clones of [`Services`].
//! Never: a call at start; models and connections are loaded when first used.

use std::sync::Arc;

pub use aws_api::{ApiError, AssumeRole, ServiceError};
use aws_api::{CallOptions, Client, Effect, Models, ModelsError};
use aws_config::{BehaviorVersion, SdkConfig};
use serde_json::Value;

use crate::approval::keys::Keyring;
use crate::guard::{LastRead, Refusal};
use crate::host::wall_clock;
use crate::settings::{Mode, Settings};

/// Clients and settings. Clones share connections, models and caches.
#[derive(Clone)]
pub struct Services {
    /// Any AWS API, by name.
    pub api: Client,
    /// For typed SDK clients.
    pub sdk: SdkConfig,
    /// What the deployment told us.
    pub settings: Arc<Settings>,
    /// When this invocation ends for good, in epoch milliseconds. Absent in a durable execution, which goes on.
    deadline: Option<u64>,
    /// What the stop switch last said to this process.
    pub(crate) stop_switch: Arc<LastRead>,
    /// The keys that links of approvals are signed with.
    pub keyring: Keyring,
}

impl Services {
    /// Reads the SDK's configuration and opens the models.
    ///
    /// # Errors
    /// There is no models file where the settings say.
    pub async fn start(settings: Settings) -> Result<Self, ModelsError> {
        Self::over(aws_config::load_defaults(BehaviorVersion::latest()).await, settings)
    }

    /// The same over an SDK configuration of the caller's: another endpoint, other credentials.
    ///
    /// # Errors
    /// There is no models file where the settings say.
    pub fn over(sdk: SdkConfig, settings: Settings) -> Result<Self, ModelsError> {
        let models = Arc::new(Models::open(&settings.models)?);
        let (api, settings) = (Client::new(models, sdk), Arc::new(settings));
        // Its configuration, not the one it was made of: typed clients then share its connections and credentials.
        let sdk = api.config().clone();
        Ok(Self { api, sdk, settings, deadline: None, stop_switch: Arc::default(), keyring: Keyring::default() })
    }

    /// The same services as a role, mostly of another account. STS is asked when the first call is made.
    #[must_use]
    pub fn in_account(&self, role: &AssumeRole) -> Self {
        let api = self.api.in_account(role);
        Self { sdk: api.config().clone(), api, ..self.clone() }
    }

    /// One API call without idempotency key: for reads, and for writes that are conditional by themselves.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, ApiError> {
        self.api.call(service, api, input, CallOptions::default()).await
    }

    /// The lists `members` of a reading call, all pages of it, one after the other.
    ///
    /// # Errors
    /// As [`Client::call`]; of a listing that breaks off nothing is given.
    pub async fn all(
        &self,
        service: &str,
        api: &str,
        mut input: Value,
        members: &[&str],
    ) -> Result<Vec<Value>, ApiError> {
        let mut all = vec![];
        loop {
            let mut page = self.call(service, api, input.clone()).await?;
            for member in members {
                if let Value::Array(items) = page[*member].take() {
                    all.extend(items);
                }
            }
            match page["NextToken"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => input["NextToken"] = token.into(),
                None => return Ok(all),
            }
        }
    }

    /// Whether an API only reads. What cannot be told is a write.
    #[must_use]
    pub fn is_read(&self, service: &str, api: &str) -> bool {
        matches!(self.api.effect(service, api), Ok(Effect::Read))
    }

    /// The same services in an invocation that ends at `deadline` (epoch milliseconds) and is not resumed.
    #[must_use]
    pub fn ending_at(&self, deadline: u64) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// Whether work of up to `seconds` may begin in this mode. A run that the time limit would cut off half-way does not.
    ///
    /// # Errors
    /// The refusal, which says how to give it more time.
    pub fn time_limit(&self, mode: Mode, seconds: u64) -> Result<(), Refusal> {
        let Some(deadline) = self.deadline else { return Ok(()) };
        if mode == Mode::Approve {
            let reason = "an invocation that is not resumed cannot wait for people; \
                          invoke the function as a durable execution (its live alias)";
            return Err(Refusal { guard: "time".into(), reason: reason.into() });
        }
        let now = u64::try_from(wall_clock().as_millisecond()).unwrap_or(u64::MAX);
        let left = deadline.saturating_sub(now) / 1000;
        if left >= seconds || mode == Mode::Observe {
            return Ok(());
        }
        Err(Refusal {
            guard: "time".into(),
            reason: format!(
                "this invocation ends in {left} s and the runbook may take {seconds} s; \
                 invoke the function as a durable execution (its live alias)"
            ),
        })
    }

    /// The Region of this process.
    #[must_use]
    pub fn region(&self) -> String {
        self.sdk.region().map(ToString::to_string).unwrap_or_default()
    }
}
