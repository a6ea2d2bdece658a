//! A description or a comment as HTML: Atlassian Document Format node by node, wiki markup as it is.
//!
//! Comes in: what was filed. Goes out: HTML. Never: an attribute that the document chose, but the address of a link, and
//! that only if it is of the web.

use serde_json::Value;

use super::escaped;

/// `level` is that of its headings, whatever the document says: they stand below those of the page.
pub(super) fn html(node: &Value, level: u8) -> String {
    if let Some(markup) = node.as_str() {
        return format!("<pre>{}</pre>", escaped(markup));
    }
    let inner = || node["content"].as_array().into_iter().flatten().map(|child| html(child, level)).collect::<String>();
    let wrapped = |tag: &str| format!("<{tag}>{}</{tag}>", inner());
    match node["type"].as_str().unwrap_or_default() {
        "text" => text(node),
        "paragraph" => wrapped("p"),
        "heading" => wrapped(&format!("h{level}")),
        "bulletList" => wrapped("ul"),
        "orderedList" => wrapped("ol"),
        "listItem" => wrapped("li"),
        "blockquote" | "panel" => wrapped("blockquote"),
        "codeBlock" => format!("<pre><code>{}</code></pre>", inner()),
        "table" => {
            format!("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">{}</div>", wrapped("table"))
        }
        "tableRow" => wrapped("tr"),
        "tableHeader" => format!("<th scope=\"col\">{}</th>", inner()),
        "tableCell" => wrapped("td"),
        "hardBreak" => "<br>".to_owned(),
        "rule" => "<hr>".to_owned(),
        _ => inner(),
    }
}

fn text(node: &Value) -> String {
    let marks = node["marks"].as_array().into_iter().flatten();
    let words = escaped(node["text"].as_str().unwrap_or_default());
    marks.fold(words, |words, mark| match mark["type"].as_str().unwrap_or_default() {
        "strong" => format!("<strong>{words}</strong>"),
        "em" => format!("<em>{words}</em>"),
        "code" => format!("<code>{words}</code>"),
        "strike" => format!("<s>{words}</s>"),
        "link" => link(mark["attrs"]["href"].as_str().unwrap_or_default(), words),
        _ => words,
    })
}

fn link(address: &str, words: String) -> String {
    let of_the_web = address.starts_with("https://") || address.starts_with("http://");
    if of_the_web { format!("<a href=\"{}\" rel=\"noreferrer\">{words}</a>", escaped(address)) } else { words }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_become_elements_and_their_words_stay_words() {
        let link = json!({"type": "text", "text": "i-0abc", "marks": [{"type": "link", "attrs": {"href": "https://a.b/?x=\"y"}}]});
        let strong = json!({"type": "text", "text": "<b>", "marks": [{"type": "strong"}]});
        let heading =
            json!({"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "What broke"}]});
        let doc = json!({"type": "doc", "version": 1, "content": [heading, {"type": "paragraph", "content": [link, strong]}]});
        let expected = "<h3>What broke</h3><p><a href=\"https://a.b/?x=&quot;y\" rel=\"noreferrer\">i-0abc</a>\
                        <strong>&lt;b&gt;</strong></p>";
        assert_eq!(html(&doc, 3), expected);
    }

    #[test]
    fn a_link_to_something_that_is_no_page_is_no_link() {
        let mark = json!({"type": "link", "attrs": {"href": "javascript:alert(1)"}});
        assert_eq!(html(&json!({"type": "text", "text": "x", "marks": [mark]}), 3), "x");
    }
}
