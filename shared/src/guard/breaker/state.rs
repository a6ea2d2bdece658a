//! What a breaker remembers, and how one more end changes it. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::guard::limits::Breaker;
use crate::guard::table::{integer, number, text};

/// How long an open breaker is remembered that nobody asks.
const REMEMBERED: i64 = 30 * 86_400;

/// The breaker of one binding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// When which execution failed, in epoch seconds.
    pub(super) failures: BTreeMap<String, i64>,
    pub(super) opened: Option<Opened>,
    /// The execution that may try, though it is open.
    pub(super) trial: Option<String>,
    pub(super) trial_until: i64,
    pub(super) version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) at: i64,
    /// The execution whose failure opened it.
    pub(super) by: String,
}

impl State {
    pub(super) fn of(item: &Value) -> Self {
        let failures = item["failures"]["M"].as_object().into_iter().flatten();
        let name = |attribute: &Value| attribute["S"].as_str().map(str::to_owned);
        Self {
            failures: failures.filter_map(|(run, at)| Some((run.clone(), integer(at)?))).collect(),
            opened: integer(&item["opened"]).map(|at| Opened { at, by: name(&item["openedBy"]).unwrap_or_default() }),
            trial: name(&item["trial"]),
            trial_until: integer(&item["trialUntil"]).unwrap_or_default(),
            version: integer(&item["version"]).unwrap_or_default(),
        }
    }

    /// As the next version of the item.
    pub(super) fn item(&self, pk: &str, now: i64, limit: &Breaker) -> Value {
        let failures: serde_json::Map<_, _> =
            self.failures.iter().map(|(run, at)| (run.clone(), number(*at))).collect();
        let kept = limit.within.seconds().max(limit.retry_after.seconds()).max(REMEMBERED);
        let mut item = json!({
            "pk": text(pk),
            "failures": {"M": failures},
            "version": number(self.version + 1),
            "expiresAt": number(now + kept),
        });
        if let Some(Opened { at, by }) = &self.opened {
            item["opened"] = number(*at);
            item["openedBy"] = text(by);
        }
        if let Some(trial) = &self.trial {
            item["trial"] = text(trial);
            item["trialUntil"] = number(self.trial_until);
        }
        item
    }

    /// After one more run has ended. The same end told twice counts once.
    pub(super) fn after(mut self, run: &str, healed: bool, now: i64, limit: &Breaker) -> Self {
        let trying = self.trial.as_deref() == Some(run);
        if healed {
            // A run that began before it opened proves nothing about what came after.
            if trying || self.opened.is_none() {
                self = Self { version: self.version, ..Self::default() };
            }
            return self;
        }
        if self.failures.contains_key(run) {
            return self;
        }
        self.failures.retain(|_, at| now - *at < limit.within.seconds());
        self.failures.insert(run.to_owned(), now);
        let enough = self.failures.len() >= usize::try_from(limit.failures.get()).unwrap_or(usize::MAX);
        if trying || (self.opened.is_none() && enough) {
            self.opened = Some(Opened { at: now, by: run.to_owned() });
            self.trial = None;
        }
        self
    }

    /// Whether it is this run whose failure opened it.
    pub(super) fn opened_by(&self, run: &str) -> Option<&Opened> {
        self.opened.as_ref().filter(|opened| opened.by == run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit() -> Breaker {
        crate::guard::limits::read("breaker: {failures: 2, within: 1h, retryAfter: 10m}").unwrap().breaker.unwrap()
    }

    fn ends(ends: &[(&str, bool, i64)]) -> State {
        ends.iter().fold(State::default(), |state, (run, healed, at)| state.after(run, *healed, *at, &limit()))
    }

    #[test]
    fn it_opens_after_so_many_failures_in_a_row_and_within_the_time_each_counted_once() {
        type Told<'a> = &'a [(&'a str, bool, i64)];
        let cases: [(Told<'_>, Option<i64>); 6] = [
            (&[("a", false, 0)], None),
            (&[("a", false, 0), ("b", false, 10)], Some(10)),
            (&[("a", false, 0), ("a", false, 10)], None),
            (&[("a", false, 0), ("b", true, 5), ("c", false, 10)], None),
            (&[("a", false, 0), ("b", false, 3600)], None),
            (&[("a", false, 0), ("b", false, 10), ("c", true, 20)], Some(10)),
        ];
        for (told, opened) in cases {
            assert_eq!(ends(told).opened.map(|opened| opened.at), opened, "{told:?}");
        }
    }

    #[test]
    fn a_trial_that_heals_closes_it_and_one_that_fails_opens_it_anew() {
        let open = ends(&[("a", false, 0), ("b", false, 10)]);
        let trying = State { trial: Some("t".into()), trial_until: 99, ..open };
        assert_eq!(trying.clone().after("t", true, 700, &limit()), State::default());
        let again = trying.after("t", false, 700, &limit());
        assert_eq!((again.opened_by("t").map(|opened| opened.at), again.trial.clone()), (Some(700), None));
        assert_eq!(again.clone().after("t", false, 701, &limit()), again, "told twice");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let state = State { trial: Some("t".into()), trial_until: 9, ..ends(&[("a", false, 1), ("b", false, 2)]) };
        let read = State::of(&state.item("breaker#x", 100, &limit()));
        assert_eq!(read, State { version: 1, ..state });
        assert_eq!(State::of(&Value::Null), State::default());
    }
}
