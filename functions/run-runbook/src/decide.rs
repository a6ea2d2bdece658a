//! What the binding says to do. Pure.

use shared::catalogue::Binding;
use shared::guard::Refusal;
use shared::incident::Incident;
use shared::lowcode::{self, Known};
use shared::remediation::{Decision, Unseen};

pub(crate) fn decide(binding: Option<&Binding>, incident: &Incident, known: &Known) -> Decision {
    match binding {
        Some(binding) => lowcode::decide(binding, incident, known),
        None => Decision::Refuse(Refusal { guard: "binding".into(), reason: no_binding(incident).0 }),
    }
}

pub(crate) fn no_binding(incident: &Incident) -> Unseen {
    let name = incident.binding.as_deref().unwrap_or("(none)");
    Unseen(format!("there is no binding {name} of run-runbook any more"))
}
