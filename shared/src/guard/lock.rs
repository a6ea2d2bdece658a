//! One hand at a time on a resource, across all functions and runbooks.
//!
//! A lock is taken from its owner only when Lambda says that the owner's execution has ended, and only from that owner.
//! Its lease, which outlives any run, suspended or not, speaks where Lambda cannot tell: an owner that is no execution, or one
//! whose history is gone.

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
    let free = "#owner = :owner OR attribute_not_exists(pk)";
    let condition = if from.is_some() { format!("{free} OR #owner = :old") } else { free.to_owned() };
    let set = "SET #owner = :owner, #function = :function, expiresAt = :expires";
    let write = Write::update(&key(claim), set, &condition)
        .name("#owner", "owner")
        .name("#function", "function")
        .value(":owner", text(&claim.owner))
        .value(":function", text(&claim.function))
        .value(":expires", number(now() + lease(services)));
    match from {
        Some(old) => write.value(":old", text(old)),
        None => write,
    }
}

pub(super) fn said(from: Option<&str>) -> String {
    from.map_or_else(
        || "the only hand on it".to_owned(),
        |owner| format!("taken over from {owner}, whose execution or lease has ended"),
    )
}

/// The owner it may be taken from, or why it may not.
pub(super) async fn in_the_way(
    services: &Services,
    claim: &Claim,
    item: &serde_json::Value,
) -> Result<String, Refusal> {
    let owner = item["owner"]["S"].as_str().unwrap_or("another execution");
    held(claim, owner, integer(&item["expiresAt"]), now(), &life(services, owner).await).map(|()| owner.to_owned())
}

pub(super) fn held(claim: &Claim, owner: &str, expires: Option<i64>, now: i64, life: &Life) -> Result<(), Refusal> {
    if life.lets_go(expires.is_some_and(|at| at < now)) {
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

/// The lock given back, as a write that succeeds if it is ours or nobody's.
pub(super) fn freed(claim: &Claim) -> Write {
    Write::delete(&key(claim), "#owner = :owner OR attribute_not_exists(pk)")
        .name("#owner", "owner")
        .value(":owner", text(&claim.owner))
}

/// Gives the lock back. The error is one sentence for people.
pub(super) async fn release(services: &Services, claim: &Claim) -> Result<(), String> {
    let released = delete_own(services, &key(claim), &claim.owner).await;
    released.map_err(|error| {
        format!(
            "the lock on {} could not be given back ({error}); it is taken over when the next event comes, or ends with its \
             lease",
            claim.resource
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::claim;
    use super::*;

    #[test]
    fn a_lock_is_taken_only_from_an_execution_that_has_provably_ended() {
        let said = |life: Life| held(&claim(None), "arn:x", Some(60), 60, &life);
        assert!(said(Life::Ended("STOPPED".into())).is_ok());
        let runs = said(Life::GoesOn("RUNNING".into())).unwrap_err();
        assert!(runs.reason.contains("which is RUNNING") && runs.reason.contains("1970-01-01T00:01:00Z"), "{runs:?}");
        let unknown = said(Life::Unknown("access denied".into())).unwrap_err();
        assert!(unknown.reason.contains("nobody can tell whether it still runs (access denied)"), "{unknown:?}");
        let late = |life: Life| held(&claim(None), "arn:x", Some(60), 61, &life);
        assert!(late(Life::GoesOn("RUNNING".into())).is_err(), "a lease that was too short takes nothing from a run");
        assert!(late(Life::Unknown("access denied".into())).is_ok());
    }
}
