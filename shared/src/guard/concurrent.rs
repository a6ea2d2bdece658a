//! So many runs of a binding under way at once.
//!
//! The item is a set of executions, each with a lease beside it. A run gives its place back at its end; the place of one
//! that did not is free when Lambda says that its execution has ended, or cannot tell and its lease has passed.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::claim::lease;
use super::owner::life;
use super::table::{self, integer, now, number, text};
use super::transaction::Write;
use super::{Claim, Refusal, refusal};
use crate::aws::Services;

fn key(claim: &Claim) -> String {
    format!("running#{}", claim.binding)
}

/// Takes a place; `None` where nothing limits them.
pub(super) fn entry(services: &Services, claim: &Claim) -> Result<Option<Write>, Refusal> {
    let Some(most) = claim.limits.concurrent else { return Ok(None) };
    if most == 0 {
        return Err(full(claim, 0));
    }
    let condition = "attribute_not_exists(runs) OR contains(runs, :me) OR size(runs) < :most";
    let write = Write::update(&key(claim), "ADD runs :mine SET #me = :until, expiresAt = :until", condition)
        .name("#me", &claim.owner)
        .value(":mine", json!({"SS": [claim.owner]}))
        .value(":me", text(&claim.owner))
        .value(":most", number(most.into()))
        .value(":until", number(now() + lease(services)));
    Ok(Some(write))
}

pub(super) fn full(claim: &Claim, running: usize) -> Refusal {
    refusal(
        "concurrent",
        format!(
            "{running} runs of binding {} are under way, and no more may be at once; when one of them has ended, send the \
             event again. `concurrent` (guards) says how many",
            claim.binding
        ),
    )
}

/// Frees the places of runs that are over; a refusal when there are none.
pub(super) async fn in_the_way(services: &Services, claim: &Claim, item: &Value) -> Result<(), Refusal> {
    let runs = runs(item);
    let over = over(services, &runs).await;
    if over.is_empty() {
        return Err(full(claim, runs.len()));
    }
    free(services, claim, &over).await.map_err(|error| {
        refusal("concurrent", format!("the runs under way cannot be told: {error}; make the guard table usable"))
    })
}

/// Each run with the end of its lease.
fn runs(item: &Value) -> Vec<(String, i64)> {
    let names = item["runs"]["SS"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // A run without a lease is nobody's.
    names.map(|name| (name.to_owned(), integer(&item[name]).unwrap_or_default())).collect()
}

async fn over<'a>(services: &Services, runs: &'a [(String, i64)]) -> Vec<&'a String> {
    let asked = runs.iter().map(|(run, until)| async move {
        let over = life(services, run).await.lets_go(*until < now());
        over.then_some(run)
    });
    join_all(asked).await.into_iter().flatten().collect()
}

async fn free(services: &Services, claim: &Claim, runs: &[&String]) -> Result<(), String> {
    let names: Vec<String> = (0..runs.len()).map(|index| format!("#r{index}")).collect();
    let attributes: serde_json::Map<_, _> =
        names.iter().zip(runs).map(|(name, run)| (name.clone(), Value::from(run.as_str()))).collect();
    let update = json!({
        "ConditionExpression": "attribute_exists(runs)",
        "UpdateExpression": format!("DELETE runs :runs REMOVE {}", names.join(", ")),
        "ExpressionAttributeNames": attributes,
        "ExpressionAttributeValues": {":runs": {"SS": runs}},
    });
    table::write(services, "UpdateItem", &key(claim), update).await.map(drop)
}

/// The place given back, as a write that succeeds if there are places; `None` where nothing limits them.
pub(super) fn freed(claim: &Claim) -> Option<Write> {
    claim.limits.concurrent?;
    let write = Write::update(&key(claim), "DELETE runs :mine REMOVE #me", "attribute_exists(runs)");
    Some(write.name("#me", &claim.owner).value(":mine", json!({"SS": [claim.owner]})))
}

/// Gives the place back. The error is one sentence for people.
pub(super) async fn release(services: &Services, claim: &Claim) -> Result<(), String> {
    if claim.limits.concurrent.is_none() {
        return Ok(());
    }
    let freed = free(services, claim, &[&claim.owner]).await;
    freed.map_err(|error| {
        tracing::warn!(target: "kintsugi", execution = claim.owner, error, "its place was not given back; it ends with its lease");
        format!(
            "its place among the runs of {} could not be given back ({error}); it ends with its lease",
            claim.binding
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_its_own_lease_and_one_without_is_nobody_s() {
        let item = json!({"runs": {"SS": ["a", "b"]}, "a": {"N": "70"}, "expiresAt": {"N": "90"}});
        assert_eq!(runs(&item), [("a".to_owned(), 70), ("b".to_owned(), 0)]);
        assert!(runs(&json!({})).is_empty());
    }
}
