//! What is left after a case, as the account, the bus and the logs have it.
//!
//! Comes in: what [`super::perform`] collects. Goes out: plain data and short questions to it. Never: a judgement.

use engine::StepStatus;
use serde_json::Value;
use shared::outcome::Outcome;
use shared::record::Record;
use world::gateway::call::Effect;
use world::gateway::journal::Entry;

use super::case::Case;
use super::scene::{Condition, Prop};

/// Services in which a function keeps its own books.
const OWN_BOOKS: [&str; 5] = ["dynamodb", "events", "ssm", "lambda", "sqs"];
/// A call that asks for a look, not for a change.
const ASKS: &str = "StartConfigRulesEvaluation";

/// One event and what came of it.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The execution's id.
    pub execution: String,
    /// How the durable service says that it ended; absent when it had not in the time a case has.
    pub status: Option<String>,
    /// What it failed of, if it did.
    pub error: Option<String>,
    /// The outcomes it published, every repetition counted.
    pub outcomes: Vec<Record>,
    /// What it left in the dead-letter queue.
    pub letters: Vec<String>,
}

/// A ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// `oi-...`
    pub id: String,
    /// Everything in it.
    pub text: String,
}

/// Everything a case left.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The case.
    pub case: Case,
    /// The lane that played it.
    pub lane: String,
    /// The resource.
    pub prop: Prop,
    /// How the resource is.
    pub condition: Condition,
    /// The events, in the order of their delivery.
    pub delivered: Vec<Delivered>,
    /// Every call of the lane.
    pub journal: Vec<Entry>,
    /// Open tickets about the resource.
    pub tickets: Vec<Ticket>,
    /// The lock on the resource, if somebody has it.
    pub lock: Option<Value>,
    /// What the lane wrote into its log.
    pub log: String,
    /// Whether the disturbance came about.
    pub disturbed: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Evidence {
    /// The records, each outcome once.
    #[must_use]
    pub fn records(&self) -> Vec<&Record> {
        self.delivered.iter().filter_map(|delivered| delivered.outcomes.first()).collect()
    }

    /// Calls that changed a resource of the account.
    pub fn changes(&self) -> impl Iterator<Item = &Entry> {
        self.journal.iter().filter(|entry| is_change(entry) && performed(entry))
    }

    /// Calls that changed a resource of the account, or tried to.
    pub fn tries(&self) -> impl Iterator<Item = &Entry> {
        self.journal.iter().filter(|entry| is_change(entry))
    }

    /// Whether anybody of this case was allowed to change something.
    #[must_use]
    pub fn permitted(&self) -> usize {
        let locked = |record: &&&Record| record.guards.iter().any(|note| note.guard == "lock" && note.passed);
        self.records().iter().filter(locked).count()
    }

    /// Whether the runbook took its way back, or ran once more to undo.
    #[must_use]
    pub fn went_back(&self) -> bool {
        let failed = |record: &&Record| {
            let run = record.run.as_ref();
            let steps = run.map(|run| run.steps.as_slice()).unwrap_or_default();
            record.undo.is_some() || steps.iter().any(|step| step.status != StepStatus::Success)
        };
        self.records().iter().any(failed)
    }

    /// The story in a few lines, for whoever must find out what was wrong.
    #[must_use]
    pub fn story(&self) -> String {
        let outcomes: Vec<String> = self.delivered.iter().map(Delivered::story).collect();
        let changes: Vec<String> = self.tries().map(told).collect();
        format!(
            "    {} {:?}\n    {}\n    changes {}\n    tickets {:?}",
            self.prop.id,
            self.condition,
            outcomes.join("\n    "),
            changes.join(", "),
            self.tickets.iter().map(|ticket| ticket.id.as_str()).collect::<Vec<_>>()
        )
    }
}

impl Delivered {
    fn story(&self) -> String {
        let outcomes: Vec<String> = self.outcomes.iter().map(|record| record.outcome.line()).collect();
        let letters = self.letters.len();
        let status = self.status.as_deref().unwrap_or("did not end");
        format!("{} {status} {:?} {outcomes:?}, {letters} letters", self.execution, self.error)
    }

    /// How it ended, if it said so.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcomes.first().map(|record| &record.outcome)
    }
}

fn told(entry: &Entry) -> String {
    format!("{} {:?}/{:?}", entry.call.operation, entry.performed, entry.status)
}

fn is_change(entry: &Entry) -> bool {
    let call = &entry.call;
    call.effect == Effect::Write && !OWN_BOOKS.contains(&call.service.as_str()) && call.operation != ASKS
}

/// Whether AWS did it.
#[must_use]
pub fn performed(entry: &Entry) -> bool {
    entry.performed.is_some_and(|status| (200..300).contains(&status))
}
