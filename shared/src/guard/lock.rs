//! One hand at a time on a resource, across all functions and runbooks.
//!
//! A lock has a lease that outlives any run, suspended or not. Before the lease has passed it is taken from its owner
//! only when Lambda says that the owner's execution has ended, and only from that owner.

use super::claim::lease;
use super::owner::{Life, life};
use super::table::{delete_own, integer, now, number, text};
use super::transaction::Write;
use super::{Claim, Refusal, refusal};
use crate::aws::Services;

fn key(claim: &Claim) -> String {
    format!("lock#{}/{}", claim.resource.kind, claim.resource.id)
}

/// The lock as a write that succeeds if it is free, ours already, or still that of `from`.
pub(super) fn entry(services: &Services, claim: &Claim, from: Option<&str>) -> Write {
    let free = "#owner = :owner OR attribute_not_exists(pk) OR expiresAt < :now";
    let condition = if from.is_some() { format!("{free} OR #owner = :old") } else { free.to_owned() };
    let set = "SET #owner = :owner, #function = :function, expiresAt = :expires";
    let write = Write::update(&key(claim), set, &condition)
        .name("#owner", "owner")
        .name("#function", "function")
        .value(":owner", text(&claim.owner))
        .value(":function", text(&claim.function))
        .value(":now", number(now()))
        .value(":expires", number(now() + lease(services)));
    match from {
        Some(old) => write.value(":old", text(old)),
        None => write,
    }
}

pub(super) fn said(from: Option<&str>) -> String {
    from.map_or_else(
        || "the only hand on it".to_owned(),
        |owner| format!("taken over from {owner}, whose execution has ended"),
    )
}

/// The owner it may be taken from, or why it may not.
pub(super) async fn in_the_way(
    services: &Services,
    claim: &Claim,
    item: &serde_json::Value,
) -> Result<String, Refusal> {
    let owner = item["owner"]["S"].as_str().unwrap_or("another execution");
    held(claim, owner, integer(&item["expiresAt"]), &life(services, owner).await).map(|()| owner.to_owned())
}

pub(super) fn held(claim: &Claim, owner: &str, expires: Option<i64>, life: &Life) -> Result<(), Refusal> {
    if matches!(life, Life::Ended(_)) {
        return Ok(());
    }
    let until = expires.and_then(|at| jiff::Timestamp::from_second(at).ok());
    let until = until.map(|at| format!(" at {at}")).unwrap_or_default();
    let reason = format!(
        "{owner}, {}, has its hand on {}; wait for it to end (its lease ends{until}), then send the event again",
        life.said(),
        claim.resource
    );
    Err(refusal("lock", reason))
}

pub(super) async fn release(services: &Services, claim: &Claim) {
    delete_own(services, &key(claim), &claim.owner).await;
}

#[cfg(test)]
mod tests {
    use super::super::tests::claim;
    use super::*;

    #[test]
    fn a_lock_is_taken_only_from_an_execution_that_has_provably_ended() {
        let said = |life: Life| held(&claim(None), "arn:x", Some(60), &life);
        assert!(said(Life::Ended("STOPPED".into())).is_ok());
        let runs = said(Life::GoesOn("RUNNING".into())).unwrap_err();
        assert!(runs.reason.contains("which is RUNNING") && runs.reason.contains("1970-01-01T00:01:00Z"), "{runs:?}");
        let unknown = said(Life::Unknown("access denied".into())).unwrap_err();
        assert!(unknown.reason.contains("nobody can tell whether it still runs (access denied)"), "{unknown:?}");
    }
}
