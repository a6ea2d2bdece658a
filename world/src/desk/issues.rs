//! Issues and comments, and the checks Jira makes before it takes one.
//!
//! Lengths and rules as Jira Cloud has them: a summary of at most 255 characters on one line, labels without
//! spaces and of at most 255 characters, text fields of at most 32,767 characters.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::document;
use super::server::DeskConfig;

/// Longest text of a description or comment.
pub(super) const TEXT: usize = 32_767;
const SUMMARY: usize = 255;
const LABEL: usize = 255;
/// Fields that a project with default screens takes when an issue is created.
const FIELDS: [&str; 5] = ["project", "issuetype", "summary", "description", "labels"];

/// One issue.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// `10001`.
    pub id: String,
    /// `OPS-1`.
    pub key: String,
    /// One line.
    pub summary: String,
    /// Name of its type.
    pub issue_type: String,
    /// Atlassian Document Format, or null.
    pub description: Value,
    /// Labels.
    pub labels: Vec<String>,
    /// Comments, oldest first.
    pub comments: Vec<Comment>,
    /// Whether it is in the status category Done.
    pub done: bool,
    /// When it was created.
    pub created: Timestamp,
}

/// One comment.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// `10000`.
    pub id: String,
    /// Atlassian Document Format.
    pub body: Value,
    /// When it was written.
    pub created: Timestamp,
}

impl Issue {
    /// From fields that were checked.
    pub(super) fn new(project: &str, number: usize, fields: &Value, created: Timestamp) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let labels = fields["labels"].as_array().into_iter().flatten();
        Self {
            id: (10_000 + number).to_string(),
            key: format!("{project}-{number}"),
            summary: text(&fields["summary"]),
            issue_type: text(&fields["issuetype"]["name"]),
            description: fields["description"].clone(),
            labels: labels.map(text).collect(),
            comments: Vec::new(),
            done: false,
            created,
        }
    }

    /// The issue as Jira gives it, with only `wanted` fields (all if empty).
    pub(super) fn bean(&self, url: &str, wanted: &[String]) -> Value {
        let fields: Map<String, Value> = self.fields().into_iter().filter(|(name, _)| asked(wanted, name)).collect();
        json!({"id": self.id, "key": self.key, "self": format!("{url}/rest/api/3/issue/{}", self.id), "fields": fields})
    }

    fn fields(&self) -> Vec<(String, Value)> {
        let (status, category) = if self.done { ("Done", "done") } else { ("To Do", "new") };
        let comments: Vec<Value> = self.comments.iter().map(Comment::bean).collect();
        let fields = [
            ("summary", json!(self.summary)),
            ("issuetype", json!({"name": self.issue_type})),
            ("description", self.description.clone()),
            ("labels", json!(self.labels)),
            ("status", json!({"name": status, "statusCategory": {"key": category, "name": status}})),
            ("comment", json!({"comments": comments, "total": self.comments.len()})),
            ("created", json!(crate::clock::alarm_time(self.created))),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn asked(wanted: &[String], name: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|want| want == name || want == "*all" || want == "*navigable")
}

impl Comment {
    /// The comment as Jira gives it.
    pub(super) fn bean(&self) -> Value {
        json!({"id": self.id, "body": self.body, "created": crate::clock::alarm_time(self.created)})
    }
}

/// Everything Jira would say against creating an issue of these fields, by field.
pub(super) fn complaints(config: &DeskConfig, fields: &Value) -> Map<String, Value> {
    let mut said = Map::new();
    let mut complain = |field: &str, complaint: Option<String>| {
        if let Some(complaint) = complaint {
            said.insert(field.to_owned(), json!(complaint));
        }
    };
    complain("project", project(config, &fields["project"]));
    complain("issuetype", issue_type(config, &fields["issuetype"]));
    complain("summary", summary(&fields["summary"]));
    complain("labels", labels(&fields["labels"]));
    complain("description", description(&fields["description"]));
    for unknown in fields.as_object().into_iter().flat_map(Map::keys).filter(|name| !FIELDS.contains(&name.as_str())) {
        let text = format!("Field '{unknown}' cannot be set. It is not on the appropriate screen, or unknown.");
        complain(unknown, Some(text));
    }
    said
}

fn project(config: &DeskConfig, project: &Value) -> Option<String> {
    match project["key"].as_str() {
        Some(key) if key == config.project => None,
        Some(_) => Some("Specify a valid project ID or key".into()),
        None => Some("Specify a project ID or key".into()),
    }
}

fn issue_type(config: &DeskConfig, issue_type: &Value) -> Option<String> {
    match issue_type["name"].as_str() {
        Some(name) if config.issue_types.iter().any(|known| known == name) => None,
        Some(_) => Some("Specify a valid issue type".into()),
        None => Some("Specify an issue type".into()),
    }
}

fn summary(summary: &Value) -> Option<String> {
    let text = summary.as_str().map(str::trim).unwrap_or_default();
    if text.is_empty() {
        Some("You must specify a summary of the issue.".into())
    } else if text.contains(['\n', '\r']) {
        Some("The summary is invalid because it contains newline characters.".into())
    } else if text.chars().count() > SUMMARY {
        Some(format!("Summary can't exceed {SUMMARY} characters."))
    } else {
        None
    }
}

fn labels(labels: &Value) -> Option<String> {
    let Some(labels) = labels.as_array() else {
        return (!labels.is_null()).then(|| "data was not an array".to_owned());
    };
    labels.iter().find_map(|label| match label.as_str() {
        None => Some("string expected at index 0".to_owned()),
        Some(label) if label.contains(char::is_whitespace) => {
            Some(format!("The label '{label}' contains spaces which is invalid."))
        }
        Some(label) if label.chars().count() > LABEL => {
            Some(format!("The label '{label}' exceeds {LABEL} characters."))
        }
        Some(_) => None,
    })
}

fn description(description: &Value) -> Option<String> {
    if description.is_null() {
        return None;
    }
    document::check(description).err().map(|why| format!("INVALID_INPUT: {why}")).or_else(|| too_long(description))
}

/// Jira's complaint about a text that is too long.
pub(super) fn too_long(document: &Value) -> Option<String> {
    let length = document.to_string().chars().count();
    (length > TEXT).then(|| format!("The entered text is too long. It exceeds the allowed limit of {TEXT} characters."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Value {
        json!({
            "project": {"key": "OPS"},
            "issuetype": {"name": "Task"},
            "summary": "s",
            "labels": ["kintsugi"],
            "description": {"type": "doc", "version": 1, "content": []},
        })
    }

    #[test]
    fn a_right_issue_is_taken_and_each_wrong_field_is_named() {
        let config = DeskConfig::default();
        assert_eq!(complaints(&config, &good()), Map::new());
        let cases = [
            ("project", json!({"key": "NOPE"})),
            ("issuetype", json!({"name": "Epic"})),
            ("summary", json!("")),
            ("summary", json!("two\nlines")),
            ("summary", json!("x".repeat(256))),
            ("labels", json!(["two words"])),
            ("description", json!("plain text")),
            ("priority", json!({"name": "High"})),
        ];
        for (field, value) in cases {
            let mut fields = good();
            fields[field] = value.clone();
            let said = complaints(&config, &fields);
            assert_eq!(said.keys().collect::<Vec<_>>(), [field], "{value}");
        }
    }
}
