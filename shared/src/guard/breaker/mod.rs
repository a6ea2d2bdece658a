//! Repeated failure stops a binding: after so many failures in a row its breaker is open and refuses. It closes by hand,
//! or when one trial, after a while, heals.
//!
//! Comes in: how runs end. Goes out: a word when a failure opened it; refusals while it is open.
//! Never: a failure that is not counted because two came at once; the item has a version.

mod state;

use serde_json::{Value, json};

use super::claim::lease;
use super::limits::Breaker;
use super::table::{self, Written, now, number, text};
use super::transaction::{TRIES, Write, pause};
use super::{Claim, Refusal, refusal, stop_requested};
use crate::aws::Services;
use state::{Opened, State};

fn key(claim: &Claim) -> String {
    format!("breaker#{}", claim.binding)
}

/// Must hold for a change: it is closed, or (once `trial` knows when it opened) this is the one trial.
pub(super) fn entry(services: &Services, claim: &Claim, trial: Option<i64>) -> Option<Write> {
    claim.limits.breaker?;
    let Some(opened) = trial else { return Some(Write::check(&key(claim), "attribute_not_exists(opened)")) };
    let condition = "opened = :opened AND (attribute_not_exists(trial) OR trial = :me OR trialUntil < :now)";
    let update = "SET trial = :me, trialUntil = :until ADD version :one";
    let write = Write::update(&key(claim), update, condition)
        .value(":opened", number(opened))
        .value(":me", text(&claim.owner))
        .value(":now", number(now()))
        .value(":until", number(now() + lease(services)))
        .value(":one", number(1));
    Some(write)
}

pub(super) fn said(trial: Option<i64>) -> &'static str {
    if trial.is_some() { "open, and this is the one trial" } else { "closed" }
}

/// When it opened, if a trial may be made now.
pub(super) fn in_the_way(services: &Services, claim: &Claim, item: &Value) -> Result<i64, Refusal> {
    verdict(item, claim, now(), &services.settings.guard_table)
}

pub(super) fn verdict(item: &Value, claim: &Claim, now: i64, table: &str) -> Result<i64, Refusal> {
    trial(&State::of(item), claim, now, table)
}

fn trial(state: &State, claim: &Claim, now: i64, table: &str) -> Result<i64, Refusal> {
    let (Some(opened), Some(limit)) = (&state.opened, &claim.limits.breaker) else { return Ok(0) };
    let retry = opened.at + limit.retry_after.seconds();
    let another = state.trial.as_ref().filter(|trial| **trial != claim.owner && state.trial_until >= now);
    let when = match another {
        _ if now < retry => format!("from {} on one trial is made", time(retry)),
        Some(another) => format!("{another} is the trial; if it heals, the breaker closes"),
        None => return Ok(opened.at),
    };
    let reason = format!(
        "binding {} failed {} times in a row, the last time in {} at {}, and its breaker is open: find the cause first; \
         {when}. To close it by hand: {}",
        claim.binding,
        state.failures.len(),
        opened.by,
        time(opened.at),
        by_hand(claim, table)
    );
    Err(refusal("breaker", reason))
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default()
}

fn by_hand(claim: &Claim, table: &str) -> String {
    format!("aws dynamodb delete-item --table-name {table} --key '{{\"pk\": {{\"S\": \"{}\"}}}}'", key(claim))
}

/// Counts how a run ended. What to tell people, if it is this end that opened the breaker.
pub(super) async fn learn(services: &Services, claim: &Claim, healed: bool) -> Option<String> {
    let limit = claim.limits.breaker?;
    // Whoever stopped everything stopped this run too: that it went back says nothing about the binding.
    if !healed && stop_requested(services).await {
        return None;
    }
    match count(services, claim, healed, &limit).await {
        Ok(state) => {
            state.opened_by(&claim.owner).map(|opened| told(opened, claim, &limit, &services.settings.guard_table))
        }
        Err(error) => {
            tracing::warn!(target: "kintsugi", execution = claim.owner, error, "the end was not counted by the breaker");
            None
        }
    }
}

async fn count(services: &Services, claim: &Claim, healed: bool, limit: &Breaker) -> Result<State, String> {
    for attempt in 0..TRIES {
        let before = State::of(&table::get(services, &key(claim)).await?);
        let after = before.clone().after(&claim.owner, healed, now(), limit);
        if after == before {
            return Ok(after);
        }
        let item = after.item(&key(claim), now(), limit);
        let seen = json!({":seen": number(before.version)});
        match table::put_if_version(services, item, seen).await? {
            Written::Taken => return Ok(after),
            Written::Held => pause(attempt).await,
        }
    }
    Err("others counted at the same moment, each time".to_owned())
}

fn told(opened: &Opened, claim: &Claim, limit: &Breaker, table: &str) -> String {
    format!(
        "this was failure number {} in a row within {}: the breaker of binding {} is open now and refuses further faults; \
         from {} on it lets one trial through. To close it by hand, when the cause is found: {}",
        limit.failures,
        limit.within,
        claim.binding,
        time(opened.at + limit.retry_after.seconds()),
        by_hand(claim, table)
    )
}

/// The trial is not made: another may be.
pub(super) async fn give_back(services: &Services, claim: &Claim) {
    let update = json!({
        "UpdateExpression": "REMOVE trial, trialUntil ADD version :one",
        "ConditionExpression": "trial = :me",
        "ExpressionAttributeValues": {":me": text(&claim.owner), ":one": number(1)},
    });
    if let Err(error) = table::write(services, "UpdateItem", &key(claim), update).await {
        tracing::warn!(target: "kintsugi", execution = claim.owner, error, "the trial was not given back");
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::read;
    use super::super::tests::claim;
    use super::*;

    #[test]
    fn while_it_is_open_it_refuses_until_one_trial_may_be_made() {
        let mut claim = claim(None);
        claim.limits = read("breaker: {failures: 2, within: 1h, retryAfter: 10m}").unwrap();
        let open = State { opened: Some(Opened { at: 1000, by: "arn:b".into() }), ..State::default() };
        let tried = |by: &str, until| State { trial: Some(by.into()), trial_until: until, ..open.clone() };
        let cases = [
            (open.clone(), 1599, Err("from 1970-01-01T00:26:40Z on one trial is made")),
            (open.clone(), 1600, Ok(1000)),
            (tried("another", 9999), 1600, Err("another is the trial")),
            (tried("another", 1599), 1600, Ok(1000)),
            (tried("me", 9999), 1600, Ok(1000)),
            (State::default(), 0, Ok(0)),
        ];
        for (state, now, expected) in cases {
            let said = trial(&state, &claim, now, "guards");
            match expected {
                Ok(opened) => assert_eq!(said, Ok(opened)),
                Err(words) => {
                    let reason = said.unwrap_err().reason;
                    let command = "--table-name guards --key '{\"pk\": {\"S\": \"breaker#b\"}}'";
                    assert!(reason.contains(words) && reason.contains(command), "{reason}");
                }
            }
        }
    }
}
