//! Which types to give the instance, in which order, or why none. Pure.

mod fits;
mod ladder;
mod price;
mod survives;
mod words;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};
use shared::guard::Refusal;
use shared::incident::{Incident, Resource};
use shared::remediation::{Decision, Run};

use crate::seen::{Candidate, Instance, Observed};

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
}

pub(crate) fn decide(incident: &Incident, observed: &Observed, limits: Limits<'_>) -> Decision {
    let Observed { alarm_state, instance, family } = observed;
    match alarm_state.as_str() {
        "ALARM" => {}
        "OK" => return Decision::AlreadyHealthy("the alarm is OK again".into()),
        other => return refuse("target", format!("the alarm says {other} now; there is nothing to act on")),
    }
    if let Some(reason) = survives::why_not(instance, family) {
        return refuse("target", reason);
    }
    let fitting = match ladder::larger(instance, family, limits.max_size) {
        Ok(fitting) => fitting,
        Err(reason) => return refuse("size", reason),
    };
    match price::affordable(incident, instance, fitting, limits.max_cost) {
        Ok(choices) => Decision::Run(Box::new(run(incident, instance, &choices))),
        Err(reason) => refuse("cost", reason),
    }
}

fn refuse(guard: &str, reason: String) -> Decision {
    Decision::Refuse(Refusal { guard: guard.into(), reason })
}

fn run(incident: &Incident, instance: &Instance, fitting: &[&Candidate]) -> Run {
    let choices: Vec<&str> = fitting.iter().take(CHOICES).map(|choice| choice.instance_type.as_str()).collect();
    let current = [instance.instance_type.as_str()];
    Run {
        binding: "resize-on-cpu-alarm".into(),
        resource: Resource { kind: "AWS::EC2::Instance".into(), id: instance.id.clone() },
        scope: instance.scope.clone(),
        parameters: parameters(instance, &current, &choices),
        undo: Some(parameters(instance, &choices, &current)),
        change: words::change(incident, instance, &choices),
        by_hand: words::by_hand(incident, instance, &choices),
    }
}

fn parameters(instance: &Instance, had: &[&str], wanted: &[&str]) -> Map<String, Value> {
    let types = HAD.iter().zip(had).chain(WANTED.iter().zip(wanted));
    let mut parameters: Map<String, Value> = types.map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    parameters.insert("InstanceId".to_owned(), json!(instance.id));
    if instance.scope.tags.get(FORCE_STOP).is_some_and(|value| value == "true") {
        parameters.insert("AllowForceStop".to_owned(), json!(true));
    }
    parameters
}
