//! PagerDuty's Events API v2.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::{Provider, Said, Seen};

/// The incidents of one service, by deduplication key.
#[derive(Debug, Default)]
pub struct PagerDuty {
    /// Each key's, oldest first.
    pub incidents: BTreeMap<String, Vec<Incident>>,
    /// The routing key that has replaced [`Self::KEY`].
    pub successor: Option<String>,
}

/// One incident.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Whether it is triggered, and not resolved.
    pub open: bool,
    /// The payload of each event that went into it.
    pub triggers: Vec<Value>,
}

fn length(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.chars().count())
}

fn invalid(problem: &str) -> Said {
    Said(400, json!({"status": "invalid event", "message": "Event object is invalid", "errors": [problem]}))
}

impl Provider for PagerDuty {
    fn answer(&mut self, seen: &Seen) -> Said {
        if (seen.method.as_str(), seen.path.as_str()) != ("POST", "/v2/enqueue") {
            return Said(404, Value::Null);
        }
        let event = &seen.body;
        if event["routing_key"] != self.successor.as_deref().unwrap_or(Self::KEY) {
            return invalid("Invalid routing key");
        }
        let Some(key) = event["dedup_key"].as_str() else { return invalid("'dedup_key' is missing") };
        let payload = &event["payload"];
        match event["event_action"].as_str() {
            Some("trigger") => {
                let text = |name: &str| payload[name].as_str().is_some_and(|text| !text.is_empty());
                let words = ["critical", "error", "warning", "info"];
                if !text("summary") || !text("source") || length(&payload["summary"]) > 1024 {
                    return invalid("'payload.summary' or 'payload.source' is wrong");
                }
                if !words.iter().any(|word| payload["severity"] == *word) {
                    return invalid(
                        "'payload.severity' is invalid (must be one of the following: critical, error, warning, info)",
                    );
                }
                if payload.as_object().into_iter().flatten().any(|(_, value)| value.is_null()) {
                    return invalid("a member of 'payload' is null");
                }
                self.trigger(key, payload);
            }
            Some("resolve") => self.resolve(key),
            _ => return invalid("'event_action' is invalid"),
        }
        Said(202, json!({"status": "success", "message": "Event processed", "dedup_key": key}))
    }
}

impl PagerDuty {
    /// The routing key of the one integration.
    pub const KEY: &str = "0123456789abcdef0123456789abcdef";

    /// Into the open incident of the key; else a new one.
    fn trigger(&mut self, key: &str, payload: &Value) {
        let incidents = self.incidents.entry(key.to_owned()).or_default();
        match incidents.last_mut().filter(|incident| incident.open) {
            Some(open) => open.triggers.push(payload.clone()),
            None => incidents.push(Incident { open: true, triggers: vec![payload.clone()] }),
        }
    }

    fn resolve(&mut self, key: &str) {
        for incident in self.incidents.entry(key.to_owned()).or_default() {
            incident.open = false;
        }
    }
}
