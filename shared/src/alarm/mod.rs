//! A CloudWatch alarm as it is now: the alarm itself says whether the fault is gone.
//!
//! Comes in: an alarm's ARN. Goes out: its state, what it watches, a [`Look`]. Never: a recovery for want of data.

mod side;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::Services;
use crate::event::Alarm;
use crate::guard::Refusal;
use crate::incident::{Incident, alarm_name};
use crate::remediation::{Look, Recognised, Unseen};

pub use side::Side;

/// An alarm, as far as its state is concerned.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AlarmState {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state_value: String,
    /// Its ARN.
    #[serde(default)]
    pub alarm_arn: String,
    /// Its name.
    #[serde(default)]
    pub alarm_name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    #[serde(default)]
    metrics: Vec<Value>,
    #[serde(default)]
    comparison_operator: String,
    #[serde(default)]
    state_reason: String,
    #[serde(default)]
    state_reason_data: String,
    #[serde(default)]
    period: u64,
    #[serde(default)]
    evaluation_periods: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    value: String,
}

/// One metric of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched<'a> {
    /// For example `AWS/EC2`.
    pub namespace: &'a str,
    /// For example `CPUUtilization`.
    pub metric: &'a str,
    /// Name of the dimension that names the resource.
    pub dimension: &'a str,
    /// Its value.
    pub value: &'a str,
}

impl AlarmState {
    /// Whether it is this very alarm and watches this metric. The event says so too, but an event is a hint: whoever can
    /// send one could name an alarm that rings and a resource of another's.
    #[must_use]
    pub fn watches(&self, arn: &str, of: Watched<'_>) -> bool {
        let watched = Dimension { name: of.dimension.to_owned(), value: of.value.to_owned() };
        let plain = self.namespace == of.namespace && self.metric_name == of.metric;
        let listed = || match self.metrics.as_slice() {
            [only] => {
                let metric = &only["MetricStat"]["Metric"];
                let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
                let mut dimensions = dimensions.map(|of| (of["Name"].as_str(), of["Value"].as_str()));
                metric["Namespace"] == of.namespace
                    && metric["MetricName"] == of.metric
                    && dimensions.any(|pair| pair == (Some(of.dimension), Some(of.value)))
            }
            _ => false,
        };
        self.alarm_arn == arn && (plain && self.dimensions.contains(&watched) || listed())
    }

    /// The one value of `dimension` over everything that the alarm watches, this metric among it: on several metrics, which
    /// an expression joins, none of them may be of another resource of the kind.
    #[must_use]
    pub fn only(&self, namespace: &str, metric: &str, dimension: &str) -> Option<String> {
        if self.metrics.is_empty() {
            let pairs = self.dimensions.iter().map(|of| (of.name.as_str(), of.value.as_str()));
            let is_it = self.namespace == namespace && self.metric_name == metric;
            return single(pairs.filter(|_| is_it), dimension);
        }
        let finds = |expression: &str| FINDERS.iter().any(|finder| expression.to_uppercase().contains(finder));
        if self.metrics.iter().filter_map(|of| of["Expression"].as_str()).any(finds) {
            return None;
        }
        let stats = || self.metrics.iter().map(|of| &of["MetricStat"]["Metric"]);
        let of_it = stats().filter(|of| of["Namespace"] == namespace && of["MetricName"] == metric);
        single(of_it.flat_map(pairs), dimension)?;
        single(stats().flat_map(pairs), dimension)
    }

    /// On which side of its threshold it rings, where that is known. Events do not say.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        Side::of(&self.comparison_operator)
    }

    /// Whether the state stands on what was measured. An alarm that treats missing data as good says OK of an
    /// instance that is down.
    fn measured(&self) -> bool {
        let data: Value = serde_json::from_str(&self.state_reason_data).unwrap_or_default();
        data["recentDatapoints"].as_array().is_some_and(|points| points.iter().any(|point| !point.is_null()))
    }

    /// How long it looks back. After that long with the instance up again, its OK is about the instance.
    fn window(&self) -> Duration {
        let listed = self.metrics.iter().filter_map(|of| of["MetricStat"]["Period"].as_u64()).max();
        Duration::from_secs(self.period.max(listed.unwrap_or_default()).saturating_mul(self.evaluation_periods))
    }

    /// Healed is OK and nothing else: an alarm without data has not recovered.
    #[must_use]
    pub fn look(&self, waited: Duration) -> Look {
        let seen = format!("the alarm says {}: {}", self.state_value, self.state_reason);
        if self.state_value != "OK" {
            return Look { healed: false, seen };
        }
        let healed = self.measured() || waited >= self.window();
        let why = if healed { "" } else { " (for want of data, which is no recovery yet)" };
        Look { healed, seen: format!("{seen}{why}") }
    }
}

/// Expressions that find metrics by themselves, so that an alarm does not list all that it watches.
const FINDERS: [&str; 2] = ["SEARCH", "SELECT"];

/// Names and values of a metric's dimensions.
fn pairs(metric: &Value) -> impl Iterator<Item = (&str, &str)> {
    let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
    dimensions.filter_map(|of| Some((of["Name"].as_str()?, of["Value"].as_str()?)))
}

/// The value of `dimension`, if there is one and no other.
fn single<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, dimension: &str) -> Option<String> {
    let mut values = pairs.filter(|(name, _)| *name == dimension).map(|(_, value)| value);
    let first = values.next()?;
    values.all(|value| value == first).then(|| first.to_owned())
}

/// What an alarm's event is: an incident while it rings, unless somebody muted it.
#[must_use]
pub fn ringing(alarm: &Alarm, incident: Incident) -> Recognised {
    if alarm.state != "ALARM" {
        return Recognised::Healthy(incident, format!("the alarm says {}", alarm.state));
    }
    if alarm.muted {
        let reason = "a mute rule holds back the actions of the alarm; it acts again when the rule has ended".into();
        return Recognised::Refused(incident, Refusal { guard: "muted".into(), reason });
    }
    Recognised::Incident(incident)
}

/// Healed is OK and nothing else.
///
/// # Errors
/// The alarm cannot be looked at, or is not there.
pub async fn look(services: &Services, incident: &Incident, waited: Duration) -> Result<Look, Unseen> {
    alarm_state(services, &incident.noticed_by).await.map(|alarm| alarm.look(waited))
}

/// Asks CloudWatch for the alarm with this ARN.
///
/// # Errors
/// It cannot be looked at, or is not there.
pub async fn alarm_state(services: &Services, arn: &str) -> Result<AlarmState, Unseen> {
    let name = alarm_name(arn).unwrap_or(arn);
    let answer = services.call("cloudwatch", "DescribeAlarms", json!({"AlarmNames": [name]})).await;
    let answer = answer.map_err(|error| Unseen::of(&format!("alarm {name} cannot be looked at"), &error))?;
    only_alarm(name, &answer)
}

fn only_alarm(name: &str, answer: &Value) -> Result<AlarmState, Unseen> {
    let alarm = answer.pointer("/MetricAlarms/0").ok_or_else(|| Unseen(format!("there is no alarm {name}")))?;
    AlarmState::deserialize(alarm).map_err(|error| Unseen::of(&format!("alarm {name} cannot be read"), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healed(state: &str, data: &str, waited: u64) -> bool {
        let alarm = json!({
            "StateValue": state, "StateReason": "r", "StateReasonData": data, "Period": 60, "EvaluationPeriods": 2,
        });
        serde_json::from_value::<AlarmState>(alarm).unwrap().look(Duration::from_secs(waited)).healed
    }

    #[test]
    fn an_alarm_that_is_not_there_or_cannot_be_read_is_unseen_and_never_a_panic() {
        let seen = |answer: Value| only_alarm("cpu", &answer).map(|alarm| alarm.state_value).map_err(|Unseen(why)| why);
        for nothing in [json!({"MetricAlarms": []}), json!({}), Value::Null, json!({"MetricAlarms": {}})] {
            assert_eq!(seen(nothing), Err("there is no alarm cpu".to_owned()));
        }
        assert!(seen(json!({"MetricAlarms": [{"StateValue": 7}]})).unwrap_err().contains("cannot be read"));
        assert_eq!(seen(json!({"MetricAlarms": [{"StateValue": "OK"}]})), Ok("OK".to_owned()));
    }

    #[test]
    fn an_alarm_speaks_only_for_the_instance_that_it_watches() {
        let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cpu";
        let plain = |of: Value| json!({"StateValue": "ALARM", "AlarmArn": arn, "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": of});
        let of = |id: &str| json!([{"Name": "InstanceId", "Value": id}]);
        let listed = |metrics: Value| json!({"StateValue": "ALARM", "AlarmArn": arn, "Metrics": metrics});
        let stat = |id: &str| json!({"Id": "m", "MetricStat": {"Metric": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": of(id)}}});
        for (alarm, arn, watches) in [
            (plain(of("i-1")), arn, true),
            (plain(of("i-2")), arn, false),
            (plain(of("i-1")), "arn:aws:cloudwatch:eu-west-1:999999999999:alarm:cpu", false),
            (plain(json!([])), arn, false),
            (
                json!({"StateValue": "ALARM", "AlarmArn": arn, "Namespace": "AWS/RDS", "MetricName": "CPUUtilization", "Dimensions": of("i-1")}),
                arn,
                false,
            ),
            (listed(json!([stat("i-1")])), arn, true),
            (listed(json!([stat("i-2")])), arn, false),
            (listed(json!([stat("i-1"), {"Id": "e", "Expression": "m * 2"}])), arn, false),
        ] {
            let alarm = serde_json::from_value::<AlarmState>(alarm).unwrap();
            let cpu = Watched { namespace: "AWS/EC2", metric: "CPUUtilization", dimension: "InstanceId", value: "i-1" };
            assert_eq!(alarm.watches(arn, cpu), watches, "{arn}");
        }
    }

    #[test]
    fn only_an_ok_that_was_measured_or_has_lasted_the_alarms_own_window_is_a_recovery() {
        let (measured, missing) = ("{\"recentDatapoints\":[12.5]}", "{\"recentDatapoints\":[]}");
        assert!(healed("OK", measured, 0));
        assert!(!healed("OK", missing, 119), "the instance was down, so nothing was measured");
        assert!(!healed("OK", "", 0));
        assert!(healed("OK", missing, 120));
        assert!(!healed("INSUFFICIENT_DATA", measured, 600));
        assert!(!healed("ALARM", measured, 600));
    }

    #[test]
    fn an_alarm_on_several_metrics_speaks_for_the_one_resource_over_all_of_them() {
        let of = |id: &str| json!([{"Name": "InstanceId", "Value": id}]);
        let plain = |namespace: &str, of: Value| json!({"StateValue": "ALARM", "Namespace": namespace, "MetricName": "CPUUtilization", "Dimensions": of});
        let listed = |metrics: Value| json!({"StateValue": "ALARM", "Metrics": metrics});
        let stat = |name: &str, of: Value| json!({"Id": "m", "MetricStat": {"Metric": {"Namespace": "AWS/EC2", "MetricName": name, "Dimensions": of}}});
        let expression = |text: &str| json!({"Id": "e", "Expression": text});
        let cpu = |id: &str| stat("CPUUtilization", of(id));
        for (alarm, expected) in [
            (plain("AWS/EC2", of("i-1")), Some("i-1")),
            (plain("AWS/EC2", json!([])), None),
            (plain("AWS/RDS", of("i-1")), None),
            (plain("AWS/EC2", json!([{"Name": "AutoScalingGroupName", "Value": "g"}])), None),
            (listed(json!([cpu("i-1")])), Some("i-1")),
            (listed(json!([cpu("i-1"), expression("m * 2")])), Some("i-1")),
            (listed(json!([cpu("i-1"), stat("NetworkIn", of("i-1")), expression("m * 2")])), Some("i-1")),
            (listed(json!([cpu("i-1"), stat("NetworkIn", json!([]))])), Some("i-1")),
            (listed(json!([cpu("i-1"), cpu("i-2"), expression("MAX(METRICS())")])), None),
            (listed(json!([cpu("i-1"), stat("NetworkIn", of("i-2"))])), None),
            (listed(json!([stat("NetworkIn", of("i-1")), expression("m * 2")])), None),
            (listed(json!([stat("CPUUtilization", json!([])), stat("NetworkIn", of("i-1"))])), None),
            (listed(json!([cpu("i-1"), expression("MAX(SEARCH('{AWS/EC2,InstanceId} CPU', 'Average'))")])), None),
            (listed(json!([cpu("i-1"), expression("select max(CPUUtilization) from \"AWS/EC2\"")])), None),
        ] {
            let read = serde_json::from_value::<AlarmState>(alarm.clone()).unwrap();
            assert_eq!(read.only("AWS/EC2", "CPUUtilization", "InstanceId").as_deref(), expected, "{alarm}");
        }
    }
}
