//! `/desk`: the issues as one plain page, for a person who watches the demo.

use super::issues::{Comment, Issue};

/// The page.
pub(super) fn render(issues: &[Issue]) -> String {
    let rows: String = issues.iter().map(issue).collect();
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Ticket desk</title><h1>Ticket desk</h1>\
         <p>{} issues</p>{rows}",
        issues.len()
    )
}

fn issue(issue: &Issue) -> String {
    let status = if issue.done { "Done" } else { "To Do" };
    let comments: String = issue.comments.iter().map(comment).collect();
    format!(
        "<article id=\"{key}\"><h2>{key} {summary}</h2><p>{status} · {labels} · {created}</p><pre>{text}</pre>{comments}</article>",
        key = escape(&issue.key),
        summary = escape(&issue.summary),
        labels = escape(&issue.labels.join(" ")),
        created = issue.created,
        text = escape(&plain(&issue.description)),
    )
}

fn comment(comment: &Comment) -> String {
    format!("<h3>Comment of {}</h3><pre>{}</pre>", comment.created, escape(&plain(&comment.body)))
}

/// The text of a document, a line per block.
fn plain(node: &serde_json::Value) -> String {
    if let Some(text) = node["text"].as_str() {
        return text.to_owned();
    }
    let inner: String = node["content"].as_array().into_iter().flatten().map(plain).collect();
    match node["type"].as_str().unwrap_or_default() {
        "paragraph" | "heading" | "codeBlock" => format!("{inner}\n"),
        _ => inner,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
