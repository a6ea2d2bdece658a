//! A CloudWatch alarm's state change, in its three deliveries.
//!
//! EventBridge and the alarm action spell facts alike under different roots; SNS carries its own schema as JSON
//! text, with dimensions as a list of lower-case `name` and `value`, and a display name where a Region should be.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::json::{at, field, is_account, is_name, is_region, sentence, text};
use super::{EventError, timestamp};
use crate::incident::{Delivery, Incident, Resource};

/// CloudWatch takes no more for a metric.
const MOST_DIMENSIONS: usize = 30;
/// CloudWatch takes no more for an alarm.
const MOST_METRICS: usize = 100;
/// Of a composite alarm's children: more than these nobody reads.
const MOST_CHILDREN: usize = 50;

/// What an alarm watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmSource {
    /// Exactly one metric, whose dimensions are given in name order.
    Metric {
        /// For example `AWS/EC2`.
        namespace: String,
        /// For example `CPUUtilization`.
        name: String,
        /// Name and value.
        dimensions: Vec<(String, String)>,
    },
    /// An expression over several metrics, mostly of no single resource.
    MetricMath {
        /// Name and value of every dimension of every metric, once each, in order.
        dimensions: Vec<(String, String)>,
    },
    /// A rule over other alarms: names no metric at all.
    Composite {
        /// ARNs or names of the children that triggered it, as far as the event tells.
        children: Vec<String>,
    },
}

/// An alarm's state change.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Account of the alarm.
    pub account: String,
    /// Region of the alarm.
    pub region: String,
    /// ARN of the alarm.
    pub arn: String,
    /// Name of the alarm.
    pub name: String,
    /// `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// CloudWatch's own sentence.
    pub reason: String,
    /// When the state changed.
    pub since: Option<Timestamp>,
    /// The event's own id: EventBridge's, or the notification's. An alarm action has none.
    pub id: Option<String>,
    /// What it watches.
    pub source: AlarmSource,
    /// How it came.
    pub delivery: Delivery,
    /// Whether a mute rule holds back the alarm's actions. EventBridge tells all the same.
    pub muted: bool,
}

impl Alarm {
    /// The value of `dimension`, if the alarm watches one metric that has it.
    #[must_use]
    pub fn dimension(&self, dimension: &str) -> Option<&str> {
        let AlarmSource::Metric { dimensions, .. } = &self.source else { return None };
        dimensions.iter().find(|(name, _)| name == dimension).map(|(_, value)| value.as_str())
    }

    /// The value of `dimension`, if all that the alarm watches names one value of it and no other. Of an expression over
    /// metrics not every metric need have it.
    #[must_use]
    pub fn single(&self, dimension: &str) -> Option<&str> {
        let AlarmSource::MetricMath { dimensions } = &self.source else { return self.dimension(dimension) };
        let mut values = dimensions.iter().filter(|(name, _)| name == dimension).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }

    /// The incident, about `resource` if exactly one is at fault.
    #[must_use]
    pub fn incident(&self, resource: Option<Resource>) -> Incident {
        Incident {
            fingerprint: Incident::fingerprint(&self.account, &self.region, &self.arn, resource.as_ref()),
            account: self.account.clone(),
            region: self.region.clone(),
            noticed_by: self.arn.clone(),
            resource,
            summary: format!("alarm {} is {}: {}", self.name, self.state, self.reason),
            since: self.since,
            event: self.id.clone(),
            binding: None,
            given: Default::default(),
            delivery: self.delivery,
        }
    }
}

/// The Region and account of an ARN, which is right where an event's own fields are display names.
fn arn_parts(arn: &str, at: &str) -> Result<(String, String), EventError> {
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, _, region, account, _] if is_region(region) && is_account(account) => {
            Ok((region.to_owned(), account.to_owned()))
        }
        _ => Err(field(at, "is not an alarm's ARN")),
    }
}

pub(super) fn from_eventbridge(event: &Value) -> Result<Alarm, EventError> {
    let arn = text(event, "resources.0")?;
    let parts = arn_parts(arn, "resources.0")?;
    alarm(event, "detail", arn, parts, Delivery::EventBridge)
}

pub(super) fn from_alarm_action(event: &Value) -> Result<Alarm, EventError> {
    let arn = text(event, "alarmArn")?;
    let parts = arn_parts(arn, "alarmArn")?;
    alarm(event, "alarmData", arn, parts, Delivery::AlarmAction)
}

fn alarm(
    event: &Value,
    root: &str,
    arn: &str,
    (region, account): (String, String),
    delivery: Delivery,
) -> Result<Alarm, EventError> {
    let of = |path: &str| format!("{root}.{path}");
    Ok(Alarm {
        account,
        region,
        arn: arn.to_owned(),
        name: text(event, &of("alarmName"))?.to_owned(),
        state: text(event, &of("state.value"))?.to_owned(),
        reason: sentence(event, &of("state.reason")).unwrap_or_else(no_reason),
        since: at(event, &of("state.timestamp")).and_then(Value::as_str).and_then(timestamp),
        id: at(event, "id").and_then(Value::as_str).map(str::to_owned),
        source: source(event, root)?,
        delivery,
        muted: at(event, &of("muteDetail")).is_some_and(|detail| !detail.is_null()),
    })
}

fn no_reason() -> String {
    "no reason given".to_owned()
}

fn source(event: &Value, root: &str) -> Result<AlarmSource, EventError> {
    if at(event, &format!("{root}.configuration.alarmRule")).is_some() {
        return Ok(AlarmSource::Composite { children: triggering(at(event, &format!("{root}.state.reasonData"))) });
    }
    let path = format!("{root}.configuration.metrics");
    let metrics =
        at(event, &path).and_then(Value::as_array).ok_or_else(|| field(&path, "is missing; expected a list"))?;
    match &metrics[..] {
        [one] if one.get("metricStat").is_some() => metric(&one["metricStat"]["metric"], &path),
        several => joined(several.iter().map(|of| metric(&of["metricStat"]["metric"], &path))),
    }
}

fn metric(metric: &Value, path: &str) -> Result<AlarmSource, EventError> {
    let dimensions = metric["dimensions"].as_object().into_iter().flatten();
    Ok(AlarmSource::Metric {
        namespace: text(metric, "namespace").map_err(|_| field(path, "has a metric without namespace"))?.to_owned(),
        name: text(metric, "name").map_err(|_| field(path, "has a metric without name"))?.to_owned(),
        dimensions: sorted(path, dimensions.map(|(name, value)| (Some(name.as_str()), value.as_str())))?,
    })
}

/// Metrics that an expression joins. An entry that is no metric is an expression.
fn joined(metrics: impl Iterator<Item = Result<AlarmSource, EventError>>) -> Result<AlarmSource, EventError> {
    let mut all = BTreeSet::new();
    for metric in metrics.take(MOST_METRICS) {
        if let Ok(AlarmSource::Metric { dimensions, .. }) = metric {
            all.extend(dimensions);
        }
    }
    Ok(AlarmSource::MetricMath { dimensions: all.into_iter().collect() })
}

/// In name order. A dimension of which only half can be used would make the alarm one on something else.
fn sorted<'a>(
    path: &str,
    dimensions: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Result<Vec<(String, String)>, EventError> {
    let mut sorted = Vec::new();
    for dimension in dimensions {
        let (Some(name), Some(value)) = dimension else { return Err(field(path, "has a dimension that is no text")) };
        if [name, value].iter().any(|text| !is_name(text)) {
            return Err(field(path, "has a dimension of more characters, or other ones, than CloudWatch takes"));
        }
        sorted.push((name.to_owned(), value.to_owned()));
    }
    if sorted.len() > MOST_DIMENSIONS {
        return Err(field(path, &format!("has {} dimensions; at most {MOST_DIMENSIONS} are possible", sorted.len())));
    }
    sorted.sort();
    Ok(sorted)
}

/// The children named in a composite's `reasonData`, which is JSON in a string and may be missing.
fn triggering(reason_data: Option<&Value>) -> Vec<String> {
    let data = reason_data.and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let alarms = data.as_ref().and_then(|data| data["triggeringAlarms"].as_array());
    children(alarms.into_iter().flatten().map(|alarm| &alarm["arn"]))
}

/// ARNs of alarms, as many as people read.
fn children<'a>(arns: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let arns = arns.filter_map(Value::as_str).filter(|arn| is_name(arn));
    arns.take(MOST_CHILDREN).map(str::to_owned).collect()
}

pub(super) fn from_sns(event: &Value) -> Result<Alarm, EventError> {
    let records = event["Records"].as_array().ok_or_else(|| field("Records", "is not a list"))?;
    let [record] = &records[..] else {
        return Err(field("Records", &format!("has {} entries; SNS delivers exactly one", records.len())));
    };
    // No name: JSON of any length.
    let message = at(record, "Sns.Message").and_then(Value::as_str);
    let message = message.ok_or_else(|| field("Records.0.Sns.Message", "is missing; expected a string"))?;
    let message: Value =
        serde_json::from_str(message).map_err(|source| EventError::Embedded { at: "Records.0.Sns.Message", source })?;
    let id = at(record, "Sns.MessageId").and_then(Value::as_str).map(str::to_owned);
    from_notification(&message, id)
}

fn from_notification(message: &Value, id: Option<String>) -> Result<Alarm, EventError> {
    let arn = text(message, "AlarmArn")?;
    let (region, account) = arn_parts(arn, "AlarmArn")?;
    Ok(Alarm {
        account,
        region,
        arn: arn.to_owned(),
        name: text(message, "AlarmName")?.to_owned(),
        state: text(message, "NewStateValue")?.to_owned(),
        reason: sentence(message, "NewStateReason").unwrap_or_else(no_reason),
        since: message["StateChangeTime"].as_str().and_then(timestamp),
        id,
        source: notified_source(message)?,
        delivery: Delivery::Sns,
        muted: false,
    })
}

fn notified_source(message: &Value) -> Result<AlarmSource, EventError> {
    let trigger = &message["Trigger"];
    if message.get("AlarmRule").is_some() {
        let triggering = message["TriggeringChildren"].as_array().into_iter().flatten();
        return Ok(AlarmSource::Composite { children: children(triggering.map(|child| &child["Arn"])) });
    }
    if let Some(metrics) = trigger.get("Metrics") {
        return match metrics.as_array().map(Vec::as_slice) {
            Some([one]) if one.get("MetricStat").is_some() => {
                notified_metric(&one["MetricStat"]["Metric"], "Trigger.Metrics")
            }
            several => {
                let several = several.unwrap_or_default().iter();
                let metrics = several.filter_map(|of| of.get("MetricStat"));
                joined(metrics.map(|stat| notified_metric(&stat["Metric"], "Trigger.Metrics")))
            }
        };
    }
    notified_metric(trigger, "Trigger")
}

/// A metric as SNS spells it: in the trigger itself, or in the only one of its metrics.
fn notified_metric(trigger: &Value, path: &str) -> Result<AlarmSource, EventError> {
    let dimensions = trigger["Dimensions"].as_array().into_iter().flatten();
    let pairs = dimensions.map(|dimension| (dimension["name"].as_str(), dimension["value"].as_str()));
    Ok(AlarmSource::Metric {
        namespace: text(trigger, "Namespace").map_err(|_| field(path, "has no Namespace"))?.to_owned(),
        name: text(trigger, "MetricName").map_err(|_| field(path, "has no MetricName"))?.to_owned(),
        dimensions: sorted(path, pairs)?,
    })
}
