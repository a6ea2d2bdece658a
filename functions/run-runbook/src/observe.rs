//! What there is: the alarm as it is now, and the resource. Reads only.

use serde_json::Map;
use shared::alarm::{Watched, alarm_state};
use shared::aws::Services;
use shared::catalogue::{AlarmOn, Binding};
use shared::incident::Incident;
use shared::lowcode::{self, Known};
use shared::remediation::Unseen;

pub(crate) async fn observe(services: &Services, incident: &Incident, binding: &Binding) -> Result<Known, Unseen> {
    let resource = lowcode::see(services, incident, binding, Map::new());
    let Some(on) = &binding.when.alarm else { return resource.await };
    let (alarm, known) = tokio::join!(alarm(services, incident, on), resource);
    Ok(Known { healthy: alarm?, ..known? })
}

/// Why the alarm says that nothing is wrong any more. An event is a hint: the alarm must be what the event says it is.
async fn alarm(services: &Services, incident: &Incident, on: &AlarmOn) -> Result<Option<String>, Unseen> {
    let AlarmOn { namespace, metric, dimension } = on;
    let state = alarm_state(services, &incident.noticed_by).await?;
    let value = incident.given.get(&format!("alarm.dimensions.{dimension}")).and_then(|value| value.as_str());
    let value = value.ok_or_else(|| Unseen(format!("the binding does not use the alarm's dimension {dimension}")))?;
    if !state.watches(&incident.noticed_by, Watched { namespace, metric, dimension, value }) {
        return Err(Unseen(format!(
            "the alarm does not watch {metric} of {dimension} {value}, whatever the event says"
        )));
    }
    match state.state_value.as_str() {
        "ALARM" => Ok(None),
        "OK" => Ok(Some("the alarm says OK".to_owned())),
        other => Err(Unseen(format!(
            "the alarm says {other}, which tells neither that the fault is there nor that it is gone"
        ))),
    }
}
