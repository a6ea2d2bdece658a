//! An event that nobody could read. It is kept in the dead-letter queue; the ticket says that it is there.
//!
//! Never: the event itself, which may hold anything.

use serde_json::Value;

use crate::event::EventError;
use crate::incident::Incident;
use crate::telemetry::chain;
use crate::ticket::draft::{Body, Category, Draft, Fact, News, Severity};
use crate::ticket::text::clean;

/// The ticket for `event`, which could not be read because of `error`. `occurrence` is the invocation.
#[must_use]
pub fn unreadable(event: &Value, error: &EventError, occurrence: &str) -> Draft {
    let of = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    let (account, region) = (of("account"), of("region"));
    let problem = chain(error);
    Draft {
        // The same kind of event with the same problem is one ticket, however many of them come.
        fingerprint: Incident::fingerprint(account, region, &format!("unreadable event: {problem}"), None),
        occurrence: occurrence.to_owned(),
        title: clean(&format!("An event could not be understood: {problem}")),
        severity: Severity::Medium,
        category: Category::Recovery,
        resources: vec![],
        runbook: None,
        seen: of("time").parse().ok(),
        began: None,
        news: News::Broken,
        kind: "Unreadable".into(),
        binding: None,
        wishes: Default::default(),
        body: Body::default()
            .heading("What broke")
            .paragraph(format!("An event reached open-ticket and could not be understood: {problem}."))
            .facts([
                Fact::new("Source", of("source")),
                Fact::new("Detail type", of("detail-type")),
                Fact::new("Event id", of("id")),
                Fact::new("Account", account),
                Fact::new("Region", region),
                Fact::new("Invocation", occurrence),
            ])
            .heading("What is left to do")
            .bullets([
                "The event is kept in the dead-letter queue of open-ticket. Read it there and see whether it needs a person.",
                "If the rule that sent it should not, narrow its event pattern.",
            ]),
    }
}
