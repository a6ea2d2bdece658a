//! What CloudWatch says about a state: the sentence and the data behind it.
//!
//! Comes in: an alarm and a verdict. Goes out: `StateReason` and `StateReasonData`. Never: a state.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::alarm::{Alarm, Datapoint, State};
use super::evaluate::Verdict;
use crate::clock;

/// The sentence.
#[must_use]
pub fn sentence(alarm: &Alarm, verdict: &Verdict) -> String {
    let breaching = verdict.state == State::Alarm;
    let told: Vec<&Datapoint> = verdict
        .decided_by
        .iter()
        .filter(|point| point.value.is_some_and(|value| alarm.breaches(value)) == breaching)
        .collect();
    if verdict.state == State::InsufficientData || told.is_empty() {
        let unknown = alarm.evaluation_periods;
        return format!(
            "Insufficient Data: {unknown} {} unknown.",
            if unknown == 1 { "datapoint was" } else { "datapoints were" }
        );
    }
    let (needed, transition) = if breaching {
        (alarm.datapoints_to_alarm, "OK -> ALARM")
    } else {
        (alarm.evaluation_periods - alarm.datapoints_to_alarm + 1, "ALARM -> OK")
    };
    let list: Vec<String> = told
        .iter()
        .filter_map(|point| point.value.map(|value| format!("{value:?} ({})", clock::datapoint_time(point.at))))
        .collect();
    format!(
        "Threshold Crossed: {} out of the last {} datapoints [{}] {} the threshold ({:?}) (minimum {needed} {} for {transition} transition).",
        told.len(),
        alarm.evaluation_periods,
        list.join(", "),
        relation(&alarm.operator, breaching, told.len() > 1),
        alarm.threshold,
        if needed == 1 { "datapoint" } else { "datapoints" },
    )
}

fn relation(operator: &str, breaching: bool, many: bool) -> String {
    let words = match operator {
        "GreaterThanOrEqualToThreshold" => "greater than or equal to",
        "LessThanThreshold" => "less than",
        "LessThanOrEqualToThreshold" => "less than or equal to",
        _ => "greater than",
    };
    format!("{} {}{words}", if many { "were" } else { "was" }, if breaching { "" } else { "not " })
}

/// The data, as JSON text.
#[must_use]
pub fn data(alarm: &Alarm, verdict: &Verdict, now: Timestamp) -> String {
    let oldest_first: Vec<&Datapoint> = verdict.decided_by.iter().rev().collect();
    let values: Vec<f64> = oldest_first.iter().filter_map(|point| point.value).collect();
    // CloudWatch has one sample a minute.
    let samples = (alarm.period / 60.0).max(1.0);
    let evaluated: Vec<Value> = verdict
        .decided_by
        .iter()
        .map(|point| json!({ "timestamp": clock::alarm_time(point.at), "sampleCount": samples, "value": point.value }))
        .collect();
    let mut data = json!({
        "version": "1.0",
        "queryDate": clock::alarm_time(now),
        "statistic": alarm.statistic,
        "period": alarm.period,
        "recentDatapoints": values,
        "threshold": alarm.threshold,
        "evaluatedDatapoints": evaluated,
    });
    if let Some(first) = oldest_first.first() {
        data["startDate"] = json!(clock::alarm_time(first.at));
    }
    if alarm.period.fract() == 0.0 {
        data["period"] = serde_json::from_str(&format!("{:.0}", alarm.period)).unwrap_or_default();
    }
    data.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::{paths, reference};

    fn alarm(periods: u64, state: &str) -> Alarm {
        let described = json!({
            "AlarmName": "a", "StateValue": state, "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": [],
            "Period": 300, "Statistic": "Average", "EvaluationPeriods": periods, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 80,
        });
        Alarm::read(&described).unwrap()
    }

    fn verdict(state: State, values: &[f64]) -> Verdict {
        let at = "2025-05-14T09:00:00Z".parse().unwrap();
        Verdict { state, decided_by: values.iter().map(|value| Datapoint { at, value: Some(*value) }).collect() }
    }

    #[test]
    fn a_reason_reads_as_cloudwatchs() {
        let cases = [
            (
                alarm(1, "OK"),
                verdict(State::Alarm, &[93.25]),
                "Threshold Crossed: 1 out of the last 1 datapoints [93.25 (14/05/25 09:00:00)] was greater than the threshold (80.0) (minimum 1 datapoint for OK -> ALARM transition).",
            ),
            (
                alarm(1, "ALARM"),
                verdict(State::Ok, &[12.4]),
                "Threshold Crossed: 1 out of the last 1 datapoints [12.4 (14/05/25 09:00:00)] was not greater than the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition).",
            ),
            (
                alarm(2, "OK"),
                verdict(State::Alarm, &[91.0, 90.0]),
                "Threshold Crossed: 2 out of the last 2 datapoints [91.0 (14/05/25 09:00:00), 90.0 (14/05/25 09:00:00)] were greater than the threshold (80.0) (minimum 2 datapoints for OK -> ALARM transition).",
            ),
            (alarm(1, "OK"), verdict(State::InsufficientData, &[]), "Insufficient Data: 1 datapoint was unknown."),
        ];
        for (alarm, verdict, wanted) in cases {
            assert_eq!(sentence(&alarm, &verdict), wanted);
        }
    }

    #[test]
    fn the_data_behind_it_has_cloudwatchs_members() {
        let Some(event) = reference("alarm-eventbridge-metric.json") else { return };
        let text = data(&alarm(1, "OK"), &verdict(State::Alarm, &[93.25]), Timestamp::UNIX_EPOCH);
        assert_eq!(paths(&Value::from(text)), paths(&event["detail"]["state"]["reasonData"]));
    }
}
