//! An issue as Jira gives it, as far as we look at it.

use jiff::Timestamp;
use serde_json::Value;

use super::{is_key, severity_label};
use crate::ticket::desk::{Found, HANDS_OFF, State};
use crate::ticket::draft::{Draft, Severity};

/// What is asked for.
pub(super) const FIELDS: [&str; 5] = ["status", "labels", "priority", "assignee", "resolutiondate"];

/// `None` for what has no key.
pub(super) fn read(issue: &Value, draft: &Draft) -> Option<Found> {
    let key = issue["key"].as_str().filter(|key| is_key(key))?;
    let fields = &issue["fields"];
    let labels: Vec<&str> = fields["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Some(Found {
        id: key.to_owned(),
        state: match state(&fields["status"]) {
            State::Open if is_somebodys(issue, draft) => State::Taken,
            state => state,
        },
        urgency: urgency(&labels, fields["priority"]["name"].as_str(), draft),
        silenced: labels.contains(&HANDS_OFF),
        closed: fields["resolutiondate"].as_str().and_then(time),
    })
}

/// By the category, which every workflow has, and not by a status's name.
fn state(status: &Value) -> State {
    match status["statusCategory"]["key"].as_str() {
        Some("done") => State::Done,
        Some("indeterminate") => State::Taken,
        _ => State::Open,
    }
}

/// Whether a person gave it to whoever has it. A project that gives every new issue to its lead does not mean that somebody
/// has taken it on, nor does a rule of an app.
fn is_somebodys(issue: &Value, draft: &Draft) -> bool {
    let has = &issue["fields"]["assignee"];
    let is = |id: &str| ["accountId", "name", "key"].iter().any(|kind| has[*kind].as_str() == Some(id));
    if draft.wishes.assignee.as_deref().is_some_and(is) {
        return false;
    }
    let gives = |item: &Value| item["field"] == "assignee" && item["to"].as_str().is_some_and(is);
    let changes = issue["changelog"]["histories"].as_array().into_iter().flatten();
    changes
        .filter(|change| change["author"]["accountType"] != "app")
        .any(|change| change["items"].as_array().into_iter().flatten().any(gives))
}

/// Where priorities are ours to set, the priority says it; our label says it otherwise.
fn urgency(labels: &[&str], priority: Option<&str>, draft: &Draft) -> Option<Severity> {
    let names = &draft.wishes.priority;
    if names.any() {
        return priority.and_then(|name| names.severity(name));
    }
    Severity::ALL.into_iter().find(|severity| labels.contains(&severity_label(*severity).as_str()))
}

/// `2026-11-22T10:00:00.000+0000`, without the colon that the standard wants.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_issue_is_somebodys_when_a_person_gave_it_to_them_and_not_when_the_project_or_an_app_did() {
        let issue = |assignee: Value, histories: Value| {
            let status = json!({"statusCategory": {"key": "new"}});
            json!({"key": "OPS-1", "fields": {"status": status, "assignee": assignee}, "changelog": {"histories": histories}})
        };
        let given = |to: &str, kind: &str| json!([{"author": {"accountType": kind}, "items": [{"field": "assignee", "from": null, "to": to}]}]);
        let (kim, draft) = (json!({"accountId": "kim"}), Draft::sample(None));
        let cases = [
            (Value::Null, json!([]), State::Open),
            (kim.clone(), json!([]), State::Open),
            (kim.clone(), given("kim", "app"), State::Open),
            (kim.clone(), given("lee", "atlassian"), State::Open),
            (Value::Null, given("kim", "atlassian"), State::Open),
            (kim.clone(), given("kim", "atlassian"), State::Taken),
            (json!({"name": "kim", "key": "JIRAUSER1"}), given("JIRAUSER1", "atlassian"), State::Taken),
        ];
        for (assignee, histories, expected) in cases {
            let issue = issue(assignee, histories);
            assert_eq!(read(&issue, &draft).unwrap().state, expected, "{issue}");
        }
        let mut wished = draft;
        wished.wishes.assignee = Some("kim".into());
        assert_eq!(read(&issue(kim, given("kim", "atlassian")), &wished).unwrap().state, State::Open);
    }

    #[test]
    fn jiras_times_are_read() {
        let expected: Timestamp = "2026-11-22T10:00:00.12Z".parse().unwrap();
        for text in ["2026-11-22T10:00:00.120+0000", "2026-11-22T12:00:00.120+0200", "2026-11-22T10:00:00.120Z"] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}
