//! A webhook of one's own, and Slack's incoming webhook.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::server::{Provider, Said, Seen};

/// Whoever listens at a webhook: takes each event once.
#[derive(Debug, Default)]
pub struct Listener {
    keys: BTreeSet<String>,
    /// The events, each once.
    pub events: Vec<Value>,
}

impl Provider for Listener {
    const PATH: &'static str = "/hooks/kintsugi";

    fn answer(&mut self, seen: &Seen) -> Said {
        if seen.path != Self::PATH {
            return Said(404, Value::Null);
        }
        let signed = seen.header("x-kintsugi-signature").strip_prefix("sha256=").is_some_and(|hex| hex.len() == 64);
        if !signed || seen.header("content-type") != "application/json" {
            return Said(400, json!({"message": "not signed, or no JSON"}));
        }
        if self.keys.insert(seen.header("idempotency-key").to_owned()) {
            self.events.push(seen.body.clone());
        }
        Said(204, Value::Null)
    }
}

/// A channel of Slack.
#[derive(Debug, Default)]
pub struct Channel {
    /// As they were posted.
    pub messages: Vec<Value>,
}

impl Channel {
    /// The first line of each message.
    #[must_use]
    pub fn headers(&self) -> Vec<String> {
        self.messages.iter().map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Provider for Channel {
    const PATH: &'static str = "/services/T0/B0/x";

    fn answer(&mut self, seen: &Seen) -> Said {
        if seen.path != Self::PATH {
            return Said(404, "no_service".into());
        }
        let blocks = seen.body["blocks"].as_array().cloned().unwrap_or_default();
        if seen.body["text"].as_str().is_none_or(str::is_empty) || blocks.is_empty() {
            return Said(400, "no_text".into());
        }
        if blocks.len() > 50 || !blocks.iter().all(is_valid) {
            return Said(400, "invalid_blocks".into());
        }
        self.messages.push(seen.body.clone());
        Said(200, "ok".into())
    }
}

fn is_valid(block: &Value) -> bool {
    let within = |text: &Value, most| text.as_str().is_some_and(|text| (1..=most).contains(&text.chars().count()));
    match block["type"].as_str() {
        Some("header") => block["text"]["type"] == "plain_text" && within(&block["text"]["text"], 150),
        Some("section") => block["text"]["type"] == "mrkdwn" && within(&block["text"]["text"], 3000),
        Some("context") => block["elements"].as_array().is_some_and(|elements| (1..=10).contains(&elements.len())),
        _ => false,
    }
}
