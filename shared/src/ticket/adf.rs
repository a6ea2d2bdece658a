//! A ticket's body in Atlassian Document Format, which Jira's REST API v3 takes and gives.
//!
//! Comes in: blocks. Goes out: a `doc` node. Never: an empty text node, a table cell without paragraph or a mark
//! inside a code block; Jira refuses the whole document for each of them. Text cannot become markup: it is a
//! string inside a text node.

use serde_json::{Value, json};

use super::draft::{Block, Body, Fact};
use super::text::CUT;

/// Jira's limit for a description or a comment, in characters. It is held by the serialised document, which is
/// longer than the text a person sees, so it holds whichever of them Jira counts.
pub(super) const LIMIT: usize = 32_767;

/// The body as a document of at most [`LIMIT`] characters; what did not fit is said at its end.
#[must_use]
pub fn document(body: &Body) -> Value {
    let nodes: Vec<Value> = body.blocks().iter().map(node).collect();
    within(nodes, LIMIT)
}

/// Drops nodes from the end until the document fits.
fn within(mut nodes: Vec<Value>, limit: usize) -> Value {
    let whole = doc(nodes.clone());
    if length(&whole) <= limit {
        return whole;
    }
    let note = paragraph(vec![text(CUT)]);
    let mut room = limit.saturating_sub(length(&doc(vec![note.clone()])));
    let fits = |node: &Value| {
        let needed = length(node) + 1;
        let fits = needed <= room;
        room = room.saturating_sub(if fits { needed } else { room });
        fits
    };
    let kept = nodes.iter().map(fits).take_while(|fits| *fits).count();
    nodes.truncate(kept);
    nodes.push(note);
    doc(nodes)
}

fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}

fn doc(content: Vec<Value>) -> Value {
    json!({"type": "doc", "version": 1, "content": content})
}

fn node(block: &Block) -> Value {
    match block {
        Block::Heading(title) => json!({"type": "heading", "attrs": {"level": 3}, "content": [text(title)]}),
        Block::Paragraph(sentence) => paragraph(vec![text(sentence)]),
        Block::Facts(facts) => bullets(facts.iter().map(fact)),
        Block::Bullets(points) => bullets(points.iter().map(|point| vec![text(point)])),
        Block::Table { head, rows } => table(head, rows),
        Block::Commands(lines) => code("shell", lines),
        Block::Lines(lines) => code("text", lines),
    }
}

/// A text node. Blocks hold no empty text, except for cells of a table: see [`cell`].
fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn marked(words: &str, mark: Value) -> Value {
    json!({"type": "text", "text": words, "marks": [mark]})
}

fn paragraph(content: Vec<Value>) -> Value {
    json!({"type": "paragraph", "content": content})
}

fn fact(fact: &Fact) -> Vec<Value> {
    let label = marked(&format!("{}: ", fact.label), json!({"type": "strong"}));
    let value = match &fact.link {
        Some(link) => marked(&fact.value, json!({"type": "link", "attrs": {"href": link}})),
        None => text(&fact.value),
    };
    vec![label, value]
}

fn bullets(items: impl Iterator<Item = Vec<Value>>) -> Value {
    let item = |content| json!({"type": "listItem", "content": [paragraph(content)]});
    json!({"type": "bulletList", "content": items.map(item).collect::<Vec<_>>()})
}

fn table(head: &[String], rows: &[Vec<String>]) -> Value {
    let row = |kind: &str, cells: &[String]| {
        let cells: Vec<Value> = cells.iter().map(|words| cell(kind, words)).collect();
        json!({"type": "tableRow", "content": cells})
    };
    let rows = std::iter::once(row("tableHeader", head)).chain(rows.iter().map(|cells| row("tableCell", cells)));
    json!({"type": "table", "content": rows.collect::<Vec<_>>()})
}

fn cell(kind: &str, words: &str) -> Value {
    let content = if words.is_empty() { vec![] } else { vec![text(words)] };
    json!({"type": kind, "content": [paragraph(content)]})
}

fn code(language: &str, lines: &[String]) -> Value {
    json!({"type": "codeBlock", "attrs": {"language": language}, "content": [text(&lines.join("\n"))]})
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every node of a document.
    fn nodes(node: &Value) -> Vec<&Value> {
        let children = node["content"].as_array().into_iter().flatten().flat_map(nodes);
        std::iter::once(node).chain(children).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_the_text_no_node_is_empty_and_the_document_fits(words in prop::collection::vec(".{0,400}", 0..40)) {
            let cells = words.iter().map(|word| vec![word.clone()]).collect();
            let body = Body::default().bullets(&words).lines(&words).table(&["x"], cells);
            let body = words.iter().fold(body, |body, word| body.paragraph(word).facts([Fact::new("x", word)]));
            let document = document(&body);
            prop_assert!(length(&document) <= LIMIT);
            for node in nodes(&document).iter().filter(|node| node["type"] == "text") {
                prop_assert!(node["text"].as_str().is_some_and(|text| !text.is_empty()), "{}", node);
            }
        }
    }

    #[test]
    fn an_empty_cell_has_a_paragraph_and_no_text() {
        let body = Body::default().table(&["a"], vec![vec![String::new()]]);
        let cell = &document(&body)["content"][0]["content"][1]["content"][0];
        assert_eq!(*cell, json!({"type": "tableCell", "content": [{"type": "paragraph", "content": []}]}));
    }

    #[test]
    fn a_document_too_long_for_jira_is_cut_between_blocks_and_says_so() {
        let body = (0..100).fold(Body::default(), |body, n| body.paragraph(format!("{n} {}", "\"ä".repeat(300))));
        let document = document(&body);
        assert!(length(&document) <= LIMIT, "{}", length(&document));
        let blocks = document["content"].as_array().unwrap();
        assert!(blocks.len() > 10 && blocks.len() < 100, "{}", blocks.len());
        assert!(blocks.last().unwrap().to_string().contains("did not fit"));
    }

    #[test]
    fn user_text_stays_text() {
        let body = Body::default().paragraph("{\"type\":\"doc\"} [x|http://y] {code}");
        assert_eq!(document(&body)["content"][0]["content"][0]["text"], "{\"type\":\"doc\"} [x|http://y] {code}");
    }
}
