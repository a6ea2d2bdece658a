//! Every event shape is read: the project's own examples, and, where they are at hand, a collection of real ones.

#![cfg(test)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use shared::event::{self, AlarmSource, Trigger};

fn own(name: &str) -> Value {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(name))
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The collection lies beside the project on the maintainers' machines; a user's checkout has none.
fn collection() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/events");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no collection of real events beside the project");
    None
}

#[test]
fn every_real_delivery_of_an_alarm_says_what_it_watches() {
    let Some(folder) = collection() else { return };
    for (name, kind) in [
        ("alarm-eventbridge-metric.json", "metric"),
        ("alarm-eventbridge-metric-muted.json", "metric"),
        ("alarm-lambda-action-metric.json", "metric"),
        ("alarm-sns-metric.json", "metric"),
        ("alarm-eventbridge-metric-math.json", "math"),
        ("alarm-eventbridge-anomaly-detection.json", "math"),
        ("alarm-eventbridge-multi-series.json", "math"),
        ("alarm-lambda-action-metric-math.json", "math"),
        ("alarm-sns-metric-math.json", "math"),
        ("alarm-eventbridge-composite.json", "composite"),
        ("alarm-lambda-action-composite.json", "composite"),
        ("alarm-sns-composite.json", "composite"),
    ] {
        let trigger = event::parse(&read(&folder.join(name)));
        let Ok(Trigger::Alarm(alarm)) = trigger else { panic!("{name}: {trigger:?}") };
        let seen = match &alarm.source {
            AlarmSource::Metric { .. } => "metric",
            AlarmSource::MetricMath { .. } => "math",
            AlarmSource::Composite { .. } => "composite",
        };
        assert_eq!(seen, kind, "{name}");
        assert!(alarm.since.is_some() && alarm.region == "eu-west-1", "{name}: {alarm:?}");
    }
}

#[test]
fn every_other_real_event_is_read_or_refused_with_what_it_is() {
    let Some(folder) = collection() else { return };
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in files.filter(|path| path.extension().is_some_and(|e| e == "json")) {
        if let Err(error) = event::parse(&read(&path)) {
            let message = error.to_string();
            assert!(message.contains("an event Kintsugi knows") || message.contains("ARN"), "{path:?}: {message}");
        }
    }
}

#[test]
fn three_deliveries_of_the_same_alarm_agree_on_everything_but_the_delivery() {
    let alarms = ["alarm-eventbridge", "alarm-sns", "alarm-action"].map(|name| {
        match event::parse(&own(&format!("cloudwatch/{name}.json"))) {
            Ok(Trigger::Alarm(alarm)) => alarm,
            other => panic!("{name}: {other:?}"),
        }
    });
    for other in &alarms[1..] {
        // Each delivery has an id of its own.
        let (delivery, id, reason) = (alarms[0].delivery, alarms[0].id.clone(), alarms[0].reason.clone());
        assert_eq!(alarms[0], shared::event::Alarm { delivery, id, reason, ..other.clone() });
    }
}

#[test]
fn a_broken_event_says_which_field_is_wrong() {
    let cases = [
        ("bad/sns-message-is-not-json.json", "Records.0.Sns.Message does not hold JSON"),
        ("bad/other-kind.json", "source \"aws.ec2\""),
        ("bad/alarm-without-state.json", "detail.state.value: is missing"),
    ];
    for (name, expected) in cases {
        let message = event::parse(&own(name)).unwrap_err().to_string();
        assert!(message.contains(expected), "{name}: {message}");
    }
}

#[test]
fn every_field_that_is_taken_away_or_turned_into_another_type_is_an_error_and_never_a_panic() {
    for name in [
        "cloudwatch/alarm-eventbridge.json",
        "cloudwatch/alarm-action.json",
        "config/bucket-not-compliant.json",
        "ssm/automation-failed.json",
        "lambda/execution-timed-out.json",
    ] {
        let event = own(name);
        for path in paths(&event, String::new()) {
            for wrong in [Value::Null, 7.into(), Value::Array(vec![]), serde_json::json!({})] {
                let mut changed = event.clone();
                *changed.pointer_mut(&path).unwrap() = wrong;
                // Either it was a field nobody needs, or the error names something.
                if let Err(error) = event::parse(&changed) {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}

fn paths(value: &Value, at: String) -> Vec<String> {
    let below: Vec<String> = match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, v)| paths(v, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))))
            .collect(),
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, v)| paths(v, format!("{at}/{i}"))).collect(),
        _ => vec![],
    };
    [vec![at], below].concat()
}
