//! Every call that came through the gateway, in order.
//!
//! Comes in: calls and their ends. Goes out: entries, filtered. Never: a body; inputs are kept member by member,
//! and members that hold secrets only by name.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::{Call, Effect};

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnsweredBy {
    /// moto, byte for byte.
    Moto,
    /// The world, because moto has nothing.
    World,
    /// The fault script.
    Fault,
    /// AWS's own durable local runner, byte for byte.
    Runner,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts from 1, in the order in which calls ended.
    pub seq: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// How long the answer took, in milliseconds.
    pub millis: u64,
    /// The same in microseconds.
    pub micros: u64,
    /// What was called, by whom.
    #[serde(flatten)]
    pub call: Call,
    /// HTTP status; absent when the connection was cut.
    pub status: Option<u16>,
    /// The HTTP status with which it was performed, whatever its caller was told; absent when it was not performed.
    pub performed: Option<u16>,
    /// Who answered.
    pub answered_by: AnsweredBy,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// What its caller was told; absent when the connection was cut.
    pub status: Option<u16>,
    /// What came of it in the account; absent when it was not performed.
    pub performed: Option<u16>,
    /// Who answered.
    pub by: AnsweredBy,
}

/// Which entries; what is absent fits all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Filter {
    /// Only after this entry.
    pub since: Option<u64>,
    /// `read` or `write`.
    pub effect: Option<String>,
    /// boto3's client name.
    pub service: Option<String>,
    /// Operation.
    pub operation: Option<String>,
    /// Function or access key id.
    pub caller: Option<String>,
}

impl Filter {
    fn fits(&self, entry: &Entry) -> bool {
        let same = |wanted: &Option<String>, actual: &str| wanted.as_deref().is_none_or(|wanted| wanted == actual);
        let effect = if entry.call.effect == Effect::Read { "read" } else { "write" };
        self.since.is_none_or(|since| entry.seq > since)
            && same(&self.effect, effect)
            && same(&self.service, &entry.call.service)
            && same(&self.operation, &entry.call.operation)
            && same(&self.caller, &entry.call.caller)
    }
}

/// More than any test makes; a world left running for days must not eat the machine.
const KEPT: usize = 50_000;
const SECRET_MEMBERS: [&str; 4] = ["SecretString", "SecretBinary", "Password", "MasterUserPassword"];

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    entries: std::collections::VecDeque<Entry>,
    last: u64,
}

impl Journal {
    /// Adds a call that has ended.
    pub fn add(&self, at: Timestamp, took: Duration, mut call: Call, end: End) {
        let End { status, performed, by: answered_by } = end;
        hide_secrets(&call.service, &mut call.input);
        let mut state = self.state();
        state.last += 1;
        let seq = state.last;
        if state.entries.len() == KEPT {
            state.entries.pop_front();
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        state.entries.push_back(Entry { seq, at, millis: micros / 1000, micros, call, status, performed, answered_by });
    }

    /// The entries that fit, oldest first.
    #[must_use]
    pub fn entries(&self, filter: &Filter) -> Vec<Entry> {
        self.state().entries.iter().filter(|entry| filter.fits(entry)).cloned().collect()
    }

    /// The number of the last entry; 0 when there was none.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.state().last
    }

    /// Forgets all entries; counting goes on.
    pub fn clear(&self) {
        self.state().entries.clear();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hide_secrets(service: &str, input: &mut Map<String, Value>) {
    let parameter = service == "ssm" && input.get("Type").and_then(Value::as_str) == Some("SecureString");
    for (member, value) in input.iter_mut() {
        if SECRET_MEMBERS.contains(&member.as_str()) || (parameter && member == "Value") {
            *value = Value::from("(hidden)");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gateway::call::{Protocol, effect_of};

    fn journal(calls: &[(&str, &str, Value)]) -> Journal {
        let journal = Journal::default();
        for (service, operation, input) in calls {
            let call = Call {
                service: (*service).into(),
                operation: (*operation).into(),
                protocol: Protocol::Json,
                effect: effect_of(operation),
                region: "eu-west-1".into(),
                caller: "me".into(),
                input: input.as_object().cloned().unwrap_or_default(),
            };
            let end = End { status: Some(200), performed: Some(200), by: AnsweredBy::Moto };
            journal.add(Timestamp::UNIX_EPOCH, Duration::from_millis(3), call, end);
        }
        journal
    }

    #[test]
    fn entries_are_found_by_what_they_did() {
        let journal = journal(&[
            ("ec2", "DescribeInstances", json!({})),
            ("ec2", "StopInstances", json!({})),
            ("ssm", "GetParameter", json!({})),
        ]);
        let found = |filter: Value| {
            let filter: Filter = serde_json::from_value(filter).unwrap();
            journal.entries(&filter).iter().map(|entry| entry.seq).collect::<Vec<_>>()
        };
        assert_eq!(found(json!({})), [1, 2, 3]);
        assert_eq!(found(json!({"effect": "write"})), [2]);
        assert_eq!(found(json!({"service": "ec2", "since": 1})), [2]);
        assert_eq!(found(json!({"caller": "other"})), Vec::<u64>::new());
        journal.clear();
        assert_eq!(found(json!({})), Vec::<u64>::new());
    }

    #[test]
    fn a_secret_is_not_written_down() {
        let journal = journal(&[
            ("secretsmanager", "PutSecretValue", json!({"SecretId": "jira", "SecretString": "hush"})),
            ("ssm", "PutParameter", json!({"Name": "/jira", "Type": "SecureString", "Value": "hush"})),
            ("ssm", "PutParameter", json!({"Name": "/stop", "Type": "String", "Value": "stop"})),
        ]);
        let text = serde_json::to_string(&journal.entries(&Filter::default())).unwrap();
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("\"Value\":\"stop\""), "{text}");
    }
}
