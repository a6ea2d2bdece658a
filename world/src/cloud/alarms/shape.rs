//! The three shapes in which CloudWatch tells of an alarm's state.
//!
//! Comes in: the alarm as `DescribeAlarms` has it, before and after. Goes out: EventBridge's detail, the direct
//! action's payload, SNS's message. Never: a delivery.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::bus::event;
use crate::clock;
use crate::gateway::{ACCOUNT, REGION};
use crate::ids;

/// `CloudWatch Alarm State Change`.
#[must_use]
pub fn eventbridge(before: &Value, after: &Value, now: Timestamp) -> Value {
    let resources = [after["AlarmArn"].as_str().unwrap_or_default().to_owned()];
    event::event("aws.cloudwatch", "CloudWatch Alarm State Change", now, &resources, Value::Object(data(before, after)))
}

/// What a function gets that is an action of the alarm.
#[must_use]
pub fn lambda_action(before: &Value, after: &Value, now: Timestamp) -> Value {
    json!({
        "source": "aws.cloudwatch",
        "alarmArn": after["AlarmArn"],
        "accountId": ACCOUNT,
        "time": clock::alarm_time(changed(after, now)),
        "region": REGION,
        "alarmData": data(before, after),
    })
}

/// Subject and message of the SNS notification.
#[must_use]
pub fn notification(before: &Value, after: &Value, now: Timestamp) -> (String, String) {
    let state = after["StateValue"].as_str().unwrap_or_default();
    let subject = format!("{state}: \"{}\" in {}", after["AlarmName"].as_str().unwrap_or_default(), region_name());
    let actions = |member: &str| if after[member].is_array() { after[member].clone() } else { json!([]) };
    let mut message = json!({
        "AlarmName": after["AlarmName"],
        "AlarmDescription": after["AlarmDescription"],
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": clock::alarm_time(time(&after["AlarmConfigurationUpdatedTimestamp"], now)),
        "NewStateValue": state,
        "NewStateReason": after["StateReason"],
        "StateChangeTime": clock::alarm_time(changed(after, now)),
        "Region": region_name(),
        "AlarmArn": after["AlarmArn"],
        "OldStateValue": before["StateValue"],
        "OKActions": actions("OKActions"),
        "AlarmActions": actions("AlarmActions"),
        "InsufficientDataActions": actions("InsufficientDataActions"),
    });
    if after["AlarmRule"].is_string() {
        message["AlarmRule"] = after["AlarmRule"].clone();
        message["TriggeringChildren"] = json!([]);
    } else {
        message["Trigger"] = trigger(after);
    }
    (subject, message.to_string())
}

/// SNS spells the Region out.
fn region_name() -> &'static str {
    "EU (Ireland)"
}

fn data(before: &Value, after: &Value) -> Map<String, Value> {
    let data = json!({
        "alarmName": after["AlarmName"],
        "state": state(after),
        "previousState": state(before),
        "configuration": configuration(after),
    });
    data.as_object().cloned().unwrap_or_default()
}

fn state(alarm: &Value) -> Value {
    let mut state = json!({ "reason": alarm["StateReason"] });
    if let Some(data) = alarm["StateReasonData"].as_str().filter(|data| !data.is_empty() && *data != "{}") {
        state["reasonData"] = json!(data);
    }
    state["timestamp"] = json!(clock::alarm_time(changed(alarm, Timestamp::UNIX_EPOCH)));
    state["value"] = alarm["StateValue"].clone();
    state
}

fn configuration(alarm: &Value) -> Value {
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
        several.map_or_else(|| json!([single(alarm)]), |metrics| metrics.iter().map(query).collect());
    configuration
}

fn single(alarm: &Value) -> Value {
    let stat = [&alarm["Statistic"], &alarm["ExtendedStatistic"]].into_iter().find(|stat| stat.is_string());
    json!({
        "id": ids::uuid_of(alarm["AlarmArn"].as_str().unwrap_or_default()),
        "metricStat": {
            "metric": { "namespace": alarm["Namespace"], "name": alarm["MetricName"], "dimensions": dimensions(&alarm["Dimensions"]) },
            "period": alarm["Period"],
            "stat": stat,
        },
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
        let metric = &stat["Metric"];
        out["metricStat"] = json!({
            "metric": { "namespace": metric["Namespace"], "name": metric["MetricName"], "dimensions": dimensions(&metric["Dimensions"]) },
            "period": stat["Period"],
            "stat": stat["Stat"],
        });
    }
    out["returnData"] = json!(entry["ReturnData"].as_bool().unwrap_or(true));
    out
}

fn dimensions(list: &Value) -> Value {
    let pairs = list.as_array().into_iter().flatten();
    Value::Object(pairs.filter_map(|pair| Some((pair["Name"].as_str()?.to_owned(), pair["Value"].clone()))).collect())
}

fn trigger(alarm: &Value) -> Value {
    let mut trigger = json!({});
    let several = alarm["Metrics"].as_array().filter(|metrics| !metrics.is_empty());
    if several.is_none() {
        let (kind, statistic) = match alarm["ExtendedStatistic"].as_str() {
            Some(extended) => ("ExtendedStatistic", extended.to_owned()),
            None => ("Statistic", alarm["Statistic"].as_str().unwrap_or_default().to_uppercase()),
        };
        let list = alarm["Dimensions"].as_array().into_iter().flatten();
        let dimensions: Vec<Value> = list.map(|pair| json!({ "value": pair["Value"], "name": pair["Name"] })).collect();
        trigger = json!({ "MetricName": alarm["MetricName"], "Namespace": alarm["Namespace"], "StatisticType": kind });
        trigger[kind] = json!(statistic);
        trigger["Unit"] = alarm["Unit"].clone();
        trigger["Dimensions"] = json!(dimensions);
    }
    trigger["Period"] = alarm["Period"].clone();
    trigger["EvaluationPeriods"] = alarm["EvaluationPeriods"].clone();
    trigger["DatapointsToAlarm"] = [&alarm["DatapointsToAlarm"], &alarm["EvaluationPeriods"]]
        .into_iter()
        .find(|n| n.is_number())
        .cloned()
        .unwrap_or_default();
    trigger["ComparisonOperator"] = alarm["ComparisonOperator"].clone();
    trigger["Threshold"] = alarm["Threshold"].clone();
    trigger["TreatMissingData"] = json!(alarm["TreatMissingData"].as_str().unwrap_or("missing"));
    trigger["EvaluateLowSampleCountPercentile"] =
        json!(alarm["EvaluateLowSampleCountPercentile"].as_str().unwrap_or(""));
    if let Some(metrics) = several {
        trigger["Metrics"] = metrics.iter().map(notified_query).collect();
        if trigger["Period"].is_null() {
            trigger["Period"] =
                metrics.iter().find_map(|m| m["MetricStat"]["Period"].as_i64()).map_or(Value::Null, Value::from);
        }
    }
    trigger
}

/// SNS has an entry of `Metrics` as the API has it, but for its dimensions.
fn notified_query(entry: &Value) -> Value {
    let mut out = json!({});
    for member in ["Expression", "Id", "Label"] {
        if entry[member].is_string() {
            out[member] = entry[member].clone();
        }
    }
    if entry["MetricStat"].is_object() {
        let stat = &entry["MetricStat"];
        let list = stat["Metric"]["Dimensions"].as_array().into_iter().flatten();
        let dimensions: Vec<Value> = list.map(|pair| json!({ "value": pair["Value"], "name": pair["Name"] })).collect();
        let metric = json!({ "Dimensions": dimensions, "MetricName": stat["Metric"]["MetricName"], "Namespace": stat["Metric"]["Namespace"] });
        out["MetricStat"] = json!({ "Metric": metric, "Period": stat["Period"], "Stat": stat["Stat"] });
    }
    out["ReturnData"] = json!(entry["ReturnData"].as_bool().unwrap_or(true));
    out
}

fn changed(alarm: &Value, otherwise: Timestamp) -> Timestamp {
    time(&alarm["StateUpdatedTimestamp"], otherwise)
}

fn time(value: &Value, otherwise: Timestamp) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::{paths, reference};

    /// The alarm of the reference event, as the API describes it.
    fn described(event: &Value, state: &str) -> Value {
        let told = &event["detail"][state];
        json!({
            "AlarmName": "web-cpu-high", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:web-cpu-high", "AlarmDescription": "CPU above 80% on the web host",
            "AlarmConfigurationUpdatedTimestamp": "2025-05-14T08:20:03.600Z", "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:alarm-topic"],
            "StateValue": told["value"], "StateReason": told["reason"], "StateReasonData": told["reasonData"], "StateUpdatedTimestamp": "2025-05-14T09:06:10.204Z",
            "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "Average", "Dimensions": [{"Name": "InstanceId", "Value": "i-0abcdef1234567890"}],
            "Period": 300, "EvaluationPeriods": 1, "Threshold": 80.0, "ComparisonOperator": "GreaterThanThreshold", "Metrics": [],
        })
    }

    #[test]
    fn each_delivery_has_the_shape_aws_documents() {
        let Some(event) = reference("alarm-eventbridge-metric.json") else { return };
        let (before, after, now) =
            (described(&event, "previousState"), described(&event, "state"), Timestamp::UNIX_EPOCH);
        assert_eq!(paths(&eventbridge(&before, &after, now)), paths(&event));

        let Some(direct) = reference("alarm-lambda-action-metric.json") else { return };
        assert_eq!(lambda_action(&before, &after, now)["alarmData"]["state"], direct["alarmData"]["state"]);
        assert_eq!(paths(&lambda_action(&before, &after, now)), paths(&direct));

        let Some(sns) = reference("alarm-sns-metric.json") else { return };
        let (subject, message) = notification(&before, &after, now);
        assert_eq!(json!(subject), sns["Records"][0]["Sns"]["Subject"]);
        let topic = "arn:aws:sns:eu-west-1:123456789012:alarm-topic";
        assert_eq!(paths(&event::sns(topic, Some(&subject), &message, now)), paths(&sns));
    }

    #[test]
    fn metric_math_is_told_entry_by_entry() {
        let Some(event) = reference("alarm-eventbridge-metric-math.json") else { return };
        let Some(sns) = reference("alarm-sns-metric-math.json") else { return };
        let stat = |name: &str| json!({"Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": [{"Name": "LoadBalancer", "Value": "app/web/50dc6c495c0c9188"}]}, "Period": 60, "Stat": "Sum"});
        let mut after = described(&event, "state");
        after["Metrics"] = json!([
            {"Id": "e1", "Expression": "100*(m1/m2)", "Label": "Error rate", "ReturnData": true},
            {"Id": "m1", "MetricStat": stat("HTTPCode_Target_5XX_Count"), "ReturnData": false},
            {"Id": "m2", "MetricStat": stat("RequestCount"), "ReturnData": false},
        ]);
        assert_eq!(configuration(&after)["metrics"], event["detail"]["configuration"]["metrics"]);
        let message: Value = serde_json::from_str(sns["Records"][0]["Sns"]["Message"].as_str().unwrap()).unwrap();
        let ours: Value = serde_json::from_str(&notification(&after, &after, Timestamp::UNIX_EPOCH).1).unwrap();
        assert_eq!(paths(&ours["Trigger"]), paths(&message["Trigger"]));
    }
}
