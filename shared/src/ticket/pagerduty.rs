//! Tickets as PagerDuty incidents, over its Events API v2.
//!
//! Comes in: a [`Draft`]. Goes out: `trigger` and `resolve`. Every event of a fault has the same deduplication key, so that
//! PagerDuty itself makes one incident of them, under any race.
//! Never: an incident that people resolved is touched; its next trigger is a new one, as PagerDuty has it.

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

use super::desk::{Check, Created, Desk, Found, Known, Moved, Note, Why};
use super::draft::{Block, Body, Draft, Severity};
use super::error::TicketError;
use super::hook::remembered;
use super::http::{Http, Secret, Shape, Site};
use super::plain;
use super::text::{CUT_ASIDE, clip};
use crate::aws::Services;
use crate::settings::PagerDutySettings;
use crate::telemetry::chain;

const DESK: &str = "PagerDuty";
const PATH: &str = "/v2/enqueue";
/// PagerDuty's limit for a summary, in characters; an event has 512 KB in all.
const SUMMARY: usize = 1024;
const TEXT: usize = 60_000;
/// Length of a routing key.
const KEY: usize = 32;

/// One PagerDuty service.
pub struct PagerDuty {
    http: Http,
}

static SHAPE: Shape =
    Shape { says: r#"it must be JSON with "routingKey", a non-empty text"#, one_of: &[&["routingKey"]] };

impl PagerDuty {
    /// A desk over `settings`. Nothing is called before the first ticket.
    #[must_use]
    pub fn new(services: &Services, settings: &PagerDutySettings) -> Self {
        let headers = HeaderMap::new();
        let site = Site { desk: DESK, url: &settings.url, path: false, headers, shape: &SHAPE, hints: &[] };
        Self { http: Http::new(services, site, &settings.credentials) }
    }

    /// Sends; and where that is refused, once more with a routing key that has replaced the one we had: PagerDuty says no to
    /// a withdrawn key as it does to a wrong event.
    async fn send(&self, event: Value) -> Result<(), TicketError> {
        let secret = self.http.secret().await?;
        match self.enqueue(event.clone(), &secret).await {
            Err(refused @ (TicketError::Denied { .. } | TicketError::Rejected { .. })) => {
                match self.http.successor(&secret).await? {
                    Some(fresh) => self.enqueue(event, &fresh).await,
                    None => Err(refused),
                }
            }
            other => other,
        }
    }

    async fn enqueue(&self, mut event: Value, secret: &Secret) -> Result<(), TicketError> {
        event["routing_key"] = json!(secret.text("routingKey"));
        let answer = self.http.post(PATH, &event).await?;
        match answer["status"].as_str() {
            Some("success") => Ok(()),
            _ => Err(TicketError::Unreadable { desk: DESK, problem: "it does not say success".into() }),
        }
    }
}

#[async_trait]
impl Desk for PagerDuty {
    async fn find(&self, _draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        Ok(remembered(known))
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        self.send(trigger(draft, &draft.body, draft.severity)).await?;
        Ok(Created::New(draft.mark()))
    }

    /// A trigger more is a line in the incident's log. Resolving is the only way to say that all is well.
    async fn comment(&self, _id: &str, draft: &Draft, note: &Note) -> Result<(), TicketError> {
        match note.why {
            Why::Healed => self.send(resolve(draft)).await,
            Why::Again | Why::Many | Why::Back => self.send(trigger(draft, &note.body, note.severity)).await,
        }
    }

    async fn close(&self, _id: &str, draft: &Draft, _note: &Note) -> Result<Moved, TicketError> {
        self.send(resolve(draft)).await.map(|()| Moved::Yes)
    }

    async fn reopen(&self, _id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.send(trigger(draft, &note.body, note.severity)).await.map(|()| Moved::Yes)
    }

    /// The severity stands in every trigger.
    async fn raise(&self, _id: &str, _draft: &Draft, _from: Severity, _to: Severity) -> Result<(), TicketError> {
        Ok(())
    }

    fn url(&self, _id: &str) -> String {
        String::new()
    }

    /// No event is sent: somebody would be called.
    async fn check(&self, _draft: &Draft) -> Vec<Check> {
        let key = self.http.secret().await;
        vec![match key.as_ref().map(|secret| secret.text("routingKey").unwrap_or_default()) {
            Ok(key) if key.len() == KEY && key.chars().all(|c| c.is_ascii_alphanumeric()) => {
                Check::right("credentials", "there is a routing key; whether it is taken only a ticket shows")
            }
            Ok(_) => {
                let says =
                    "the routing key is none: it has 32 letters and digits (an integration of the type Events API v2)";
                Check::wrong("credentials", says)
            }
            Err(error) => Check::wrong("credentials", format!("{} (KINTSUGI_TICKET_CREDENTIALS)", chain(error))),
        }]
    }
}

fn trigger(draft: &Draft, body: &Body, severity: Severity) -> Value {
    let details = details(draft, body);
    let fact = |label: &str| draft.fact(label).map(str::to_owned);
    let source = fact("resource").or_else(|| draft.resources.first().cloned()).unwrap_or_else(|| "kintsugi".into());
    let mut payload = json!({
        "summary": clip(&draft.title, SUMMARY),
        "source": source,
        "severity": word(severity),
        "timestamp": draft.seen.map(|seen| seen.to_string()),
        "component": draft.wishes.component,
        "group": fact("account"),
        "class": draft.kind,
        "custom_details": details,
    });
    if let Some(members) = payload.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let links: Vec<Value> = links(body).into_iter().map(|(text, href)| json!({"text": text, "href": href})).collect();
    let dedup = draft.mark();
    json!({"event_action": "trigger", "dedup_key": dedup, "client": "Kintsugi", "payload": payload, "links": links})
}

fn resolve(draft: &Draft) -> Value {
    json!({"event_action": "resolve", "dedup_key": draft.mark()})
}

fn details(draft: &Draft, body: &Body) -> Map<String, Value> {
    let mut details = draft.wishes.fields.clone();
    for (name, value) in
        [("runbook", &draft.runbook), ("binding", &draft.binding), ("assignee", &draft.wishes.assignee)]
    {
        if let Some(value) = value {
            details.insert(name.into(), json!(value));
        }
    }
    if !draft.wishes.labels.is_empty() {
        details.insert("labels".into(), json!(draft.wishes.labels));
    }
    details.insert("report".into(), json!(plain::render(body, TEXT, CUT_ASIDE)));
    details
}

fn links(body: &Body) -> Vec<(String, String)> {
    let facts = body.blocks().iter().filter_map(|block| match block {
        Block::Facts(facts) => Some(facts),
        _ => None,
    });
    facts.flatten().filter_map(|fact| Some((fact.label.clone(), fact.link.clone()?))).collect()
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    }
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> Value {
    trigger(draft, &draft.body, draft.severity)
}

#[cfg(test)]
pub(super) fn golden_end(draft: &Draft) -> Value {
    resolve(draft)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What PagerDuty takes, in bytes of JSON.
    const EVENT: usize = 512 * 1024;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn whatever_the_text_an_event_is_taken(words in prop::collection::vec("[\"\\\\é𝄞]{0,4000}|\\PC{0,4000}", 0..60)) {
            let body = words.iter().fold(Body::default(), |body, word| body.paragraph(word).commands([word]));
            let title = words.concat();
            let event = trigger(&Draft { title, ..Draft::sample(None) }, &body, Severity::High);
            let summary = event["payload"]["summary"].as_str().unwrap_or_default();
            prop_assert!(summary.chars().count() <= SUMMARY && event.to_string().len() < EVENT);
        }
    }
}
