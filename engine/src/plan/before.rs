//! What a write is about to change, as far as an earlier read showed it.
//!
//! Comes in: the answers of reads, and a write's input. Goes out: members of that input with their present values.
//! Never: a guess. A value counts only if a read of the same service that named the same resource had exactly one
//! value under the member's own name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::record::{PlanKind, PlannedStep};

/// A read that was made.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) service: String,
    pub(super) input: Value,
    pub(super) answer: Value,
}

/// The present values of a write's members.
pub(super) fn of_write(reads: &[Read], service: &str, input: &Value) -> Option<Map<String, Value>> {
    let named = texts(input);
    let mut before = Map::new();
    for read in related(reads, service, &named) {
        let shared = texts(&read.input);
        for (member, value) in input.as_object().into_iter().flatten() {
            // The member that names the resource is not what changes.
            if texts(value).iter().any(|text| shared.contains(text)) {
                continue;
            }
            if let Some(found) = only_value(&read.answer, member) {
                before.insert(member.clone(), found);
            }
        }
    }
    (!before.is_empty()).then_some(before)
}

/// The present state of instances.
pub(super) fn of_state(reads: &[Read], input: &Value) -> Option<Map<String, Value>> {
    let named = texts(input);
    let states = related(reads, "ec2", &named).filter_map(|read| only_value(&read.answer, "State"));
    let name = states.last()?.get("Name")?.clone();
    Some(Map::from_iter([("State".to_owned(), name)]))
}

fn related<'a>(reads: &'a [Read], service: &str, named: &[&str]) -> impl Iterator<Item = &'a Read> {
    let service = service.trim().to_lowercase();
    reads.iter().filter(move |read| {
        let same_service = read.service.trim().to_lowercase() == service;
        same_service && texts(&read.input).iter().any(|text| named.contains(text))
    })
}

/// All texts in a value. Recursion is bounded: inputs come from documents, answers from the host's decoder.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The value under this key at the shallowest depth where there is any, if all there are equal.
fn only_value(answer: &Value, key: &str) -> Option<Value> {
    let mut level = vec![answer];
    while !level.is_empty() {
        let found: Vec<&Value> = level.iter().filter_map(|value| value.get(key)).collect();
        if let Some((first, rest)) = found.split_first() {
            return rest.iter().all(|value| value == first).then(|| (*first).clone());
        }
        level = level.into_iter().flat_map(children).collect();
    }
    None
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

/// What is there now is what a write finds only if no write before it changes the same member.
pub(super) fn forget_what_changes(entries: &mut [PlannedStep]) {
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for entry in entries.iter_mut().filter(|entry| entry.kind == PlanKind::Write) {
        let Some(before) = &mut entry.before else {
            changed.extend(entry.input.as_object().into_iter().flatten().map(|(member, _)| member.clone()));
            continue;
        };
        let members: Vec<String> = before.keys().cloned().collect();
        before.retain(|member, _| !changed.contains(member));
        if before.is_empty() {
            entry.before = None;
        }
        changed.extend(members);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read() -> Read {
        let instance = json!({"InstanceId": "i-1", "InstanceType": "t3.medium", "State": {"Name": "running"}});
        Read {
            service: "ec2".into(),
            input: json!({"InstanceIds": ["i-1"]}),
            answer: json!({"Reservations": [{"Instances": [instance]}]}),
        }
    }

    #[test]
    fn a_member_has_the_value_that_a_read_of_the_same_resource_showed() {
        let input = json!({"InstanceId": "i-1", "InstanceType": {"Value": "t3.large"}});
        let before = of_write(&[read()], "EC2 ", &input).unwrap();
        assert_eq!(Value::Object(before), json!({"InstanceType": "t3.medium"}));
        let state = of_state(&[read()], &json!({"InstanceIds": ["i-1"]})).unwrap();
        assert_eq!(Value::Object(state), json!({"State": "running"}));
    }

    #[test]
    fn another_resource_or_service_says_nothing() {
        let other = json!({"InstanceId": "i-2", "InstanceType": {"Value": "t3.large"}});
        assert_eq!(of_write(&[read()], "ec2", &other), None);
        let same = json!({"InstanceId": "i-1", "InstanceType": {"Value": "t3.large"}});
        assert_eq!(of_write(&[read()], "rds", &same), None);
    }

    #[test]
    fn two_different_values_are_none() {
        let mut read = read();
        read.answer = json!({"l": [{"InstanceType": "a"}, {"InstanceType": "b"}]});
        assert_eq!(of_write(&[read], "ec2", &json!({"InstanceId": "i-1", "InstanceType": "c"})), None);
    }
}
