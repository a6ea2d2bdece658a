//! Which binding an event is for, and which incident it is then. Pure.
//!
//! Comes in: an event's text as JSON, and bindings. Goes out: what it is to the function, or `None` when no binding wants
//! it. Never: a resource that the event does not name.

use serde_json::{Map, Value};

use super::expression::{Lookup, fill_text, paths, walk};
use crate::alarm::ringing;
use crate::catalogue::{AlarmOn, Binding};
use crate::event::{self, Alarm, AlarmSource, Envelope, Trigger};
use crate::guard::Refusal;
use crate::incident::{Delivery, Incident, Resource};
use crate::remediation::Recognised;

/// What an event is to a function with these bindings; the first that wants it counts.
#[must_use]
pub fn bound(bindings: &[Binding], event: &Value) -> Option<Recognised> {
    let alarm = match event::parse(event) {
        Ok(Trigger::Alarm(alarm)) => Some(alarm),
        _ => None,
    };
    bindings.iter().find_map(|binding| {
        let on = &binding.when;
        match (&on.alarm, &alarm, &on.event) {
            (Some(on), Some(alarm), _) if serves(on, alarm) => Some(of_alarm(binding, alarm)),
            (_, _, Some(pattern)) if pattern.matches(event) => Some(of_event(binding, event)),
            _ => None,
        }
    })
}

/// Whether an alarm is one that a binding waits for.
#[must_use]
pub fn serves(on: &AlarmOn, alarm: &Alarm) -> bool {
    let AlarmSource::Metric { namespace, name, .. } = &alarm.source else { return false };
    *namespace == on.namespace && on.metric.contains(name) && alarm.dimension(&on.dimension).is_some()
}

fn of_alarm(binding: &Binding, alarm: &Alarm) -> Recognised {
    let facts = OfAlarm(alarm);
    let resource = match resource(binding, &facts) {
        Ok(resource) => resource,
        Err(reason) => return Recognised::Refused(alarm.incident(None), refusal("target", reason)),
    };
    let incident = Incident {
        binding: Some(binding.name.clone()),
        given: given(binding, &facts),
        ..alarm.incident(Some(resource))
    };
    ringing(alarm, incident)
}

fn of_event(binding: &Binding, event: &Value) -> Recognised {
    let facts = OfEvent(event);
    let envelope = event::envelope(event);
    let found =
        envelope.map_err(|error| error.to_string()).and_then(|envelope| Ok((envelope, resource(binding, &facts)?)));
    match found {
        Ok((envelope, resource)) => {
            Recognised::Incident(incident(binding, &envelope, resource, given(binding, &facts)))
        }
        Err(reason) => Recognised::Refused(nameless(binding, event), refusal("target", reason)),
    }
}

fn incident(binding: &Binding, envelope: &Envelope, resource: Resource, given: Map<String, Value>) -> Incident {
    let Envelope { account, region, .. } = envelope;
    let noticed_by = format!("event {} {}", envelope.source, envelope.detail_type);
    Incident {
        fingerprint: Incident::fingerprint(account, region, &noticed_by, Some(&resource)),
        account: account.clone(),
        region: region.clone(),
        summary: format!("{} of {}: {resource}", envelope.detail_type, envelope.source),
        noticed_by,
        resource: Some(resource),
        since: envelope.time,
        event: envelope.id.clone(),
        delivery: Delivery::EventBridge,
        binding: Some(binding.name.clone()),
        given,
    }
}

/// The incident of an event that a binding wants and that does not say enough.
fn nameless(binding: &Binding, event: &Value) -> Incident {
    let text = |path: &str| walk(event, path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (account, region) = (text("account"), text("region"));
    let noticed_by = format!("event {} {}", text("source"), text("detail-type"));
    Incident {
        fingerprint: Incident::fingerprint(&account, &region, &noticed_by, None),
        account,
        region,
        summary: format!("an event for binding {} does not say enough", binding.name),
        noticed_by,
        resource: None,
        since: None,
        event: Some(text("id")).filter(|id| !id.is_empty()),
        delivery: Delivery::EventBridge,
        binding: Some(binding.name.clone()),
        given: Map::new(),
    }
}

fn resource(binding: &Binding, facts: &impl Lookup) -> Result<Resource, String> {
    let from = binding.resource.as_ref().ok_or("the binding does not say which resource it is about")?;
    let filled = |text: &str| fill_text(text, facts).map_err(|error| error.to_string());
    Ok(Resource { kind: filled(&from.kind)?, id: filled(&from.id)? })
}

/// The resource that a binding would take an alarm to be about; `None` where it says none, or the alarm names none.
#[must_use]
pub fn resource_of_alarm(binding: &Binding, alarm: &Alarm) -> Option<Resource> {
    resource(binding, &OfAlarm(alarm)).ok()
}

/// What the binding takes from the event, by path: the event itself is not kept.
fn given(binding: &Binding, facts: &impl Lookup) -> Map<String, Value> {
    let asked = binding.expressions().into_iter().flat_map(|value| paths(&value));
    let own = asked.filter(|path| path.starts_with("event.") || path.starts_with("alarm.dimensions."));
    own.filter_map(|path| facts.at(&path).map(|value| (path, value))).collect()
}

struct OfAlarm<'a>(&'a Alarm);

impl Lookup for OfAlarm<'_> {
    fn at(&self, path: &str) -> Option<Value> {
        let alarm = self.0;
        match path {
            "alarm.name" => Some(Value::from(alarm.name.as_str())),
            "alarm.arn" => Some(Value::from(alarm.arn.as_str())),
            "account" => Some(Value::from(alarm.account.as_str())),
            "region" => Some(Value::from(alarm.region.as_str())),
            _ => alarm.dimension(path.strip_prefix("alarm.dimensions.")?).map(Value::from),
        }
    }
}

struct OfEvent<'a>(&'a Value);

impl Lookup for OfEvent<'_> {
    fn at(&self, path: &str) -> Option<Value> {
        match path {
            "account" | "region" => self.0.get(path).cloned(),
            _ => walk(self.0, path.strip_prefix("event.")?).cloned(),
        }
    }
}

fn refusal(guard: &str, reason: String) -> Refusal {
    Refusal { guard: guard.into(), reason }
}
