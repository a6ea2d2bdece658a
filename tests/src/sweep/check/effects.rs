//! What was changed: how often, and where.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::host::{TOKENS, is_one_effect};
use world::gateway::journal::Entry;

use super::Verdict;
use crate::sweep::case::Disturbance;
use crate::sweep::evidence::Evidence;
use crate::sweep::perform::PROP;
use crate::sweep::scene::{ACCOUNT, Prop};

/// The same change is made once, once more on each way back, and a command once more by a run that was made again: AWS takes
/// no token with one. Right after one another it is one change where a repetition is no second effect, or where the case
/// itself repeats it.
pub(super) fn nothing_twice(evidence: &Evidence) -> Verdict {
    let repeated = evidence.case.disturbance == Disturbance::Repeats;
    let mut last = None;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entry in evidence.changes() {
        let change = signature(entry);
        let is_same = last.as_ref() == Some(&change) && (repeated || may_come_twice(entry));
        if !is_same {
            *counts.entry(change.clone()).or_default() += 1;
        }
        last = Some(change);
    }
    let again = |change: &str| evidence.ran_again() && change.starts_with("ssm:SendCommand ");
    let most = |change: &str| 1 + evidence.ways_back() + usize::from(again(change));
    match counts.into_iter().find(|(change, times)| *times > most(change)) {
        Some((change, times)) => Err(format!("{change} was done {times} times")),
        None => Ok(()),
    }
}

fn may_come_twice(entry: &Entry) -> bool {
    let call = &entry.call;
    is_one_effect(&call.service, &call.operation) || TOKENS.iter().any(|token| call.input.contains_key(*token))
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

/// What ends what the run itself began: it names that by its id, which the run got from AWS.
const ENDS_ITS_OWN: [&str; 2] = ["CancelCommand", "StopAutomationExecution"];

/// No call that changes, or tries to, names anything but the target and its parts. A call that names nothing is about the
/// account, and right only where that is the target.
pub(super) fn only_the_target(evidence: &Evidence) -> Verdict {
    let prop = &evidence.prop;
    for entry in evidence.tries().filter(|entry| !ENDS_ITS_OWN.contains(&entry.call.operation.as_str())) {
        let mut texts = Vec::new();
        entry.call.input.values().for_each(|value| texts_in(value, &mut texts));
        let target = prop.kind == ACCOUNT || texts.iter().any(|text| prop.is_named(text));
        let another = texts.iter().find(|text| is_another(text, prop));
        if !target || another.is_some() {
            return Err(format!("{} is not about {} alone", signature(entry), prop.id));
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

/// Whether a text names what can be changed and is not the target: an id such as `vol-0abc...`, or what another case
/// has made. A group's permissions (`sgr-`) are its own.
fn is_another(text: &str, prop: &Prop) -> bool {
    !prop.is_named(text) && ((is_id(text) && !text.starts_with("sgr-")) || is_of_another_case(text, prop))
}

fn is_id(text: &str) -> bool {
    let hex = |id: &str| id.len() >= 8 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split_once('-').is_some_and(|(kind, id)| kind.bytes().all(|byte| byte.is_ascii_lowercase()) && hex(id))
}

/// Props are named `sweep-NUMBER-p`, and what is made for them is named after them.
fn is_of_another_case(text: &str, prop: &Prop) -> bool {
    let number = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let props = text.match_indices(PROP).map(|(at, _)| &text[at..at + PROP.len() + number(&text[at + PROP.len()..])]);
    let ours = |name: &str| prop.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    props.into_iter().any(|name| !ours(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_what_other_cases_made_are_told_from_the_target_its_parts_and_from_values() {
        let (name, id, parts) =
            ("sweep-00004-p".into(), "i-0123456789abcdef0".into(), vec!["vol-0123456789abcdef0".into()]);
        let prop = Prop { name, kind: String::new(), id, parts, alarm: None, events: vec![] };
        for another in
            ["i-0123456789abcdef1", "vol-0123456789abcdef1", "sg-01234567", "sweep-00041-p", "a/sweep-00003-p-idle"]
        {
            assert!(is_another(another, &prop), "{another}");
        }
        for fine in
            ["i-0123456789abcdef0", "vol-0123456789abcdef0", "sgr-0123456789abcdef1", "arn:x/sweep-00004-p", "m5-large"]
        {
            assert!(!is_another(fine, &prop), "{fine}");
        }
    }
}
