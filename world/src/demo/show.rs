//! Lets something happen and shows it while it happens.
//!
//! Comes in: what sets it off. Goes out: the records of everything that ran, when all of it is over.
//! Never: a picture of its own; what is shown is what the functions said.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::error::DemoError;
use super::follow::Follower;
use super::narrate::{Narrator, seconds};
use super::screen::Screen;
use super::tickets::Tickets;
use crate::clock::{Clock, Timings};
use crate::operator::{Operator, OperatorError};
use crate::stack::{FUNCTIONS, Settled, Stack};

/// A resize with its way back takes ten seconds here; a loaded machine is given far more.
const WITHIN: Duration = Duration::from_secs(90);
const EVERY: Duration = Duration::from_millis(40);

/// The stage: the stack, who acts on it, where it is shown.
pub(crate) struct Show<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) operator: Operator,
    pub(crate) screen: &'a Screen,
    pub(crate) tickets: &'a Tickets,
    clock: Clock,
}

/// What one event has set going.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The records of the remediating functions, in the order of their start.
    pub(crate) records: Vec<Value>,
    /// The journal's last number before.
    pub(crate) journal: u64,
}

impl<'a> Show<'a> {
    pub(crate) fn new(stack: &'a Stack, screen: &'a Screen, tickets: &'a Tickets) -> Self {
        let clock = Clock::new(Timings::default());
        Self { stack, operator: Operator::new(stack.client()), screen, tickets, clock }
    }

    /// Sets something off and shows what comes of it until nothing more comes.
    pub(crate) async fn watch(
        &self,
        trigger: impl Future<Output = Result<(), OperatorError>>,
    ) -> Result<Seen, DemoError> {
        let mark = self.stack.mark();
        let journal = self.stack.journal_end();
        let mut follower = Follower::from_now(FUNCTIONS.iter().map(|name| self.stack.log(name)));
        let mut narrator = Narrator::new(self.clock.now());
        trigger.await?;
        let settle = self.stack.settle(mark, WITHIN);
        tokio::pin!(settle);
        let settled = loop {
            tokio::select! {
                settled = &mut settle => break settled,
                () = tokio::time::sleep(EVERY) => self.tell(&mut follower, &mut narrator),
            }
        };
        self.tell(&mut follower, &mut narrator);
        let settled = settled?;
        Ok(Seen { records: records(&settled), journal })
    }

    fn tell(&self, follower: &mut Follower, narrator: &mut Narrator) {
        for told in follower.lines().iter().filter_map(|line| narrator.tell(line)) {
            self.screen.tell(&told);
        }
    }
}

fn records(settled: &[Settled]) -> Vec<Value> {
    settled
        .iter()
        .filter_map(|(_, execution)| execution.result.clone())
        .filter(|result| result["outcome"].is_object())
        .collect()
}

impl Seen {
    /// The record that tells the most: the one whose outcome has this status.
    pub(crate) fn with_status(&self, status: &str) -> Option<&Value> {
        self.records.iter().find(|record| record["outcome"]["status"] == status)
    }

    /// How the records ended: `1 RolledBack, 2 Refused (duplicate)`.
    pub(crate) fn endings(&self) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for record in &self.records {
            *counts.entry(ending(record)).or_default() += 1;
        }
        counts.into_iter().rev().map(|(ending, count)| format!("{count} {ending}")).collect::<Vec<_>>().join(", ")
    }
}

fn ending(record: &Value) -> String {
    let outcome = &record["outcome"];
    let status = outcome["status"].as_str().unwrap_or("no outcome");
    outcome["guard"].as_str().map_or_else(|| status.to_owned(), |guard| format!("{status} ({guard})"))
}

/// When the fault was seen by AWS, as the event says.
pub(crate) fn since(record: &Value) -> Option<Timestamp> {
    record["incident"]["since"].as_str()?.parse().ok()
}

/// Seconds from the fault to the end of the execution.
pub(crate) fn time_to_remediate(record: &Value) -> Option<f64> {
    let ended: Timestamp = record["endedAt"].as_str()?.parse().ok()?;
    Some(seconds(since(record)?, ended))
}
