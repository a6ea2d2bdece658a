//! An alarm that no function serves: a person has to look.

use crate::catalogue::Binding;
use crate::event::{Alarm, AlarmSource};
use crate::incident::{Incident, Resource};
use crate::lowcode::{resource_of_alarm, serves};
use crate::ticket::draft::{Category, Draft, Fact, News, Severity};
use crate::ticket::place::Place;
use crate::ticket::text::{clean, option};

use super::{Composed, healed, resources, what_broke};

pub(super) fn compose(alarm: &Alarm, bindings: &[Binding]) -> Composed {
    if alarm.state == "OK" {
        return Composed::ticket(healed::alarm(alarm, at_fault(alarm, bindings), bindings));
    }
    if alarm.state != "ALARM" {
        return Composed::nothing(format!("alarm {} is {}, not ALARM", alarm.name, alarm.state));
    }
    if let Some(binding) =
        bindings.iter().find(|binding| binding.when.alarm.as_ref().is_some_and(|on| serves(on, alarm)))
    {
        let Binding { name, function, .. } = binding;
        return Composed::nothing(format!(
            "alarm {} is bound to {function} ({name}); its outcome opens the ticket",
            alarm.name
        ));
    }
    Composed::ticket(draft(alarm))
}

fn draft(alarm: &Alarm) -> Draft {
    let incident = alarm.incident(instance(alarm));
    let place = Place::of(&incident);
    let body = what_broke(&incident)
        .facts(watched(&alarm.source))
        .heading("What is left to do")
        .paragraph(
            "No binding covers this alarm, so nothing was tried and nothing was changed. Find the cause by hand; \
                    the first command shows whether the alarm is still in ALARM.",
        )
        .commands(place.look(&incident).into_iter().chain([history(&incident, &alarm.name)]))
        .paragraph("To have it put right next time, bind the alarm's metric to a runbook.");
    Draft {
        fingerprint: incident.fingerprint.clone(),
        occurrence: alarm.since.map(|since| since.to_string()).unwrap_or_else(|| alarm.state.clone()),
        title: clean(&format!("Alarm {}: nothing is bound to it", alarm.name)),
        severity: Severity::Medium,
        category: Category::Availability,
        resources: resources(&incident),
        runbook: None,
        seen: alarm.since,
        began: alarm.since,
        news: News::Broken,
        kind: "Alarm".into(),
        binding: None,
        wishes: Default::default(),
        body,
    }
}

/// The resource that the tickets about this alarm are about: the one its function would name, or the one of [`draft`].
fn at_fault(alarm: &Alarm, bindings: &[Binding]) -> Option<Resource> {
    let bound = bindings.iter().find(|binding| binding.when.alarm.as_ref().is_some_and(|on| serves(on, alarm)));
    bound.and_then(|binding| resource_of_alarm(binding, alarm)).or_else(|| instance(alarm))
}

/// The one resource we can name for sure from a metric's dimensions.
fn instance(alarm: &Alarm) -> Option<Resource> {
    let id = alarm.dimension("InstanceId")?;
    Some(Resource { kind: "AWS::EC2::Instance".into(), id: id.to_owned() })
}

fn watched(source: &AlarmSource) -> Vec<Fact> {
    match source {
        AlarmSource::Metric { namespace, name, dimensions } => {
            let dimensions: Vec<String> = dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
            vec![Fact::new("Metric", format!("{namespace} {name}")), Fact::new("Dimensions", dimensions.join(", "))]
        }
        AlarmSource::MetricMath { .. } => vec![Fact::new("Metric", "an expression over several metrics")],
        AlarmSource::Composite { children } => vec![Fact::new("Triggered by", children.join(", "))],
    }
}

fn history(incident: &Incident, alarm: &str) -> String {
    let (region, alarm) = (option("--region", &incident.region), option("--alarm-name", alarm));
    format!("aws cloudwatch describe-alarm-history {region} {alarm} --history-item-type StateUpdate --max-items 5")
}
