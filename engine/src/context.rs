//! Where and as what a document runs.
//!
//! Comes in: identity from the host's surroundings. Goes out: `global:` and `automation:` references, poll pauses.
//! Never: the time; that is asked of the [`crate::Host`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Identity of one execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// `{{ automation:EXECUTION_ID }}`; also the stem of idempotency keys, so unique per execution.
    pub execution_id: String,
    /// `{{ global:REGION }}`.
    pub region: String,
    /// `{{ global:ACCOUNT_ID }}`, twelve digits.
    pub account_id: String,
    /// `{{ global:AWS_PARTITION }}`, for example `aws`.
    pub partition: String,
    /// How often waits look, and how long a retried attempt pauses.
    #[serde(default)]
    pub poll: PollPolicy,
    /// What is done where AWS's documentation is silent.
    #[serde(default)]
    pub readings: Readings,
}

/// Readings of what AWS does not document. The default is the safe one: it fails where it could pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Readings {
    /// A step with `isCritical: false` whose failure aborts ends the execution in Success, not Failed.
    pub abort_forgives: bool,
    /// An assert or wait whose selector finds a list holds if any of it is desired, not only if all of it is.
    pub any_of_list: bool,
}

/// Pauses between looks: `first`, then each `factor` times the one before, at most `max`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PollPolicy {
    /// Pause after the first look.
    pub first: Duration,
    /// Longest pause.
    pub max: Duration,
    /// Growth; below 1 counts as 1.
    pub factor: f64,
}

impl Default for PollPolicy {
    /// SSM does not document its interval. Shorter pauses cost API calls against the account's rate limits (and,
    /// on a durable host, a checkpoint each); longer ones add their length to the time a resource stays broken.
    fn default() -> Self {
        Self { first: Duration::from_secs(5), max: Duration::from_secs(15), factor: 1.5 }
    }
}

impl PollPolicy {
    /// The pause after look number `look`, from 1.
    #[must_use]
    pub fn pause(&self, look: u32) -> Duration {
        let factor = if self.factor.is_finite() { self.factor.max(1.0) } else { 1.0 };
        let exponent = i32::try_from(look.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.first.as_secs_f64() * factor.powi(exponent);
        Duration::try_from_secs_f64(seconds).map_or(self.max, |pause| pause.min(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_limit_and_never_beyond() {
        let policy = PollPolicy { first: Duration::from_secs(2), max: Duration::from_secs(9), factor: 2.0 };
        let pauses: Vec<u64> = (1..=5).map(|look| policy.pause(look).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 9, 9]);
        assert_eq!(policy.pause(u32::MAX), Duration::from_secs(9));
    }

    #[test]
    fn a_factor_below_one_does_not_shrink_pauses() {
        let policy = PollPolicy { first: Duration::from_secs(2), max: Duration::from_secs(9), factor: f64::NAN };
        assert_eq!(policy.pause(7), Duration::from_secs(2));
    }
}
