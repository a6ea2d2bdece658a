//! HTTP answers: what every page carries, whatever it says.
//!
//! Comes in: a status and a page. Goes out: a [`Response`], and what Lambda makes an HTTP answer of.
//! Never: an answer without the headers that keep a page to itself: no script, no frame, no cache, no referrer.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::html::Html;

/// The stylesheet of every page. It stands inside the page, and the policy names its hash.
pub(crate) const STYLE: &str = include_str!("style.css");
/// How long somebody waits who was told to come later, in seconds: the window of the limits.
pub(crate) const RETRY_AFTER: u16 = 60;

/// Nothing may be loaded or run, nobody may frame the page, and its form goes to itself. A base address or a plugin
/// that somebody sneaked in would do nothing either.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

const HEADERS: [(&str, &str); 10] = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), fullscreen=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    status: u16,
    page: Html,
}

impl Response {
    /// A page under a status.
    #[must_use]
    pub(crate) fn new(status: u16, page: Html) -> Self {
        Self { status, page }
    }

    /// The same without its page: what HEAD gets.
    #[must_use]
    pub(crate) fn without_page(self) -> Self {
        Self { page: Html::default(), ..self }
    }

    /// As Lambda takes it.
    #[must_use]
    pub(crate) fn into_json(self) -> Value {
        let mut headers: Map<String, Value> =
            HEADERS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        headers.insert("content-security-policy".to_owned(), json!(*POLICY));
        match self.status {
            405 => drop(headers.insert("allow".to_owned(), json!("GET, HEAD, POST"))),
            429 | 503 => drop(headers.insert("retry-after".to_owned(), json!(RETRY_AFTER.to_string()))),
            _ => {}
        }
        json!({
            "statusCode": self.status, "headers": headers, "body": self.page.into_string(), "isBase64Encoded": false,
        })
    }
}
