//! A ticket's body as Markdown, for desks that read it (OpsCenter) and for people with a terminal.
//!
//! Comes in: blocks. Goes out: CommonMark. Never: markup that came in with the text; it is shown, not obeyed.

use super::draft::{Block, Body, Fact};
use super::text::lines;

/// The whole body.
#[must_use]
pub fn render(body: &Body) -> String {
    body.blocks().iter().map(block).collect::<Vec<_>>().join("\n\n")
}

/// As much of the body as fits into `limit` characters, cut between blocks, with `note` at its end if it was cut.
#[must_use]
pub(super) fn render_within(body: &Body, limit: usize, note: &str) -> String {
    within(body, limit, note, block)
}

/// The same in any markup whose blocks stand apart by a blank line.
#[must_use]
pub(super) fn within(body: &Body, limit: usize, note: &str, block: impl Fn(&Block) -> String) -> String {
    let blocks: Vec<(bool, String)> =
        body.blocks().iter().map(|part| (matches!(part, Block::Heading(_)), block(part))).collect();
    let whole = blocks.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n\n");
    if whole.chars().count() <= limit {
        return whole;
    }
    let room = limit.saturating_sub(note.chars().count() + 2);
    let mut text = String::new();
    for block in trimmed(blocks, room) {
        text.push_str(&block);
        text.push_str("\n\n");
    }
    text.push_str(note);
    text
}

/// Rendered blocks that fit into `room` characters together with the blank lines after them. A heading whose
/// section did not fit is dropped with it.
fn trimmed(blocks: Vec<(bool, String)>, room: usize) -> Vec<String> {
    let mut kept: Vec<(bool, String)> = Vec::new();
    let mut used = 0;
    for (heading, text) in blocks {
        used += text.chars().count() + 2;
        if used > room {
            break;
        }
        kept.push((heading, text));
    }
    while kept.last().is_some_and(|(heading, _)| *heading) {
        kept.pop();
    }
    kept.into_iter().map(|(_, text)| text).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("## {}", escape(text)),
        Block::Paragraph(text) => escape(text),
        Block::Facts(facts) => lines(facts.iter().map(fact)),
        Block::Bullets(points) => lines(points.iter().map(|point| format!("- {}", escape(point)))),
        Block::Table { head, rows } => table(head, rows),
        Block::Commands(commands) => fenced("sh", commands),
        Block::Lines(text) => fenced("text", text),
    }
}

fn fact(fact: &Fact) -> String {
    let Fact { label, value, link } = fact;
    match link {
        // A link's address is ours and percent-encoded: it cannot close its own angle brackets.
        Some(link) => format!("- {}: [{}](<{link}>)", escape(label), escape(value)),
        None => format!("- {}: {}", escape(label), escape(value)),
    }
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let row =
        |cells: &[String]| format!("| {} |", cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | "));
    let rule = format!("|{}", "---|".repeat(head.len()));
    lines([row(head), rule].into_iter().chain(rows.iter().map(|cells| row(cells))))
}

/// Lines as they are, in a fence longer than any run of backticks in them.
fn fenced(language: &str, text: &[String]) -> String {
    let longest = text.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.join("\n"))
}

/// Shows what would be markup. Underscores inside words are none, and stay readable.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' => true,
            '#' | '+' | '-' | '>' | '~' | '=' | '_' => at == 0,
            '&' => is_entity(&text[at..]),
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// `&#x202e;` and `&lt;`, which would become characters that cleaning took out.
fn is_entity(text: &str) -> bool {
    let Some((name, _)) = text.strip_prefix('&').and_then(|rest| rest.split_once(';')) else { return false };
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_opens_a_fence_a_rule_a_picture_or_a_hidden_character() {
        for (text, shown) in [
            ("~~~", r"\~~~"),
            ("___", r"\___"),
            ("===", r"\==="),
            ("![x](http://a/b)", r"!\[x\](http://a/b)"),
            ("a &#x202e; b &lt; c & d; e", r"a \&#x202e; b \&lt; c & d; e"),
            ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)>"),
            ("a_b ~ c", "a_b ~ c"),
        ] {
            assert_eq!(render(&Body::default().paragraph(text)), shown, "{text}");
        }
    }

    #[test]
    fn markup_in_the_text_is_shown_and_not_obeyed() {
        let body = Body::default().paragraph("# a <b> *c* [d](http://e) `f` | INSUFFICIENT_DATA");
        assert_eq!(render(&body), r"\# a \<b> \*c\* \[d\](http://e) \`f\` \| INSUFFICIENT_DATA");
    }

    #[test]
    fn a_fence_is_longer_than_the_backticks_inside() {
        let body = Body::default().lines(["before ``` after"]);
        assert_eq!(render(&body), "````text\nbefore ``` after\n````");
    }

    #[test]
    fn a_body_that_fits_is_whole_and_one_that_does_not_says_so() {
        let body = Body::default().heading("A").paragraph("one").heading("B").paragraph("two two two two two");
        assert_eq!(render_within(&body, 500, "…"), render(&body));
        assert_eq!(render_within(&body, 30, "(more elsewhere)"), "## A\n\none\n\n(more elsewhere)");
    }

    #[test]
    fn a_cut_body_never_exceeds_its_limit() {
        let body = Body::default().heading("Ä").paragraph("ö".repeat(50)).paragraph("ü".repeat(70));
        for limit in 10..140 {
            assert!(render_within(&body, limit, "note").chars().count() <= limit, "{limit}");
        }
    }
}
