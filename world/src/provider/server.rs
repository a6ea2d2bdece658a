//! A small server that speaks one provider's answers, keeps what it was asked, and has the faults it is told to have.

use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::desk::Fault;
use crate::desk::fault::plain;

/// Largest body that is read.
const BODY: usize = 1 << 20;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `GET`, `POST`.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// What stands behind the question mark.
    pub query: String,
    /// As they came.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Seen {
    /// A header's value; empty for none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the query, decoded; empty for none.
    #[must_use]
    pub fn parameter(&self, name: &str) -> String {
        let Ok(url) = reqwest::Url::parse(&format!("http://x/?{}", self.query)) else { return String::new() };
        let found = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        found.unwrap_or_default()
    }
}

/// What a provider answers: a status, and text as it is, everything else as JSON, null as nothing.
#[derive(Debug)]
pub struct Said(pub u16, pub Value);

/// One provider: its state, and what it answers.
pub trait Provider: Send + 'static {
    /// The path of the URL that a person would hand out for it, where that is a secret; else nothing.
    const PATH: &'static str = "";

    /// The answer to one request, after what it asks for is done.
    fn answer(&mut self, seen: &Seen) -> Said;
}

#[derive(Debug)]
struct Inner<P> {
    provider: P,
    seen: Vec<Seen>,
    faults: VecDeque<Option<Fault>>,
    broken: Option<Fault>,
}

type Shared<P> = Arc<Mutex<Inner<P>>>;

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server<P> {
    /// `http://127.0.0.1:PORT`, with [`Provider::PATH`].
    pub url: String,
    inner: Shared<P>,
    served: JoinHandle<io::Result<()>>,
}

impl<P> Drop for Server<P> {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl<P: Provider> Server<P> {
    /// Starts a provider on a free loopback port; it answers from the moment this returns.
    ///
    /// # Errors
    /// No port can be listened on.
    pub async fn start(provider: P) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}{}", listener.local_addr()?, P::PATH);
        let inner = Inner { provider, seen: Vec::new(), faults: VecDeque::new(), broken: None };
        let inner = Arc::new(Mutex::new(inner));
        let routes = Router::new().fallback(serve::<P>).with_state(Arc::clone(&inner));
        let served = tokio::spawn(axum::serve(listener, routes).into_future());
        Ok(Self { url, inner, served })
    }

    /// Looks at the provider, or changes it as a person would.
    pub fn look<T>(&self, look: impl FnOnce(&mut P) -> T) -> T {
        look(&mut lock(&self.inner).provider)
    }

    /// Everything that was asked, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.inner).seen.clone()
    }

    /// The next requests meet these, one each; `None` is one without.
    pub fn inject(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        lock(&self.inner).faults.extend(faults);
    }

    /// Every request from now on meets this, until told otherwise.
    pub fn break_down(&self, fault: Option<Fault>) {
        lock(&self.inner).broken = fault;
    }
}

fn lock<P>(inner: &Mutex<Inner<P>>) -> MutexGuard<'_, Inner<P>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve<P: Provider>(State(inner): State<Shared<P>>, request: Request) -> Response {
    let Some(seen) = read(request).await else { return plain(413) };
    let (fault, answer) = ask(&mut lock(&inner), seen);
    match fault {
        Some(fault) => fault.afterwards(answer).await,
        None => answer,
    }
}

fn ask<P: Provider>(inner: &mut Inner<P>, seen: Seen) -> (Option<Fault>, Response) {
    let fault = inner.faults.pop_front().unwrap_or(inner.broken);
    let instead = fault.and_then(Fault::instead);
    let answer = instead.unwrap_or_else(|| answered(inner.provider.answer(&seen)));
    inner.seen.push(seen);
    (fault, answer)
}

async fn read(request: Request) -> Option<Seen> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY).await.ok()?;
    Some(Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    })
}

fn answered(Said(status, body): Said) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        Value::Null => status.into_response(),
        Value::String(text) => (status, text).into_response(),
        body => (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response(),
    }
}
