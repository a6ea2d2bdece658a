//! Answers in Jira's words.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// JSON with a status.
pub(super) fn json(status: StatusCode, body: Value) -> Response {
    (status, Json(body)).into_response()
}

/// An error in Jira's collection of messages and fields.
pub(super) fn error(status: StatusCode, messages: &[&str], fields: Map<String, Value>) -> Response {
    json(status, json!({"errorMessages": messages, "errors": fields}))
}

/// What Jira says about an issue that is not there or not for this user; it does not tell which.
pub(super) fn no_issue() -> Response {
    error(StatusCode::NOT_FOUND, &["Issue does not exist or you do not have permission to see it."], Map::new())
}

/// A request that is refused with one sentence.
pub(super) fn refused(message: &str) -> Response {
    error(StatusCode::BAD_REQUEST, &[message], Map::new())
}
