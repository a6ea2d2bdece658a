//! Tickets as events that are POSTed to an address of one's own: for a desk that nobody here knows.
//!
//! Comes in: a [`Draft`]. Goes out: `opened`, `repeated`, `counted`, `reopened`, `closed`, each with the whole ticket in
//! Markdown and as facts, signed with a key of the deployment's own.
//! Never: the same event twice under another `Idempotency-Key`.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::desk::{Check, Created, Desk, Found, Known, Moved, Note, Why};
use super::draft::{Body, Draft, Severity};
use super::error::TicketError;
use super::hook::{Hook, remembered};
use super::markdown::render_within;
use super::text::CUT_ASIDE;
use crate::aws::Services;
use crate::settings::HookSettings;

const DESK: &str = "the webhook";
/// More than this nobody reads.
const TEXT: usize = 100_000;

/// One address.
pub struct Webhook(Hook);

impl Webhook {
    /// A desk over `settings`. Nothing is called before the first ticket.
    #[must_use]
    pub fn new(services: &Services, settings: &HookSettings) -> Self {
        // What it says is its own affair.
        Self(Hook::new(services, DESK, settings, |_| true))
    }

    async fn tell(
        &self,
        event: &str,
        draft: &Draft,
        body: &Body,
        count: u64,
        severity: Severity,
    ) -> Result<(), TicketError> {
        let once = format!("{}-{event}-{}", draft.mark(), crate::incident::digest(&draft.occurrence));
        self.0.send(&message(event, draft, body, count, severity), &once).await
    }
}

#[async_trait]
impl Desk for Webhook {
    async fn find(&self, _draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        Ok(remembered(known))
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        self.tell("opened", draft, &draft.body, 0, draft.severity).await?;
        Ok(Created::New(draft.mark()))
    }

    async fn comment(&self, _id: &str, draft: &Draft, note: &Note) -> Result<(), TicketError> {
        let event = match note.why {
            Why::Many => "counted",
            Why::Healed => "closed",
            Why::Again | Why::Back => "repeated",
        };
        self.tell(event, draft, &note.body, note.count, note.severity).await
    }

    async fn close(&self, _id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.tell("closed", draft, &note.body, note.count, note.severity).await.map(|()| Moved::Yes)
    }

    async fn reopen(&self, _id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.tell("reopened", draft, &note.body, note.count, note.severity).await.map(|()| Moved::Yes)
    }

    /// How urgent it is stands in every event.
    async fn raise(&self, _id: &str, _draft: &Draft, _from: Severity, _to: Severity) -> Result<(), TicketError> {
        Ok(())
    }

    fn url(&self, _id: &str) -> String {
        String::new()
    }

    async fn check(&self, _draft: &Draft) -> Vec<Check> {
        self.0.check().await
    }
}

fn message(event: &str, draft: &Draft, body: &Body, count: u64, severity: Severity) -> Value {
    let wishes = &draft.wishes;
    let priority = wishes.priority.name(severity);
    json!({
        "version": 1,
        "event": event,
        "id": draft.mark(),
        "occurrence": draft.occurrence,
        "title": draft.title,
        "severity": severity.word(),
        "priority": priority,
        "category": draft.category.name(),
        "kind": draft.kind,
        "repeats": count,
        "seen": draft.seen.map(|seen| seen.to_string()),
        "binding": draft.binding,
        "runbook": draft.runbook,
        "resources": draft.resources,
        "labels": wishes.labels,
        "assignee": wishes.assignee,
        "component": wishes.component,
        "fields": wishes.fields,
        "text": render_within(body, TEXT, CUT_ASIDE),
    })
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> Value {
    message("opened", draft, &draft.body, 0, draft.severity)
}

#[cfg(test)]
pub(super) fn golden_end(draft: &Draft, note: &Note) -> Value {
    message("closed", draft, &note.body, note.count, note.severity)
}
