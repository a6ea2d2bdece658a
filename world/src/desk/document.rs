//! The shape of an Atlassian Document Format document, as strict as Jira: which node may hold which.
//!
//! Only the nodes a ticket may use are known; another one is refused, as is an empty text, a table cell without
//! a block, or a mark inside a code block.

use serde_json::Value;

/// What a node may hold.
enum Holds {
    /// At least `min` of these nodes.
    Nodes(&'static [&'static str], usize),
    /// A text of its own.
    Text,
    /// Nothing.
    Nothing,
}

const BLOCKS: &[&str] =
    &["paragraph", "heading", "bulletList", "orderedList", "codeBlock", "table", "rule", "panel", "blockquote"];
const CELL: &[&str] =
    &["paragraph", "heading", "bulletList", "orderedList", "codeBlock", "rule", "panel", "blockquote"];
const INLINE: &[&str] = &["text", "hardBreak"];
const ITEM: &[&str] = &["paragraph", "bulletList", "orderedList", "codeBlock"];

fn holds(kind: &str) -> Option<Holds> {
    Some(match kind {
        "doc" => Holds::Nodes(BLOCKS, 0),
        "paragraph" | "heading" => Holds::Nodes(INLINE, 0),
        "bulletList" | "orderedList" => Holds::Nodes(&["listItem"], 1),
        "listItem" => Holds::Nodes(ITEM, 1),
        "codeBlock" => Holds::Nodes(&["text"], 0),
        "table" => Holds::Nodes(&["tableRow"], 1),
        "tableRow" => Holds::Nodes(&["tableCell", "tableHeader"], 0),
        "tableCell" | "tableHeader" => Holds::Nodes(CELL, 1),
        "panel" | "blockquote" => Holds::Nodes(&["paragraph", "bulletList", "orderedList"], 1),
        "text" => Holds::Text,
        "hardBreak" | "rule" => Holds::Nothing,
        _ => return None,
    })
}

/// Checks a whole document.
pub(super) fn check(document: &Value) -> Result<(), String> {
    if document["type"] != "doc" || document["version"] != 1 {
        return Err("the root must be a doc node of version 1".into());
    }
    if !document["content"].is_array() {
        return Err("doc has no content".into());
    }
    node(document, "doc", "")
}

fn node(node: &Value, kind: &str, path: &str) -> Result<(), String> {
    let path = format!("{path}/{kind}");
    attributes(node, kind).map_err(|why| format!("{path}: {why}"))?;
    match holds(kind) {
        None => Err(format!("{path}: unknown node")),
        Some(Holds::Text) => text(node, &path),
        Some(Holds::Nothing) if node.get("content").is_some() => Err(format!("{path}: may hold nothing")),
        Some(Holds::Nothing) => Ok(()),
        Some(Holds::Nodes(allowed, min)) => children(node, kind, allowed, min, &path),
    }
}

fn children(parent: &Value, kind: &str, allowed: &[&str], min: usize, path: &str) -> Result<(), String> {
    let none = Vec::new();
    let content = match parent.get("content") {
        None => &none,
        Some(content) => content.as_array().ok_or_else(|| format!("{path}: content is no list"))?,
    };
    if content.len() < min {
        return Err(format!("{path}: must hold at least {min} of {}", allowed.join(", ")));
    }
    for child in content {
        let name = child["type"].as_str().unwrap_or("a node without type");
        if !allowed.contains(&name) {
            return Err(format!("{path}: may not hold {name}"));
        }
        if kind == "codeBlock" && child.get("marks").is_some() {
            return Err(format!("{path}: text in a code block has no marks"));
        }
        node(child, name, path)?;
    }
    Ok(())
}

fn attributes(node: &Value, kind: &str) -> Result<(), String> {
    let level = node["attrs"]["level"].as_u64();
    if kind == "heading" && !level.is_some_and(|level| (1..=6).contains(&level)) {
        return Err("a heading has a level from 1 to 6".into());
    }
    Ok(())
}

fn text(node: &Value, path: &str) -> Result<(), String> {
    if node["text"].as_str().is_none_or(str::is_empty) {
        return Err(format!("{path}: text must not be empty"));
    }
    let marks = node.get("marks").map(|marks| marks.as_array().ok_or("marks are no list"));
    let marks = marks.transpose().map_err(|why| format!("{path}: {why}"))?;
    marks.into_iter().flatten().try_for_each(mark).map_err(|why| format!("{path}: {why}"))
}

fn mark(mark: &Value) -> Result<(), String> {
    match mark["type"].as_str().unwrap_or_default() {
        "strong" | "em" | "code" | "strike" | "underline" => Ok(()),
        "link" if mark["attrs"]["href"].as_str().is_some_and(|href| href.starts_with("http")) => Ok(()),
        "link" => Err("a link has an href".into()),
        other => Err(format!("unknown mark {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn doc(node: &Value) -> Value {
        json!({"type": "doc", "version": 1, "content": [node]})
    }

    #[test]
    fn a_document_of_known_nodes_in_their_places_passes() {
        let text = json!({"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"href": "https://a.b"}}]});
        let paragraph = json!({"type": "paragraph", "content": [text]});
        let list = json!({"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph]}]});
        let cell = json!({"type": "tableCell", "content": [{"type": "paragraph", "content": []}]});
        let table = json!({"type": "table", "content": [{"type": "tableRow", "content": [cell]}]});
        for node in [paragraph, list, table] {
            assert_eq!(check(&doc(&node)), Ok(()));
        }
    }

    #[test]
    fn what_jira_refuses_is_refused_with_its_place() {
        let text = json!({"type": "text", "text": "x"});
        let cases = [
            (json!({"type": "paragraph", "content": [{"type": "text", "text": ""}]}), "text must not be empty"),
            (
                json!({"type": "table", "content": [{"type": "tableRow", "content": [
                {"type": "tableCell", "content": [text]}]}]}),
                "tableCell: may not hold text",
            ),
            (
                json!({"type": "table", "content": [{"type": "tableRow", "content": [{"type": "tableCell"}]}]}),
                "at least 1",
            ),
            (
                json!({"type": "codeBlock", "content": [
                {"type": "text", "text": "x", "marks": [{"type": "strong"}]}]}),
                "no marks",
            ),
            (json!({"type": "heading", "content": [text]}), "level"),
            (json!({"type": "bulletList", "content": [text]}), "may not hold text"),
            (json!({"type": "macro"}), "may not hold macro"),
        ];
        for (node, expected) in cases {
            let why = check(&doc(&node)).unwrap_err();
            assert!(why.contains(expected), "{why}");
        }
        assert!(check(&json!("plain")).is_err());
    }
}
