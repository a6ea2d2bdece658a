//! A webhook integration, called.
//!
//! Comes in: its name and a body. Goes out: the answer.
//! Never: its URL or its headers, which may hold secrets.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// aws:invokeWebhook, with its inputs resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRequest {
    /// Name of the integration.
    pub integration: String,
    /// Overrides the integration's own payload.
    pub body: Option<String>,
    /// How long to wait for the answer.
    pub timeout: Duration,
}

/// What the webhook answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAnswer {
    /// HTTP status.
    pub status: u16,
    /// As text, cut to a limit.
    pub body: String,
}
