//! What a larger type costs more, and whether that is within the limit. Pure.

use shared::approval::cost;
use shared::incident::Incident;

use crate::seen::{Candidate, Instance};

/// More US dollars a month on `to`, by list price. `None` where the table has no such price.
pub(super) fn more_a_month(incident: &Incident, instance: &Instance, to: &str) -> Option<f64> {
    // The table is for Linux on shared machines.
    let listed = instance.linux && instance.tenancy == "default";
    listed.then(|| cost::more_a_month(&incident.region, &instance.instance_type, to)).flatten()
}

/// The choices within the limit, at least one. Without a known price nobody can say that a limit is kept.
pub(super) fn affordable<'a>(
    incident: &Incident,
    instance: &Instance,
    mut choices: Vec<&'a Candidate>,
    limit: Option<u32>,
) -> Result<Vec<&'a Candidate>, String> {
    let Some(limit) = limit else { return Ok(choices) };
    let more = |to: &Candidate| more_a_month(incident, instance, &to.instance_type);
    let first = choices.first().map(|first| (first.instance_type.clone(), more(first)));
    choices.retain(|choice| more(choice).is_some_and(|more| more <= f64::from(limit)));
    match first {
        _ if !choices.is_empty() => Ok(choices),
        Some((to, Some(more))) => Err(format!("{to} costs {more:+.2} USD a month, beyond the limit of {limit}")),
        Some((to, None)) => Err(format!(
            "what {to} costs in {} is not known, and there is a limit of {limit} USD a month",
            incident.region
        )),
        None => Err("there is no larger type".to_owned()),
    }
}
