//! A write of a plan as rows: what is so now, what would be so then.
//!
//! Comes in: a [`Change`]. Goes out: its [`Row`]s. Never: a value left out; what is sent is shown to its last member. Pure.

use serde_json::Value;
use shared::approval::Change;

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its place, `InstanceType.Value`.
    pub(crate) name: String,
    /// What is so now, where it was read.
    pub(crate) before: Option<String>,
    /// What is sent. Absent for a member that was only read.
    pub(crate) after: Option<String>,
}

/// The rows of a write: first what is sent, then what else was read.
#[must_use]
pub(crate) fn rows(change: &Change) -> Vec<Row> {
    let mut sent = Vec::new();
    flatten("", &change.input, &mut sent);
    let mut read = Vec::new();
    let before = change.before.clone().unwrap_or_default();
    flatten("", &Value::Object(before), &mut read);
    let mut rows: Vec<Row> = sent
        .into_iter()
        .map(|(name, after)| {
            let before = taken(&mut read, &name);
            Row { name, before, after: Some(after) }
        })
        .collect();
    rows.extend(read.into_iter().map(|(name, before)| Row { name, before: Some(before), after: None }));
    rows
}

/// The value read under the same name; EC2 writes some members as `{"Value": x}` and reads them as `x`.
fn taken(read: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let plain = name.strip_suffix(".Value").unwrap_or(name);
    let place = read.iter().position(|(found, _)| found == name || found == plain)?;
    Some(read.remove(place).1)
}

fn flatten(name: &str, value: &Value, leaves: &mut Vec<(String, String)>) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(key, value)| flatten(&inner(key), value, leaves));
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            (1..).zip(items).for_each(|(index, item): (usize, _)| flatten(&inner(&index.to_string()), item, leaves));
        }
        // Nothing is sent, and nothing was read.
        Value::Null | Value::Object(_) if name.is_empty() => {}
        leaf => leaves.push((name.to_owned(), shown(leaf))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(input: Value, before: Option<Value>) -> Vec<(String, Option<String>, Option<String>)> {
        let before = before.and_then(|before| before.as_object().cloned());
        let change = Change { step: "s".into(), service: None, api: "A".into(), input, before, when: None };
        rows(&change).into_iter().map(|row| (row.name, row.before, row.after)).collect()
    }

    #[test]
    fn what_is_sent_stands_beside_what_is_so_now() {
        let input = json!({"InstanceId": "i-0abc", "InstanceType": {"Value": "m5.xlarge"}});
        let rows = of(input, Some(json!({"InstanceType": "m5.large", "State": "running"})));
        let row = |name: &str, before: Option<&str>, after: Option<&str>| {
            (name.to_owned(), before.map(str::to_owned), after.map(str::to_owned))
        };
        assert_eq!(
            rows,
            [
                row("InstanceId", None, Some("i-0abc")),
                row("InstanceType.Value", Some("m5.large"), Some("m5.xlarge")),
                row("State", Some("running"), None),
            ]
        );
    }

    #[test]
    fn nothing_that_is_sent_is_left_out() {
        let input = json!({
            "Ids": ["a", "b"], "Empty": {}, "None": [], "Not": null, "On": true,
            "Rules": [{"Port": 22}, {"Port": [1, 2]}],
        });
        let rows = of(input, None);
        let shown: Vec<String> =
            rows.into_iter().map(|(name, _, after)| format!("{name}={}", after.unwrap())).collect();
        let all = ["Ids=a, b", "Empty={}", "None=", "Not=null", "On=true", "Rules.1.Port=22", "Rules.2.Port=1, 2"];
        assert_eq!(shown, all);
        assert!(of(Value::Null, None).is_empty());
    }
}
