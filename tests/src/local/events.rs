//! The repository's own example events, made to fit what is in the local world.
//!
//! Comes in: a file of `events/`, an alarm and its instance. Goes out: the event as text.
//! Never: a shape that is not in `events/`.

use std::error::Error;

use serde_json::{Value, json};
use world::clock::{Clock, Timings, alarm_time};
use world::gateway::ACCOUNT;
use world::operator::make::Machine;

use crate::checkout;

/// The account, alarm, instance and time of the examples.
const EXAMPLE_ACCOUNT: &str = "210987654321";
const EXAMPLE_ALARM: &str = "shop-cpu";
const EXAMPLE_INSTANCE: &str = "i-0123456789abcdef0";
const EXAMPLE_TIME: &str = "2026-03-02T03:14:07.512+0000";

/// The ways an alarm reaches a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// An EventBridge rule.
    EventBridge,
    /// An SNS notification.
    Sns,
    /// CloudWatch itself.
    AlarmAction,
}

impl Delivery {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EventBridge, Self::Sns, Self::AlarmAction];

    fn file(self) -> &'static str {
        match self {
            Self::EventBridge => "cloudwatch/alarm-eventbridge.json",
            Self::Sns => "cloudwatch/alarm-sns.json",
            Self::AlarmAction => "cloudwatch/alarm-action.json",
        }
    }
}

/// An example as it is in `events/`, in the local world's account.
///
/// # Errors
/// There is no such file.
pub fn example(file: &str) -> Result<String, Box<dyn Error>> {
    Ok(checkout::text(format!("events/{file}"))?.replace(EXAMPLE_ACCOUNT, ACCOUNT))
}

/// The event that says now that the machine's alarm is in ALARM.
///
/// # Errors
/// There is no example of this delivery.
pub fn alarm_event(delivery: Delivery, machine: &Machine) -> Result<String, Box<dyn Error>> {
    let now = alarm_time(Clock::new(Timings::default()).now());
    let event = example(delivery.file())?.replace(EXAMPLE_ALARM, &machine.alarm);
    Ok(event.replace(EXAMPLE_INSTANCE, &machine.instance).replace(EXAMPLE_TIME, &now))
}

/// An alarm's event of EventBridge as the other deliveries tell it; nothing of an event that tells of no alarm, or of one
/// over several metrics.
///
/// # Errors
/// The example of an SNS notification cannot be read.
pub fn told_otherwise(event: &Value) -> Result<Vec<Value>, Box<dyn Error>> {
    let metric = match event["detail"]["configuration"]["metrics"].as_array().map(Vec::as_slice) {
        Some([one]) => &one["metricStat"]["metric"],
        _ => return Ok(vec![]),
    };
    Ok(vec![action(event), notification(event, metric)?])
}

fn action(event: &Value) -> Value {
    json!({
        "source": event["source"], "alarmArn": event["resources"][0], "accountId": event["account"],
        "time": event["detail"]["state"]["timestamp"], "region": event["region"], "alarmData": event["detail"],
    })
}

fn notification(event: &Value, metric: &Value) -> Result<Value, Box<dyn Error>> {
    let mut told: Value = serde_json::from_str(&example(Delivery::Sns.file())?)?;
    let sns = &mut told["Records"][0]["Sns"];
    let mut message: Value = serde_json::from_str(sns["Message"].as_str().unwrap_or_default())?;
    let (detail, state) = (&event["detail"], &event["detail"]["state"]);
    message["AlarmName"] = detail["alarmName"].clone();
    message["AlarmArn"] = event["resources"][0].clone();
    message["NewStateValue"] = state["value"].clone();
    message["NewStateReason"] = state["reason"].clone();
    message["StateChangeTime"] = state["timestamp"].clone();
    let dimensions = metric["dimensions"].as_object().into_iter().flatten();
    let trigger = &mut message["Trigger"];
    trigger["Namespace"] = metric["namespace"].clone();
    trigger["MetricName"] = metric["name"].clone();
    trigger["Dimensions"] = dimensions.map(|(name, value)| json!({ "name": name, "value": value })).collect();
    sns["MessageId"] = event["id"].clone();
    sns["Message"] = json!(message.to_string());
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_the_same_fault_however_it_is_told() {
        let event: Value = serde_json::from_str(&example(Delivery::EventBridge.file()).unwrap()).unwrap();
        let alarm = |event: &Value| match shared::event::parse(event).unwrap() {
            shared::event::Trigger::Alarm(alarm) => {
                (alarm.incident(None).fingerprint, alarm.state, alarm.since, alarm.source)
            }
            other => panic!("{other:?}"),
        };
        let others = told_otherwise(&event).unwrap();
        assert_eq!(others.len(), 2);
        for other in &others {
            assert_eq!(alarm(other), alarm(&event), "{other}");
        }
        assert_eq!(
            told_otherwise(&json!({"detail-type": "Config Rules Compliance Change"})).unwrap(),
            Vec::<Value>::new()
        );
    }
}
