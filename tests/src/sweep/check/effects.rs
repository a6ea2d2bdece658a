//! What was changed: how often, and where.

use std::collections::BTreeMap;

use serde_json::Value;
use world::gateway::journal::Entry;

use super::Verdict;
use crate::sweep::evidence::Evidence;

/// The same change is made once; once more only on a way back. A request that is repeated right away is the same one:
/// clients repeat what had no answer.
pub(super) fn nothing_twice(evidence: &Evidence) -> Verdict {
    let mut last = None;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for change in evidence.changes().map(signature) {
        if last.as_ref() != Some(&change) {
            *counts.entry(change.clone()).or_default() += 1;
        }
        last = Some(change);
    }
    let most = if evidence.went_back() { 2 } else { 1 };
    match counts.into_iter().find(|(_, times)| *times > most) {
        Some((change, times)) => Err(format!("{change} was done {times} times")),
        None => Ok(()),
    }
}

fn signature(entry: &Entry) -> String {
    let call = &entry.call;
    format!("{}:{} {}", call.service, call.operation, Value::Object(call.input.clone()))
}

/// However often it is told, one execution is allowed to act.
pub(super) fn one_permit(evidence: &Evidence) -> Verdict {
    match evidence.permitted() {
        0 | 1 => Ok(()),
        many => Err(format!("{many} executions were permitted to change it")),
    }
}

/// No call that changes, or tries to, names anything but the target.
pub(super) fn only_the_target(evidence: &Evidence) -> Verdict {
    for entry in evidence.tries() {
        let mut texts = Vec::new();
        entry.call.input.values().for_each(|value| texts_in(value, &mut texts));
        let target = texts.iter().any(|text| *text == evidence.prop.id);
        let another = texts.iter().find(|text| is_id(text) && **text != evidence.prop.id);
        if !target || another.is_some() {
            return Err(format!("{} is not about {} alone", signature(entry), evidence.prop.id));
        }
    }
    Ok(())
}

fn texts_in<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts_in(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts_in(value, found)),
        _ => {}
    }
}

/// Ids of things that can be changed. A group's permissions (`sgr-`) are its own.
fn is_id(text: &str) -> bool {
    ["i-", "sg-"].iter().any(|prefix| text.starts_with(prefix))
}
