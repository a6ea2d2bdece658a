//! Events about as many resources as asked for.
//!
//! Comes in: a number. Goes out: alarms and API calls, each about a resource of its own, as EventBridge delivers them.
//! Never: two events of one id.

use serde_json::{Value, json};

/// Alarms of `size` instances, every second one a full file system that a binding wants.
#[must_use]
pub fn alarms(size: usize) -> Vec<String> {
    (0..size).map(|number| alarm(number).to_string()).collect()
}

fn alarm(number: usize) -> Value {
    let (namespace, metric) =
        if number.is_multiple_of(2) { ("AWS/EC2", "CPUUtilization") } else { ("AWS/EC2", "StatusCheckFailed") };
    let name = format!("alarm-{number}");
    json!({
        "version": "0", "id": format!("c4c1c1c9-6542-e61b-6ef0-{number:012}"),
        "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": "123456789012",
        "time": "2026-05-14T09:07:02Z", "region": "eu-west-1",
        "resources": [format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}")],
        "detail": {
            "alarmName": name,
            "state": {"value": "ALARM", "reason": "Threshold Crossed", "timestamp": "2026-05-14T09:07:02.000+0000"},
            "previousState": {"value": "OK", "reason": "Threshold not crossed", "timestamp": "2026-05-14T09:06:02.000+0000"},
            "configuration": {"metrics": [{"id": "m1", "returnData": true, "metricStat": {
                "metric": {"namespace": namespace, "name": metric,
                    "dimensions": {"InstanceId": format!("i-{number:017x}")}},
                "period": 60, "stat": "Average",
            }}]},
        },
    })
}
