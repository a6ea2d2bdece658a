//! Which alarms are for this function, read from the example events of every delivery.

use std::path::Path;

use serde_json::Value;
use shared::event;
use shared::remediation::Recognised;

use crate::recognise;

fn event(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(name);
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

fn recognised(name: &str) -> Recognised {
    recognise(&event::parse(&event(name)).unwrap())
}

#[test]
fn three_deliveries_of_one_alarm_are_one_incident() {
    let names = ["cloudwatch/alarm-eventbridge.json", "cloudwatch/alarm-sns.json", "cloudwatch/alarm-action.json"];
    let incidents = names.map(|name| match recognised(name) {
        Recognised::Incident(incident) => incident,
        other => panic!("{name}: {other:?}"),
    });
    assert_eq!(incidents[0].resource.as_ref().map(|r| r.id.as_str()), Some("i-0123456789abcdef0"));
    for other in &incidents[1..] {
        assert_eq!(incidents[0].fingerprint, other.fingerprint);
        assert_eq!(incidents[0].resource, other.resource);
        assert_eq!(incidents[0].since, other.since);
    }
}

#[test]
fn an_alarm_that_names_no_instance_is_refused_and_never_guessed() {
    for name in [
        "cloudwatch/alarm-metric-math.json",
        "cloudwatch/alarm-composite.json",
        "cloudwatch/alarm-without-instance.json",
    ] {
        let Recognised::Refused(_, refusal) = recognised(name) else { panic!("{name}") };
        assert_eq!(refusal.guard, "target", "{name}");
    }
}

#[test]
fn an_alarm_that_went_back_to_ok_is_healthy_by_itself() {
    assert!(matches!(recognised("cloudwatch/alarm-ok.json"), Recognised::Healthy(..)));
}

#[test]
fn an_event_of_another_kind_is_refused_with_what_it_is_for() {
    let Recognised::Refused(_, refusal) = recognised("config/bucket-not-compliant.json") else { panic!() };
    assert_eq!(refusal.guard, "binding");
}
