//! Which types to give the instance, in which order, or why none; of an idle one, what a smaller type would save. Pure.

mod fits;
mod idle;
mod ladder;
mod member;
mod price;
mod survives;
mod words;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};
use shared::alarm::Side;
use shared::guard::Refusal;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Run};

use crate::seen::{Candidate, Group, Instance, Observed};

/// On an instance with this tag a stop that does not end may be forced.
const FORCE_STOP: &str = "kintsugi:force-stop";
/// The first choice, and what is tried when AWS has no capacity for it.
const CHOICES: usize = 3;
/// The runbook's parameters for what the instance is to have, and for what it has when it is put back.
const WANTED: [&str; CHOICES] = ["TargetType", "SecondType", "ThirdType"];
const HAD: [&str; CHOICES] = ["CurrentType", "SecondCurrentType", "ThirdCurrentType"];

/// How far a resize may go in this deployment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Largest size, without family.
    pub(crate) max_size: &'a str,
    /// Most US dollars a month that it may cost more.
    pub(crate) max_cost: Option<u32>,
    /// With this tag, and the value `true`, a group lets its members be put on standby.
    pub(crate) opt_in_tag: &'a str,
    /// With this one it never does.
    pub(crate) opt_out_tag: &'a str,
}

/// Which guard says no, and why.
type No = (&'static str, String);

pub(crate) fn decide(incident: &Incident, observed: &Observed, limits: Limits<'_>) -> Decision {
    match (observed.alarm_state.as_str(), observed.side) {
        ("OK", _) => Decision::AlreadyHealthy("the alarm is OK again".into()),
        ("ALARM", Some(Side::Above)) => match relieve(incident, observed, limits) {
            Ok(run) => Decision::Run(Box::new(run)),
            Err((guard, reason)) => refuse(guard, reason),
        },
        ("ALARM", Some(Side::Below)) => idle::propose(incident, &observed.instance, &observed.family),
        ("ALARM", None) => {
            refuse("target", "the alarm rings outside a band: it does not say that the CPU is busy".into())
        }
        (other, _) => refuse("target", format!("the alarm says {other} now; there is nothing to act on")),
    }
}

fn relieve(incident: &Incident, observed: &Observed, limits: Limits<'_>) -> Result<Run, No> {
    let Observed { group, instance, family, .. } = observed;
    survives::why_not(instance, family).map_or(Ok(()), |reason| Err(("target", reason)))?;
    let group = group.as_ref().and_then(|group| member::why_not(group, limits));
    group.map_or(Ok(()), |reason| Err(("owner", reason)))?;
    let fitting = ladder::larger(instance, family, limits.max_size).map_err(|reason| ("size", reason))?;
    let choices = price::affordable(incident, instance, fitting, limits.max_cost).map_err(|reason| ("cost", reason))?;
    Ok(run(incident, observed, &choices))
}

fn refuse(guard: &str, reason: String) -> Decision {
    Decision::Refuse(Refusal { guard: guard.into(), reason })
}

fn run(incident: &Incident, observed: &Observed, fitting: &[&Candidate]) -> Run {
    let Observed { instance, group, .. } = observed;
    let group = group.as_ref();
    let choices: Vec<&str> = fitting.iter().take(CHOICES).map(|choice| choice.instance_type.as_str()).collect();
    let current = [instance.instance_type.as_str()];
    Run {
        binding: "resize-on-cpu-alarm".into(),
        resource: Resource { kind: "AWS::EC2::Instance".into(), id: instance.id.clone() },
        scope: if group.is_some() { instance.scope.clone().on_standby() } else { instance.scope.clone() },
        parameters: parameters(instance, group, &current, &choices),
        undo: Some(parameters(instance, group, &choices, &current)),
        change: words::change(incident, instance, &choices) + &member::meanwhile(group),
        by_hand: words::by_hand(incident, instance, &choices)
            .into_iter()
            .chain(member::back(incident, instance, group))
            .collect(),
        irreversible: words::irreversible(instance),
    }
}

fn parameters(instance: &Instance, group: Option<&Group>, had: &[&str], wanted: &[&str]) -> Map<String, Value> {
    let types = HAD.iter().zip(had).chain(WANTED.iter().zip(wanted));
    let mut parameters: Map<String, Value> = types.map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    parameters.insert("InstanceId".to_owned(), json!(instance.id));
    if let Some(group) = group {
        parameters.insert("AutoScalingGroupName".to_owned(), json!(group.name));
    }
    if instance.scope.tags.get(FORCE_STOP).is_some_and(|value| value == "true") {
        parameters.insert("AllowForceStop".to_owned(), json!(true));
    }
    parameters
}
