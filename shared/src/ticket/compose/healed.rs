//! What noticed a fault says that it is over: an alarm that is OK again, a resource that is compliant again.

use crate::catalogue::Binding;
use crate::event::{Alarm, ComplianceChange};
use crate::incident::{Incident, Resource};
use crate::lowcode::serves;
use crate::ticket::draft::{Category, Draft, News, Severity};
use crate::ticket::text::clean;

use super::{resources, what_broke};

/// An alarm is OK. Its incident is the one that its function would have made of it.
pub(super) fn alarm(alarm: &Alarm, resource: Option<Resource>, bindings: &[Binding]) -> Draft {
    let incident = alarm.incident(resource);
    let binding = bindings.iter().find(|binding| binding.when.alarm.as_ref().is_some_and(|on| serves(on, alarm)));
    Draft {
        binding: binding.map(|binding| binding.name.clone()),
        ..draft(&incident, Category::Availability, &format!("Alarm {} is OK again", alarm.name))
    }
}

/// A resource is compliant with a rule that it was not compliant with.
pub(super) fn compliance(change: &ComplianceChange) -> Draft {
    let title = format!("{} is compliant with {} again", change.resource.id, change.rule);
    draft(&change.incident(), Category::Security, &title)
}

fn draft(incident: &Incident, category: Category, title: &str) -> Draft {
    let since = incident.since.map(|since| since.to_string()).unwrap_or_default();
    Draft {
        fingerprint: incident.fingerprint.clone(),
        occurrence: format!("healed {since}"),
        title: clean(title),
        severity: Severity::Low,
        category,
        resources: resources(incident),
        runbook: None,
        seen: incident.since,
        began: None,
        news: News::Healed,
        kind: "Healed".into(),
        binding: None,
        wishes: Default::default(),
        body: what_broke(incident),
    }
}
