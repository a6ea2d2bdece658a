//! What a plan says that would be changed, read back from the lines people see.
//!
//! Comes in: lines of a plan, the calls of a run. Goes out: the first thing in which they differ. Never: the way back; it is
//! walked only after a failure.

use serde_json::Value;
use world::gateway::journal::Entry;

/// The line after which a plan tells of its way back.
const WAY_BACK: &str = "if a step fails";
/// What only a step can tell.
const LATER: &str = "<known after ";

/// A change that a plan names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Planned<'a> {
    /// `ec2:StopInstances`
    call: &'a str,
    line: &'a str,
    /// Whether it is made only if something is so that nobody knows yet, or as often as nobody knows.
    may_be_left_out: bool,
}

/// Whether a run made exactly the changes that a plan names, in its order, with its values.
///
/// # Errors
/// The first difference, in words.
pub fn as_planned(plan: &[String], changes: &[Entry]) -> Result<(), String> {
    let planned: Vec<Planned<'_>> =
        plan.iter().map(String::as_str).take_while(|line| !line.starts_with(WAY_BACK)).filter_map(write).collect();
    let mut at = 0;
    for change in changes {
        let call = format!("{}:{}", change.call.service, change.call.operation);
        let rest = planned.get(at..).unwrap_or_default();
        // The same planned change may be made several times: each round of a loop has one line.
        let again = at
            .checked_sub(1)
            .and_then(|last| planned.get(last))
            .filter(|last| last.call == call && last.may_be_left_out);
        match rest.iter().position(|one| one.call == call) {
            Some(found) => {
                if let Some(skipped) = rest[..found].iter().find(|one| !one.may_be_left_out) {
                    return Err(format!("planned and not made before {call}: {}", skipped.line));
                }
                values(rest[found].line, change)?;
                at += found + 1;
            }
            None if again.is_some() => {}
            None => return Err(format!("made and not planned: {call} {}", Value::Object(change.call.input.clone()))),
        }
    }
    let left = planned.get(at..).unwrap_or_default().iter().find(|one| !one.may_be_left_out);
    left.map_or(Ok(()), |left| Err(format!("planned and not made: {}", left.line)))
}

/// The change that a line names, if it names one.
fn write(line: &str) -> Option<Planned<'_>> {
    let (_, rest) = line.split_once("  write   ").or_else(|| line.split_once("  write  "))?;
    let call = rest.split_whitespace().next()?.trim_start();
    let of_service = call.contains(':') && !call.starts_with("aws:");
    let may_be_left_out = line.contains("  [when ") || line.contains(", each round]");
    of_service.then_some(Planned { call, line, may_be_left_out })
}

/// Every text and number of the call stands in the line, or is said to be known later.
fn values(line: &str, change: &Entry) -> Result<(), String> {
    let mut texts = vec![];
    for (member, value) in &change.call.input {
        // Some tokens are made by the client.
        if !member.ends_with("Token") {
            leaves(value, &mut texts);
        }
    }
    // Inside a longer value a text is written as JSON.
    let stands = |text: &str| line.contains(text) || line.contains(Value::from(text).to_string().trim_matches('"'));
    let missing = texts.into_iter().find(|text| !stands(text) && !line.contains(LATER));
    missing.map_or(Ok(()), |text| Err(format!("the run said {text}, and the plan only: {line}")))
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with('<') => found.extend(inside(text)),
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, found)),
        Value::Bool(_) | Value::Null => {}
    }
}

/// What stands between the marks of an XML text.
fn inside(xml: &str) -> impl Iterator<Item = String> + '_ {
    let texts = xml.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim());
    texts.filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use world::gateway::call::{Call, Effect, Protocol};
    use world::gateway::journal::AnsweredBy;

    use super::*;

    const PLAN: [&str; 7] = [
        "1  look    read    ec2:DescribeVolumes  VolumeIds vol-1",
        "2  script  write   aws:executeScript  Script of 3 lines",
        "3  grow    write   ec2:ModifyVolume  VolumeId vol-1  Size <known after script>",
        "4  maybe   write   ec2:CreateTags  Resources vol-1  [when {{ script.Tag }} BooleanEquals true]",
        "5  each    write   ec2:DeleteTags  Resources <known after each>  [each, each round]",
        "if a step fails or the run is cancelled:",
        "   back    write   ec2:DetachVolume  VolumeId vol-1",
    ];

    fn made(calls: &[(&str, Value)]) -> Result<(), String> {
        let plan: Vec<String> = PLAN.iter().map(|line| (*line).to_owned()).collect();
        let entry = |(operation, input): &(&str, Value)| Entry {
            micros: 0,
            seq: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
            millis: 0,
            call: Call {
                service: "ec2".into(),
                operation: (*operation).to_owned(),
                protocol: Protocol::Ec2,
                effect: Effect::Write,
                region: String::new(),
                caller: String::new(),
                input: input.as_object().cloned().unwrap_or_default(),
            },
            status: Some(200),
            performed: Some(200),
            answered_by: AnsweredBy::Moto,
        };
        as_planned(&plan, &calls.iter().map(entry).collect::<Vec<_>>())
    }

    #[test]
    fn a_run_is_as_planned_or_the_difference_is_told() {
        let grow = ("ModifyVolume", json!({"VolumeId": "vol-1", "Size": "10"}));
        let tag = ("CreateTags", json!({"Resources": ["vol-1"]}));
        let untag = ("DeleteTags", json!({"Resources": ["vol-2"]}));
        assert_eq!(made(std::slice::from_ref(&grow)), Ok(()));
        assert_eq!(made(&[grow.clone(), tag.clone(), untag.clone(), untag.clone()]), Ok(()));
        assert!(made(std::slice::from_ref(&tag)).unwrap_err().contains("planned and not made before ec2:CreateTags"));
        assert!(made(&[]).unwrap_err().contains("planned and not made: 3"));
        assert!(made(&[grow.clone(), grow.clone()]).unwrap_err().contains("made and not planned: ec2:ModifyVolume"));
        let other = ("CreateTags", json!({"Resources": ["vol-2"]}));
        assert!(made(&[grow.clone(), other]).unwrap_err().contains("the run said vol-2"));
        let back = ("DetachVolume", json!({"VolumeId": "vol-1"}));
        assert!(made(&[grow, back]).unwrap_err().contains("made and not planned: ec2:DetachVolume"));
    }
}
