//! What one event has set going, seen from outside.
//!
//! Comes in: executions that have ended, the journal, tickets before and after. Goes out: answers to what tests ask.
//! Never: a look into a function.

use shared::outcome::Outcome;
use shared::record::Record;
use shared::ticket::{Filed, Ticket};
use world::gateway::journal::Entry;
use world::operator::look;
use world::stack::Settled;

/// The consequences of one event.
#[derive(Debug)]
pub struct Happened {
    /// Every execution, in the order of their start.
    pub executions: Vec<Settled>,
    /// The calls by which functions changed a resource, or tried to.
    pub changes: Vec<Entry>,
    /// Tickets that were not there before.
    pub tickets: Vec<look::Ticket>,
}

impl Happened {
    /// The records of the functions that remediate, in the order of their start.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let results = self.executions.iter().filter_map(|(_, execution)| execution.result.clone());
        results.filter_map(|result| serde_json::from_value(result).ok()).collect()
    }

    /// Their outcomes.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.records().into_iter().map(|record| record.outcome).collect()
    }

    /// Their statuses, sorted: which of several deliveries comes first is not told.
    #[must_use]
    pub fn statuses(&self) -> Vec<&'static str> {
        let mut statuses: Vec<_> = self.outcomes().iter().map(Outcome::status).collect();
        statuses.sort_unstable();
        statuses
    }

    /// Names of the guards that refused, sorted.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        let guard = |outcome| match outcome {
            Outcome::Refused { guard, .. } => Some(guard),
            _ => None,
        };
        let mut guards: Vec<_> = self.outcomes().into_iter().filter_map(guard).collect();
        guards.sort_unstable();
        guards
    }

    /// What people were told: tickets opened, or added to. What a ticket said already tells nobody anything.
    #[must_use]
    pub fn told(&self) -> Vec<Ticket> {
        let results = self.executions.iter().filter_map(|(_, execution)| execution.result.as_ref());
        let tickets = results.filter_map(|result| serde_json::from_value(result["ticket"].clone()).ok());
        tickets.filter(|ticket: &Ticket| ticket.filed != Filed::Unchanged).collect()
    }

    /// The changing operations, in order.
    #[must_use]
    pub fn changed(&self) -> Vec<&str> {
        self.changes.iter().map(|entry| entry.call.operation.as_str()).collect()
    }

    /// The outcomes in full, for a failed assertion.
    #[must_use]
    pub fn story(&self) -> String {
        let failed = self.executions.iter().filter(|(_, execution)| !execution.succeeded());
        let failed: Vec<_> = failed.map(|(invocation, execution)| (&invocation.function, &execution.error)).collect();
        format!(
            "outcomes {:?}\nchanges {:?}\ntold {:?}\nexecutions that failed {failed:?}",
            self.outcomes(),
            self.changed(),
            self.told()
        )
    }
}
