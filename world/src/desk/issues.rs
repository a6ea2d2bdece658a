//! Issues and comments.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::workflow::Status;

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
    /// Atlassian Document Format, wiki markup in a Jira Data Center, or null.
    pub description: Value,
    /// Labels.
    pub labels: Vec<String>,
    /// Comments, oldest first.
    pub comments: Vec<Comment>,
    /// Where it stands.
    pub status: Status,
    /// Name of its priority.
    pub priority: Option<String>,
    /// Account id, or name, of whoever has it.
    pub assignee: Option<String>,
    /// Names of components.
    pub components: Vec<String>,
    /// Custom fields.
    pub custom: Map<String, Value>,
    /// What was changed of it, oldest first.
    pub history: Vec<Change>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was done.
    pub resolved: Option<Timestamp>,
}

/// One comment.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// `10000`.
    pub id: String,
    /// Atlassian Document Format, or wiki markup.
    pub body: Value,
    /// When it was written.
    pub created: Timestamp,
}

/// The one field whose changes tests ask for by name.
const ASSIGNEE: &str = "Assignee";

/// Who changes an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever has the API token.
    Kintsugi,
    /// Somebody else.
    Person,
}

impl By {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kintsugi => "Kintsugi",
            Self::Person => "a person",
        }
    }
}

/// One change of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: By,
    /// `Status`, `Priority`, `Labels`, `Assignee`.
    pub field: &'static str,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
}

impl Issue {
    /// From fields that were checked.
    pub(super) fn new(project: &str, number: usize, fields: &Value, created: Timestamp) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let labels = fields["labels"].as_array().into_iter().flatten();
        let components = fields["components"].as_array().into_iter().flatten();
        let person = &fields["assignee"];
        let custom = fields.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("customfield_"));
        Self {
            id: (10_000 + number).to_string(),
            key: format!("{project}-{number}"),
            summary: text(&fields["summary"]),
            issue_type: text(&fields["issuetype"]["name"]),
            description: fields["description"].clone(),
            labels: labels.map(text).collect(),
            comments: Vec::new(),
            status: Status::ToDo,
            priority: fields["priority"]["name"].as_str().map(str::to_owned),
            assignee: person["accountId"].as_str().or(person["name"].as_str()).map(str::to_owned),
            components: components.map(|component| text(&component["name"])).collect(),
            custom: custom.map(|(name, value)| (name.clone(), value.clone())).collect(),
            history: Vec::new(),
            created,
            resolved: None,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn done(&self) -> bool {
        self.status == Status::Done
    }

    /// Brings it to another status.
    pub(super) fn becomes(&mut self, status: Status, by: By, now: Timestamp) {
        self.note("Status", self.status.name().to_owned(), status.name().to_owned(), by, now);
        self.status = status;
        self.resolved = self.done().then_some(now);
    }

    /// A person's change, whatever it is; who has it is noted, as Jira notes it.
    pub(super) fn changed(&mut self, change: impl FnOnce(&mut Self), now: Timestamp) {
        let had = self.assignee.clone().unwrap_or_default();
        change(self);
        self.note(ASSIGNEE, had, self.assignee.clone().unwrap_or_default(), By::Person, now);
    }

    /// Takes labels and priority of an edited copy.
    pub(super) fn edit(&mut self, edited: Self, by: By, now: Timestamp) {
        let name = |priority: &Option<String>| priority.clone().unwrap_or_default();
        self.note("Priority", name(&self.priority), name(&edited.priority), by, now);
        self.note("Labels", self.labels.join(", "), edited.labels.join(", "), by, now);
        (self.priority, self.labels) = (edited.priority, edited.labels);
    }

    fn note(&mut self, field: &'static str, from: String, to: String, by: By, at: Timestamp) {
        if from != to {
            self.history.push(Change { at, by, field, from, to });
        }
    }

    /// The issue as Jira gives it, with only `wanted` fields (all if empty).
    pub(super) fn bean(&self, url: &str, wanted: &[String]) -> Value {
        let fields: Map<String, Value> = self.fields().into_iter().filter(|(name, _)| asked(wanted, name)).collect();
        json!({"id": self.id, "key": self.key, "self": self.address(url), "fields": fields})
    }

    /// The same, with what was changed of it.
    pub(super) fn bean_with_changes(&self, url: &str, wanted: &[String]) -> Value {
        let mut bean = self.bean(url, wanted);
        let changes: Vec<Value> = self.history.iter().enumerate().rev().map(|(at, change)| change.bean(at)).collect();
        bean["changelog"] =
            json!({"startAt": 0, "maxResults": changes.len(), "total": changes.len(), "histories": changes});
        bean
    }

    /// Where the API has it.
    pub(super) fn address(&self, url: &str) -> String {
        format!("{url}/rest/api/latest/issue/{}", self.id)
    }

    fn fields(&self) -> Vec<(String, Value)> {
        let named = |name: &Option<String>| name.as_ref().map_or(Value::Null, |name| json!({"name": name}));
        let components: Vec<Value> = self.components.iter().map(|name| json!({"name": name})).collect();
        let comments: Vec<Value> = self.comments.iter().map(Comment::bean).collect();
        let fields = [
            ("summary", json!(self.summary)),
            ("issuetype", json!({"name": self.issue_type})),
            ("description", self.description.clone()),
            ("labels", json!(self.labels)),
            ("status", self.status.bean()),
            ("priority", named(&self.priority)),
            ("assignee", self.assignee.as_ref().map_or(Value::Null, |id| json!({"accountId": id, "name": id}))),
            ("components", json!(components)),
            ("resolutiondate", self.resolved.map_or(Value::Null, |at| json!(crate::clock::alarm_time(at)))),
            ("comment", json!({"comments": comments, "total": self.comments.len()})),
            ("created", json!(crate::clock::alarm_time(self.created))),
        ];
        let custom = self.custom.iter().map(|(name, value)| (name.clone(), value.clone()));
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(custom).collect()
    }
}

fn asked(wanted: &[String], name: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|want| want == name || want == "*all" || want == "*navigable")
}

impl Change {
    /// The change as Jira gives it, the number `at` of its issue.
    fn bean(&self, at: usize) -> Value {
        let author = json!({"displayName": self.by.name(), "accountType": "atlassian", "active": true});
        let field = self.field.to_lowercase();
        let item = json!({"field": field, "fieldId": field, "fieldtype": "jira", "from": self.from,
                          "fromString": self.from, "to": self.to, "toString": self.to});
        json!({"id": (10_000 + at).to_string(), "author": author, "created": crate::clock::alarm_time(self.at), "items": [item]})
    }
}

impl Comment {
    /// The comment as Jira gives it.
    pub(super) fn bean(&self) -> Value {
        json!({"id": self.id, "body": self.body, "created": crate::clock::alarm_time(self.created)})
    }
}
