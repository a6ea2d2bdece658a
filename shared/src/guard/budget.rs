//! The blast radius, bounded before the first write: so many changes per function and hour, per binding and hour, per
//! binding and day.
//!
//! A budget is a set of execution ids, so that a repeated step counts once.

use serde_json::{Value, json};

use super::table::{now, number, text};
use super::transaction::Write;
use super::{Claim, Refusal, refusal};

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 86_400;

/// A set that may hold so many, in a period of its own.
pub(super) struct Count {
    pub(super) guard: &'static str,
    pub(super) pk: String,
    /// Who or what is counted.
    pub(super) member: String,
    pub(super) most: u32,
    pub(super) expires: i64,
    /// What it allows, as people would say it.
    pub(super) allows: String,
    /// What would make it say yes.
    pub(super) remedy: String,
}

impl Count {
    /// Counts the member, once, if there is room.
    pub(super) fn entry(&self) -> Write {
        let condition = "attribute_not_exists(members) OR contains(members, :me) OR size(members) < :most";
        let mine: Value = json!({"SS": [self.member]});
        Write::update(&self.pk, "ADD members :mine SET expiresAt = :expires", condition)
            .value(":mine", mine)
            .value(":me", text(&self.member))
            .value(":most", number(self.most.into()))
            .value(":expires", number(self.expires))
    }

    /// A set that may hold nothing is refused before it is asked: DynamoDB would put the first member in.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.most == 0 { Err(self.full()) } else { Ok(()) }
    }

    pub(super) fn full(&self) -> Refusal {
        let Self { allows, remedy, .. } = self;
        refusal(self.guard, format!("only {allows} may be made, and so many were already; {remedy}"))
    }
}

/// The budgets of a claim.
pub(super) fn counts(of_function: u32, claim: &Claim) -> Vec<Count> {
    let Claim { binding, function, limits, .. } = claim;
    let (hour, day) = (now() / HOUR, now() / DAY);
    let count = |pk: String, most, (period, length): (i64, i64), allows: String, setting: &str| Count {
        guard: "budget",
        pk,
        member: claim.owner.clone(),
        most,
        expires: (period + 2) * length,
        allows,
        remedy: format!(
            "the rest is for a person, or for the next event after {}; {setting} says how many",
            starts(period + 1, length)
        ),
    };
    let hourly = count(
        format!("budget#{function}#{hour}"),
        of_function,
        (hour, HOUR),
        format!("{of_function} changes per hour by {function}"),
        "MaxPerHour",
    );
    let per_hour = limits.per_hour.map(|most| {
        let allows = format!("{most} changes per hour by binding {binding}");
        count(format!("budget#{binding}/hour#{hour}"), most, (hour, HOUR), allows, "`perHour` (guards)")
    });
    let per_day = limits.per_day.map(|most| {
        let allows = format!("{most} changes per day by binding {binding}");
        count(format!("budget#{binding}/day#{day}"), most, (day, DAY), allows, "`perDay` (guards)")
    });
    [Some(hourly), per_hour, per_day].into_iter().flatten().collect()
}

/// When a period begins.
pub(super) fn starts(period: i64, length: i64) -> String {
    jiff::Timestamp::from_second(period * length).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::limits::read;
    use super::super::tests::claim;
    use super::*;

    #[test]
    fn function_and_binding_are_counted_apart_also_when_they_have_one_name_and_a_budget_of_none_is_none() {
        let mut claim = claim(None);
        claim.limits = read("perHour: 0, perDay: 3").unwrap();
        claim.binding.clone_from(&claim.function);
        let counts = counts(7, &claim);
        let keys: std::collections::BTreeSet<&str> = counts.iter().map(|count| count.pk.as_str()).collect();
        assert_eq!((keys.len(), counts.len()), (3, 3), "{keys:?}");
        let allowed: Vec<bool> = counts.iter().map(|count| count.check().is_ok()).collect();
        assert_eq!(allowed, [true, false, true]);
    }
}
