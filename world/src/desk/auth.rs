//! Basic authentication as Jira Cloud wants it (e-mail address and API token), a personal access token as Jira Data
//! Center does.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::state::{Desk, Flavour};

/// Whether the request is by the one user.
pub(super) fn admitted(desk: &Desk, headers: &HeaderMap) -> bool {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) {
        return desk.config.flavour == Flavour::DataCenter && desk.admits(&desk.config.email, token);
    }
    let encoded = header.and_then(|value| value.strip_prefix("Basic "));
    let decoded = encoded.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    pair.is_some_and(|(email, token)| desk.admits(email, token))
}
