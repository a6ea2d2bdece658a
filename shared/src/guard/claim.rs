//! One effect per incident: the first delivery claims the fingerprint, every other finds it claimed.
//!
//! A claim lasts while its run does. After it, it is remembered for as long as AWS may still deliver old news, and
//! keeps the same fault from being acted on again until the cooldown is over. A claim in observe mode is kept apart, so that
//! switching to enforce is not held up by what was only planned.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::table::{self, Written, now, number, put_unless_held, text};
use super::{Claim, Refusal, refusal, stop};
use crate::aws::Services;
use crate::settings::Mode;

/// How long a claim is kept when its run lost its way: as long as its lock.
fn lease(services: &Services) -> i64 {
    seconds(services.settings.lock_lease)
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn key(claim: &Claim) -> String {
    let kind = if claim.mode == Mode::Observe { "observed" } else { "incident" };
    format!("{kind}#{}", claim.fingerprint)
}

/// Asks the stop switch, then claims the incident.
pub(super) async fn take(services: Services, claim: Claim) -> Result<String, Refusal> {
    let switch = stop::check(&services).await?;
    let cannot_tell = |error| refusal("claim", format!("the guard table cannot be used: {error}"));
    let taken = format!("first to see it; {switch}");
    match put_unless_held(&services, item(&claim, now() + lease(&services))).await.map_err(cannot_tell)? {
        Written::Taken => Ok(taken),
        Written::Held => {
            let held = table::get(&services, &key(&claim)).await.map_err(cannot_tell)?;
            let cooldown = seconds(services.settings.cooldown);
            let ended = verdict(&held, &claim, now(), cooldown)?;
            match take_over(&services, &claim, ended).await.map_err(cannot_tell)? {
                Written::Taken => Ok(taken),
                Written::Held => Err(refusal("duplicate", "another delivery of it was faster")),
            }
        }
    }
}

/// Who else is dealing with the fault or has, if anybody. Nothing is claimed.
pub(super) async fn held_by_another(services: &Services, claim: &Claim) -> Option<Refusal> {
    let held = table::get(services, &key(claim)).await.ok()?;
    let owner = held["owner"]["S"].as_str()?;
    let expired = held["expiresAt"]["N"].as_str().and_then(|text| text.parse::<i64>().ok()).is_none_or(|at| at < now());
    if owner == claim.owner || expired {
        return None;
    }
    verdict(&held, claim, now(), seconds(services.settings.cooldown)).err()
}

/// Takes an ended claim whose cooldown is over, if nobody else has since.
async fn take_over(services: &Services, claim: &Claim, ended: i64) -> Result<Written, String> {
    let item = item(claim, now() + lease(services));
    table::put_if(services, item, "endedAt = :ended", json!({":ended": number(ended)})).await
}

fn item(claim: &Claim, expires: i64) -> Value {
    json!({
        "pk": text(&key(claim)),
        "owner": text(&claim.owner),
        "function": text(&claim.function),
        "claimedAt": number(now()),
        "expiresAt": number(expires),
    })
}

/// Old news of a fault that was dealt with is a duplicate; the same fault anew, so soon, is flapping; later it is a
/// fault like any other, and the end of the claim it may take over is the answer.
fn verdict(held: &Value, claim: &Claim, now: i64, cooldown: i64) -> Result<i64, Refusal> {
    let owner = held["owner"]["S"].as_str().unwrap_or("another execution");
    let Some(ended) = held["endedAt"]["N"].as_str().and_then(|text| text.parse::<i64>().ok()) else {
        return Err(refusal("duplicate", format!("{owner} is already dealing with it")));
    };
    let at = Timestamp::from_second(ended).map(|at| at.to_string()).unwrap_or_default();
    let cooled = now >= ended.saturating_add(cooldown);
    match claim.since.map(|since| since.as_second() > ended) {
        None | Some(true) if cooled => Ok(ended),
        Some(true) => {
            let reason = format!("it was dealt with at {at} and came back: acting again so soon would only flap");
            Err(refusal("cooldown", reason))
        }
        _ => Err(refusal("duplicate", format!("{owner} dealt with it at {at}"))),
    }
}

/// EventBridge, SNS and Lambda each try for up to an hour: news of a fault may be this old.
const REMEMBERED: i64 = 3 * 3600;

/// The run is over: the claim is kept for the cooldown, and for as long as old news may come.
pub(super) async fn end(services: &Services, claim: &Claim) {
    let now = now();
    let update = json!({
        "UpdateExpression": "SET endedAt = :ended, expiresAt = :expires",
        "ConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {
            ":owner": text(&claim.owner),
            ":ended": number(now),
            ":expires": number(now + seconds(services.settings.cooldown).max(REMEMBERED)),
        },
    });
    if let Err(error) = table::write(services, "UpdateItem", &key(claim), update).await {
        tracing::warn!(target: "kintsugi", execution = claim.owner, error, "the claim was not ended; it ends with its lease");
    }
}

/// The run never began: the next delivery may try.
pub(super) async fn forget(services: &Services, claim: &Claim) {
    delete_own(services, &key(claim), &claim.owner).await;
}

/// Deletes an item if it is `owner`'s.
pub(super) async fn delete_own(services: &Services, pk: &str, owner: &str) {
    let delete = json!({
        "ConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": text(owner)},
    });
    if let Err(error) = table::write(services, "DeleteItem", pk, delete).await {
        tracing::warn!(target: "kintsugi", execution = owner, pk, error, "not released; it ends with its lease");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Resource;

    fn claim(since: Option<&str>) -> Claim {
        Claim {
            owner: "me".into(),
            function: "f".into(),
            fingerprint: "abc".into(),
            resource: Resource { kind: "AWS::EC2::Instance".into(), id: "i-1".into() },
            since: since.map(|text| text.parse().unwrap()),
            mode: Mode::Enforce,
        }
    }

    #[test]
    fn old_news_is_a_duplicate_the_fault_anew_so_soon_is_flapping_and_later_it_may_be_acted_on() {
        let running = json!({"owner": {"S": "other"}});
        let ended = json!({"owner": {"S": "other"}, "endedAt": {"N": "1747213570"}});
        let (before, after) = (Some("2025-05-14T09:06:09Z"), Some("2025-05-14T09:06:11Z"));
        let cases = [
            (&running, after, 0, "duplicate"),
            (&ended, before, 0, "duplicate"),
            (&ended, before, 10_000, "duplicate"),
            (&ended, after, 0, "cooldown"),
            (&ended, after, 899, "cooldown"),
            (&ended, after, 900, "may act"),
            (&ended, None, 899, "duplicate"),
            (&ended, None, 900, "may act"),
        ];
        for (held, since, later, expected) in cases {
            let said = verdict(held, &claim(since), 1_747_213_570 + later, 900);
            let said = said.map_or_else(|refusal| refusal.guard, |_| "may act".to_owned());
            assert_eq!(said, expected, "{held} {since:?} {later}");
        }
    }
}
