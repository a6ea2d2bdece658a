//! Anything as an event: read, and made a ticket of, in every form in which tickets are filed.
//!
//! Comes in: bytes. Goes out: nothing; a panic, a hang, memory without end, or a ticket that breaks a promise is the
//! finding. Never: a desk, or a network.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use shared::catalogue::{self, Binding};
use shared::event;
use shared::lowcode;
use shared::remediation::Recognised;
use shared::ticket::{Block, Body, Composed, Draft, adf_document, compose, markdown, unreadable};

static BINDINGS: LazyLock<Vec<Binding>> = LazyLock::new(|| catalogue::bindings().expect("the bindings can be read"));

/// Jira's limit of a description, in characters.
const JIRA: usize = 32_767;

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    // What a binding makes of it, also of what is no event that anybody knows.
    if let Some(Recognised::Incident(incident) | Recognised::Refused(incident, _)) = lowcode::bound(&BINDINGS, &event) {
        assert!(is_fingerprint(&incident.fingerprint), "{incident:?}");
    }
    match event::parse(&event) {
        Ok(trigger) => {
            if let Composed::Ticket(draft) | Composed::Healed(draft) = compose(&trigger, &BINDINGS) {
                check(&draft);
            }
            // Nothing bound: every alarm is a ticket.
            if let Composed::Ticket(draft) | Composed::Healed(draft) = compose(&trigger, &[]) {
                check(&draft);
            }
        }
        Err(error) => check(&unreadable(&event, &error, "invocation")),
    }
});

fn check(draft: &Draft) {
    assert!(draft.title.trim() == draft.title && !draft.title.is_empty(), "a title of one line: {:?}", draft.title);
    assert!(!draft.title.contains(engine::is_hidden), "{:?}", draft.title);
    assert!(is_fingerprint(&draft.fingerprint));
    assert!(adf_document(&draft.body).to_string().chars().count() <= JIRA, "Jira would refuse it");
    for text in texts(&draft.body) {
        assert!(!text.contains(engine::is_hidden), "{text:?}");
    }
    assert!(!markdown(&draft.body).contains('\u{1b}'));
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn texts(body: &Body) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    for block in body.blocks() {
        match block {
            Block::Heading(text) | Block::Paragraph(text) => texts.push(text),
            Block::Facts(facts) => texts.extend(facts.iter().flat_map(|fact| [fact.label.as_str(), &fact.value])),
            Block::Bullets(lines) | Block::Commands(lines) | Block::Lines(lines) => {
                texts.extend(lines.iter().map(String::as_str));
            }
            Block::Table { head, rows } => {
                texts.extend(head.iter().chain(rows.iter().flatten()).map(String::as_str));
            }
        }
    }
    texts
}
