//! A fault that keeps coming back is not cured by what we do about it: after so many times it is left to people.
//!
//! Comes in: when it was acted on, from the claim's item. Goes out: yes, or a refusal until the window has passed. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::{Claim, Refusal, refusal};

/// When the fault was acted on, in epoch seconds.
pub(super) fn acted(item: &Value) -> Vec<i64> {
    let times = item["acted"]["NS"].as_array().into_iter().flatten();
    times.filter_map(|time| time.as_str()?.parse().ok()).collect()
}

/// How long what was done must be remembered.
pub(super) fn memory(claim: &Claim) -> i64 {
    claim.limits.flapping.map_or(0, |flapping| flapping.within.seconds())
}

pub(super) fn check(acted: &[i64], claim: &Claim, now: i64) -> Result<(), Refusal> {
    let Some(flapping) = claim.limits.flapping else { return Ok(()) };
    let times = usize::try_from(flapping.times.get()).unwrap_or(usize::MAX);
    let mut recent: Vec<i64> = acted.iter().copied().filter(|at| now - at < flapping.within.seconds()).collect();
    recent.sort_unstable();
    if recent.len() < times {
        return Ok(());
    }
    // When so many of them are old enough that fewer than the limit are left.
    let until = recent[recent.len() - times] + flapping.within.seconds();
    let until = Timestamp::from_second(until).map(|at| at.to_string()).unwrap_or_default();
    Err(refusal(
        "flapping",
        format!(
            "it was acted on {} times within {} and came back: find the cause by hand. From {until} on it may be acted \
             on again; `flapping` (guards) says after how many times it may not",
            recent.len(),
            flapping.within
        ),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::limits::read;
    use super::super::tests::claim;
    use super::*;

    #[test]
    fn a_fault_that_came_back_so_often_is_left_to_people_until_the_window_has_passed() {
        let mut claim = claim(None);
        claim.limits = read("flapping: {times: 3, within: 1h}").unwrap();
        let cases: [(&[i64], i64, bool); 6] = [
            (&[], 10_000, true),
            (&[100, 200], 300, true),
            (&[100, 200, 300], 400, false),
            (&[300, 100, 200], 3_699, false),
            (&[100, 200, 300], 3_700, true),
            (&[100, 200, 300, 400], 3_750, false),
        ];
        for (acted, now, may) in cases {
            assert_eq!(check(acted, &claim, now).is_ok(), may, "{acted:?} at {now}");
        }
        let refusal = check(&[100, 200, 300], &claim, 400).unwrap_err();
        assert!(refusal.reason.contains("From 1970-01-01T01:01:40Z on"), "{}", refusal.reason);
    }

    #[test]
    fn without_a_limit_nothing_flaps_and_what_was_done_is_read_from_the_item() {
        assert!(check(&[1, 1, 1, 1, 1], &claim(None), 2).is_ok());
        assert_eq!(acted(&json!({"acted": {"NS": ["7", "9"]}})), [7, 9]);
        assert!(acted(&json!({})).is_empty());
    }
}
