//! The alarm itself says whether the fault is gone.

use serde_json::{Value, json};
use shared::aws::Services;
use shared::incident::Incident;
use shared::remediation::{Look, Unseen};

/// An alarm's state and CloudWatch's sentence about it.
pub(crate) struct AlarmState {
    pub(crate) state: String,
    pub(crate) reason: String,
}

/// Healed is OK and nothing else: an alarm without data has not recovered.
pub(crate) async fn look(services: &Services, incident: &Incident) -> Result<Look, Unseen> {
    let AlarmState { state, reason } = alarm_state(services, &incident.noticed_by).await?;
    Ok(Look { healed: state == "OK", seen: format!("the alarm says {state}: {reason}") })
}

/// Asks CloudWatch for the alarm with this ARN.
pub(crate) async fn alarm_state(services: &Services, arn: &str) -> Result<AlarmState, Unseen> {
    let name = arn.splitn(7, ':').nth(6).unwrap_or(arn);
    let answer = services.call("cloudwatch", "DescribeAlarms", json!({"AlarmNames": [name]})).await;
    let answer = answer.map_err(|error| Unseen::of(&format!("alarm {name} cannot be looked at"), &error))?;
    let alarm = &answer["MetricAlarms"][0];
    match alarm["StateValue"].as_str() {
        Some(state) => Ok(AlarmState { state: state.to_owned(), reason: text(&alarm["StateReason"]) }),
        None => Err(Unseen(format!("there is no alarm {name}"))),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("no reason given").to_owned()
}
