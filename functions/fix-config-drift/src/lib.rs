//! Puts a resource right that is not compliant with a managed AWS Config rule.
//!
//! Comes in: a Config compliance change. Goes out: the decision to run the runbook that the binding of the rule's
//! managed identifier names, or why not. Never: a write; the runbook writes.

mod bucket;
mod decide;
mod exception;
mod look;
mod observe;
mod security_group;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_config::Client as Config;
use shared::aws::Services;
use shared::event::Trigger;
use shared::guard::Refusal;
use shared::incident::Incident;
use shared::remediation::{Decision, Look, Recognised, Remediation, Unseen};

pub use observe::{Observed, Rule, Seen};

/// The remediation and its clients.
#[derive(Clone)]
pub struct FixConfigDrift {
    config: Config,
    services: Services,
}

impl FixConfigDrift {
    /// With the clients of this process.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self { config: Config::new(&services.sdk), services: services.clone() }
    }
}

#[async_trait]
impl Remediation for FixConfigDrift {
    const NAME: &'static str = "fix-config-drift";
    /// An evaluation takes seconds.
    const ANSWERS_LATER: bool = true;
    type Observed = Observed;

    fn recognise(&self, trigger: &Trigger) -> Recognised {
        recognise(trigger)
    }

    async fn observe(&self, incident: &Incident) -> Result<Observed, Unseen> {
        observe::observe(&self.config, &self.services, incident).await
    }

    fn decide(&self, incident: &Incident, observed: &Observed) -> Decision {
        decide::decide(incident, observed)
    }

    async fn ask_again(&self, incident: &Incident) -> Result<(), Unseen> {
        look::ask_again(&self.config, incident).await
    }

    async fn look(&self, incident: &Incident, _waited: Duration) -> Result<Look, Unseen> {
        look::look(&self.config, incident).await
    }
}

fn recognise(trigger: &Trigger) -> Recognised {
    let incident = match trigger {
        Trigger::Compliance(change) => match change.compliance.as_str() {
            "NON_COMPLIANT" => return Recognised::Incident(change.incident()),
            "COMPLIANT" | "NOT_APPLICABLE" => {
                return Recognised::Healthy(change.incident(), format!("AWS Config says {}", change.compliance));
            }
            _ => change.incident(),
        },
        Trigger::Alarm(alarm) => alarm.incident(None),
        Trigger::Automation(end) => end.incident(),
        Trigger::Execution(end) => end.incident(),
        Trigger::ApiCall(call) => call.incident(),
        Trigger::Outcome(_) => return Recognised::OurOwn,
    };
    let reason = "fix-config-drift takes resources that AWS Config says are NON_COMPLIANT, and this is none";
    Recognised::Refused(incident, Refusal { guard: "binding".into(), reason: reason.into() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use shared::event;

    use super::*;

    fn recognised(name: &str) -> Recognised {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(name);
        let event = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        recognise(&event::parse(&event).unwrap())
    }

    #[test]
    fn a_resource_that_is_not_compliant_is_an_incident_about_that_resource() {
        let Recognised::Incident(incident) = recognised("config/bucket-not-compliant.json") else { panic!() };
        assert_eq!(incident.resource.unwrap().to_string(), "AWS::S3::Bucket shop-exports");
        assert_eq!(incident.noticed_by, "no-public-buckets");
    }

    #[test]
    fn a_resource_that_is_compliant_again_is_healthy_by_itself() {
        assert!(matches!(recognised("config/bucket-compliant.json"), Recognised::Healthy(..)));
    }

    #[test]
    fn an_alarm_is_not_for_this_function() {
        assert!(matches!(recognised("cloudwatch/alarm-eventbridge.json"), Recognised::Refused(..)));
    }
}
