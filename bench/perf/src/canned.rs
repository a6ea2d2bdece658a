//! An HTTP client that answers every request with the same bytes.
//!
//! Comes in: the bytes. Goes out: the SDK's configuration around it. Never: a socket.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

#[derive(Debug, Clone)]
struct Canned(&'static [u8]);

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = 200_u16.try_into().map_err(|error| ConnectorError::user(Box::new(error)));
        HttpConnectorFuture::ready(status.map(|status| HttpResponse::new(status, SdkBody::from(self.0))))
    }
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The configuration both clients get: static credentials, one Region, standard retries, every answer `body`.
///
/// The body is leaked: a measurement makes a handful of them, and giving it costs nothing then.
#[must_use]
pub fn configuration(body: String) -> SdkConfig {
    let canned = Canned(String::leak(body).as_bytes());
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "SECRET", None, None, "bench")))
        .retry_config(RetryConfig::standard())
        .http_client(SharedHttpClient::new(canned))
        .build()
}
