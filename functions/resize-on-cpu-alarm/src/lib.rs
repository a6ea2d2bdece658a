//! Gives an EC2 instance whose CPU alarm is in ALARM the next size of its family.
//!
//! Comes in: a CloudWatch alarm on `AWS/EC2 CPUUtilization` with the dimension `InstanceId`, by any delivery.
//! Goes out: the decision to run `runbooks/resize-instance.yaml`, or why not.
//! Never: a write; the runbook writes.

mod decide;
mod observe;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::Client as Ec2;
use shared::alarm;
use shared::aws::Services;
use shared::event::{Alarm, AlarmSource, Trigger};
use shared::guard::Refusal;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Look, Recognised, Remediation, Unseen};

pub use observe::{Candidate, Instance, Observed};

/// The remediation and its clients.
#[derive(Clone)]
pub struct ResizeOnCpuAlarm {
    ec2: Ec2,
    services: Services,
}

impl ResizeOnCpuAlarm {
    /// With the clients of this process.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self { ec2: Ec2::new(&services.sdk), services: services.clone() }
    }
}

#[async_trait]
impl Remediation for ResizeOnCpuAlarm {
    const NAME: &'static str = "resize-on-cpu-alarm";
    type Observed = Observed;

    fn recognise(&self, trigger: &Trigger) -> Recognised {
        recognise(trigger)
    }

    async fn observe(&self, incident: &Incident) -> Result<Observed, Unseen> {
        observe::observe(&self.ec2, &self.services, incident).await
    }

    fn decide(&self, incident: &Incident, observed: &Observed) -> Decision {
        decide::decide(incident, observed, &self.services.settings.resize_max_size)
    }

    async fn look(&self, incident: &Incident, waited: Duration) -> Result<Look, Unseen> {
        alarm::look(&self.services, incident, waited).await
    }
}

fn recognise(trigger: &Trigger) -> Recognised {
    let Trigger::Alarm(alarm) = trigger else { return other_kind(trigger) };
    let instance = alarm.dimension("InstanceId").map(instance_resource);
    let incident = alarm.incident(instance.clone());
    if alarm.state != "ALARM" {
        return Recognised::Healthy(incident, format!("the alarm says {}", alarm.state));
    }
    if alarm.muted {
        let reason = "a mute rule holds back the actions of the alarm; it acts again when the rule has ended".into();
        return Recognised::Refused(incident, Refusal { guard: "muted".into(), reason });
    }
    match (is_cpu(alarm), instance) {
        (true, Some(_)) => Recognised::Incident(incident),
        _ => Recognised::Refused(incident, Refusal { guard: "target".into(), reason: why_not(alarm).into() }),
    }
}

fn instance_resource(id: &str) -> Resource {
    Resource { kind: "AWS::EC2::Instance".into(), id: id.to_owned() }
}

fn is_cpu(alarm: &Alarm) -> bool {
    matches!(&alarm.source, AlarmSource::Metric { namespace, name, .. } if namespace == "AWS/EC2" && name == "CPUUtilization")
}

/// An instance that the event does not name is not guessed.
fn why_not(alarm: &Alarm) -> &'static str {
    match alarm.source {
        AlarmSource::MetricMath => "the alarm is on an expression over metrics, which names no single instance",
        AlarmSource::Composite { .. } => "the alarm is a composite, which names no instance; bind its children instead",
        AlarmSource::Metric { .. } if is_cpu(alarm) => {
            "the alarm has no dimension InstanceId, so it is about no single instance"
        }
        AlarmSource::Metric { .. } => {
            "the alarm is not on AWS/EC2 CPUUtilization, which is all this function resizes for"
        }
    }
}

fn other_kind(trigger: &Trigger) -> Recognised {
    let incident = match trigger {
        Trigger::Compliance(change) => change.incident(),
        Trigger::Automation(end) => end.incident(),
        Trigger::Alarm(alarm) => alarm.incident(None),
        Trigger::ApiCall(call) => call.incident(),
        Trigger::Outcome(_) => return Recognised::OurOwn,
    };
    let reason = "resize-on-cpu-alarm takes CloudWatch alarms; send this event to the function it is for";
    Recognised::Refused(incident, Refusal { guard: "binding".into(), reason: reason.into() })
}

#[cfg(test)]
mod tests;
