//! An issue as Jira gives it, as far as we look at it.

use jiff::Timestamp;
use serde_json::Value;

use super::{is_key, severity_label};
use crate::ticket::desk::{Found, HANDS_OFF, State};
use crate::ticket::draft::{Draft, Severity};

/// What is asked for.
pub(super) const FIELDS: [&str; 4] = ["status", "labels", "priority", "resolutiondate"];

/// `None` for what has no key.
pub(super) fn read(issue: &Value, draft: &Draft) -> Option<Found> {
    let key = issue["key"].as_str().filter(|key| is_key(key))?;
    let fields = &issue["fields"];
    let labels: Vec<&str> = fields["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Some(Found {
        id: key.to_owned(),
        state: state(&fields["status"]),
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
    use super::*;

    #[test]
    fn jiras_times_are_read() {
        let expected: Timestamp = "2026-11-22T10:00:00.12Z".parse().unwrap();
        for text in ["2026-11-22T10:00:00.120+0000", "2026-11-22T12:00:00.120+0200", "2026-11-22T10:00:00.120Z"] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}
