//! Repeated failure stops a binding: after so many failures in a row its breaker is open and refuses. It closes by hand,
//! or when one trial, after a while, heals.
//!
//! Comes in: how runs end. Goes out: a word when a failure opened it; refusals while it is open.
//! Never: a failure that is not counted because two came at once; the item has a version.

mod state;

use serde_json::{Value, json};

use super::claim::lease;
use super::limits::Breaker;
use super::owner::{Life, life};
use super::table::{self, Written, now, number, text};
use super::transaction::{TRIES, Write, pause};
use super::{Claim, Refusal, refusal, stop_requested};
use crate::aws::Services;
use state::{Opened, State};

fn key(claim: &Claim) -> String {
    format!("breaker#{}", claim.binding)
}

/// An open breaker that lets a trial through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chance {
    /// When it opened.
    opened: i64,
    /// Whose trial came to nothing, and may be taken.
    from: Option<String>,
}

/// Must hold for a change: it is closed, or (once it is known that there is a `chance`) this is the one trial.
pub(super) fn entry(services: &Services, claim: &Claim, chance: Option<&Chance>) -> Option<Write> {
    claim.limits.breaker?;
    let Some(Chance { opened, from }) = chance else {
        return Some(Write::check(&key(claim), "attribute_not_exists(opened)"));
    };
    let free = "attribute_not_exists(trial) OR trial = :me";
    let free = if from.is_some() { format!("{free} OR trial = :old") } else { free.to_owned() };
    let update = "SET trial = :me, trialUntil = :until ADD version :one";
    let write = Write::update(&key(claim), update, &format!("opened = :opened AND ({free})"))
        .value(":opened", number(*opened))
        .value(":me", text(&claim.owner))
        .value(":until", number(now() + lease(services)))
        .value(":one", number(1));
    Some(match from {
        Some(old) => write.value(":old", text(old)),
        None => write,
    })
}

pub(super) fn said(chance: Option<&Chance>) -> &'static str {
    if chance.is_some() { "open, and this is the one trial" } else { "closed" }
}

/// Whether a trial may be made now: none is under way, or its run has ended.
pub(super) async fn in_the_way(services: &Services, claim: &Claim, item: &Value) -> Result<Chance, Refusal> {
    let state = State::of(item);
    let another = match state.trial.as_ref().filter(|trial| **trial != claim.owner) {
        Some(another) => Some(life(services, another).await),
        None => None,
    };
    verdict(&state, claim, now(), another.as_ref(), &services.settings.guard_table)
}

/// `another` is what is known of a trial that is not ours.
fn verdict(state: &State, claim: &Claim, now: i64, another: Option<&Life>, table: &str) -> Result<Chance, Refusal> {
    let (Some(opened), Some(limit)) = (&state.opened, &claim.limits.breaker) else { return Ok(Chance::default()) };
    let retry = opened.at + limit.retry_after.seconds();
    let goes_on = another.is_some_and(|life| !life.lets_go(state.trial_until < now));
    let when = match &state.trial {
        _ if now < retry => format!("from {} on one trial is made", time(retry)),
        Some(another) if goes_on => format!("{another} is the trial; if it heals, the breaker closes"),
        trial => return Ok(Chance { opened: opened.at, from: trial.clone() }),
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

/// How it refuses.
#[cfg(test)]
pub(super) fn refused(item: &Value, claim: &Claim, now: i64) -> Refusal {
    verdict(&State::of(item), claim, now, None, "t").unwrap_err()
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default()
}

fn by_hand(claim: &Claim, table: &str) -> String {
    format!("aws dynamodb delete-item --table-name {table} --key '{{\"pk\": {{\"S\": \"{}\"}}}}'", key(claim))
}

/// Holds where a run that healed has nothing to undo: no failure is counted, and it is closed.
pub(super) fn nothing_to_learn(claim: &Claim) -> Option<Write> {
    claim.limits.breaker?;
    let condition = "attribute_not_exists(pk) OR (attribute_not_exists(opened) AND size(failures) = :none)";
    Some(Write::check(&key(claim), condition).value(":none", number(0)))
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
        let tried = |by: &str| State { trial: Some(by.into()), trial_until: 1600, ..open.clone() };
        let (runs, over) = (Life::GoesOn("RUNNING".into()), Life::Ended("STOPPED".into()));
        let unknown = Life::Unknown("access denied".into());
        let cases = [
            (open.clone(), 1599, None, Err("from 1970-01-01T00:26:40Z on one trial is made")),
            (open.clone(), 1600, None, Ok(1000)),
            (tried("another"), 9999, Some(&runs), Err("another is the trial")),
            (tried("another"), 1600, Some(&over), Ok(1000)),
            (tried("another"), 1600, Some(&unknown), Err("another is the trial")),
            (tried("another"), 1601, Some(&unknown), Ok(1000)),
            (tried("me"), 1600, None, Ok(1000)),
            (State::default(), 0, None, Ok(0)),
        ];
        for (state, now, another, expected) in cases {
            let said = verdict(&state, &claim, now, another, "guards").map(|chance| chance.opened);
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
