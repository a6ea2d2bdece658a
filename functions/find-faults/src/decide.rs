//! Which of the faults that were found are fed in this run. Pure.
//!
//! Comes in: faults that nobody was told of yet, and what bounds a run. Goes out: the oldest of them, and the others with
//! the reason why they wait. Never: two faults of one resource, or more of a binding than may run at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// What bounds a run.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// Faults in all.
    pub(crate) most: usize,
    /// Faults of a binding, where its runs at once are bounded.
    pub(crate) of_binding: BTreeMap<String, usize>,
    /// A fault that is younger may still be told by its own event.
    pub(crate) settled: SignedDuration,
    /// The time of this run.
    pub(crate) now: Timestamp,
}

/// A fault that waits for another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The fault, one line.
    pub what: String,
    /// Why, one line.
    pub why: String,
}

/// What is fed and what is left.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) fed: Vec<Fault>,
    pub(crate) left: Vec<Left>,
}

/// Chooses, oldest first; what stands for others after them; and what was refused before last, or it would bar the way while
/// its guard says no.
pub(crate) fn decide(mut faults: Vec<Fault>, bounds: &Bounds) -> Choice {
    faults.sort_by(|a, b| (a.again, a.joined, a.since, &a.id).cmp(&(b.again, b.joined, b.since, &b.id)));
    let mut choice = Choice::default();
    for fault in faults {
        match why_not(&fault, &choice.fed, bounds) {
            Some(why) => choice.left.push(Left { what: fault.what, why }),
            None => choice.fed.push(fault),
        }
    }
    choice
}

fn why_not(fault: &Fault, fed: &[Fault], bounds: &Bounds) -> Option<String> {
    if bounds.now.duration_since(fault.since) < bounds.settled {
        return Some("its own event may still come".to_owned());
    }
    if fed.len() >= bounds.most {
        return Some(format!("{} are fed in one run (FindFaultsMost)", bounds.most));
    }
    if fed.iter().any(|known| known.subject == fault.subject && known.id != fault.id) {
        return Some("another fault of the same resource comes first".to_owned());
    }
    if fault.joined && fed.iter().any(|known| known.function == fault.function && !known.joined) {
        return Some("the alarms on single metrics come first".to_owned());
    }
    let of_binding = fed.iter().filter(|known| known.binding == fault.binding).count();
    let most = bounds.of_binding.get(&fault.binding)?;
    (of_binding >= *most).then(|| format!("{most} runs of {} may be under way at once", fault.binding))
}

/// Each fault once; the same one may stand on two pages.
pub(crate) fn once(faults: Vec<Fault>) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    faults.into_iter().filter(|fault| seen.insert((fault.id.clone(), fault.function.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn fault(id: &str, subject: &str, binding: &str, since: i64) -> Fault {
        Fault {
            id: id.into(),
            what: id.into(),
            subject: subject.into(),
            joined: false,
            since: Timestamp::from_second(since).unwrap(),
            again: false,
            binding: binding.into(),
            function: "f".into(),
            event: Value::Null,
        }
    }

    fn bounds(most: usize) -> Bounds {
        Bounds {
            most,
            of_binding: BTreeMap::from([("narrow".to_owned(), 1)]),
            settled: SignedDuration::from_secs(300),
            now: Timestamp::from_second(10_000).unwrap(),
        }
    }

    fn fed(faults: &[Fault], most: usize) -> (Vec<String>, Vec<String>) {
        let choice = decide(faults.to_vec(), &bounds(most));
        let left = choice.left.into_iter().map(|left| format!("{}: {}", left.what, left.why)).collect();
        (choice.fed.into_iter().map(|fault| fault.id).collect(), left)
    }

    #[test]
    fn the_oldest_come_first_and_the_rest_is_left_for_the_next_run() {
        let faults = [fault("c", "3", "b", 300), fault("a", "1", "b", 100), fault("b", "2", "b", 200)];
        let (fed, left) = fed(&faults, 2);
        assert_eq!(fed, ["a", "b"]);
        assert_eq!(left, ["c: 2 are fed in one run (FindFaultsMost)"]);
    }

    #[test]
    fn what_a_guard_refuses_for_now_bars_the_way_of_nobody() {
        let again = |id: &str, since| Fault { again: true, ..fault(id, id, "b", since) };
        let (fed, left) = fed(&[again("a", 100), again("b", 200), fault("new", "1", "b", 300)], 2);
        assert_eq!(fed, ["new", "a"]);
        assert_eq!(left, ["b: 2 are fed in one run (FindFaultsMost)"]);
    }

    #[test]
    fn a_fault_that_is_young_a_second_one_of_a_resource_and_one_too_many_of_a_binding_wait() {
        let faults = [
            fault("young", "9", "b", 9_900),
            fault("a", "1", "narrow", 100),
            fault("same", "1", "b", 200),
            fault("many", "2", "narrow", 300),
            fault("other", "3", "b", 400),
        ];
        let (fed, left) = fed(&faults, 9);
        assert_eq!(fed, ["a", "other"]);
        assert_eq!(
            left,
            [
                "same: another fault of the same resource comes first",
                "many: 1 runs of narrow may be under way at once",
                "young: its own event may still come",
            ]
        );
    }

    #[test]
    fn an_alarm_that_stands_for_others_waits_for_them() {
        let both = Fault { joined: true, ..fault("both", "both", "b", 100) };
        let (chosen, left) = fed(&[both.clone(), fault("cpu", "1", "b", 200)], 9);
        assert_eq!(chosen, ["cpu"]);
        assert_eq!(left, ["both: the alarms on single metrics come first"]);
        assert_eq!(fed(&[both], 9).0, ["both"]);
    }

    #[test]
    fn a_fault_that_stands_on_two_pages_is_one() {
        let faults = vec![fault("a", "1", "b", 100), fault("a", "1", "b", 100)];
        assert_eq!(once(faults).len(), 1);
    }
}
