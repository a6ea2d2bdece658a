//! The desk's pages, for whoever watches the demo: `/desk` lists the issues, `/browse/KEY` shows one with all that was
//! said and done about it.
//!
//! Comes in: issues. Goes out: HTML without script, in which the words of others are text. Never: a way to change
//! anything; whoever may do that uses the API.

mod document;

use jiff::Timestamp;
use serde_json::Value;

use super::issues::{Change, Comment, Issue};
use super::workflow::Status;

const STYLE: &str = include_str!("style.css");

/// All issues, the latest first.
pub(super) fn list(project: &str, issues: &[Issue]) -> String {
    let rows: String = issues.iter().rev().map(row).collect();
    let head: String = ["Key", "Summary", "Status", "Priority", "Comments", "Updated"]
        .map(|name| format!("<th scope=\"col\">{name}</th>"))
        .concat();
    let table = format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Issues\"><table class=\"list\"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    );
    let table = if issues.is_empty() { "<p>There is nothing to do.</p>".to_owned() } else { table };
    whole(project, "Ticket desk", &format!("<h1>{}</h1><section>{table}</section>", counted(issues)))
}

fn counted(issues: &[Issue]) -> String {
    let open = issues.iter().filter(|issue| !issue.done()).count();
    format!("{} of {} issues open", open, issues.len())
}

fn row(issue: &Issue) -> String {
    let key = escaped(&issue.key);
    format!(
        "<tr><td><a href=\"/browse/{key}\">{key}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        escaped(&issue.summary),
        lozenge(issue.status),
        escaped(issue.priority.as_deref().unwrap_or("-")),
        issue.comments.len(),
        time(updated(issue)),
    )
}

/// One issue; `ways` are the names of the transitions from where it stands.
pub(super) fn ticket(project: &str, issue: &Issue, ways: &[String]) -> String {
    let key = escaped(&issue.key);
    let summary = escaped(&issue.summary);
    let main = format!(
        "<p class=\"soft\">{key} · {} · {}</p><h1>{summary}</h1><div class=\"ticket\"><div>\
         <section><h2>Description</h2><div class=\"text\">{}</div></section>\
         <section><h2>Activity</h2>{}</section></div>\
         <section aria-label=\"Details\"><h2>Details</h2><dl>{}</dl></section></div>",
        escaped(&issue.issue_type),
        lozenge(issue.status),
        document::html(&issue.description, 3),
        activity(issue),
        details(issue, ways),
    );
    whole(project, &format!("{key} {summary}"), &main)
}

/// `title` is escaped.
fn whole(project: &str, title: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><header><a href=\"/desk\">Ticket desk</a>\
         <span class=\"soft\">project {}, kept in memory; it speaks Jira's API</span></header><main>{main}</main></body></html>",
        escaped(project)
    )
}

fn lozenge(status: Status) -> String {
    format!("<span class=\"status {}\">{}</span>", status.category(), status.name())
}

fn details(issue: &Issue, ways: &[String]) -> String {
    let mut details = entry("Status", &lozenge(issue.status));
    details.push_str(&chips("Transitions from here", ways));
    details.push_str(&text("Priority", issue.priority.as_deref()));
    details.push_str(&text("Assignee", issue.assignee.as_deref()));
    details.push_str(&chips("Labels", &issue.labels));
    details.push_str(&chips("Components", &issue.components));
    for (name, value) in &issue.custom {
        details.push_str(&text(name, Some(&words(value))));
    }
    details.push_str(&entry("Created", &time(issue.created)));
    details.push_str(&issue.resolved.map(|at| entry("Resolved", &time(at))).unwrap_or_default());
    details
}

/// `value` is HTML.
fn entry(name: &str, value: &str) -> String {
    format!("<dt>{}</dt><dd>{value}</dd>", escaped(name))
}

fn text(name: &str, value: Option<&str>) -> String {
    entry(name, &escaped(value.unwrap_or("none")))
}

fn chips(name: &str, values: &[String]) -> String {
    let chips: String = values.iter().map(|value| format!("<li>{}</li>", escaped(value))).collect();
    entry(name, &if chips.is_empty() { "none".to_owned() } else { format!("<ul class=\"chips\">{chips}</ul>") })
}

/// A custom field's value as people read it.
fn words(value: &Value) -> String {
    let named = ["value", "name"].iter().find_map(|name| value[*name].as_str()).or(value.as_str());
    named.map_or_else(|| value.to_string(), str::to_owned)
}

/// What was said and what was done, in the order in which it happened.
fn activity(issue: &Issue) -> String {
    let said = issue.comments.iter().map(|comment| (comment.created, comment_item(comment)));
    let done = issue.history.iter().map(|change| (change.at, change_item(change)));
    let mut all: Vec<(Timestamp, String)> = said.chain(done).collect();
    all.sort_by_key(|(at, _)| *at);
    let opened = format!("<li><h3>Kintsugi opened it {}</h3></li>", time(issue.created));
    let items: String = all.into_iter().map(|(_, item)| item).collect();
    format!("<ol class=\"told\">{opened}{items}</ol>")
}

fn comment_item(comment: &Comment) -> String {
    let text = document::html(&comment.body, 4);
    format!("<li><h3>Kintsugi said {}</h3><div class=\"text\">{text}</div></li>", time(comment.created))
}

fn change_item(change: &Change) -> String {
    let value = |text: &str| if text.is_empty() { "none".to_owned() } else { escaped(text) };
    format!(
        "<li class=\"moved\"><h3>{} changed {} {}</h3><p>{} → {}</p></li>",
        change.by.name(),
        change.field,
        time(change.at),
        value(&change.from),
        value(&change.to),
    )
}

fn updated(issue: &Issue) -> Timestamp {
    let said = issue.comments.iter().map(|comment| comment.created);
    let done = issue.history.iter().map(|change| change.at);
    said.chain(done).max().unwrap_or(issue.created)
}

fn time(at: Timestamp) -> String {
    format!("<time datetime=\"{at}\">{}</time>", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::issues::By;
    use super::*;

    fn issue() -> Issue {
        let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let fields = json!({
            "summary": "<script>alert(1)</script>", "issuetype": {"name": "Task"}, "labels": ["kintsugi", "a\"b"],
            "description": "h3. wiki <b>", "customfield_1": {"value": "Production"},
        });
        Issue::new("OPS", 1, &fields, at)
    }

    #[test]
    fn words_of_others_are_text_on_the_page() {
        let page = ticket("OPS", &issue(), &["Done <now>".to_owned()]);
        assert!(!page.contains("<script>") && !page.contains("wiki <b>") && !page.contains("<now>"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("a&quot;b") && page.contains("Production"), "{page}");
    }

    #[test]
    fn what_was_said_and_done_stands_in_the_order_in_which_it_happened() {
        let mut issue = issue();
        let at = |second: i64| issue.created + jiff::SignedDuration::from_secs(second);
        let (first, second, third) = (at(1), at(2), at(3));
        issue.comments.push(Comment { id: "1".into(), body: json!("said in between"), created: second });
        issue.becomes(Status::InProgress, By::Person, first);
        issue.becomes(Status::Done, By::Kintsugi, third);
        let page = ticket("OPS", &issue, &[]);
        let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("no {words:?} in {page}"));
        assert!(place("To Do → In Progress") < place("said in between"));
        assert!(place("said in between") < place("In Progress → Done"));
        assert!(page.contains("a person changed Status") && page.contains("Resolved"));
    }

    #[test]
    fn the_list_counts_what_is_open_and_leads_to_each_issue() {
        let page = list("OPS", &[issue()]);
        assert!(page.contains("1 of 1 issues open") && page.contains("href=\"/browse/OPS-1\""), "{page}");
    }
}
