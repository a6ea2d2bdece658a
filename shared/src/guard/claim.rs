//! One effect per incident: the first delivery claims the fingerprint, every other finds it claimed.
//!
//! A claim lasts while its run does, and for the cooldown after. A claim in observe mode is kept apart, so that
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
    match put_unless_held(&services, item(&claim, now() + lease(&services))).await.map_err(cannot_tell)? {
        Written::Taken => Ok(format!("first to see it; {switch}")),
        Written::Held => {
            let held = table::get(&services, &key(&claim)).await.map_err(cannot_tell)?;
            Err(why_held(&held, &claim))
        }
    }
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

/// Old news of a fault that was dealt with is a duplicate; the same fault anew, so soon, is flapping.
fn why_held(held: &Value, claim: &Claim) -> Refusal {
    let owner = held["owner"]["S"].as_str().unwrap_or("another execution");
    let Some(ended) = held["endedAt"]["N"].as_str().and_then(|text| text.parse::<i64>().ok()) else {
        return refusal("duplicate", format!("{owner} is already dealing with it"));
    };
    let news = claim.since.is_some_and(|since| since.as_second() > ended);
    let at = Timestamp::from_second(ended).map(|at| at.to_string()).unwrap_or_default();
    if news {
        let reason = "it was dealt with at {at} and came back: acting again so soon would only flap";
        refusal("cooldown", reason.replace("{at}", &at))
    } else {
        refusal("duplicate", format!("{owner} dealt with it at {at}"))
    }
}

/// The run is over: the claim now only cools down.
pub(super) async fn end(services: &Services, claim: &Claim) {
    let now = now();
    let update = json!({
        "UpdateExpression": "SET endedAt = :ended, expiresAt = :expires",
        "ConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {
            ":owner": text(&claim.owner),
            ":ended": number(now),
            ":expires": number(now + seconds(services.settings.cooldown)),
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
    fn a_second_delivery_is_a_duplicate_and_a_new_fault_within_the_cooldown_is_flapping() {
        let running = json!({"owner": {"S": "other"}});
        let ended = json!({"owner": {"S": "other"}, "endedAt": {"N": "1747213570"}});
        let cases = [
            (&running, None, "duplicate"),
            (&ended, None, "duplicate"),
            (&ended, Some("2025-05-14T09:06:09Z"), "duplicate"),
            (&ended, Some("2025-05-14T09:06:11Z"), "cooldown"),
        ];
        for (held, since, guard) in cases {
            assert_eq!(why_held(held, &claim(since)).guard, guard, "{held} {since:?}");
        }
    }
}
