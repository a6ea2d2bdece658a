//! The world's own look at moto: its state, read and written by name.
//!
//! Comes in: service, operation, input. Goes out: output as JSON, or why not. These calls do not pass the gateway, so
//! they are neither journaled nor hit by faults. Never: a decision.

use std::sync::Arc;
use std::time::Duration;

use aws_api::{ApiError, CallOptions, Client, Models};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use serde_json::Value;

use crate::gateway::REGION;
use crate::pages::Pages;

/// moto answers within milliseconds; a call that takes longer than this has hung.
const TIMEOUT: Duration = Duration::from_secs(20);

/// moto did not do what the world asked of it.
#[derive(Debug, thiserror::Error)]
#[error("moto refused {service}:{api}")]
pub struct MotoError {
    service: String,
    api: String,
    #[source]
    source: Box<ApiError>,
}

impl MotoError {
    /// AWS's error code, if moto answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self.source.as_ref() {
            ApiError::Service(error) => Some(&error.code),
            _ => None,
        }
    }
}

/// A client of this address that calls itself by this name.
pub async fn client(models: Arc<Models>, url: &str, caller: &str) -> Client {
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(caller, "local", None, None, "the local world"))
        .endpoint_url(url)
        .load()
        .await;
    Client::new(models, sdk)
}

/// A client of one moto server.
#[derive(Debug, Clone)]
pub struct Moto(Client);

impl Moto {
    /// A client with these models.
    pub async fn new(models: Arc<Models>, moto_url: &str) -> Self {
        Self(client(models, moto_url, "world").await)
    }

    /// Calls moto.
    ///
    /// # Errors
    /// [`MotoError`] with AWS's code where there is one.
    pub async fn call(&self, service: &str, api: &str, input: Value) -> Result<Value, MotoError> {
        let options = CallOptions::default().with_timeout(TIMEOUT);
        let refused = |source| MotoError { service: service.to_owned(), api: api.to_owned(), source: Box::new(source) };
        self.0.call(service, api, input, options).await.map_err(refused)
    }

    /// Like [`Moto::call`], all pages: the whole of one list of the answer.
    ///
    /// # Errors
    /// As [`Moto::call`].
    pub async fn all(&self, service: &str, api: &str, input: Value, list: &str) -> Result<Vec<Value>, MotoError> {
        let mut pages = Pages::new(input, list);
        while pages.more(self.call(service, api, pages.input.clone()).await?) {}
        Ok(pages.items)
    }

    /// Like [`Moto::call`], but an error with one of these codes is an absence.
    ///
    /// # Errors
    /// [`MotoError`] for every other error.
    pub async fn find(
        &self,
        service: &str,
        api: &str,
        input: Value,
        absent: &[&str],
    ) -> Result<Option<Value>, MotoError> {
        match self.call(service, api, input).await {
            Ok(output) => Ok(Some(output)),
            Err(error) if error.code().is_some_and(|code| absent.contains(&code)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the operation only reads, by the service's own model; `None` for one the models do not know.
    #[must_use]
    pub fn reads(&self, service: &str, api: &str) -> Option<bool> {
        self.0.effect(service, api).ok().map(|effect| effect == aws_api::Effect::Read)
    }
}
