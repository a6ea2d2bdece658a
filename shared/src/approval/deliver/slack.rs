//! The message as an incoming webhook of Slack takes it (and of what speaks like it).
//!
//! Comes in: an approval; the approver's link, where one approver alone reads it. Goes out: JSON with blocks.
//! Never: a link in a room of many; markup or a mention out of others' words. Pure.

use serde_json::{Value, json};

use super::super::request::Approval;
use super::mail::{facts, plan, subject};

/// Slack takes 3000 characters of a section, 150 of a header, 2000 of a field.
const SECTION: usize = 2800;
const HEADER: usize = 150;
const FIELD: usize = 1900;

pub(super) fn message(approval: &Approval, link: Option<&str>) -> Value {
    let title: String = subject(approval).chars().take(HEADER).collect();
    let fields = facts(approval);
    let fields: Vec<Value> =
        fields.iter().map(|(label, value)| mrkdwn(format!("*{label}*\n{}", cut(&escape(value), FIELD)))).collect();
    let plan = escape(&plan(approval).join("\n")).replace("```", "'''");
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}}),
        json!({"type": "section", "fields": fields}),
        json!({"type": "section", "text": mrkdwn(format!("```{}```", cut(&plan, SECTION)))}),
    ];
    blocks.push(match link {
        Some(link) => json!({"type": "actions", "elements": [{
            "type": "button", "url": link, "text": {"type": "plain_text", "text": "Look and decide", "emoji": false},
        }]}),
        None => json!({"type": "context", "elements": [mrkdwn(format!(
            "Each approver has a link of their own: {}", escape(&approval.policy.who()),
        ))]}),
    });
    json!({"text": escape(&title), "blocks": blocks})
}

fn mrkdwn(text: String) -> Value {
    json!({"type": "mrkdwn", "text": text})
}

/// Slack's three characters: what is between `<` and `>` would be a link or a mention.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most so many characters, never half an escape.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let start: String = text.chars().take(limit).collect();
    let whole = start.rfind('&').filter(|at| !start[*at..].contains(';')).map_or(start.as_str(), |at| &start[..at]);
    format!("{whole}…")
}
