//! Rate control: which of many children may start.
//!
//! Comes in: the limits, and how children ended, in the order in which their ends were noticed. Goes out: the next child
//! that may start. Never: an effect, or a clock; the same ends give the same starts.

/// Limits as written: a number, or a percentage of the children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Number(u32),
    Percent(u32),
}

impl Limit {
    /// `10`, `10%`; nothing else, and no percentage above 100.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        match text.strip_suffix('%') {
            Some(percent) => digits(percent).filter(|percent| *percent <= 100).map(Self::Percent),
            None => digits(text).map(Self::Number),
        }
    }

    /// Rounded down.
    fn of(self, total: u32) -> u32 {
        match self {
            Self::Number(number) => number,
            Self::Percent(percent) => u32::try_from(u64::from(total) * u64::from(percent) / 100).unwrap_or(u32::MAX),
        }
    }
}

/// How a child ended, as far as the others are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Success,
    Error,
    /// It was asked to stop; so are all.
    Cancelled,
}

/// Children under rate control. They are numbered from 1 and start in that order.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    total: u32,
    most_at_once: u32,
    most_errors: u32,
    started: u32,
    ended: u32,
    errors: u32,
    cancelled: bool,
}

impl Rate {
    pub(crate) fn new(total: u32, concurrency: Limit, errors: Limit) -> Self {
        let most_at_once = concurrency.of(total).max(1);
        Self { total, most_at_once, most_errors: errors.of(total), started: 0, ended: 0, errors: 0, cancelled: false }
    }

    /// The same for a host that does one thing after another.
    pub(crate) fn one_by_one(self) -> Self {
        Self { most_at_once: 1, ..self }
    }

    /// The next child, if one may start now.
    pub(crate) fn start(&mut self) -> Option<u32> {
        let goes_on = !self.cancelled && self.errors <= self.most_errors && self.started < self.total;
        if !goes_on || self.running() >= self.allowed() {
            return None;
        }
        self.started += 1;
        Some(self.started)
    }

    /// One, then two, then four at once, up to the limit: as many as have ended, and one, rounded down to a power of
    /// two. What is wrong with all of them shows in the first.
    fn allowed(&self) -> u32 {
        let trusted = 1_u32.checked_shl((self.ended + 1).ilog2()).unwrap_or(u32::MAX);
        trusted.min(self.most_at_once)
    }

    /// A child's end was noticed.
    pub(crate) fn end(&mut self, verdict: Verdict) {
        self.ended += 1;
        self.errors += u32::from(verdict == Verdict::Error);
        self.cancelled |= verdict == Verdict::Cancelled;
    }

    pub(crate) fn running(&self) -> u32 {
        self.started - self.ended
    }

    /// Whether more children failed than may.
    pub(crate) fn has_failed(&self) -> bool {
        self.errors > self.most_errors
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// For people: `3 of 10 ended in an error, 2 were not started; 2 errors are allowed`.
    pub(crate) fn words(&self) -> String {
        let (errors, total, most) = (self.errors, self.total, self.most_errors);
        let left = self.total - self.started;
        format!("{errors} of {total} children ended in an error, {left} were not started; {most} errors are allowed")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn limits_are_numbers_or_percentages() {
        assert_eq!(Limit::read("10"), Some(Limit::Number(10)));
        assert_eq!(Limit::read("10%"), Some(Limit::Percent(10)));
        assert_eq!(Limit::read("100%"), Some(Limit::Percent(100)));
        for wrong in ["", "%", "101%", "-1", "+1", "1.5", "ten", "1 %", "99999999999"] {
            assert_eq!(Limit::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn percentages_round_down_and_at_least_one_child_runs() {
        assert_eq!(Limit::Percent(10).of(59), 5);
        assert_eq!(Limit::Percent(10).of(9), 0);
        let mut rate = Rate::new(9, Limit::Percent(10), Limit::Percent(10));
        assert_eq!((rate.start(), rate.start()), (Some(1), None));
    }

    #[test]
    fn children_start_gradually() {
        let mut rate = Rate::new(20, Limit::Number(5), Limit::Number(0));
        let mut waves = Vec::new();
        while rate.started < 20 {
            let wave = std::iter::from_fn(|| rate.start()).count();
            waves.push(wave);
            (0..wave).for_each(|_| rate.end(Verdict::Success));
        }
        assert_eq!(waves, [1, 2, 4, 5, 5, 3]);
    }

    #[test]
    fn the_error_after_the_last_allowed_one_ends_the_starting() {
        let mut rate = Rate::new(50, Limit::Number(1), Limit::Percent(10));
        for _ in 0..5 {
            assert!(rate.start().is_some());
            rate.end(Verdict::Error);
        }
        assert!(!rate.has_failed());
        assert!(rate.start().is_some());
        rate.end(Verdict::Error);
        assert!(rate.has_failed());
        assert_eq!(rate.start(), None);
    }

    proptest! {
        /// Whatever ends in whatever order.
        #[test]
        fn no_limit_is_ever_crossed(
            total in 0_u32..40,
            at_once in 1_u32..9,
            errors in 0_u32..5,
            ends in prop::collection::vec((any::<bool>(), 0_u8..20), 0..60),
        ) {
            let mut rate = Rate::new(total, Limit::Number(at_once), Limit::Number(errors));
            let mut seen = 0;
            for (starts, end) in ends {
                if starts {
                    let before = rate.has_failed() || rate.is_cancelled();
                    if let Some(child) = rate.start() {
                        prop_assert!(!before);
                        prop_assert_eq!(child, seen + 1);
                        seen = child;
                    }
                } else if rate.running() > 0 {
                    rate.end(match end { 0 => Verdict::Cancelled, 1..=6 => Verdict::Error, _ => Verdict::Success });
                }
                prop_assert!(rate.running() <= at_once);
                prop_assert!(seen <= total);
            }
        }
    }
}
