//! How long an attempt of a step may take, and how many it may have.
//!
//! Comes in: a step and values. Goes out: time and number, or what is wrong with them.
//! Never: more time than the action can have; what is written above that is cut to it, as AWS does not say otherwise.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::values::Values;
use crate::action::{self, Spec};
use crate::document::{Amount, Step};
use crate::resolve::{as_text, resolve};

/// The limits of a visit.
pub(super) struct Limits {
    pub(super) spec: &'static Spec,
    /// Of one attempt.
    pub(super) timeout: Option<Duration>,
    /// Attempts in all.
    pub(super) most: u32,
    /// What the step asked for beyond what its action can have.
    pub(super) cut: Option<String>,
}

impl Limits {
    pub(super) fn of(step: &Step, values: &Values) -> Result<Self, String> {
        let spec = action::spec(&step.action).ok_or_else(|| format!("{} is not an action", step.action))?;
        let written = amount("timeoutSeconds", step.timeout.as_ref(), values)?;
        let most = amount("maxAttempts", step.max_attempts.as_ref(), values)?.unwrap_or(1);
        let beyond = spec.longest.filter(|longest| written.is_some_and(|written| written > *longest));
        let cut = beyond.map(|longest| format!("timeoutSeconds is cut to {longest}, the most that {} has", spec.name));
        let timeout = beyond.or(written).or(spec.timeout).map(Duration::from_secs);
        Ok(Self { spec, timeout, most: u32::try_from(most).unwrap_or(u32::MAX), cut })
    }

    /// The time that is over, if it is.
    pub(super) fn over(&self, began: Timestamp, now: Timestamp) -> Option<Duration> {
        self.timeout
            .filter(|timeout| now.duration_since(began) >= SignedDuration::try_from(*timeout).unwrap_or_default())
    }
}

fn amount(key: &str, amount: Option<&Amount>, values: &Values) -> Result<Option<u64>, String> {
    match amount {
        None => Ok(None),
        Some(Amount::Fixed(number)) => Ok(Some(*number)),
        Some(Amount::Reference(text)) => {
            let value = as_text(&resolve(&serde_json::Value::String(text.clone()), values).value);
            let number = value.trim().parse().ok().filter(|number| *number > 0);
            number.map(Some).ok_or_else(|| format!("{key} is {value}, not a whole number of at least 1"))
        }
    }
}
