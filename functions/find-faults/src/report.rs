//! What a run found, fed and left: the function's answer, its line in the log, its metrics, and the outcome that people must
//! see. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::outcome::{Outcome, UNFINISHED};
use shared::record::Record;
use shared::settings::Mode;

pub use crate::decide::Left;

/// So many of those that wait are named; all are counted.
const MOST_NAMED: usize = 20;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Why nothing was looked at, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Faults that are there and that a binding claims.
    pub found: usize,
    /// Those of them that were fed in an earlier run.
    pub known: usize,
    /// Those that were fed now.
    pub fed: Vec<Fed>,
    /// How many wait for another run.
    pub waiting: usize,
    /// Some of them, and why.
    pub left: Vec<Left>,
    /// What could not be looked at or fed. People are told.
    pub unseen: Vec<String>,
}

/// A fault that was fed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fed {
    /// The fault, one line.
    pub what: String,
    /// The function that has it now.
    pub function: String,
    /// The id of the event.
    pub event: String,
}

impl Report {
    /// Names the first of those that wait.
    pub(crate) fn leave(&mut self, left: Vec<Left>) {
        self.waiting += left.len();
        let room = MOST_NAMED.saturating_sub(self.left.len());
        self.left.extend(left.into_iter().take(room));
    }

    /// For metrics.
    pub(crate) fn counts(&self) -> [(&'static str, usize); 4] {
        let (fed, unseen) = (self.fed.len(), self.unseen.len());
        [("FaultsFound", self.found), ("FaultsSent", fed), ("FaultsWaiting", self.waiting), ("Unseen", unseen)]
    }

    /// What people must see. The faults themselves are told by the functions that have them now.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        (!self.unseen.is_empty()).then(|| Outcome::Failed {
            step: "look".into(),
            cause: format!("not everything could be looked at or sent: {}", self.unseen.join("; ")),
            by_hand: vec![
                "Faults that are there without an event may be missed as long as this lasts. The rest was looked at.".into(),
                "Find out why: a permission, a throttled or failing service, the guard table. The next run does it all again."
                    .into(),
            ],
        })
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        if let Some(why) = &self.stopped {
            return format!("nothing was looked for: {why}");
        }
        let fed: Vec<&str> = self.fed.iter().map(|fed| fed.what.as_str()).collect();
        let named = if fed.is_empty() { String::new() } else { format!(" ({})", fed.join(", ")) };
        let (found, known, waiting) = (self.found, self.known, self.waiting);
        format!("found {found}, fed before {known}, fed now {}{named}, waiting {waiting}", fed.len())
    }
}

/// What is told of a run that could not come to its end.
pub(crate) fn unfinished(mode: Mode, execution: &str, reason: &str, at: Timestamp) -> Record {
    let by_hand = vec![
        format!("Look at the execution {execution} for what was found and sent."),
        "Nothing was changed by it. What it sent has its own record; what it did not send the next run finds again."
            .to_owned(),
    ];
    let outcome = Outcome::Failed { step: UNFINISHED.into(), cause: reason.to_owned(), by_hand };
    Record::of(crate::NAME, execution, mode, outcome, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_is_for_people_and_what_was_is_not() {
        let mut report = Report { found: 3, ..Report::default() };
        assert_eq!(report.outcome(), None);
        report.unseen.push("the alarms: AccessDenied".into());
        assert!(
            report.outcome().is_some_and(|outcome| outcome.needs_ticket() && outcome.line().contains("the alarms"))
        );
        assert_eq!(report.counts()[3], ("Unseen", 1));
    }

    #[test]
    fn a_run_says_in_one_line_what_it_found_fed_and_left() {
        let mut report = Report { found: 30, known: 2, ..Report::default() };
        report.fed.push(Fed { what: "alarm cpu".into(), function: "f".into(), event: "e".into() });
        report.leave((0..27).map(|n| Left { what: n.to_string(), why: String::new() }).collect());
        assert_eq!(report.line(), "found 30, fed before 2, fed now 1 (alarm cpu), waiting 27");
        assert_eq!((report.left.len(), report.waiting), (20, 27));
    }
}
