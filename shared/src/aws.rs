//! The AWS clients every function shares, made once per process.
//!
//! Comes in: the SDK's configuration and our settings. Goes out: cheap clones of [`Services`].
//! Never: a call at start; models and connections are loaded when first used.

use std::sync::Arc;

use aws_api::{ApiError, CallOptions, Client, Effect, Models, ModelsError};
use aws_config::{BehaviorVersion, SdkConfig};
use serde_json::Value;

use crate::settings::Settings;

/// Clients and settings. Clones share connections, models and caches.
#[derive(Clone)]
pub struct Services {
    /// Any AWS API, by name.
    pub api: Client,
    /// For typed SDK clients.
    pub sdk: SdkConfig,
    /// What the deployment told us.
    pub settings: Arc<Settings>,
}

impl Services {
    /// Reads the SDK's configuration and opens the models.
    ///
    /// # Errors
    /// There is no models file where the settings say.
    pub async fn start(settings: Settings) -> Result<Self, ModelsError> {
        let models = Arc::new(Models::open(&settings.models)?);
        let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Ok(Self { api: Client::new(models, sdk.clone()), sdk, settings: Arc::new(settings) })
    }

    /// One API call without idempotency key: for reads, and for writes that are conditional by themselves.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, ApiError> {
        self.api.call(service, api, input, CallOptions::default()).await
    }

    /// Whether an API only reads. What cannot be told is a write.
    #[must_use]
    pub fn is_read(&self, service: &str, api: &str) -> bool {
        matches!(self.api.effect(service, api), Ok(Effect::Read))
    }

    /// The Region of this process.
    #[must_use]
    pub fn region(&self) -> String {
        self.sdk.region().map(ToString::to_string).unwrap_or_default()
    }
}
