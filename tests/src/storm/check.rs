//! What must hold after a storm, by the names of docs/architecture.md.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::outcome::Outcome;
use world::bus::log::DeliveryState;

use super::aftermath::Now;
use super::crowd::SMALL;
use super::{Aftermath, FUNCTION, Storm};

/// The next size, which relieves the load.
const LARGER: &str = "m5.xlarge";

type Verdict = Result<(), String>;

/// A rule's name, and how it is looked at.
type Rule = (&'static str, fn(Storm, &Aftermath) -> Verdict);

const RULES: [Rule; 8] = [
    ("Nothing is lost: every event was taken", every_event_was_taken),
    ("Nothing is lost: one outcome for each event", one_outcome),
    ("Nothing is lost: no dead letters", no_letters),
    ("Nothing is lost: one ticket for what was not healed", one_ticket),
    ("Blast radius: the budget holds", budget_holds),
    ("Never left worse: as it was, or one size larger and running", as_it_was_or_larger),
    ("Healed means verified", healed_is_verified),
    ("One hand at a time: no lock is left", no_lock_left),
];

/// Every rule that did not hold, with what was seen.
#[must_use]
pub fn breaches(storm: Storm, left: &Aftermath) -> Vec<String> {
    RULES.iter().filter_map(|(rule, check)| check(storm, left).err().map(|seen| format!("{rule}: {seen}"))).collect()
}

fn every_event_was_taken(storm: Storm, left: &Aftermath) -> Verdict {
    let not = left.deliveries.iter().find(|delivery| delivery.state != DeliveryState::Delivered);
    match not {
        Some(delivery) => Err(format!("{delivery:?}")),
        None => same(storm.events, left.deliveries.len(), "events were delivered"),
    }
}

fn one_outcome(storm: Storm, left: &Aftermath) -> Verdict {
    let executions: BTreeSet<&String> = left.executions.iter().collect();
    same(storm.events, executions.len(), "executions")?;
    if let Some(silent) = executions.iter().find(|execution| !left.outcomes.contains_key(**execution)) {
        return Err(format!("{silent} ended in silence"));
    }
    same(executions.len(), left.outcomes.len(), "executions that told an outcome")?;
    let different = left.outcomes.values().find(|told| told.iter().any(|record| record.outcome != told[0].outcome));
    different.map_or(Ok(()), |told| Err(format!("{} told different outcomes", told[0].execution)))
}

fn no_letters(_: Storm, left: &Aftermath) -> Verdict {
    left.letters.first().map_or(Ok(()), |letter| Err(format!("{}, the first: {letter}", left.letters.len())))
}

fn one_ticket(_: Storm, left: &Aftermath) -> Verdict {
    for (id, now) in &left.now {
        let tickets = left.tickets.iter().filter(|ticket| ticket.title.contains(id)).count();
        let healed = is_larger(now);
        if tickets > 1 || (tickets == 0 && !healed) {
            return Err(format!("{id} ({now:?}) has {tickets} tickets"));
        }
    }
    Ok(())
}

/// In each hour that it took; and what was changed is what was counted.
fn budget_holds(storm: Storm, left: &Aftermath) -> Verdict {
    let prefix = format!("budget#{FUNCTION}#");
    let hours = left.guards.iter().filter(|item| pk(item).starts_with(&prefix));
    let counted: Vec<usize> = hours.map(|item| item["members"]["SS"].as_array().map_or(0, Vec::len)).collect();
    let changed = left.now.values().filter(|now| now.instance_type != SMALL).count();
    if counted.iter().any(|members| *members > storm.budget) {
        return Err(format!("{counted:?} changes were admitted, {} an hour are allowed", storm.budget));
    }
    if counted.len() == 1 {
        same(storm.budget.min(storm.instances), counted[0], "changes were admitted")?;
    }
    same(counted.iter().sum(), changed, "instances are another size")
}

fn as_it_was_or_larger(_: Storm, left: &Aftermath) -> Verdict {
    let fine = |now: &Now| now.state == "running" && (now.instance_type == SMALL || is_larger(now));
    left.now.iter().find(|(_, now)| !fine(now)).map_or(Ok(()), |(id, now)| Err(format!("{id} is {now:?}")))
}

fn healed_is_verified(_: Storm, left: &Aftermath) -> Verdict {
    let records = left.outcomes.values().filter_map(|told| told.first());
    let healed = records.filter(|record| matches!(record.outcome, Outcome::Remediated { .. }));
    let healed: BTreeSet<String> =
        healed.filter_map(|record| Some(record.incident.as_ref()?.resource.as_ref()?.id.clone())).collect();
    let larger: BTreeSet<String> =
        left.now.iter().filter(|(_, now)| is_larger(now) && now.alarm == "OK").map(|(id, _)| id.clone()).collect();
    let differ: Vec<&String> = healed.symmetric_difference(&larger).collect();
    if differ.is_empty() { Ok(()) } else { Err(format!("said to be healed or is, not both: {differ:?}")) }
}

fn no_lock_left(_: Storm, left: &Aftermath) -> Verdict {
    let runs = |item: &&Value| item["runs"]["SS"].as_array().is_some_and(|runs| !runs.is_empty());
    let held = left.guards.iter().find(|item| pk(item).starts_with("lock#") || runs(item));
    held.map_or(Ok(()), |item| Err(item.to_string()))
}

fn is_larger(now: &Now) -> bool {
    now.instance_type == LARGER
}

fn pk(item: &Value) -> &str {
    item["pk"]["S"].as_str().unwrap_or_default()
}

fn same(expected: usize, found: usize, what: &str) -> Verdict {
    if expected == found { Ok(()) } else { Err(format!("{found} {what}, not {expected}")) }
}
