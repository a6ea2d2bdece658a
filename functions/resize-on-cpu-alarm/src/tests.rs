//! Which alarms are for this function, read from the example events of every delivery.

use std::path::Path;

use serde_json::{Value, json};
use shared::event;
use shared::remediation::Recognised;

use crate::{instance_resource, recognise};

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
    let Recognised::Refused(_, refusal) = recognised("cloudwatch/alarm-without-instance.json") else { panic!() };
    assert_eq!(refusal.guard, "target");
}

#[test]
fn an_expression_of_another_resource_beside_the_instance_is_about_the_instance() {
    let Recognised::Incident(incident) = recognised("cloudwatch/alarm-metric-math.json") else { panic!() };
    assert_eq!(incident.resource, Some(instance_resource("i-0123456789abcdef0")));
}

/// The metrics of an example's alarm, by EventBridge, each of `(name, dimension, value)`, and an expression.
fn joined(metrics: &[(&str, &str, &str)]) -> Recognised {
    let mut event = event("cloudwatch/alarm-eventbridge.json");
    let stat = |(name, dimension, value): &(&str, &str, &str)| {
        let metric = json!({"namespace": "AWS/EC2", "name": name, "dimensions": {(*dimension): value}});
        json!({"id": "m", "metricStat": {"metric": metric, "period": 60, "stat": "Average"}, "returnData": false})
    };
    let expression = json!({"id": "e", "expression": "m / 2", "returnData": true});
    let metrics: Vec<Value> = metrics.iter().map(stat).chain([expression]).collect();
    event["detail"]["configuration"]["metrics"] = json!(metrics);
    recognise(&event::parse(&event).unwrap())
}

#[test]
fn an_expression_over_metrics_of_one_instance_is_about_that_instance() {
    let (cpu, group) = (("CPUUtilization", "InstanceId", "i-1"), ("CPUUtilization", "AutoScalingGroupName", "web"));
    for metrics in [vec![cpu], vec![cpu, ("NetworkIn", "InstanceId", "i-1")], vec![cpu, group]] {
        let Recognised::Incident(incident) = joined(&metrics) else { panic!("{metrics:?}") };
        assert_eq!(incident.resource, Some(instance_resource("i-1")), "{metrics:?}");
    }
    for metrics in [vec![group], vec![cpu, ("CPUUtilization", "InstanceId", "i-2")]] {
        assert!(matches!(joined(&metrics), Recognised::Refused(..)), "{metrics:?}");
    }
}

#[test]
fn a_composite_is_looked_into_before_anything_is_said_of_it() {
    let Recognised::Incident(incident) = recognised("cloudwatch/alarm-composite.json") else { panic!() };
    assert_eq!(incident.resource, None);
}

#[test]
fn an_alarm_on_a_group_is_not_for_a_single_instance() {
    let mut event = event("cloudwatch/alarm-eventbridge.json");
    let dimensions = event.pointer_mut("/detail/configuration/metrics/0/metricStat/metric/dimensions").unwrap();
    *dimensions = json!({"AutoScalingGroupName": "web"});
    let Recognised::Refused(_, refusal) = recognise(&event::parse(&event).unwrap()) else { panic!() };
    assert!(refusal.reason.contains("Auto Scaling group web"), "{}", refusal.reason);
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
