//! The effects of a run, in the order in which they were asked for: where a sweep can reach in.
//!
//! Comes in: the journal of one lane during one run. Goes out: [`Step`]s, each with a name that fits the same call of the
//! next run. Never: a checkpoint; those are the durable service's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use world::gateway::call::Effect;
use world::gateway::journal::Entry;

use super::evidence::is_durable;

/// One call of a run: the how manieth of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// boto3's client name.
    pub service: String,
    /// Operation.
    pub operation: String,
    /// Counted from 1, among the calls of the same operation.
    pub nth: u64,
    /// Whether it changes anything.
    pub writes: bool,
}

impl Step {
    /// The operation, whichever call of it this is.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.kind(), self.nth)
    }
}

/// The calls that are a run's own.
pub fn effects(journal: &[Entry]) -> impl Iterator<Item = &Entry> {
    journal.iter().filter(|entry| !is_durable(entry))
}

/// The steps of a run.
#[must_use]
pub fn steps(journal: &[Entry]) -> Vec<Step> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let calls = effects(journal).map(|entry| &entry.call);
    calls
        .map(|call| {
            let nth = counts.entry((&call.service, &call.operation)).or_default();
            *nth += 1;
            let (service, operation) = (call.service.clone(), call.operation.clone());
            Step { service, operation, nth: *nth, writes: call.effect == Effect::Write }
        })
        .collect()
}
