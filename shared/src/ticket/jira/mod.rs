//! Tickets as issues of a Jira project. Jira Cloud and Jira Data Center differ in what [`Flavour`] says, and in nothing else.
//!
//! Comes in: a [`Draft`]. Goes out: a search by label, an issue, a comment on it, a transition of it.
//! Never: credentials in a message, the id of a status or of a transition in our code, a change to what people wrote.

mod check;
mod cloud;
mod data_center;
mod found;
mod transition;

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

use super::desk::{Check, Created, Desk, Found, Known, Moved, Note, State};
use super::draft::{Body, Draft, Severity};
use super::error::TicketError;
use super::http::{Http, Shape, Site};
use super::text::clip;
use crate::aws::Services;
use crate::settings::JiraSettings;

/// The desk's name in messages.
const DESK: &str = "Jira";
/// Jira's limit for a summary, which must be one line.
const SUMMARY: usize = 255;
/// Issues of one fault that are looked through.
const MOST: usize = 20;
/// Our settings, by the fields that Jira complains about.
const HINTS: &[(&str, &str)] = &[
    ("project", "KINTSUGI_TICKET_PROJECT"),
    ("pid", "KINTSUGI_TICKET_PROJECT"),
    ("issuetype", "KINTSUGI_TICKET_TYPE"),
    ("priority", "priority in the rules for tickets"),
    ("assignee", "assignee in the rules for tickets"),
    ("components", "component in the rules for tickets"),
];

/// In what the two Jiras differ.
struct Flavour {
    /// Base of the API.
    api: &'static str,
    /// Where is searched.
    search: &'static str,
    /// How a search is told to say what was changed of an issue.
    changelog: fn() -> Value,
    /// Where the issue types of a project are, and which member of the answer has them.
    types: &'static str,
    /// What credentials look like.
    shape: &'static Shape,
    /// Whether Jira has a site of its own, so that its address has no path.
    own_site: bool,
    /// A body as the API takes it.
    text: fn(&Body) -> Value,
    /// How a person is named.
    person: fn(&str) -> Value,
    /// By which parameter a person is searched for, and what it is in words.
    person_id: &'static str,
    person_says: &'static str,
}

/// One Jira project.
pub struct Jira {
    http: Http,
    settings: JiraSettings,
    flavour: &'static Flavour,
}

impl Jira {
    /// A desk over `settings` in Jira Cloud. Nothing is called, and no credentials are fetched, before the first ticket.
    #[must_use]
    pub fn cloud(services: &Services, settings: JiraSettings) -> Self {
        Self::new(services, settings, &cloud::FLAVOUR)
    }

    /// The same in Jira Data Center.
    #[must_use]
    pub fn data_center(services: &Services, settings: JiraSettings) -> Self {
        Self::new(services, settings, &data_center::FLAVOUR)
    }

    fn new(services: &Services, settings: JiraSettings, flavour: &'static Flavour) -> Self {
        let site = Site {
            desk: DESK,
            url: &settings.url,
            path: !flavour.own_site,
            headers: HeaderMap::new(),
            shape: flavour.shape,
            hints: HINTS,
        };
        Self { http: Http::new(services, site, &settings.credentials), settings, flavour }
    }

    fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.flavour.api)
    }

    /// The issue, whatever its state. A deleted or hidden one is not there.
    async fn issue(&self, key: &str, draft: &Draft) -> Result<Option<Found>, TicketError> {
        let asked = format!("/issue/{key}?fields={}&expand=changelog", found::FIELDS.join(","));
        let issue = self.http.get(&self.path(&asked)).await?;
        Ok(issue.and_then(|issue| found::read(&issue, draft)))
    }

    /// The issues of the fault, open before closed, the latest first.
    async fn search(&self, draft: &Draft) -> Result<Option<Found>, TicketError> {
        let (jql, changelog) = (jql(&self.settings.project, draft), (self.flavour.changelog)());
        let query = json!({"jql": jql, "fields": found::FIELDS, "expand": changelog, "maxResults": MOST});
        let found = self.http.post(&self.path(self.flavour.search), &query).await?;
        let Some(issues) = found["issues"].as_array() else {
            return Err(TicketError::Unreadable { desk: DESK, problem: "the search gave no issues list".into() });
        };
        let mut found: Vec<Found> = issues.iter().filter_map(|issue| found::read(issue, draft)).collect();
        found.sort_by_key(|found| found.state == State::Done);
        Ok(found.into_iter().next())
    }

    /// The way first: should the words then fail, whoever repeats this finds the issue where it shall be and only says them.
    async fn go_and_say(
        &self,
        key: &str,
        name: Option<&str>,
        categories: &[&str],
        note: &Note,
    ) -> Result<Moved, TicketError> {
        let way = match self.way(key, name, categories).await? {
            Ok(way) => way,
            Err(reason) => return Ok(Moved::No(reason)),
        };
        let moved = self.go(key, &way).await?;
        if moved == Moved::Yes {
            self.say(key, &note.body).await?;
        }
        Ok(moved)
    }

    async fn say(&self, key: &str, body: &Body) -> Result<(), TicketError> {
        let path = self.path(&format!("/issue/{key}/comment"));
        self.http.post(&path, &json!({"body": (self.flavour.text)(body)})).await.map(drop)
    }
}

#[async_trait]
impl Desk for Jira {
    async fn find(&self, draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        let known = match known.map(|known| known.id.as_str()).filter(|key| is_key(key)) {
            Some(key) => self.issue(key, draft).await?,
            None => None,
        };
        match known {
            Some(open) if open.state != State::Done => Ok(Some(open)),
            // Another one may be open: people make copies, and two racing answers may have been lost.
            closed => Ok(self.search(draft).await?.or(closed)),
        }
    }

    /// Jira's index lags behind by seconds.
    fn searches_late(&self) -> bool {
        true
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        let made = self.http.post(&self.path("/issue"), &issue(&self.settings, self.flavour, draft)).await?;
        match made["key"].as_str().filter(|key| is_key(key)) {
            Some(key) => Ok(Created::New(key.to_owned())),
            None => Err(TicketError::Unreadable { desk: DESK, problem: "the new issue has no key".into() }),
        }
    }

    async fn comment(&self, key: &str, _draft: &Draft, note: &Note) -> Result<(), TicketError> {
        self.say(key, &note.body).await
    }

    async fn close(&self, key: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.go_and_say(key, draft.wishes.close_by.as_deref(), transition::CLOSING, note).await
    }

    async fn reopen(&self, key: &str, draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.go_and_say(key, draft.wishes.reopen_by.as_deref(), transition::REOPENING, note).await
    }

    async fn raise(&self, key: &str, draft: &Draft, from: Severity, to: Severity) -> Result<(), TicketError> {
        self.http.put(&self.path(&format!("/issue/{key}")), &raise(draft, from, to)).await.map(drop)
    }

    fn url(&self, key: &str) -> String {
        format!("{}/browse/{key}", self.settings.url.trim_end_matches('/'))
    }

    async fn check(&self, draft: &Draft) -> Vec<Check> {
        self.look(draft).await
    }
}

fn issue(settings: &JiraSettings, flavour: &Flavour, draft: &Draft) -> Value {
    json!({"fields": fields(settings, flavour, draft)})
}

/// What a deployment wishes for goes in first: it cannot take the place of what we need.
fn fields(settings: &JiraSettings, flavour: &Flavour, draft: &Draft) -> Map<String, Value> {
    let wishes = &draft.wishes;
    let mut fields = Map::new();
    fields.insert("project".into(), json!({"key": settings.project}));
    fields.insert("issuetype".into(), json!({"name": settings.issue_type}));
    fields.insert("summary".into(), json!(clip(&draft.title, SUMMARY)));
    fields.insert("description".into(), (flavour.text)(&draft.body));
    fields.insert("labels".into(), json!(labels(draft)));
    if let Some(name) = wishes.priority.name(draft.severity) {
        fields.insert("priority".into(), json!({"name": name}));
    }
    if let Some(person) = &wishes.assignee {
        fields.insert("assignee".into(), (flavour.person)(person));
    }
    if let Some(component) = &wishes.component {
        fields.insert("components".into(), json!([{"name": component}]));
    }
    for (name, value) in &wishes.fields {
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
    fields
}

/// The label by which the issue of a fault is found stands among them. Labels hold no spaces; a fingerprint has none.
fn labels(draft: &Draft) -> Vec<String> {
    let own = ["kintsugi".to_owned(), draft.mark(), severity_label(draft.severity)];
    own.into_iter().chain(draft.wishes.labels.iter().cloned()).collect()
}

fn severity_label(severity: Severity) -> String {
    format!("severity-{}", severity.number())
}

fn raise(draft: &Draft, from: Severity, to: Severity) -> Value {
    let labels = json!([{"remove": severity_label(from)}, {"add": severity_label(to)}]);
    let mut update = json!({"update": {"labels": labels}});
    if let Some(name) = draft.wishes.priority.name(to) {
        update["fields"] = json!({"priority": {"name": name}});
    }
    update
}

fn jql(project: &str, draft: &Draft) -> String {
    format!("project = {} AND labels = {} ORDER BY created DESC", quoted(project), quoted(&draft.mark()))
}

/// A string of JQL.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `OPS-42`: what may stand in a path without further care.
fn is_key(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split_once('-').is_some_and(|(project, number)| {
        !project.is_empty()
            && project.chars().all(letter)
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft, cloud: bool) -> Value {
    let settings = JiraSettings {
        url: "https://example.atlassian.net".into(),
        project: "OPS".into(),
        issue_type: "Task".into(),
        credentials: crate::settings::CredentialsRef::SecretsManager("s".into()),
    };
    issue(&settings, if cloud { &cloud::FLAVOUR } else { &data_center::FLAVOUR }, draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_issue_keys_get_into_a_path() {
        assert!(is_key("OPS-42") && is_key("A1_B-7"));
        for wrong in ["", "OPS", "OPS-", "-1", "OPS-4/comment", "OPS-4?x", "oi-0a1b"] {
            assert!(!is_key(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_project_cannot_change_the_query() {
        assert_eq!(quoted(r#"OPS" OR project = "X\"#), r#""OPS\" OR project = \"X\\""#);
    }
}
