//! What there is: the alarm as it is now, and the resource. Reads only.

use serde_json::Map;
use shared::alarm::{AlarmState, Watched, alarm_state};
use shared::aws::Services;
use shared::catalogue::{AlarmOn, Binding};
use shared::incident::Incident;
use shared::lowcode::{self, Known};
use shared::remediation::Unseen;

/// Where dimensions of the alarm are among what the binding takes from the event.
const DIMENSIONS: &str = "alarm.dimensions.";

pub(crate) async fn observe(services: &Services, incident: &Incident, binding: &Binding) -> Result<Known, Unseen> {
    let resource = lowcode::see(services, incident, binding, Map::new());
    let Some(on) = &binding.when.alarm else { return resource.await };
    let (alarm, known) = tokio::join!(alarm(services, incident, on), resource);
    Ok(Known { healthy: alarm?, ..known? })
}

/// Why the alarm says that nothing is wrong any more. An event is a hint: the alarm must be what the event says it is.
async fn alarm(services: &Services, incident: &Incident, on: &AlarmOn) -> Result<Option<String>, Unseen> {
    let state = alarm_state(services, &incident.noticed_by).await?;
    watched(&state, incident, on)?;
    match state.state_value.as_str() {
        "ALARM" => other_side(&state, on),
        "OK" => Ok(Some("the alarm says OK".to_owned())),
        other => Err(Unseen(format!(
            "the alarm says {other}, which tells neither that the fault is there nor that it is gone"
        ))),
    }
}

/// Why an alarm that rings is no fault: it rings on the side that is none. What scales in when there is little to do
/// watches the same metric, and would otherwise have it made larger.
fn other_side(state: &AlarmState, on: &AlarmOn) -> Result<Option<String>, Unseen> {
    let metric = on.metric.join(" or ");
    match state.side() {
        Some(side) if side == on.side => Ok(None),
        Some(side) => Ok(Some(format!("the alarm rings while {metric} is {}, which is no fault here", side.word()))),
        None => Err(Unseen(format!("the alarm does not say whether {metric} is high or low when it rings"))),
    }
}

/// Whether the alarm has every dimension that the binding took from the event.
fn watched(state: &AlarmState, incident: &Incident, on: &AlarmOn) -> Result<(), Unseen> {
    let AlarmOn { namespace, metric, dimension, .. } = on;
    let used =
        incident.given.iter().filter_map(|(path, value)| Some((path.strip_prefix(DIMENSIONS)?, value.as_str()?)));
    let used: Vec<(&str, &str)> = used.collect();
    if !used.iter().any(|(name, _)| name == dimension) {
        return Err(Unseen(format!("the binding does not use the alarm's dimension {dimension}")));
    }
    let has = |(dimension, value): (&str, &str)| {
        let of = |metric| Watched { namespace, metric, dimension, value };
        metric.iter().any(|metric| state.watches(&incident.noticed_by, of(metric)))
    };
    match used.into_iter().find(|pair| !has(*pair)) {
        None => Ok(()),
        Some((name, value)) => Err(Unseen(format!(
            "the alarm does not watch {} of {name} {value}, whatever the event says",
            metric.join(" or ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::alarm::Side;

    use super::*;

    #[test]
    fn an_alarm_that_scales_in_is_no_fault_and_a_band_is_no_reason_to_act() {
        let on = |side| AlarmOn {
            namespace: "AWS/ECS".into(),
            metric: vec!["CPUUtilization".into()],
            dimension: "ServiceName".into(),
            side,
        };
        let alarm = |comparison: &str| -> AlarmState {
            serde_json::from_value(json!({"StateValue": "ALARM", "ComparisonOperator": comparison})).unwrap()
        };
        let reason = |comparison, side| other_side(&alarm(comparison), &on(side)).map_err(|Unseen(why)| why);
        assert_eq!(reason("GreaterThanThreshold", Side::Above), Ok(None));
        assert_eq!(reason("LessThanThreshold", Side::Below), Ok(None));
        assert!(reason("LessThanThreshold", Side::Above).unwrap().unwrap().contains("CPUUtilization is low"));
        assert!(reason("GreaterThanThreshold", Side::Below).unwrap().unwrap().contains("CPUUtilization is high"));
        assert!(reason("LessThanLowerOrGreaterThanUpperThreshold", Side::Above).is_err());
    }
}
