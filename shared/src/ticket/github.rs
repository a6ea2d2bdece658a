//! Tickets as issues of a GitHub repository, over its REST API.
//!
//! Comes in: a [`Draft`]. Goes out: a list by label, an issue, a comment, a state. The mark is a label, and a comment of
//! Markdown that nobody sees.
//! Never: a mention of somebody, or a reference to another issue, out of others' words.

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::desk::{Check, Created, Desk, Found, HANDS_OFF, Known, Moved, Note, State};
use super::draft::{Body, Draft, Severity};
use super::error::TicketError;
use super::http::{Http, Shape, Site, encode};
use super::markdown::render_within;
use super::text::{CUT_ASIDE, clip};
use crate::aws::Services;
use crate::settings::GitHubSettings;
use crate::telemetry::chain;

const DESK: &str = "GitHub";
/// GitHub's limits, in characters.
const TITLE: usize = 256;
const BODY: usize = 65_536;
/// Joins two characters so that they are no mention and no reference, and is not seen.
const JOINER: char = '\u{2060}';
/// Fields of an issue that are ours.
const OURS: [&str; 4] = ["title", "body", "labels", "state"];

/// One repository.
pub struct GitHub {
    http: Http,
    settings: GitHubSettings,
}

static SHAPE: Shape = Shape { says: r#"it must be JSON with "token", a non-empty text"#, one_of: &[&["token"]] };

impl GitHub {
    /// A desk over `settings`. Nothing is called before the first ticket.
    #[must_use]
    pub fn new(services: &Services, settings: GitHubSettings) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("x-github-api-version", HeaderValue::from_static("2022-11-28"));
        let hints =
            &[("labels", "labels in the rules for tickets"), ("assignees", "assignee in the rules for tickets")];
        let site = Site { desk: DESK, url: &settings.url, path: true, headers, shape: &SHAPE, hints };
        Self { http: Http::new(services, site, &settings.credentials), settings }
    }

    fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.settings.repository)
    }

    async fn search(&self, draft: &Draft) -> Result<Option<Found>, TicketError> {
        let query = format!("labels={}&state=all&sort=created&direction=desc&per_page=20", encode(&draft.mark()));
        let found = self.http.get(&self.path(&format!("/issues?{query}"))).await?;
        let Some(issues) = found.as_ref().and_then(Value::as_array) else {
            return Err(TicketError::Unreadable { desk: DESK, problem: "there is no list of issues".into() });
        };
        let mut found: Vec<Found> = issues.iter().filter_map(|issue| read(issue, draft)).collect();
        found.sort_by_key(|found| found.state == State::Done);
        Ok(found.into_iter().next())
    }

    async fn say(&self, id: &str, body: &Body) -> Result<(), TicketError> {
        let path = self.path(&format!("/issues/{id}/comments"));
        self.http.post(&path, &json!({"body": text(body, BODY)})).await.map(drop)
    }

    async fn becomes(&self, id: &str, state: &str, reason: &str) -> Result<(), TicketError> {
        let path = self.path(&format!("/issues/{id}"));
        self.http.patch(&path, &json!({"state": state, "state_reason": reason})).await.map(drop)
    }
}

#[async_trait]
impl Desk for GitHub {
    async fn find(&self, draft: &Draft, known: Option<&Known>) -> Result<Option<Found>, TicketError> {
        let known = match known.map(|known| known.id.as_str()).filter(|id| is_number(id)) {
            Some(id) => {
                self.http.get(&self.path(&format!("/issues/{id}"))).await?.and_then(|issue| read(&issue, draft))
            }
            None => None,
        };
        match known {
            Some(open) if open.state != State::Done => Ok(Some(open)),
            closed => Ok(self.search(draft).await?.or(closed)),
        }
    }

    async fn create(&self, draft: &Draft) -> Result<Created, TicketError> {
        let made = self.http.post(&self.path("/issues"), &issue(draft)).await?;
        match made["number"].as_u64() {
            Some(number) => Ok(Created::New(number.to_string())),
            None => Err(TicketError::Unreadable { desk: DESK, problem: "the new issue has no number".into() }),
        }
    }

    async fn comment(&self, id: &str, _draft: &Draft, note: &Note) -> Result<(), TicketError> {
        self.say(id, &note.body).await
    }

    async fn close(&self, id: &str, _draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.becomes(id, "closed", "completed").await?;
        self.say(id, &note.body).await.map(|()| Moved::Yes)
    }

    async fn reopen(&self, id: &str, _draft: &Draft, note: &Note) -> Result<Moved, TicketError> {
        self.becomes(id, "open", "reopened").await?;
        self.say(id, &note.body).await.map(|()| Moved::Yes)
    }

    async fn raise(&self, id: &str, draft: &Draft, from: Severity, to: Severity) -> Result<(), TicketError> {
        let path = self.path(&format!("/issues/{id}/labels"));
        self.http.post(&path, &json!({"labels": severity_labels(draft, to)})).await?;
        for label in severity_labels(draft, from) {
            self.http.delete(&format!("{path}/{}", encode(&label))).await?;
        }
        Ok(())
    }

    /// `https://api.github.com` shows its issues at `https://github.com`, an Enterprise Server without `/api/v3`.
    fn url(&self, id: &str) -> String {
        let site = match self.settings.url.as_str() {
            "https://api.github.com" => "https://github.com",
            own => own.strip_suffix("/api/v3").unwrap_or(own),
        };
        format!("{site}/{}/issues/{id}", self.settings.repository)
    }

    async fn check(&self, draft: &Draft) -> Vec<Check> {
        let repository = &self.settings.repository;
        let about = match self.http.get(&self.path("")).await {
            Ok(Some(about)) => about,
            Ok(None) => {
                let says =
                    format!("there is no repository {repository}, or not for this token (KINTSUGI_TICKET_PROJECT)");
                return vec![Check::wrong("repository", says)];
            }
            Err(error @ (TicketError::Credentials { .. } | TicketError::Denied { .. })) => {
                let says = format!("{} (KINTSUGI_TICKET_CREDENTIALS)", chain(&error));
                return vec![Check::wrong("credentials", says)];
            }
            Err(error) => return vec![Check::wrong("address", format!("{} (KINTSUGI_TICKET_URL)", chain(&error)))],
        };
        let mut checks = vec![Check::right("repository", repository.clone()), may(&about)];
        if about["has_issues"] == false {
            checks.push(Check::wrong("issues", "they are switched off in the settings of the repository"));
        }
        if let Some(person) = &draft.wishes.assignee {
            checks.push(self.person(person).await);
        }
        if let Some(milestone) = draft.wishes.fields.get("milestone") {
            checks.push(self.milestone(milestone).await);
        }
        checks
    }
}

impl GitHub {
    async fn person(&self, name: &str) -> Check {
        match self.http.get(&self.path(&format!("/assignees/{}", encode(name)))).await {
            Ok(Some(_)) => Check::right("assignee", name),
            Ok(None) => {
                Check::wrong("assignee", format!("{name:?} cannot be given issues here (assignee in the rules)"))
            }
            Err(error) => Check::wrong("assignee", chain(&error)),
        }
    }

    async fn milestone(&self, number: &Value) -> Check {
        match self.http.get(&self.path(&format!("/milestones/{}", encode(&number.to_string())))).await {
            Ok(Some(_)) => Check::right("milestone", number.to_string()),
            Ok(None) => {
                let says = format!("there is no milestone {number} here; it is its number (milestone in the rules)");
                Check::wrong("milestone", says)
            }
            Err(error) => Check::wrong("milestone", chain(&error)),
        }
    }
}

/// Labels of somebody who may not set them are dropped by GitHub without a word, and the mark with them.
fn may(about: &Value) -> Check {
    let permissions = &about["permissions"];
    if ["admin", "maintain", "push", "triage"].iter().any(|name| permissions[*name] == true) {
        Check::right("permission", "labels may be set")
    } else {
        let says = "the token may not set labels: GitHub would drop the mark by which a ticket is found. Give it the \
                    role Triage, or Write";
        Check::wrong("permission", says)
    }
}

fn issue(draft: &Draft) -> Value {
    let wishes = &draft.wishes;
    let mark = format!("<!-- {} -->\n", draft.mark());
    let body = format!("{mark}{}", text(&draft.body, BODY - mark.chars().count()));
    let mut issue = json!({"title": clip(&draft.title, TITLE), "body": body, "labels": labels(draft)});
    if let Some(person) = &wishes.assignee {
        issue["assignees"] = json!([person]);
    }
    for (name, value) in wishes.fields.iter().filter(|(name, _)| !OURS.contains(&name.as_str())) {
        issue[name] = value.clone();
    }
    issue
}

fn labels(draft: &Draft) -> Vec<String> {
    let own = ["kintsugi".to_owned(), draft.mark()].into_iter().chain(severity_labels(draft, draft.severity));
    own.chain(draft.wishes.component.clone()).chain(draft.wishes.labels.iter().cloned()).collect()
}

/// Ours, and the deployment's name for it.
fn severity_labels(draft: &Draft, severity: Severity) -> Vec<String> {
    let named = draft.wishes.priority.name(severity).map(str::to_owned);
    std::iter::once(format!("severity-{}", severity.number())).chain(named).collect()
}

fn text(body: &Body, limit: usize) -> String {
    render_within(&body.clone().words(apart), limit, CUT_ASIDE)
}

/// `@name`, `#12` and `GH-12` are nobody and nothing.
fn apart(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        let mention = c == '@' && next.is_some_and(char::is_alphanumeric);
        let reference = c == '#' && next.is_some_and(|c| c.is_ascii_digit());
        let old =
            c == '-' && text[..at].to_ascii_uppercase().ends_with("GH") && next.is_some_and(|c| c.is_ascii_digit());
        apart.push(c);
        if mention || reference || old {
            apart.push(JOINER);
        }
    }
    apart
}

/// Whom the rules for tickets give it to, by either of the ways to say so.
fn given_to(draft: &Draft) -> Vec<&str> {
    let wishes = &draft.wishes;
    let listed = wishes.fields.get("assignees").and_then(Value::as_array).into_iter().flatten();
    wishes.assignee.as_deref().into_iter().chain(listed.filter_map(Value::as_str)).collect()
}

/// A pull request is in the lists too, and is no ticket of ours.
fn read(issue: &Value, draft: &Draft) -> Option<Found> {
    let number = issue["number"].as_u64().filter(|_| issue["pull_request"].is_null())?;
    let labels = issue["labels"].as_array().into_iter().flatten();
    let labels: Vec<&str> = labels.filter_map(|label| label["name"].as_str().or(label.as_str())).collect();
    let ours = given_to(draft);
    let mut people = issue["assignees"].as_array().into_iter().flatten().filter_map(|person| person["login"].as_str());
    // A login is the same in capitals.
    let taken = people.any(|person| !ours.iter().any(|known| known.eq_ignore_ascii_case(person)));
    Some(Found {
        id: number.to_string(),
        state: match issue["state"].as_str() {
            Some("closed") => State::Done,
            _ if taken => State::Taken,
            _ => State::Open,
        },
        urgency: Severity::ALL.into_iter().find(|s| labels.contains(&format!("severity-{}", s.number()).as_str())),
        silenced: labels.contains(&HANDS_OFF),
        closed: issue["closed_at"].as_str().and_then(|at| at.parse().ok()),
    })
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
pub(super) fn golden(draft: &Draft) -> Value {
    issue(draft)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_is_mentioned_and_nothing_is_referred_to() {
        assert_eq!(
            apart("@kim a@b #12 # 1 GH-7 gh-8 GH-x"),
            "@\u{2060}kim a@\u{2060}b #\u{2060}12 # 1 GH-\u{2060}7 gh-\u{2060}8 GH-x"
        );
    }

    #[test]
    fn whom_the_rules_give_an_issue_to_has_not_taken_it_on_by_that() {
        let mut draft = Draft::sample(None);
        draft.wishes.assignee = Some("kim".into());
        draft.wishes.fields.insert("assignees".into(), json!(["Lee"]));
        for (people, state) in [(&["Kim", "lee"][..], State::Open), (&["kim", "ada"], State::Taken), (&[], State::Open)]
        {
            let people: Vec<Value> = people.iter().map(|login| json!({ "login": login })).collect();
            let issue = json!({"number": 1, "state": "open", "labels": [], "assignees": people});
            assert_eq!(read(&issue, &draft).map(|found| found.state), Some(state), "{people:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_the_text_the_body_fits(words in prop::collection::vec("\\PC{0,900}", 0..120)) {
            let body = words.iter().fold(Body::default(), |body, word| body.paragraph(word).bullets([word]));
            prop_assert!(text(&body, BODY).chars().count() <= BODY);
        }
    }
}
