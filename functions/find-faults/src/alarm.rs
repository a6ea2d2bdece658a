//! An alarm in ALARM as the event that told of it. Pure.
//!
//! Comes in: an alarm as `DescribeAlarms` has it. Goes out: `CloudWatch Alarm State Change`, without the state before,
//! which nobody remembers. Never: an alarm without a name or a time.

use serde_json::{Map, Value, json};
use shared::guard::found::event_id;

use crate::fault::{alarm_time, envelope_time, moment, place};

/// The event, and when the alarm went into ALARM.
pub(crate) fn event(alarm: &Value) -> Option<(Value, jiff::Timestamp)> {
    let (arn, name) = (alarm["AlarmArn"].as_str()?, alarm["AlarmName"].as_str()?);
    let (region, account) = place(arn)?;
    // The state was entered once; it may be updated, with another reason, as often as it is looked at.
    let since = moment(&alarm["StateTransitionedTimestamp"]).or_else(|| moment(&alarm["StateUpdatedTimestamp"]))?;
    let event = json!({
        "version": "0",
        "id": event_id(&[arn, &alarm_time(since)]),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": envelope_time(since),
        "region": region,
        "resources": [arn],
        "detail": {
            "alarmName": name,
            "state": state(alarm, &alarm_time(since)),
            "configuration": configuration(alarm, arn),
        },
    });
    Some((event, since))
}

fn state(alarm: &Value, at: &str) -> Value {
    let mut state = json!({ "value": alarm["StateValue"], "reason": alarm["StateReason"] });
    if let Some(data) = alarm["StateReasonData"].as_str().filter(|data| !data.is_empty()) {
        state["reasonData"] = json!(data);
    }
    state["timestamp"] = json!(at);
    state
}

fn configuration(alarm: &Value, arn: &str) -> Value {
    let mut configuration = json!({});
    if alarm["AlarmDescription"].is_string() {
        configuration["description"] = alarm["AlarmDescription"].clone();
    }
    if alarm["AlarmRule"].is_string() {
        configuration["alarmRule"] = alarm["AlarmRule"].clone();
        return configuration;
    }
    let several = alarm["Metrics"].as_array().filter(|metrics| !metrics.is_empty());
    configuration["metrics"] =
        several.map_or_else(|| json!([single(alarm, arn)]), |metrics| metrics.iter().map(query).collect());
    configuration
}

fn single(alarm: &Value, arn: &str) -> Value {
    let stat = [&alarm["Statistic"], &alarm["ExtendedStatistic"]].into_iter().find(|stat| stat.is_string());
    json!({
        "id": event_id(&[arn]),
        "metricStat": { "metric": metric(alarm), "period": alarm["Period"], "stat": stat },
        "returnData": true,
    })
}

/// An entry of an alarm's `Metrics`: a metric or an expression.
fn query(entry: &Value) -> Value {
    let mut out = json!({ "id": entry["Id"] });
    for (theirs, ours) in [("Expression", "expression"), ("Label", "label")] {
        if entry[theirs].is_string() {
            out[ours] = entry[theirs].clone();
        }
    }
    let stat = &entry["MetricStat"];
    if stat.is_object() {
        out["metricStat"] =
            json!({ "metric": metric(&stat["Metric"]), "period": stat["Period"], "stat": stat["Stat"] });
    }
    out["returnData"] = json!(entry["ReturnData"].as_bool().unwrap_or(true));
    out
}

fn metric(of: &Value) -> Value {
    json!({ "namespace": of["Namespace"], "name": of["MetricName"], "dimensions": dimensions(&of["Dimensions"]) })
}

fn dimensions(list: &Value) -> Map<String, Value> {
    let pairs = list.as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair["Name"].as_str()?.to_owned(), pair["Value"].clone()))).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::event::{AlarmSource, Trigger, parse};

    use super::*;

    pub(crate) fn described(name: &str) -> Value {
        json!({
            "AlarmName": name, "AlarmArn": format!("arn:aws:cloudwatch:eu-west-1:210987654321:alarm:{name}"),
            "AlarmDescription": "The shop is short of CPU", "StateValue": "ALARM", "StateReason": "Threshold Crossed",
            "StateReasonData": "{\"recentDatapoints\":[91.5]}", "StateUpdatedTimestamp": "2026-03-02T05:00:00Z",
            "StateTransitionedTimestamp": "2026-03-02T03:14:07.512Z", "Namespace": "AWS/EC2",
            "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60, "Metrics": [],
            "Dimensions": [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}],
        })
    }

    /// Everything but what AWS alone knows: its ids, the state before.
    #[test]
    fn the_event_is_the_one_that_eventbridge_has() {
        let mut real: Value =
            serde_json::from_str(include_str!("../../../events/cloudwatch/alarm-eventbridge.json")).unwrap();
        let (mut ours, _) = event(&described("shop-cpu")).unwrap();
        real["detail"].as_object_mut().unwrap().shift_remove("previousState");
        for event in [&mut real, &mut ours] {
            event["id"] = Value::Null;
            event["detail"]["configuration"]["metrics"][0]["id"] = Value::Null;
            event["detail"]["state"]["reason"] = Value::Null;
            event["detail"]["state"]["reasonData"] = Value::Null;
        }
        assert_eq!(ours, real);
    }

    #[test]
    fn a_new_reason_is_no_new_occurrence_and_an_alarm_without_a_time_is_none() {
        let id = |alarm: &Value| event(alarm).map(|(event, _)| event["id"].clone());
        let (first, mut later) = (described("a"), described("a"));
        later["StateUpdatedTimestamp"] = json!("2026-03-02T06:00:00Z");
        assert_eq!(id(&first), id(&later));
        later["StateTransitionedTimestamp"] = json!("2026-03-02T06:00:00Z");
        assert_ne!(id(&first), id(&later));
        for time in ["StateTransitionedTimestamp", "StateUpdatedTimestamp"] {
            later[time] = Value::Null;
        }
        assert_eq!(id(&later), None);
    }

    #[test]
    fn a_composite_and_an_expression_are_read_as_what_they_are() {
        let read = |alarm: &Value| match parse(&event(alarm).unwrap().0) {
            Ok(Trigger::Alarm(alarm)) => alarm,
            other => panic!("{other:?}"),
        };
        let mut composite = described("both");
        composite["AlarmRule"] = json!("ALARM(a) AND ALARM(b)");
        assert!(matches!(read(&composite).source, AlarmSource::Composite { .. }));
        let mut math = described("math");
        let stat = json!({"Metric": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}, "Period": 60, "Stat": "Average"});
        math["Metrics"] =
            json!([{"Id": "e", "Expression": "m * 2"}, {"Id": "m", "MetricStat": stat, "ReturnData": false}]);
        assert_eq!(read(&math).single("InstanceId"), Some("i-1"));
    }
}
