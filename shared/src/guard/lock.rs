//! One hand at a time on a resource, across all functions and runbooks.

use serde_json::json;

use super::claim::delete_own;
use super::table::{Written, get, now, number, put_unless_held, text};
use super::{Claim, Refusal, refusal};
use crate::aws::Services;

fn key(claim: &Claim) -> String {
    format!("lock#{}/{}", claim.resource.kind, claim.resource.id)
}

pub(super) async fn take(services: &Services, claim: &Claim) -> Result<String, Refusal> {
    let lease = i64::try_from(services.settings.lock_lease.as_secs()).unwrap_or(i64::MAX);
    let item = json!({
        "pk": text(&key(claim)),
        "owner": text(&claim.owner),
        "function": text(&claim.function),
        "expiresAt": number(now() + lease),
    });
    let cannot_tell = |error| refusal("lock", format!("the lock cannot be taken: {error}"));
    match put_unless_held(services, item).await.map_err(cannot_tell)? {
        Written::Taken => Ok("the only hand on it".to_owned()),
        Written::Held => {
            let held = get(services, &key(claim)).await.map_err(cannot_tell)?;
            let owner = held["owner"]["S"].as_str().unwrap_or("another execution");
            Err(refusal("lock", format!("{owner} has its hand on {}; wait for it to end", claim.resource)))
        }
    }
}

pub(super) async fn release(services: &Services, claim: &Claim) {
    delete_own(services, &key(claim), &claim.owner).await;
}
