//! Tickets as messages of an incoming webhook of Slack, and of what speaks like it (Mattermost, Rocket.Chat).
//!
//! Comes in: a [`Draft`]. Goes out: a message with blocks. A message cannot be changed afterwards: what comes later is a
//! message of its own. Never: a mention or a link out of others' words.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::desk::{Check, Created, Desk, Found, Known, Moved, Note, Why};
use super::draft::{Block, Body, Draft, Fact, Severity};
use super::error::TicketError;
use super::hook::{Hook, remembered};
use super::text::CUT;
use crate::aws::Services;
use crate::settings::HookSettings;

const DESK: &str = "Slack";
/// Slack's limits: blocks of a message, characters of a header and of a section.
const BLOCKS: usize = 50;
const HEADER: usize = 150;
const SECTION: usize = 3000;

/// One channel.
pub struct Slack(Hook);

impl Slack {
    /// A desk over `settings`. Nothing is called before the first ticket.
    #[must_use]
    pub fn new(services: &Services, settings: &HookSettings) -> Self {
        Self(Hook::new(services, DESK, settings, says_ok))
    }

    async fn tell(&self, draft: &Draft, title: &str, body: &Body, severity: Severity) -> Result<(), TicketError> {
        let once = format!("{}-{}", draft.mark(), crate::incident::digest(&draft.occurrence));
        self.0.send(&message(title, body, severity, draft), &once).await
    }
}

#[async_trait]
impl Desk for Slack {
    async fn find(&self, _draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        Ok(remembered(known))
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        self.tell(draft, &draft.title, &draft.body, draft.severity).await?;
        Ok(Created::New(draft.mark()))
    }

    async fn comment(&self, _id: &str, draft: &Draft, note: &Note) -> Result<(), TicketError> {
        self.tell(draft, &said(draft, note), &note.body, note.severity).await
    }

    async fn close(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.comment(id, draft, note).await.map(|()| Moved::Yes)
    }

    async fn reopen(&self, id: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.comment(id, draft, note).await.map(|()| Moved::Yes)
    }

    /// How urgent it is stands in every message.
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

/// The title of a message about a fault that was told before.
fn said(draft: &Draft, note: &Note) -> String {
    let start = match note.why {
        Why::Again => "Again",
        Why::Many => "Still",
        Why::Back => "Back",
        Why::Healed => "Well again",
    };
    format!("{start}: {}", draft.title)
}

/// `ok` from Slack and Mattermost, `{"success": true}` from Rocket.Chat.
fn says_ok(text: &str) -> bool {
    let said: Value = serde_json::from_str(text).unwrap_or_default();
    text.trim() == "ok" || ["ok", "success"].iter().any(|word| said[*word] == true)
}

fn message(title: &str, body: &Body, severity: Severity, draft: &Draft) -> Value {
    let header: String = title.chars().take(HEADER).collect();
    let mut blocks = vec![json!({"type": "header", "text": {"type": "plain_text", "text": header, "emoji": false}})];
    let told: Vec<String> = body.blocks().iter().flat_map(parts).collect();
    let room = BLOCKS - 3;
    let left_out = told.len() > room;
    blocks.extend(told.into_iter().take(room).map(|text| section(&text)));
    if left_out {
        blocks.push(section(&format!("_{CUT}_")));
    }
    let priority = draft.wishes.priority.name(severity).map(|name| format!(" ({})", escape(name))).unwrap_or_default();
    let labels: String = draft.wishes.labels.iter().map(|label| format!(" · {}", escape(label))).collect();
    let foot = format!("severity {}{priority} · `{}`{labels}", severity.word(), draft.mark());
    blocks.push(json!({"type": "context", "elements": [mrkdwn(&foot)]}));
    json!({"text": escape(&header), "blocks": blocks})
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text})
}

/// One block of ours, in as many sections as it needs.
fn parts(block: &Block) -> Vec<String> {
    match block {
        Block::Heading(text) => vec![format!("*{}*", words(text))],
        Block::Paragraph(text) => vec![cut(&words(text))],
        Block::Facts(facts) => gathered(facts.iter().map(fact), "", ""),
        Block::Bullets(points) => gathered(points.iter().map(|point| format!("• {}", words(point))), "", ""),
        Block::Table { head, rows } => gathered(rows.iter().map(|cells| row(head, cells)), "", ""),
        Block::Commands(lines) | Block::Lines(lines) => {
            gathered(lines.iter().map(|line| escape(line).replace("```", "'''")), "```", "```")
        }
    }
}

/// Lines in sections that are full but not too long.
fn gathered(lines: impl Iterator<Item = String>, start: &str, end: &str) -> Vec<String> {
    let room = SECTION - start.len() - end.len() - 2;
    let mut sections: Vec<String> = Vec::new();
    for line in lines.flat_map(|line| pieces(&line, room)) {
        match sections.last_mut() {
            Some(last) if last.chars().count() + 1 + line.chars().count() <= room => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => sections.push(line),
        }
    }
    sections.into_iter().map(|text| format!("{start}{text}{end}")).collect()
}

/// A command is never left out: one that is too long for a section goes on in the next.
fn pieces(line: &str, room: usize) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let mut pieces = Vec::new();
    let mut rest = letters.as_slice();
    while rest.len() > room {
        let cut = whole(&rest[..room]);
        pieces.push(rest[..cut].iter().collect());
        rest = &rest[cut..];
    }
    pieces.push(rest.iter().collect());
    pieces
}

/// The longest start that does not end within `&amp;` and the like.
fn whole(letters: &[char]) -> usize {
    let escape = letters.iter().rposition(|letter| *letter == '&');
    match escape {
        Some(at) if at > 0 && !letters[at..].contains(&';') => at,
        _ => letters.len(),
    }
}

fn fact(fact: &Fact) -> String {
    let value = match &fact.link {
        Some(link) => format!("<{}|{}>", escape(link), words(&fact.value).replace('|', "¦")),
        None => words(&fact.value),
    };
    format!("*{}:* {value}", words(&fact.label))
}

fn row(head: &[String], cells: &[String]) -> String {
    let filled = head.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    let told: Vec<String> = filled.map(|(title, cell)| format!("{}: {}", words(title), words(cell))).collect();
    format!("• {}", told.join("; "))
}

/// Slack's three characters: what is between `<` and `>` would be a link or a mention.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// And what would be bold, slanted, struck out or code: a character that joins nothing keeps its mark apart.
fn words(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    for c in escape(text).chars() {
        if "*_~`".contains(c) {
            apart.push('\u{2060}');
        }
        apart.push(c);
    }
    apart
}

fn cut(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= SECTION {
        return text.to_owned();
    }
    let kept = whole(&letters[..SECTION - 1]);
    format!("{}…", letters[..kept].iter().collect::<String>())
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> Value {
    message(&draft.title, &draft.body, draft.severity, draft)
}

#[cfg(test)]
pub(super) fn golden_end(draft: &Draft, note: &Note) -> Value {
    message(&said(draft, note), &note.body, note.severity, draft)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn others_words_mention_nobody() {
        assert_eq!(parts(&Block::Paragraph("<!channel> & <@U1>".into())), ["&lt;!channel&gt; &amp; &lt;@U1&gt;"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_the_text_every_section_fits_and_no_escape_is_cut(words in prop::collection::vec("[&<>]{0,900}|\\PC{0,2000}", 0..20)) {
            let body = words.iter().fold(Body::default(), |body, word| body.paragraph(word).commands([word]));
            let blocks: Vec<String> = body.bullets(&words).blocks().iter().flat_map(parts).collect();
            for text in blocks {
                prop_assert!((1..=SECTION).contains(&text.chars().count()), "{}", text.chars().count());
                let bare = text.match_indices('&').any(|(at, _)| !["&amp;", "&lt;", "&gt;"].iter().any(|e| text[at..].starts_with(e)));
                prop_assert!(!bare && !text.contains('<') && !text.contains('>'));
            }
        }
    }
}
