//! A Config finding sent here directly: somebody wants a ticket, not a remediation.

use crate::event::ComplianceChange;
use crate::ticket::draft::{Category, Draft, News, Severity};
use crate::ticket::place::Place;
use crate::ticket::text::clean;

use super::{Composed, healed, resources, what_broke};

pub(super) fn compose(change: &ComplianceChange) -> Composed {
    if change.compliance == "COMPLIANT" {
        return Composed::ticket(healed::compliance(change));
    }
    if change.compliance != "NON_COMPLIANT" {
        return Composed::nothing(format!("{} is {} with {}", change.resource, change.compliance, change.rule));
    }
    let incident = change.incident();
    let body = what_broke(&incident)
        .heading("What is left to do")
        .paragraph("Nothing was tried and nothing was changed. The command lists what the rule still finds.")
        .commands(Place::of(&incident).look(&incident));
    Composed::ticket(Draft {
        fingerprint: incident.fingerprint.clone(),
        occurrence: change.since.map(|since| since.to_string()).unwrap_or_else(|| change.compliance.clone()),
        title: clean(&format!("{} is not compliant with {}", change.resource.id, change.rule)),
        severity: Severity::Medium,
        category: Category::Security,
        resources: resources(&incident),
        runbook: None,
        seen: change.since,
        began: change.since,
        news: News::Broken,
        kind: "NonCompliant".into(),
        binding: None,
        wishes: Default::default(),
        body,
    })
}
