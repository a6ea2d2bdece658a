//! The same event twice: what was dealt with is known by the event's own id, and by when the fault's state changed.
//!
//! Outlives the claim and its cooldown: a queue may hold an event for two weeks before somebody sends it again.

use serde_json::{Value, json};

use super::table::{self, integer, now, number, text};
use super::transaction::Write;
use super::{Claim, Refusal, refusal};
use crate::aws::Services;

/// A day longer than the dead-letter queue keeps what is in it.
const REMEMBERED: i64 = 15 * 86_400;

/// Its own id (EventBridge, SNS), and the moment the state changed, which every shape of it names.
fn keys(claim: &Claim) -> Vec<String> {
    let kind = if claim.observes() { "observed-event" } else { "event" };
    let since = claim.since.map(|since| since.to_string());
    let ids = claim.event.iter().chain(&since);
    ids.map(|id| format!("{kind}#{}#{id}", claim.fingerprint)).collect()
}

/// Conditions that hold while nobody has dealt with this very event.
pub(super) fn entries(claim: &Claim) -> Vec<Write> {
    let unseen = "attribute_not_exists(pk) OR expiresAt < :now";
    keys(claim).iter().map(|key| Write::check(key, unseen).value(":now", number(now()))).collect()
}

pub(super) fn refused(item: &Value) -> Refusal {
    let owner = item["owner"]["S"].as_str().unwrap_or("another execution");
    let at = integer(&item["endedAt"]).and_then(|at| jiff::Timestamp::from_second(at).ok());
    let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
    let key = item["pk"]["S"].as_str().unwrap_or_default();
    let reason = format!(
        "this very event was dealt with by {owner}{at}; a new one is a new fault. To have it dealt with once more, \
         delete {key} from the guard table"
    );
    refusal("duplicate", reason)
}

/// The event has been dealt with, as writes that succeed if nobody else has.
pub(super) fn remembered(claim: &Claim) -> Vec<Write> {
    let set = "SET #owner = :owner, endedAt = :now, expiresAt = :expires";
    let ours = "#owner = :owner OR attribute_not_exists(pk) OR expiresAt < :now";
    let write = |key: &String| {
        Write::update(key, set, ours)
            .name("#owner", "owner")
            .value(":owner", text(&claim.owner))
            .value(":now", number(now()))
            .value(":expires", number(now() + REMEMBERED))
    };
    keys(claim).iter().map(write).collect()
}

/// The same, each by itself.
pub(super) async fn remember(services: &Services, claim: &Claim) {
    let keys = keys(claim);
    let writes = keys.iter().map(|key| {
        let item = json!({
            "pk": text(key),
            "owner": text(&claim.owner),
            "endedAt": number(now()),
            "expiresAt": number(now() + REMEMBERED),
        });
        table::put_if(services, item, "attribute_not_exists(pk) OR expiresAt < :now", json!({":now": number(now())}))
    });
    for written in futures_util::future::join_all(writes).await {
        if let Err(error) = written {
            tracing::warn!(target: "kintsugi", execution = claim.owner, error, "the event was not remembered");
        }
    }
}
