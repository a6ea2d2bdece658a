//! A ticket's body as plain text, for desks that know no markup.
//!
//! Comes in: blocks. Goes out: text within a limit. Never: markup; what a desk could take for markup is kept apart.

use super::draft::{Block, Body, Fact};
use super::text::lines;

/// As much of the body as fits into `limit` characters, with `note` at its end if it was cut.
#[must_use]
pub(super) fn render(body: &Body, limit: usize, note: &str) -> String {
    super::markdown::within(body, limit, note, block)
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("{}\n{}", text.to_uppercase(), "-".repeat(text.chars().count().min(60))),
        Block::Paragraph(text) => text.clone(),
        Block::Facts(facts) => lines(facts.iter().map(fact)),
        Block::Bullets(points) => lines(points.iter().map(|point| format!("* {point}"))),
        Block::Table { head, rows } => lines(rows.iter().map(|cells| row(head, cells))),
        Block::Commands(commands) => lines(commands.iter().map(|command| format!("  $ {command}"))),
        Block::Lines(text) => lines(text.iter().map(|line| format!("  {line}"))),
    }
}

fn fact(fact: &Fact) -> String {
    let link = fact.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
    format!("{}: {}{link}", fact.label, fact.value)
}

/// A row is read without its columns: each cell with its title, those without text left out.
fn row(head: &[String], cells: &[String]) -> String {
    let filled = head.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    let told: Vec<String> = filled.map(|(title, cell)| format!("{title}: {cell}")).collect();
    format!("* {}", told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_there_and_within_the_limit() {
        let rows = vec![vec!["stop".into(), String::new()], vec!["start".into(), "no capacity".into()]];
        let link = Some("https://example.com".to_owned());
        let body = Body::default()
            .heading("What")
            .facts([Fact::new("Resource", "i-1").linked(link)])
            .table(&["Step", "Said"], rows)
            .commands(["aws x"]);
        let expected = "WHAT\n----\n\nResource: i-1 (https://example.com)\n\n* Step: stop\n* Step: start; Said: no capacity\n\n  $ aws x";
        assert_eq!(render(&body, 500, "cut"), expected);
        for limit in 5..expected.len() {
            assert!(render(&body, limit, "cut").chars().count() <= limit, "{limit}");
        }
    }
}
