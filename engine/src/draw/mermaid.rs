//! A flow as Mermaid text, for pages that draw it themselves (GitHub, GitLab, many wikis).
//!
//! Comes in: a flow. Goes out: a `flowchart`. Never: a character of the document that Mermaid would read as its own.

use std::fmt::Write as _;

use super::flow::{Edge, EdgeKind, Flow, Node, NodeKind};
use super::text::plain;

/// More characters of a condition are cut; the picture has them all.
const LONGEST: usize = 80;

/// The flow as a Mermaid flowchart.
#[must_use]
pub fn mermaid(flow: &Flow) -> String {
    let mut out = "flowchart TD\n".to_owned();
    children(&mut out, flow, None, 1);
    for edge in &flow.edges {
        // A loop's way into its body cannot be drawn: Mermaid lets no line lead from a box into itself.
        if edge.kind != EdgeKind::Body {
            link(&mut out, edge);
        }
    }
    styles(&mut out, flow);
    out
}

/// Recursion (loops in loops) is bounded by the parser's nesting limit.
fn children(out: &mut String, flow: &Flow, within: Option<usize>, depth: usize) {
    let indent = "  ".repeat(depth);
    for node in flow.nodes.iter().filter(|node| node.within == within) {
        if flow.nodes.iter().any(|inner| inner.within == Some(node.id)) {
            put(out, format_args!("{indent}subgraph n{}[\"{}\"]\n", node.id, label(node)));
            children(out, flow, Some(node.id), depth + 1);
            put(out, format_args!("{indent}end\n"));
        } else {
            let (open, close) = shape(node.kind);
            put(out, format_args!("{indent}n{}{open}\"{}\"{close}\n", node.id, label(node)));
        }
    }
}

fn shape(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Start | NodeKind::End | NodeKind::RoundEnd => ("([", "])"),
        NodeKind::Branch => ("{", "}"),
        NodeKind::Approve | NodeKind::Pause => ("{{", "}}"),
        NodeKind::Wait | NodeKind::Sleep => ("(", ")"),
        NodeKind::Child | NodeKind::Invoke | NodeKind::Script => ("[[", "]]"),
        NodeKind::Assert | NodeKind::Read => ("[/", "/]"),
        _ => ("[", "]"),
    }
}

fn label(node: &Node) -> String {
    let name = if node.name.is_empty() { "(no name)" } else { &node.name };
    let tag = node.kind.tag();
    let head = if tag.is_empty() { escape(name) } else { format!("{tag} <b>{}</b>", escape(name)) };
    let lines = node.call.iter().chain(&node.detail).map(|line| escape(line));
    [head].into_iter().chain(lines).collect::<Vec<_>>().join("<br/>")
}

fn link(out: &mut String, edge: &Edge) {
    let (line, word) = match edge.kind {
        EdgeKind::Failure => ("-.->", Some("fails".to_owned())),
        EdgeKind::Cancel => ("-.->", Some("cancelled".to_owned())),
        _ => ("-->", edge.label.clone()),
    };
    let left = edge.leaves_loop.then(|| "leaves the loop".to_owned());
    let words: Vec<String> = word.into_iter().chain(left).map(|word| escape(&word)).collect();
    let words = if words.is_empty() { String::new() } else { format!("|\"{}\"|", words.join(", ")) };
    put(out, format_args!("  n{} {line}{words} n{}\n", edge.from, edge.to));
}

const CLASSES: &str = "  classDef write fill:#fdf0d0,stroke:#a86a00,stroke-width:3px,color:#3a2600
  classDef read fill:#eef4fb,stroke:#4a79ab,color:#12304f
  classDef wait fill:#f1eefb,stroke:#6f5bb5,color:#2b1f5c
  classDef person fill:#fde8f0,stroke:#b0256a,stroke-width:4px,color:#56082f
  classDef code fill:#e9f5ee,stroke:#2f7d51,color:#0d3a20
  classDef plain fill:#f6f6f4,stroke:#77756f,color:#222222
  classDef wrong fill:#fff0ee,stroke:#b3261e,stroke-dasharray:4 3,color:#5c0d08
  classDef never fill:#f3f3f3,stroke:#bbbbbb,color:#888888
";

fn styles(out: &mut String, flow: &Flow) {
    out.push_str(CLASSES);
    for class in ["write", "read", "wait", "person", "code", "plain", "wrong", "never"] {
        let members = flow.nodes.iter().filter(|node| node.class() == class).map(|node| format!("n{}", node.id));
        let members = members.collect::<Vec<_>>().join(",");
        if !members.is_empty() {
            put(out, format_args!("  class {members} {class}\n"));
        }
    }
    let drawn: Vec<&Edge> = flow.edges.iter().filter(|edge| edge.kind != EdgeKind::Body).collect();
    for (kind, style) in [(EdgeKind::Failure, "#b3261e"), (EdgeKind::Cancel, "#7a4fa3")] {
        let indexes =
            drawn.iter().enumerate().filter(|(_, edge)| edge.kind == kind).map(|(index, _)| index.to_string());
        let indexes = indexes.collect::<Vec<_>>().join(",");
        if !indexes.is_empty() {
            put(out, format_args!("  linkStyle {indexes} stroke:{style},stroke-width:2px\n"));
        }
    }
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = out.write_fmt(line);
}

/// Everything but letters, digits and harmless marks as a character code. Text in quotes may hold those.
fn escape(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        if c.is_alphanumeric() || " .,_:/-=()".contains(c) {
            out.push(c);
        } else {
            put(&mut out, format_args!("#{};", u32::from(c)));
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}
