//! One effect per incident: the first delivery claims the fingerprint, every other finds it claimed.
//!
//! A claim lasts while its run does; one whose run provably ended without giving it back is taken over. After its end
//! it is remembered for as long as AWS may still deliver old news, and keeps the same fault from being acted on again
//! until the cooldown is over. A claim in observe mode is kept apart, so that switching to enforce is not held up by
//! what was only planned.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::owner::{Life, life};
use super::table::{self, integer, now, number, text};
use super::transaction::{TRIES, Transacted, Write, pause, transact};
use super::{Claim, End, Refusal, event, flapping, refusal, stop};
use crate::aws::Services;

/// How long what is held at once is kept when its run lost its way.
pub(super) fn lease(services: &Services) -> i64 {
    seconds(services.settings.lock_lease)
}

/// How long a claim is kept then: as long as people may take, and as long as a lock.
fn keeps(services: &Services, claim: &Claim) -> i64 {
    seconds(services.settings.lock_lease.saturating_add(claim.waits))
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn key(claim: &Claim) -> String {
    format!("{}#{}", if claim.observes() { "observed" } else { "incident" }, claim.fingerprint)
}

/// A claim of another that may be taken, and what is carried over from it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Takeover {
    owner: String,
    /// When its run ended; `None` when it ended without saying so.
    ended: Option<i64>,
    /// When the fault was acted on, in epoch seconds.
    acted: Vec<i64>,
}

/// Asks the stop switch and claims the incident, both at once.
pub(super) async fn take(services: Services, claim: Claim) -> Result<String, Refusal> {
    let (switch, taken) = tokio::join!(stop::check(&services), acquire(&services, &claim));
    match (switch, taken) {
        (Ok(switch), Ok(taken)) => Ok(format!("{taken}; {switch}")),
        (Err(refusal), Ok(_)) => {
            forget(&services, &claim).await;
            Err(refusal)
        }
        (Err(refusal), Err(_)) | (Ok(_), Err(refusal)) => Err(refusal),
    }
}

async fn acquire(services: &Services, claim: &Claim) -> Result<String, Refusal> {
    let mut from = None;
    for attempt in 0..TRIES {
        let mut writes = vec![entry(services, claim, from.as_ref())];
        writes.extend(event::entries(claim));
        match transact(services, &writes).await.map_err(cannot_tell)? {
            Transacted::Done => return Ok(said(from.as_ref())),
            Transacted::Busy => pause(attempt).await,
            Transacted::Held(held) => from = Some(in_the_way(services, claim, &held).await?),
        }
    }
    // Not a duplicate, which nobody would hear of: perhaps nobody has it.
    Err(cannot_tell("others wrote to it at the same moment, each time".to_owned()))
}

pub(super) fn cannot_tell(error: String) -> Refusal {
    let why = format!("the guard table cannot be used: {error}; make it usable and send the event again");
    refusal("claim", why)
}

fn said(from: Option<&Takeover>) -> String {
    match from {
        Some(Takeover { owner, ended: None, .. }) => format!("taken over from {owner}, whose execution has ended"),
        Some(_) => "the fault came back".to_owned(),
        None => "first to see it".to_owned(),
    }
}

/// The claim as a write that succeeds if it is free, ours already, or still as `from` saw it.
pub(super) fn entry(services: &Services, claim: &Claim, from: Option<&Takeover>) -> Write {
    let free = "#owner = :owner OR attribute_not_exists(pk) OR expiresAt < :now";
    let condition = match from {
        Some(Takeover { ended: Some(_), .. }) => format!("{free} OR endedAt = :ended"),
        Some(Takeover { ended: None, .. }) => format!("{free} OR (#owner = :old AND attribute_not_exists(endedAt))"),
        None => free.to_owned(),
    };
    let mut set = "SET #owner = :owner, #function = :function, claimedAt = :now, expiresAt = :expires".to_owned();
    if from.is_some_and(|from| from.ended.is_some()) {
        set.push_str(", endedBefore = :ended");
    }
    let acted = from.map(|from| from.acted.as_slice()).unwrap_or_default();
    set.push_str(if acted.is_empty() { " REMOVE endedAt" } else { ", acted = :acted REMOVE endedAt" });
    let write = Write::update(&key(claim), &set, &condition)
        .name("#owner", "owner")
        .name("#function", "function")
        .value(":owner", text(&claim.owner))
        .value(":function", text(&claim.function))
        .value(":now", number(now()))
        .value(":expires", number(now() + keeps(services, claim)));
    let write = if acted.is_empty() { write } else { write.value(":acted", table::numbers(acted)) };
    match from {
        Some(Takeover { ended: Some(ended), .. }) => write.value(":ended", number(*ended)),
        Some(Takeover { owner, .. }) => write.value(":old", text(owner)),
        None => write,
    }
}

/// What the claim's and the events' items say: whether it may be taken over, and if not, why.
async fn in_the_way(services: &Services, claim: &Claim, held: &[Option<Value>]) -> Result<Takeover, Refusal> {
    if let Some(item) = held.iter().skip(1).flatten().next() {
        return Err(event::refused(item));
    }
    let item = held.first().cloned().flatten().filter(Value::is_object);
    let item = item.ok_or_else(|| cannot_tell("it does not say who holds the claim".to_owned()))?;
    let mut found = verdict(&item, claim, now(), seconds(services.settings.cooldown))?;
    if found.ended.is_none() {
        running(&found.owner, &life(services, &found.owner).await)?;
    }
    flapping::check(&found.acted, claim, now())?;
    found.acted.retain(|at| now() - at < flapping::memory(claim));
    Ok(found)
}

/// A claim without an end is its owner's until that owner's execution has ended.
pub(super) fn running(owner: &str, life: &Life) -> Result<(), Refusal> {
    match life {
        Life::Ended(_) => Ok(()),
        _ => {
            Err(refusal("duplicate", format!("{owner}, {}, is already dealing with it; wait for its end", life.said())))
        }
    }
}

/// Old news of a fault that was dealt with is a duplicate; the same fault anew, so soon, is left alone; later it is a
/// fault like any other. So is one whose claim has no end, if its owner's execution turns out to have ended.
pub(super) fn verdict(held: &Value, claim: &Claim, now: i64, cooldown: i64) -> Result<Takeover, Refusal> {
    let owner = held["owner"]["S"].as_str().unwrap_or("another execution").to_owned();
    let mut acted = flapping::acted(held);
    let Some(ended) = integer(&held["endedAt"]) else {
        // It may have acted before it died.
        acted.extend(integer(&held["claimedAt"]));
        return Ok(Takeover { owner, ended: None, acted });
    };
    let time = |at| Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default();
    let cooled_at = ended.saturating_add(cooldown);
    match claim.since.map(|since| since.as_second() > ended) {
        None | Some(true) if now >= cooled_at => Ok(Takeover { owner, ended: Some(ended), acted }),
        Some(true) => Err(refusal(
            "cooldown",
            format!(
                "it was dealt with at {} and came back: acting again so soon would only flap; from {} on it may be acted \
                 on again (CooldownSeconds)",
                time(ended),
                time(cooled_at)
            ),
        )),
        _ => Err(refusal("duplicate", format!("{owner} dealt with it at {}; nothing is to be done", time(ended)))),
    }
}

/// Who else is dealing with the fault or has, if anybody. Nothing is claimed.
pub(super) async fn held_by_another(services: &Services, claim: &Claim) -> Option<Refusal> {
    let held = table::get(services, &key(claim)).await.ok()?;
    let owner = held["owner"]["S"].as_str()?;
    if owner == claim.owner || integer(&held["expiresAt"]).is_none_or(|at| at < now()) {
        return None;
    }
    match verdict(&held, claim, now(), seconds(services.settings.cooldown)) {
        Ok(Takeover { owner, ended: None, .. }) => running(&owner, &Life::GoesOn("RUNNING".to_owned())).err(),
        Ok(_) => None,
        Err(refusal) => Some(refusal),
    }
}

/// EventBridge, SNS and Lambda each try for up to an hour: news of a fault may be this old.
const REMEMBERED: i64 = 3 * 3600;

/// The run is over: the claim is kept for the cooldown, for as long as old news may come, and while it tells flapping.
fn ending(services: &Services, claim: &Claim, end: End) -> (String, Map<String, Value>) {
    let now = now();
    let kept = seconds(services.settings.cooldown).max(REMEMBERED).max(flapping::memory(claim));
    let acted = if end.acted() { " ADD acted :acted" } else { "" };
    let update = format!("SET endedAt = :ended, expiresAt = :expires REMOVE endedBefore{acted}");
    let mut values = Map::from_iter([
        (":owner".to_owned(), text(&claim.owner)),
        (":ended".to_owned(), number(now)),
        (":expires".to_owned(), number(now + kept)),
    ]);
    if end.acted() {
        values.insert(":acted".to_owned(), table::numbers(&[now]));
    }
    (update, values)
}

/// It must be ours still, and not have ended.
const UNENDED: &str = "#owner = :owner AND attribute_not_exists(endedAt)";

/// The end of the claim as a write.
pub(super) fn ended(services: &Services, claim: &Claim, end: End) -> Write {
    let (update, values) = ending(services, claim, end);
    let write = Write::update(&key(claim), &update, UNENDED).name("#owner", "owner");
    values.into_iter().fold(write, |write, (name, value)| write.value(&name, value))
}

/// The same by itself.
pub(super) async fn end(services: &Services, claim: &Claim, end: End) {
    let (update, values) = ending(services, claim, end);
    let update = json!({
        "UpdateExpression": update,
        "ConditionExpression": UNENDED,
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": values,
    });
    if let Err(error) = table::write(services, "UpdateItem", &key(claim), update).await {
        tracing::warn!(target: "kintsugi", execution = claim.owner, error, "the claim was not ended; it ends with its lease");
    }
}

/// The run never began: the next delivery may try. What was known before it is known again.
pub(super) async fn forget(services: &Services, claim: &Claim) {
    let kept = now() + REMEMBERED.max(flapping::memory(claim));
    let restore = json!({
        "UpdateExpression": "SET endedAt = endedBefore, expiresAt = :expires REMOVE endedBefore",
        "ConditionExpression": "#owner = :owner AND attribute_exists(endedBefore)",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": text(&claim.owner), ":expires": number(kept)},
    });
    match table::write(services, "UpdateItem", &key(claim), restore).await {
        Ok(table::Written::Taken) => {}
        Ok(table::Written::Held) | Err(_) => delete_unended(services, claim).await,
    }
}

async fn delete_unended(services: &Services, claim: &Claim) {
    let delete = json!({
        "ConditionExpression": UNENDED,
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": text(&claim.owner)},
    });
    if let Err(error) = table::write(services, "DeleteItem", &key(claim), delete).await {
        tracing::warn!(target: "kintsugi", execution = claim.owner, error, "the claim was not given back; it ends with its lease");
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::claim;
    use super::*;

    #[test]
    fn old_news_is_a_duplicate_the_fault_anew_so_soon_waits_and_later_it_may_be_acted_on() {
        let ended = json!({"owner": {"S": "other"}, "endedAt": {"N": "1747213570"}});
        let (before, after) = (Some("2025-05-14T09:06:09Z"), Some("2025-05-14T09:06:11Z"));
        let cases = [
            (before, 0, "duplicate"),
            (before, 10_000, "duplicate"),
            (after, 0, "cooldown"),
            (after, 899, "cooldown"),
            (after, 900, "may act"),
            (None, 899, "duplicate"),
            (None, 900, "may act"),
        ];
        for (since, later, expected) in cases {
            let said = verdict(&ended, &claim(since), 1_747_213_570 + later, 900);
            let said = said.map_or_else(|refusal| refusal.guard, |_| "may act".to_owned());
            assert_eq!(said, expected, "{since:?} {later}");
        }
    }

    #[test]
    fn a_claim_without_an_end_is_its_owner_s_until_that_one_has_provably_ended() {
        let held = json!({"owner": {"S": "other"}, "claimedAt": {"N": "7"}});
        let found = verdict(&held, &claim(None), 0, 900).unwrap();
        assert_eq!(found, Takeover { owner: "other".into(), ended: None, acted: vec![7] });
        assert!(running("other", &Life::Ended("FAILED".into())).is_ok());
        for life in [Life::GoesOn("RUNNING".into()), Life::Unknown("denied".into())] {
            assert_eq!(running("other", &life).unwrap_err().guard, "duplicate");
        }
    }
}
