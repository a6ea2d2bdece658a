//! A ticket's body in the markup of Jira's own editor, which its REST API v2 takes.
//!
//! Comes in: blocks. Goes out: wiki markup of at most [`LIMIT`] characters. Never: markup that came in with the text; it
//! is shown, not obeyed.

use super::draft::{Block, Body, Fact};
use super::text::{CUT, lines};

/// Jira's limit for a description or a comment, as it is set unless an administrator changed it.
pub(super) const LIMIT: usize = 32_767;

/// The body, cut between blocks where it is too long.
#[must_use]
pub(super) fn render(body: &Body) -> String {
    super::markdown::within(body, LIMIT, CUT, block)
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("h3. {}", escape(text)),
        Block::Paragraph(text) => escape(text),
        Block::Facts(facts) => lines(facts.iter().map(fact)),
        Block::Bullets(points) => lines(points.iter().map(|point| format!("* {}", escape(point)))),
        Block::Table { head, rows } => table(head, rows),
        Block::Commands(commands) => verbatim(commands),
        Block::Lines(text) => verbatim(text),
    }
}

fn fact(fact: &Fact) -> String {
    let Fact { label, value, link } = fact;
    match link {
        // The address is ours and percent-encoded: it cannot close its bracket.
        Some(link) => format!("* *{}:* [{}|{link}]", escape(label), escape(value)),
        None => format!("* *{}:* {}", escape(label), escape(value)),
    }
}

fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let cell = |text: &String| if text.is_empty() { " ".to_owned() } else { escape(text) };
    let row = |bar: &str, cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(cell).collect();
        format!("{bar}{}{bar}", cells.join(bar))
    };
    lines(std::iter::once(row("||", head)).chain(rows.iter().map(|cells| row("|", cells))))
}

/// Inside, nothing is markup but the end. What would be the end is kept apart by a character that joins nothing.
fn verbatim(text: &[String]) -> String {
    format!("{{noformat}}\n{}\n{{noformat}}", text.join("\n").replace("{noformat", "{\u{2060}noformat"))
}

/// Shows what would be markup: a backslash before each character that could begin it. An address of somebody else's
/// would become a link by itself, and a name behind `~` or `@` a person.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let anywhere = "\\{}[]|*_^~+?!@".contains(c);
        let at_start = at == 0 && "-#".contains(c);
        let dashes = c == '-' && (text[..at].ends_with('-') || text[at + 1..].starts_with('-'));
        let word = c == '-' && !text[..at].ends_with(|c: char| c.is_alphanumeric());
        let quote = text[at..].starts_with("bq.")
            || (c == 'h'
                && text[at + 1..].starts_with(|c: char| c.is_ascii_digit())
                && text[at + 1..].get(1..2) == Some("."));
        if anywhere || at_start || dashes || word || (at == 0 && quote) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_in_the_text_is_shown_and_not_obeyed() {
        let cases = [
            ("{code} [x|http://y] *b* _i_", r"\{code\} \[x\|http://y\] \*b\* \_i\_"),
            ("h1. loud", r"\h1. loud"),
            ("bq. said", r"\bq. said"),
            ("- item", r"\- item"),
            ("# item", r"\# item"),
            ("!pic.png! ~kim @kim", r"\!pic.png\! \~kim \@kim"),
            ("i-0abc web-cpu-high", "i-0abc web-cpu-high"),
        ];
        for (text, shown) in cases {
            assert_eq!(render(&Body::default().paragraph(text)), shown, "{text}");
        }
    }

    #[test]
    fn nothing_ends_a_block_of_commands_but_its_end() {
        let body = Body::default().commands(["aws x {noformat} h1. y"]);
        assert_eq!(render(&body).matches("{noformat}").count(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_the_text_it_fits_and_no_macro_begins(words in prop::collection::vec("\\PC{0,300}|[{}\\[\\]|!~@h1.bq# -]{0,80}", 0..60)) {
            let cells = words.iter().map(|word| vec![word.clone()]).collect();
            let body = words.iter().fold(Body::default(), |body, word| body.paragraph(word).facts([Fact::new("x", word)]));
            let text = render(&body.bullets(&words).table(&["x"], cells));
            prop_assert!(text.chars().count() <= LIMIT);
            for mark in ['{', '[', '!', '~'] {
                let bare = text.match_indices(mark).filter(|(at, _)| !text[..*at].ends_with('\\')).count();
                prop_assert_eq!(bare, 0, "{} in {}", mark, text);
            }
        }
    }
}
