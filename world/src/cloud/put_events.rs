//! EventBridge's PutEvents: moto's own rules see the events, and so do the template's.
//!
//! Comes in: entries. Goes out: an id or an error for each, as AWS gives them. Never: an event in the name of an AWS
//! service; AWS refuses those too.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::moto::Moto;
use crate::bus::{Bus, event};
use crate::gateway::respond::AwsError;

const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 1024 * 1024;

/// Answers PutEvents.
///
/// # Errors
/// What AWS says to a request it does not take as a whole.
pub async fn put_events(moto: &Moto, bus: &Bus, input: &Map<String, Value>, now: Timestamp) -> Result<Value, AwsError> {
    let entries = input.get("Entries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        let message = format!(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and {MOST_ENTRIES}"
        );
        return Err(AwsError::new("ValidationException", message));
    }
    if entries.iter().map(|entry| entry.to_string().len()).sum::<usize>() > MOST_BYTES {
        return Err(AwsError::new(
            "ValidationException",
            "Total size of the entries in the request is over the limit.",
        ));
    }
    let checked: Vec<_> = entries.iter().map(|entry| check(entry, now)).collect();
    let good: Vec<&Value> =
        entries.iter().zip(&checked).filter(|(_, checked)| checked.is_ok()).map(|(entry, _)| entry).collect();
    if !good.is_empty()
        && let Err(error) = moto.call("events", "PutEvents", json!({ "Entries": good })).await
    {
        tracing::debug!(error = &error as &dyn std::error::Error, "moto's own rules did not see an event");
    }
    let failed = checked.iter().filter(|checked| checked.is_err()).count();
    let answers: Vec<Value> = checked
        .into_iter()
        .map(|checked| match checked {
            Ok((name, event)) => {
                let id = event["id"].clone();
                bus.emit(&name, event);
                json!({ "EventId": id })
            }
            Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        })
        .collect();
    Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
}

type Refusal = (&'static str, String);

/// The bus and the event, or what AWS says of the entry.
fn check(entry: &Value, now: Timestamp) -> Result<(String, Value), Refusal> {
    let text = |member: &str| {
        let text = entry[member].as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| {
            ("InvalidArgument", format!("Parameter {member} is not valid. Reason: {member} is a required argument."))
        })
    };
    let (source, kind, detail) = (text("Source")?, text("DetailType")?, text("Detail")?);
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
    }
    let detail: Value =
        serde_json::from_str(detail).map_err(|_| ("MalformedDetail", "Detail is malformed.".to_owned()))?;
    if !detail.is_object() {
        return Err(("MalformedDetail", "Detail is malformed.".to_owned()));
    }
    let resources: Vec<String> =
        entry["Resources"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let bus = entry["EventBusName"].as_str().unwrap_or("default");
    let bus = bus.rsplit_once("event-bus/").map_or(bus, |(_, name)| name);
    Ok((bus.to_owned(), event::event(source, kind, now, &resources, detail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(change: &[(&str, &str)]) -> Value {
        let mut entry = json!({"Source": "kintsugi", "DetailType": "Kintsugi Outcome", "Detail": "{\"a\": 1}"});
        for (member, value) in change {
            entry[*member] = json!(value);
        }
        entry
    }

    #[test]
    fn an_entry_becomes_an_event_on_its_bus() {
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/own";
        let (bus, event) = check(&entry(&[("EventBusName", arn)]), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((bus.as_str(), &event["source"], &event["detail"]), ("own", &json!("kintsugi"), &json!({"a": 1})));
        assert_eq!(check(&entry(&[]), Timestamp::UNIX_EPOCH).unwrap().0, "default");
    }

    #[test]
    fn an_entry_aws_refuses_is_refused_in_its_words() {
        let cases = [
            (entry(&[("Source", "")]), "InvalidArgument"),
            (entry(&[("Source", "aws.ec2")]), "NotAuthorizedForSourceException"),
            (entry(&[("Detail", "{not json")]), "MalformedDetail"),
            (entry(&[("Detail", "[1]")]), "MalformedDetail"),
        ];
        for (entry, code) in cases {
            assert_eq!(check(&entry, Timestamp::UNIX_EPOCH).unwrap_err().0, code);
        }
    }
}
