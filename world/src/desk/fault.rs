//! The troubles of a server, the same for every desk: what it answers instead, and what becomes of what it answered.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::iter;

/// A fault for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429 with `Retry-After` in seconds. The request is not looked at.
    RateLimit(u64),
    /// A status of the server's own trouble. The request is not looked at.
    Status(u16),
    /// A page of a proxy, with status 200. The request is not looked at.
    Nonsense,
    /// The request is performed, and its answer is lost: the connection closes without one.
    LoseAnswer,
    /// The request is performed and answered this much later.
    Slow(Duration),
}

impl Fault {
    /// What is answered without a look at the request; `None` if it is performed.
    pub(crate) fn instead(self) -> Option<Response> {
        match self {
            Self::RateLimit(seconds) => {
                Some((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response())
            }
            Self::Status(status) => Some(plain(status)),
            Self::Nonsense => Some(Html("<h1>Under repair</h1>").into_response()),
            Self::LoseAnswer | Self::Slow(_) => None,
        }
    }

    /// What arrives of an answer, and when.
    pub(crate) async fn afterwards(self, answer: Response) -> Response {
        match self {
            Self::LoseAnswer => lost(),
            Self::Slow(pause) => {
                tokio::time::sleep(pause).await;
                answer
            }
            _ => answer,
        }
    }
}

/// A status without a body.
pub(crate) fn plain(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// An answer that breaks off: more is promised than comes.
fn lost() -> Response {
    let broken = [Ok(Bytes::from_static(b"{")), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    let mut response = Response::new(Body::from_stream(iter(broken)));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
    response
}
