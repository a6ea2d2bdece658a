//! Passes calls on to moto.
//!
//! Comes in: a request, its body read. Goes out: moto's answer, byte for byte. Never: a retry, a changed header other
//! than those that belong to one connection.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, Method, Response, StatusCode, Uri, header};

use super::pace::{self, PaceError};
use crate::clock::Timings;

/// Longer than moto ever takes; a call that hangs must not hang for good.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Headers of one connection, not of the call. `Expect` was obeyed when the body was read.
const HOP_BY_HOP: [HeaderName; 6] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TE, header::TRAILER, header::EXPECT];

/// moto did not answer.
#[derive(Debug, thiserror::Error)]
#[error("moto at {url} does not answer")]
pub(crate) struct MotoGone {
    url: String,
    #[source]
    source: reqwest::Error,
}

/// A client of one moto server.
#[derive(Debug, Clone)]
pub(crate) struct Forwarder {
    http: reqwest::Client,
    moto_url: String,
}

impl Forwarder {
    /// A forwarder to this moto.
    ///
    /// # Errors
    /// When no HTTP client can be made, which is a fault of the machine.
    pub(crate) fn new(moto_url: &str) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, moto_url: moto_url.trim_end_matches('/').to_owned() })
    }

    /// Sets moto's pace.
    ///
    /// # Errors
    /// [`PaceError`] when moto is gone or not strict.
    pub(crate) async fn set_pace(&self, timings: &Timings) -> Result<(), PaceError> {
        pace::set(&self.http, &self.moto_url, timings).await
    }

    /// Passes one call on. The `Host` header stays, so that addresses moto makes (queue URLs) lead to the gateway.
    ///
    /// # Errors
    /// [`MotoGone`] when moto does not answer.
    pub(crate) async fn pass(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Bytes), MotoGone> {
        let gone = |source| MotoGone { url: self.moto_url.clone(), source };
        let url = format!("{}{}", self.moto_url, uri.path_and_query().map_or("/", |path| path.as_str()));
        let request = self.http.request(method.clone(), url).headers(end_to_end(headers)).body(body);
        let response = request.send().await.map_err(gone)?;
        let (status, headers) = (response.status(), end_to_end(response.headers()));
        Ok((status, headers, response.bytes().await.map_err(gone)?))
    }
}

/// An answer as it came.
#[must_use]
pub(crate) fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in HOP_BY_HOP {
        kept.remove(name);
    }
    kept
}
