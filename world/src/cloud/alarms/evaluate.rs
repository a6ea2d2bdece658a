//! Which state an alarm has, given the data: CloudWatch's rules, pure.
//!
//! Comes in: an alarm and its datapoints, oldest first, over the evaluation range.
//! Goes out: the state and the datapoints that decided. Never: a clock.

use super::alarm::{Alarm, Datapoint, Missing, State};

/// CloudWatch looks at a few periods more than it needs, so that a late datapoint does not look like a missing one.
pub const EXTRA_PERIODS: usize = 2;

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The state the alarm should have.
    pub state: State,
    /// The datapoints that decided, newest first.
    pub decided_by: Vec<Datapoint>,
}

/// Evaluates. As many datapoints as there are count, the newest first; only when these are fewer than the evaluation
/// periods does the treatment of missing data fill the rest.
#[must_use]
pub fn evaluate(alarm: &Alarm, range: &[Datapoint]) -> Verdict {
    let real: Vec<Datapoint> =
        range.iter().rev().filter(|point| point.value.is_some()).take(alarm.evaluation_periods).copied().collect();
    let breaching = real.iter().filter(|point| point.value.is_some_and(|value| alarm.breaches(value))).count();
    let filled = alarm.evaluation_periods - real.len();
    let state = if breaching >= alarm.datapoints_to_alarm {
        State::Alarm
    } else if filled == 0 {
        State::Ok
    } else {
        with_missing(alarm, breaching, real.len(), filled)
    };
    Verdict { state, decided_by: real }
}

fn with_missing(alarm: &Alarm, breaching: usize, real: usize, filled: usize) -> State {
    let only_breaching = breaching == real;
    match alarm.missing {
        Missing::NotBreaching => State::Ok,
        Missing::Breaching if breaching + filled >= alarm.datapoints_to_alarm => State::Alarm,
        Missing::Breaching => State::Ok,
        Missing::Ignore if only_breaching => alarm.state,
        Missing::Missing if real == 0 => State::InsufficientData,
        Missing::Missing if only_breaching => State::Alarm,
        Missing::Ignore | Missing::Missing => State::Ok,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn alarm(datapoints_to_alarm: u64, missing: &str) -> Alarm {
        let described = json!({
            "AlarmName": "a", "StateValue": "INSUFFICIENT_DATA", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}], "Period": 60, "Statistic": "Average", "EvaluationPeriods": 3,
            "DatapointsToAlarm": datapoints_to_alarm, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 80.0, "TreatMissingData": missing,
        });
        Alarm::read(&described).unwrap()
    }

    /// `0` is healthy, `X` breaches, `-` is missing.
    fn range(pattern: &str) -> Vec<Datapoint> {
        let value = |c| match c {
            '0' => Some(10.0),
            'X' => Some(95.0),
            _ => None,
        };
        pattern
            .split(' ')
            .map(|c| Datapoint { at: Timestamp::UNIX_EPOCH, value: value(c.chars().next().unwrap()) })
            .collect()
    }

    /// INSUFFICIENT_DATA stands for "as before" under `ignore`: the alarm of the test begins there.
    #[test]
    fn missing_data_is_treated_as_cloudwatchs_own_tables_say() {
        use State::{Alarm as A, InsufficientData as I, Ok as O};
        let cases = [
            // three of three: missing, ignore, breaching, notBreaching
            (3, "0 - X - X", [O, O, O, O]),
            (3, "0 - - - -", [O, O, O, O]),
            (3, "- - - - -", [I, I, A, O]),
            (3, "0 X X - X", [A, A, A, A]),
            (3, "- - X - -", [A, I, A, O]),
            // two of three
            (2, "0 - X - X", [A, A, A, A]),
            (2, "0 0 X 0 X", [A, A, A, A]),
            (2, "0 - X - -", [O, O, A, O]),
            (2, "- - - - 0", [O, O, A, O]),
            (2, "- - - X -", [A, I, A, O]),
        ];
        for (needed, pattern, wanted) in cases {
            for (missing, wanted) in ["missing", "ignore", "breaching", "notBreaching"].into_iter().zip(wanted) {
                let state = evaluate(&alarm(needed, missing), &range(pattern)).state;
                assert_eq!(state, wanted, "{needed} of 3, {pattern}, {missing}");
            }
        }
    }

    #[test]
    fn the_threshold_itself_breaches_only_where_the_operator_says_so() {
        let cases = [
            ("GreaterThanThreshold", false, true),
            ("GreaterThanOrEqualToThreshold", true, true),
            ("LessThanThreshold", false, false),
            ("LessThanOrEqualToThreshold", true, false),
        ];
        for (operator, at, above) in cases {
            let alarm = Alarm { operator: operator.into(), ..alarm(3, "missing") };
            assert_eq!((alarm.breaches(80.0), alarm.breaches(80.1)), (at, above), "{operator}");
        }
    }

    #[test]
    fn an_alarm_on_more_than_one_metric_is_not_evaluated() {
        assert_eq!(
            Alarm::read(&json!({"AlarmName": "a", "StateValue": "OK", "EvaluationPeriods": 1, "Metrics": [{}]})),
            None
        );
    }
}
