//! The client under test, with an HTTP connector that gives one answer and keeps what was sent.
//!
//! Comes in: a question: service, operation, input, and the answer that the service will give.
//! Goes out: the request as it would go out, and the output, error or refusal.
//! Never: a socket.

use std::sync::{Arc, Mutex};

use aws_api::{ApiError, CallOptions, Client, Models};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};

/// A client whose service answers as the question says.
pub(crate) struct Asked {
    client: Client,
    exchange: Arc<Mutex<Exchange>>,
}

/// Where Timestream says that it serves the account: asked for before the first call.
const ENDPOINTS: &str =
    r#"{"Endpoints": [{"Address": "cell-1.timestream.example.com", "CachePeriodInMinutes": 1440}]}"#;

#[derive(Debug, Default)]
struct Exchange {
    api: String,
    answer: Value,
    sent: Value,
}

impl Exchange {
    /// Whether this is not the call itself but the question for its endpoint.
    fn is_asked_for_endpoints(&self, headers: &[Value]) -> bool {
        let target = headers.iter().find(|header| header[0] == "x-amz-target").and_then(|header| header[1].as_str());
        self.api != "DescribeEndpoints" && target.is_some_and(|target| target.ends_with(".DescribeEndpoints"))
    }
}

impl Asked {
    pub(crate) fn new(models: Arc<Models>) -> Self {
        let exchange = Arc::new(Mutex::default());
        let credentials = Credentials::new("AKID", "SECRET", None, None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(Connector(Arc::clone(&exchange)))
            .build();
        Self { client: Client::new(models, sdk), exchange }
    }

    /// `{"request", "output" | "error"}`, or `{"refused"}`.
    pub(crate) async fn ask(&self, mut question: Value) -> Value {
        let answer = question["answer"].take();
        let (service, api) = (question["service"].as_str().unwrap(), question["api"].as_str().unwrap());
        *self.exchange.lock().unwrap() = Exchange { api: api.to_owned(), answer, sent: Value::Null };
        let outcome = self.client.call(service, api, question["input"].clone(), CallOptions::default()).await;
        let request = self.exchange.lock().unwrap().sent.take();
        match outcome {
            Ok(output) => json!({"request": request, "output": output}),
            Err(ApiError::Invalid(refusal)) => json!({"refused": chain(&refusal)}),
            Err(ApiError::Service(e)) => {
                let error = json!({"code": e.code, "message": e.message, "status": e.http_status,
                    "request_id": e.request_id, "fields": e.fields});
                json!({"request": request, "error": error})
            }
            Err(other) => json!({"request": request, "lost": chain(&other)}),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |e| e.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[derive(Debug, Clone)]
struct Connector(Arc<Mutex<Exchange>>);

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let (method, uri) = (request.method().to_owned(), request.uri().to_owned());
            let headers: Vec<Value> = request.headers().iter().map(|(name, value)| json!([name, value])).collect();
            let body = read(request.into_body()).await;
            let mut exchange = connector.0.lock().unwrap();
            if exchange.is_asked_for_endpoints(&headers) {
                return Ok(Response::new(StatusCode::try_from(200).unwrap(), SdkBody::from(ENDPOINTS)));
            }
            exchange.sent = json!({"method": method, "uri": uri, "headers": headers, "body": base64::encode(body)});
            Ok(response(&exchange.answer))
        })
    }
}

async fn read(body: SdkBody) -> Vec<u8> {
    ByteStream::new(body).collect().await.unwrap().to_vec()
}

fn response(answer: &Value) -> Response {
    let status = StatusCode::try_from(u16::try_from(answer["status"].as_u64().unwrap()).unwrap()).unwrap();
    let body = base64::decode(answer["body"].as_str().unwrap()).unwrap();
    let mut response = Response::new(status, SdkBody::from(body));
    for header in answer["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap().to_owned(), header[1].as_str().unwrap().to_owned());
        response.headers_mut().append(name, value);
    }
    response
}
