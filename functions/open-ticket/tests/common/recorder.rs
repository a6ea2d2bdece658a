//! A proxy that writes down what goes through it: each request with its answer, as they are on the wire.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reqwest::{Client, Method};
use serde::Serialize;
use tokio::net::TcpListener;

/// One request and its answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) status: u16,
    pub(crate) answer_type: String,
    pub(crate) answer: String,
}

/// What the proxy knows.
struct Tape {
    upstream: String,
    client: Client,
    exchanges: Mutex<Vec<Exchange>>,
}

/// A running proxy. It ends with the test's runtime.
pub(crate) struct Recorder {
    pub(crate) url: String,
    tape: Arc<Tape>,
}

impl Recorder {
    /// Before the server at `upstream`.
    pub(crate) async fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder().no_proxy().build().unwrap();
        let tape = Arc::new(Tape { upstream: upstream.to_owned(), client, exchanges: Mutex::default() });
        let routes = Router::new().fallback(pass).with_state(Arc::clone(&tape));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, tape }
    }

    /// All of them, in the order of their answers.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.tape.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn pass(State(tape): State<Arc<Tape>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let method = Method::from_bytes(parts.method.as_str().as_bytes()).unwrap();
    let mut passed = tape.client.request(method, format!("{}{target}", tape.upstream)).body(body.clone());
    // The connection's own headers are made anew.
    for (name, value) in
        parts.headers.iter().filter(|(name, _)| *name != header::HOST && *name != header::CONTENT_LENGTH)
    {
        passed = passed.header(name, value);
    }
    let answer = passed.send().await.unwrap();
    let (status, kind) = (answer.status().as_u16(), answer.headers().get(header::CONTENT_TYPE).cloned());
    let answer_type = kind.as_ref().and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = answer.bytes().await.unwrap();
    let exchange = Exchange {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: named(&parts.headers),
        body: words(&body),
        status,
        answer_type: answer_type.clone(),
        answer: words(&text),
    };
    tape.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, answer_type)], text).into_response()
}

fn named(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn words(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
