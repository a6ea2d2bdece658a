//! The alarm as CloudWatch describes it now: its state, and the one instance whose CPU it watches.
//!
//! Comes in: an alarm's ARN. Goes out: state, side and instance. Never: an instance that is guessed; an event is a hint, and
//! whoever can send one could name an alarm that rings and an instance of another's.

mod composite;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::alarm::{AlarmState, Side};
use shared::aws::Services;
use shared::incident::Incident;
use shared::remediation::{Look, Unseen};

use composite::Composite;

/// CloudWatch describes so many by name in one answer.
const MOST_NAMES: usize = 100;

/// An alarm of either kind.
enum Alarm {
    Metric(AlarmState),
    Composite(Composite),
}

/// What an alarm says now.
pub(crate) struct Said {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub(crate) state: String,
    /// Whether the CPU is busy or idle when it rings, where that is known.
    pub(crate) side: Option<Side>,
    /// Whose CPU it watches.
    pub(crate) instance: String,
}

/// What the alarm says now, and whose CPU it watches, which must be `named` where the event named one.
pub(crate) async fn said(services: &Services, arn: &str, named: Option<&str>) -> Result<Said, Unseen> {
    let (is, state, side, instance) = match find(services, arn).await? {
        Alarm::Metric(alarm) => (alarm.alarm_arn.clone(), alarm.state_value.clone(), alarm.side(), cpu_of(&alarm)),
        Alarm::Composite(alarm) => {
            let children = children(services, &alarm).await?;
            let busy = composite::busy(&alarm, &children)?;
            (alarm.alarm_arn, alarm.state_value, Some(Side::Above), busy)
        }
    };
    match instance.filter(|instance| is == arn && named.is_none_or(|named| instance == named)) {
        Some(instance) => Ok(Said { state, side, instance }),
        None => Err(Unseen(match named {
            Some(named) => format!("the alarm {arn} does not watch the CPU of {named}"),
            None => format!("the alarm {arn} watches the CPU of no single instance"),
        })),
    }
}

/// The instance whose CPU is too busy when it rings.
fn busy_cpu_of(alarm: &AlarmState) -> Option<String> {
    cpu_of(alarm).filter(|_| alarm.side() == Some(Side::Above))
}

/// The instance whose CPU it watches, if that is one instance over all its metrics.
fn cpu_of(alarm: &AlarmState) -> Option<String> {
    alarm.only("AWS/EC2", "CPUUtilization", "InstanceId")
}

/// Whether the fault is gone: the alarm itself says so.
pub(crate) async fn look(services: &Services, incident: &Incident, waited: Duration) -> Result<Look, Unseen> {
    match find(services, &incident.noticed_by).await? {
        Alarm::Metric(alarm) => Ok(alarm.look(waited)),
        Alarm::Composite(alarm) => Ok(alarm.look(&children(services, &alarm).await?, waited)),
    }
}

/// Asks CloudWatch for the alarm with this ARN.
async fn find(services: &Services, arn: &str) -> Result<Alarm, Unseen> {
    let name = arn.splitn(7, ':').nth(6).unwrap_or(arn);
    // Without types CloudWatch gives metric alarms only.
    let input = json!({"AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]});
    let answer = services.call("cloudwatch", "DescribeAlarms", input).await;
    let answer = answer.map_err(|error| Unseen::of(&format!("alarm {name} cannot be looked at"), &error))?;
    only_alarm(name, &answer)
}

fn only_alarm(name: &str, answer: &Value) -> Result<Alarm, Unseen> {
    let unreadable = |error| Unseen::of(&format!("alarm {name} cannot be read"), &error);
    if let Some(alarm) = answer.pointer("/MetricAlarms/0") {
        return AlarmState::deserialize(alarm).map(Alarm::Metric).map_err(unreadable);
    }
    let alarm = answer.pointer("/CompositeAlarms/0").ok_or_else(|| Unseen(format!("there is no alarm {name}")))?;
    Composite::deserialize(alarm).map(Alarm::Composite).map_err(unreadable)
}

/// The metric alarms whose ALARM counts for a composite. Composites among them are not followed.
async fn children(services: &Services, of: &Composite) -> Result<Vec<AlarmState>, Unseen> {
    let names: Vec<String> = composite::in_alarm(&of.alarm_rule).into_iter().collect();
    let name = &of.alarm_name;
    if names.is_empty() || names.len() > MOST_NAMES {
        return Err(Unseen(format!("the rule of the alarm {name} waits for the ALARM of {} others", names.len())));
    }
    let input = json!({"AlarmNames": names, "AlarmTypes": ["MetricAlarm"], "MaxRecords": MOST_NAMES});
    let answer = services.call("cloudwatch", "DescribeAlarms", input).await;
    let answer = answer.map_err(|error| Unseen::of(&format!("the alarms of {name} cannot be looked at"), &error))?;
    let found = answer["MetricAlarms"].as_array().into_iter().flatten().map(AlarmState::deserialize);
    found.collect::<Result<_, _>>().map_err(|error| Unseen::of(&format!("the alarms of {name} cannot be read"), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_that_is_not_there_or_cannot_be_read_is_unseen_and_never_a_panic() {
        let seen = |answer: Value| match only_alarm("cpu", &answer) {
            Ok(Alarm::Metric(alarm)) => Ok(alarm.state_value),
            Ok(Alarm::Composite(alarm)) => Ok(alarm.state_value),
            Err(Unseen(why)) => Err(why),
        };
        for nothing in [json!({"MetricAlarms": []}), json!({}), Value::Null, json!({"MetricAlarms": {}})] {
            assert_eq!(seen(nothing), Err("there is no alarm cpu".to_owned()));
        }
        assert!(seen(json!({"MetricAlarms": [{"StateValue": 7}]})).unwrap_err().contains("cannot be read"));
        assert_eq!(seen(json!({"MetricAlarms": [{"StateValue": "OK"}]})), Ok("OK".to_owned()));
        let composite = json!({"AlarmName": "c", "AlarmArn": "a", "AlarmRule": "TRUE", "StateValue": "ALARM"});
        assert_eq!(seen(json!({"MetricAlarms": [], "CompositeAlarms": [composite]})), Ok("ALARM".to_owned()));
    }
}
