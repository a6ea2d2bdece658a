//! Tickets as issues of a Jira Cloud project, over its REST API v3.
//!
//! Comes in: a [`Draft`]. Goes out: a search by label, an issue, or a comment on the open one.
//! Never: credentials in a message, a redirect followed, or plain HTTP to anything but this machine.

mod answer;
mod client;
mod credentials;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::adf;
use super::desk::{Created, Desk};
use super::draft::{Body, Draft};
use super::error::TicketError;
use super::text::clip;
use crate::aws::Services;
use crate::settings::JiraSettings;
use client::Http;

/// The desk's name in messages.
const DESK: &str = "Jira";
/// Jira's limit for a summary, which must be one line.
const SUMMARY: usize = 255;

/// One Jira project.
pub struct Jira {
    http: Http,
    settings: JiraSettings,
}

impl Jira {
    /// A desk over `settings`. Nothing is called, and no credentials are fetched, before the first ticket.
    #[must_use]
    pub fn new(services: &Services, settings: JiraSettings) -> Self {
        Self { http: Http::new(services.clone(), settings.clone()), settings }
    }

    /// Whether the issue is there and not done. A deleted or hidden one is not there.
    async fn is_open(&self, key: &str) -> Result<bool, TicketError> {
        let path = format!("/rest/api/3/issue/{key}?fields=status");
        let Some(issue) = self.http.get(&path).await? else { return Ok(false) };
        Ok(issue["fields"]["status"]["statusCategory"]["key"] != "done")
    }

    async fn search(&self, draft: &Draft) -> Result<Option<String>, TicketError> {
        let query = json!({"jql": jql(&self.settings.project, draft), "fields": ["status"], "maxResults": 1});
        let found = self.http.post("/rest/api/3/search/jql", &query).await?;
        let Some(issues) = found["issues"].as_array() else {
            return Err(TicketError::Unreadable { desk: DESK, problem: "the search gave no issues list".into() });
        };
        Ok(issues.first().and_then(|issue| issue["key"].as_str()).map(str::to_owned))
    }
}

#[async_trait]
impl Desk for Jira {
    async fn find(&self, draft: &Draft, known: Option<&str>) -> Result<Option<String>, TicketError> {
        if let Some(key) = known.filter(|key| is_key(key))
            && self.is_open(key).await?
        {
            return Ok(Some(key.to_owned()));
        }
        self.search(draft).await
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        let made = self.http.post("/rest/api/3/issue", &issue(&self.settings, draft)).await?;
        match made["key"].as_str().filter(|key| is_key(key)) {
            Some(key) => Ok(Created::New(key.to_owned())),
            None => Err(TicketError::Unreadable { desk: DESK, problem: "the new issue has no key".into() }),
        }
    }

    async fn comment(&self, key: &str, draft: &Draft) -> Result<(), TicketError> {
        let path = format!("/rest/api/3/issue/{key}/comment");
        self.http.post(&path, &json!({"body": adf::document(&again(draft))})).await.map(drop)
    }

    fn url(&self, key: &str) -> String {
        format!("{}/browse/{key}", self.settings.url)
    }
}

fn issue(settings: &JiraSettings, draft: &Draft) -> Value {
    json!({"fields": {
        "project": {"key": settings.project},
        "issuetype": {"name": settings.issue_type},
        "summary": clip(&draft.title, SUMMARY),
        "description": adf::document(&draft.body),
        "labels": ["kintsugi", label(draft), format!("severity-{}", draft.severity.number())],
    }})
}

/// The label by which the open issue of a fault is found. Labels hold no spaces; a fingerprint has none.
fn label(draft: &Draft) -> String {
    format!("kintsugi-{}", draft.fingerprint)
}

fn jql(project: &str, draft: &Draft) -> String {
    format!(
        "project = {} AND labels = {} AND statusCategory != Done ORDER BY created ASC",
        quoted(project),
        quoted(&label(draft))
    )
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

/// What a comment says: that it happened again, and then everything, because this time may be different.
fn again(draft: &Draft) -> Body {
    let seen = draft.seen.map(|seen| format!(" at {seen}")).unwrap_or_default();
    let start = Body::default().paragraph(format!("Seen again{seen}: {}", draft.title));
    draft.body.blocks().iter().cloned().fold(start, Body::with)
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
