//! What differs between two looks, by JSON pointer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::file::{Expected, Seen};

/// A leaf that is not as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// JSON pointer.
    pub at: String,
    /// Before; null is nothing.
    pub before: Value,
    /// After.
    pub after: Value,
}

/// Every leaf that differs.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let (before, after) = (leaves(before), leaves(after));
    let all = before.keys().chain(after.keys().filter(|at| !before.contains_key(*at)));
    let of = |leaves: &BTreeMap<String, Value>, at: &String| leaves.get(at).cloned().unwrap_or_default();
    let pairs = all.map(|at| Difference { at: at.clone(), before: of(&before, at), after: of(&after, at) });
    pairs.filter(|one| one.before != one.after).collect()
}

/// Whether exactly what is expected differs; else why not.
///
/// # Errors
/// The first thing that is otherwise.
pub(super) fn exactly(found: &[Difference], after: &Value, expected: &[&Expected]) -> Result<(), String> {
    for one in expected {
        let there = after.pointer(&one.at);
        let right = if one.any { there.is_some() } else { there.unwrap_or(&Value::Null) == &one.is };
        if !right {
            return Err(format!("{} {} is {}, not {}", one.of, one.at, shown(there), one.is));
        }
        if !found.iter().any(|difference| within(&difference.at, &one.at)) {
            return Err(format!("{} {} was like that before", one.of, one.at));
        }
    }
    let more = found.iter().find(|difference| !expected.iter().any(|one| within(&difference.at, &one.at)));
    more.map_or(Ok(()), |more| Err(format!("{} changed from {} to {}", more.at, more.before, more.after)))
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("absent".to_owned(), ToString::to_string)
}

fn within(at: &str, whole: &str) -> bool {
    at.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn leaves(value: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, at: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| collect(value, &format!("{at}/{key}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| collect(value, &format!("{at}/{index}"), found));
        }
        leaf => drop(found.insert(at.to_owned(), leaf.clone())),
    }
}

/// An answer as it is compared: without what differs by itself, policies as what they say, lists without order by their
/// entries' names.
pub(super) fn comparable(mut answer: Value, seen: &Seen) -> Value {
    for at in &seen.json {
        if let Some(text) = answer.pointer_mut(at)
            && let Some(decoded) = text.as_str().and_then(|text| serde_json::from_str(text).ok())
        {
            *text = decoded;
        }
    }
    for at in &seen.ignore {
        remove(&mut answer, at);
    }
    for (at, member) in &seen.by {
        if let Some(list) = answer.pointer_mut(at).filter(|list| list.is_array()) {
            let items = list.as_array_mut().map(std::mem::take).unwrap_or_default();
            let named = items.into_iter().map(|item| (item[member].as_str().unwrap_or_default().to_owned(), item));
            *list = Value::Object(named.collect());
        }
    }
    answer
}

fn remove(answer: &mut Value, at: &str) {
    let Some((parent, key)) = at.rsplit_once('/') else { return };
    match answer.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(key)),
        // In every entry of a list: `/Volumes/*/CreateTime` is written `/Volumes//CreateTime`.
        _ => {
            let Some((list, "")) = parent.rsplit_once('/') else { return };
            let entries = answer.pointer_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
            entries.filter_map(Value::as_object_mut).for_each(|entry| drop(entry.remove(key)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expected(at: &str, is: Value) -> Expected {
        Expected { of: "x:Y".into(), at: at.into(), is, any: false }
    }

    #[test]
    fn exactly_what_is_expected_may_differ_and_nothing_else() {
        let before = json!({"a": 1, "list": {"x": {"n": 1}, "y": {"n": 2}}});
        let gone = json!({"a": 1, "list": {"y": {"n": 2}}});
        let both = json!({"a": 2, "list": {"y": {"n": 2}}});
        let check = |after: &Value, expected: &[&Expected]| exactly(&differences(&before, after), after, expected);
        let (x, a) = (expected("/list/x", Value::Null), expected("/a", json!(2)));
        assert_eq!(check(&gone, &[&x]), Ok(()));
        assert!(check(&both, &[&x]).unwrap_err().contains("/a changed from 1 to 2"));
        assert_eq!(check(&both, &[&x, &a]), Ok(()));
        assert!(check(&before, &[&a]).unwrap_err().contains("is 1, not 2"));
        assert!(check(&both, &[&expected("/a", json!(3))]).unwrap_err().contains("is 2, not 3"));
        let same = expected("/list/y/n", json!(2));
        assert!(check(&gone, &[&x, &same]).unwrap_err().contains("was like that before"));
    }

    #[test]
    fn what_differs_by_itself_and_the_order_of_a_list_do_not_count() {
        let seen = Seen {
            call: String::new(),
            input: Default::default(),
            ignore: vec!["/at".into(), "/list//when".into()],
            json: vec!["/policy".into()],
            by: BTreeMap::from([("/list".to_owned(), "id".to_owned())]),
            absent: vec![],
            settled: BTreeMap::new(),
        };
        let answer = json!({"at": 1, "policy": "[1 ]", "list": [{"id": "b", "when": 1}, {"id": "a", "when": 2}]});
        let seen = comparable(answer, &seen);
        assert_eq!(seen, json!({"policy": [1], "list": {"a": {"id": "a"}, "b": {"id": "b"}}}));
    }
}
