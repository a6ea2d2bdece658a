//! The client, with a connector that keeps the request and answers nothing of interest.
//!
//! Comes in: an operation and an input. Goes out: the request as it would go out, or why there is none.
//! Never: a socket.

use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::token::SharedTokenProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

use super::Subject;
use crate::{ApiError, CallOptions, Client, Models};

pub(super) struct Capture {
    client: Client,
    exchange: Arc<Mutex<Exchange>>,
}

/// What is answered, and what was sent.
#[derive(Debug, Default)]
struct Exchange {
    sent: Option<HttpRequest>,
}

pub(super) enum Outcome {
    Sent(Box<HttpRequest>),
    /// The error, without what differs from input to input.
    Refused(String),
}

impl Capture {
    pub(super) fn new(models: Arc<Models>) -> Self {
        let exchange = Arc::<Mutex<Exchange>>::default();
        let connector = SharedHttpConnector::new(Connector(Arc::clone(&exchange)));
        let credentials = Credentials::new("AKID", "SECRET", None, None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            // By an endpoint of its own S3 is addressed by path: the bucket can be read where the model has it.
            .endpoint_url("https://endpoint.example.com")
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .token_provider(SharedTokenProvider::new(Token::new("token", None)))
            .retry_config(RetryConfig::disabled())
            .disable_request_compression(true)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Self { client: Client::new(models, sdk), exchange }
    }

    pub(super) async fn call(&self, subject: &Subject, input: Value) -> Outcome {
        let api = &subject.api;
        // How the call ends does not matter once the request is there.
        let ended = self.client.call(&subject.service, api, input, CallOptions::default()).await;
        match (self.exchange.lock().unwrap().sent.take(), ended) {
            (Some(request), _) => Outcome::Sent(Box::new(request)),
            (None, Err(ApiError::Invalid(refusal))) => {
                Outcome::Refused(format!("{}:{api}: {}", subject.service, chain(&refusal)))
            }
            (None, ended) => panic!("{}:{api} sent nothing and ended with {ended:?}", subject.service),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |e| e.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[derive(Debug)]
struct Connector(Arc<Mutex<Exchange>>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let exchange = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let sent = in_memory(request).await;
            exchange.lock().unwrap().sent = Some(sent);
            Ok(Response::new(StatusCode::try_from(200).unwrap(), SdkBody::empty()))
        })
    }
}

/// The same request with a body that can be looked at; the SDK sends streams only.
async fn in_memory(mut request: HttpRequest) -> HttpRequest {
    let body = std::mem::replace(request.body_mut(), SdkBody::empty());
    let bytes = ByteStream::new(body).collect().await.unwrap().into_bytes();
    *request.body_mut() = SdkBody::from(bytes);
    request
}
