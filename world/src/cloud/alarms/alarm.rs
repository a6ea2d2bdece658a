//! A metric alarm, as far as its evaluation goes.
//!
//! Comes in: an item of `DescribeAlarms`. Goes out: [`Alarm`] and [`State`]. Never: a default AWS does not have.

use jiff::Timestamp;
use serde_json::Value;

use super::measure::Metric;

/// An alarm's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Within the threshold.
    Ok,
    /// Beyond it.
    Alarm,
    /// Nobody can tell.
    InsufficientData,
}

impl State {
    /// AWS's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    /// The state of this word; anything else is unknown to AWS too.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData].into_iter().find(|state| state.word() == word)
    }
}

/// What counts for a period without data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// As good as a healthy one.
    NotBreaching,
    /// As bad as a breaching one.
    Breaching,
    /// The state stays.
    Ignore,
    /// Nothing; with no data at all the state is unknown.
    Missing,
}

/// A metric alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its state now.
    pub state: State,
    /// What it watches.
    pub metric: Metric,
    /// The instance its metric is of, if its only dimension is one.
    pub instance: Option<String>,
    /// Length of a period in AWS seconds.
    pub period: f64,
    /// `Average`, `Maximum`, `Minimum`, `Sum` or `SampleCount`.
    pub statistic: String,
    /// How many periods are looked at.
    pub evaluation_periods: usize,
    /// How many of them must breach.
    pub datapoints_to_alarm: usize,
    /// `GreaterThanThreshold` and its like.
    pub operator: String,
    /// The threshold.
    pub threshold: f64,
    /// What counts for a period without data.
    pub missing: Missing,
}

/// One period: when it began, and its value if there was data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datapoint {
    /// When the period began.
    pub at: Timestamp,
    /// The statistic over the period.
    pub value: Option<f64>,
}

impl Alarm {
    /// Reads an alarm on one metric; `None` for metric math, anomaly detection and what lacks a member.
    #[must_use]
    pub fn read(described: &Value) -> Option<Self> {
        let text = |member: &str| described[member].as_str().map(str::to_owned);
        let count = |member: &str| described[member].as_u64().and_then(|number| usize::try_from(number).ok());
        let evaluation_periods = count("EvaluationPeriods")?.max(1);
        let missing = match described["TreatMissingData"].as_str() {
            Some("notBreaching") => Missing::NotBreaching,
            Some("breaching") => Missing::Breaching,
            Some("ignore") => Missing::Ignore,
            _ => Missing::Missing,
        };
        Some(Self {
            name: text("AlarmName")?,
            state: State::of(described["StateValue"].as_str()?)?,
            metric: Metric::read(&described["Namespace"], described)?,
            instance: instance(&described["Dimensions"]),
            period: described["Period"].as_f64()?,
            statistic: text("Statistic")?,
            evaluation_periods,
            datapoints_to_alarm: count("DatapointsToAlarm").unwrap_or(evaluation_periods).clamp(1, evaluation_periods),
            operator: text("ComparisonOperator")?,
            threshold: described["Threshold"].as_f64()?,
            missing,
        })
    }

    /// Whether a value is beyond the threshold.
    #[must_use]
    pub fn breaches(&self, value: f64) -> bool {
        match self.operator.as_str() {
            "GreaterThanThreshold" => value > self.threshold,
            "GreaterThanOrEqualToThreshold" => value >= self.threshold,
            "LessThanThreshold" => value < self.threshold,
            "LessThanOrEqualToThreshold" => value <= self.threshold,
            _ => false,
        }
    }
}

fn instance(dimensions: &Value) -> Option<String> {
    match dimensions.as_array()?.as_slice() {
        [only] if only["Name"] == "InstanceId" => only["Value"].as_str().map(str::to_owned),
        _ => None,
    }
}
