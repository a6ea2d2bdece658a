//! Runs a runbook that a binding names for an event that the binding describes, without Rust.
//!
//! Comes in: any event. Goes out: the decision to run the binding's runbook with parameters from the event, or why not.
//! Never: a write; the runbook writes.

mod decide;
mod observe;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use shared::alarm;
use shared::aws::Services;
use shared::catalogue::{self, Binding};
use shared::event::Trigger;
use shared::guard::Refusal;
use shared::incident::Incident;
use shared::lowcode::{self, Known};
use shared::remediation::{Decision, Look, Recognised, Remediation, Unseen};

/// The remediation, its clients and its bindings.
#[derive(Clone)]
pub struct RunRunbook {
    services: Services,
    bindings: Vec<Binding>,
}

impl RunRunbook {
    /// With the clients of this process.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self { services: services.clone(), bindings: catalogue::bindings_of(Self::NAME) }
    }

    fn binding(&self, incident: &Incident) -> Option<&Binding> {
        self.bindings.iter().find(|binding| Some(&binding.name) == incident.binding.as_ref())
    }
}

#[async_trait]
impl Remediation for RunRunbook {
    const NAME: &'static str = "run-runbook";
    type Observed = Known;

    fn bound(&self, event: &Value) -> Option<Recognised> {
        lowcode::bound(&self.bindings, event)
    }

    fn recognise(&self, trigger: &Trigger) -> Recognised {
        let incident = match trigger {
            Trigger::Alarm(alarm) => alarm.incident(None),
            Trigger::Compliance(change) => change.incident(),
            Trigger::Automation(end) => end.incident(),
            Trigger::Execution(end) => end.incident(),
            Trigger::ApiCall(call) => call.incident(),
            Trigger::Outcome(_) => return Recognised::OurOwn,
        };
        let reason = "no binding of run-runbook wants this event; write one in runbooks/bindings.yaml";
        Recognised::Refused(incident, Refusal { guard: "binding".into(), reason: reason.into() })
    }

    async fn observe(&self, incident: &Incident) -> Result<Known, Unseen> {
        let binding = self.binding(incident).ok_or_else(|| decide::no_binding(incident))?;
        observe::observe(&self.services, incident, binding).await
    }

    fn decide(&self, incident: &Incident, known: &Known) -> Decision {
        decide::decide(self.binding(incident), incident, known)
    }

    async fn look(&self, incident: &Incident, waited: Duration) -> Result<Look, Unseen> {
        let binding = self.binding(incident).ok_or_else(|| decide::no_binding(incident))?;
        match &binding.verify {
            Some(verify) => lowcode::verify(&self.services, incident, verify).await,
            None => alarm::look(&self.services, incident, waited).await,
        }
    }
}
