//! Gives an EC2 instance whose CPU alarm is in ALARM the next size of its family.
//!
//! Comes in: a CloudWatch alarm by any delivery: on `AWS/EC2 CPUUtilization` with the dimension `InstanceId`, on an
//! expression over metrics of which the same is true and that name no other instance, or a composite of such alarms.
//! Goes out: the decision to run `runbooks/resize-instance.yaml`, or why not.
//! Never: a write; the runbook writes.

mod alarm;
mod decide;
mod described;
mod group;
mod observe;
mod seen;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::Client as Ec2;
use shared::aws::Services;
use shared::event::{Alarm, AlarmSource, Trigger};
use shared::guard::Refusal;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Look, Recognised, Remediation, Unseen};

pub use seen::{Baseline, Candidate, Group, Instance, Interface, Observed, Room};

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
        let settings = &self.services.settings;
        let limits = decide::Limits {
            max_size: &settings.resize_max_size,
            max_cost: settings.resize_max_cost,
            opt_in_tag: &settings.opt_in_tag,
            opt_out_tag: &settings.opt_out_tag,
        };
        decide::decide(incident, observed, limits)
    }

    async fn look(&self, incident: &Incident, waited: Duration) -> Result<Look, Unseen> {
        alarm::look(&self.services, incident, waited).await
    }
}

fn recognise(trigger: &Trigger) -> Recognised {
    let Trigger::Alarm(alarm) = trigger else { return other_kind(trigger) };
    let instance = alarm.single("InstanceId").map(instance_resource);
    match (shared::alarm::ringing(alarm, alarm.incident(instance)), why_not(alarm)) {
        (Recognised::Incident(incident), Some(reason)) => {
            Recognised::Refused(incident, Refusal { guard: "target".into(), reason })
        }
        (recognised, _) => recognised,
    }
}

fn instance_resource(id: &str) -> Resource {
    Resource { kind: "AWS::EC2::Instance".into(), id: id.to_owned() }
}

/// An instance that the event does not name is not guessed. For whose alarms a composite stands is looked at later.
fn why_not(alarm: &Alarm) -> Option<String> {
    let names_one = alarm.single("InstanceId").is_some();
    match &alarm.source {
        AlarmSource::Composite { .. } => None,
        AlarmSource::MetricMath { .. } if names_one => None,
        AlarmSource::MetricMath { .. } => {
            Some("the alarm is on an expression over metrics, which name no single instance".into())
        }
        AlarmSource::Metric { namespace, name, .. } if namespace != "AWS/EC2" || name != "CPUUtilization" => {
            Some("the alarm is not on AWS/EC2 CPUUtilization, which is all this function resizes for".into())
        }
        AlarmSource::Metric { .. } if names_one => None,
        AlarmSource::Metric { .. } => Some(match alarm.dimension("AutoScalingGroupName") {
            Some(group) => {
                format!("the alarm is about the Auto Scaling group {group}, which grows by instances, not by size")
            }
            None => "the alarm has no dimension InstanceId, so it is about no single instance".into(),
        }),
    }
}

fn other_kind(trigger: &Trigger) -> Recognised {
    let incident = match trigger {
        Trigger::Compliance(change) => change.incident(),
        Trigger::Automation(end) => end.incident(),
        Trigger::Execution(end) => end.incident(),
        Trigger::Alarm(alarm) => alarm.incident(None),
        Trigger::ApiCall(call) => call.incident(),
        Trigger::Outcome(_) => return Recognised::OurOwn,
    };
    let reason = "resize-on-cpu-alarm takes CloudWatch alarms; send this event to the function it is for";
    Recognised::Refused(incident, Refusal { guard: "binding".into(), reason: reason.into() })
}

#[cfg(test)]
mod tests;
