//! The share of the fleet that may be changed: different resources of one type within one day (UTC).
//!
//! How large the fleet is, is told by whoever sets the limit. To count it would take calls before every change, and a
//! count that is wrong is worse than a number somebody stands for. What was changed today counts as being changed: what
//! a change broke shows later than at once.

use super::Claim;
use super::budget::{Count, DAY, starts};
use super::table::now;

pub(super) fn count(claim: &Claim) -> Option<Count> {
    let fleet = claim.limits.fleet.as_ref()?;
    let (day, kind) = (now() / DAY, &claim.resource.kind);
    Some(Count {
        guard: "fleet",
        pk: format!("fleet#{kind}#{day}"),
        member: claim.resource.id.clone(),
        most: fleet.most,
        expires: (day + 2) * DAY,
        allows: format!("changes of {} of type {kind} per day", fleet.said),
        remedy: format!(
            "see first that those are well; further ones may be changed from {} on, or with a larger `fleet` (guards)",
            starts(day + 1, DAY)
        ),
    })
}
