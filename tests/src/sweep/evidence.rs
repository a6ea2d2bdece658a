//! What is left after a case, as the account, the bus and the logs have it.
//!
//! Comes in: what [`super::perform`] collects. Goes out: plain data and short questions to it. Never: a judgement.

use engine::{Execution, ExecutionStatus, StepRecord, StepStatus};
use serde_json::Value;
use shared::outcome::Outcome;
use shared::record::Record;
use world::gateway::journal::Entry;
use world::stack::is_change;

use super::case::Case;
use super::scene::{Condition, Prop};

/// So many of the last calls and of the last lines of the log are told of a case that broke a rule.
const TOLD: usize = 12;

/// One event and what came of it.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The execution's id.
    pub execution: String,
    /// How the durable service says that it ended; absent when it had not in the time a case has.
    pub status: Option<String>,
    /// What it failed of, if it did.
    pub error: Option<String>,
    /// The outcomes it published, every repetition counted; that people are asked is none yet.
    pub outcomes: Vec<Record>,
    /// What it left in the dead-letter queue.
    pub letters: Vec<String>,
}

/// A ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// `oi-...`
    pub id: String,
    /// `Open`, `Resolved`, ...
    pub status: String,
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
    /// Tickets about the resource.
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

    /// How many ways back were taken: the runbook's own, the runbook once more to undo, and the own one of that.
    #[must_use]
    pub fn ways_back(&self) -> usize {
        let of = |record: &Record| {
            let of_runs = [&record.cut_off, &record.run].into_iter().flatten().filter(|run| went_back(run)).count();
            let of_undo = record.undo.as_ref().map_or(0, |undo| 1 + usize::from(went_back(undo)));
            of_runs + of_undo
        };
        self.all_records().iter().map(of).max().unwrap_or(0)
    }

    /// Whether a run was cut off and made once more.
    #[must_use]
    pub fn ran_again(&self) -> bool {
        self.all_records().iter().any(|record| record.cut_off.is_some())
    }

    /// The records, also of outcomes that no bus would take.
    #[must_use]
    pub fn all_records(&self) -> Vec<Record> {
        let kept = self.delivered.iter().flat_map(|delivered| &delivered.letters).filter_map(|letter| kept(letter));
        self.records().into_iter().cloned().chain(kept).collect()
    }

    /// The story in a few lines, for whoever must find out what was wrong.
    #[must_use]
    pub fn story(&self) -> String {
        let outcomes: Vec<String> = self.delivered.iter().map(Delivered::story).collect();
        let changes: Vec<String> = self.tries().map(told).collect();
        format!(
            "    {} {:?}\n    {}\n    changes {}\n    tickets {:?}\n    last {}\n    {}",
            self.prop.id,
            self.condition,
            outcomes.join("\n    "),
            changes.join(", "),
            self.tickets.iter().map(|ticket| ticket.id.as_str()).collect::<Vec<_>>(),
            self.last_calls().join(", "),
            self.end_of_log().join("\n    ")
        )
    }

    fn last_calls(&self) -> Vec<String> {
        let first = self.journal.len().saturating_sub(TOLD);
        self.journal[first..].iter().map(told).collect()
    }

    fn end_of_log(&self) -> Vec<&str> {
        let lines: Vec<&str> = self.log.lines().collect();
        lines[lines.len().saturating_sub(TOLD)..].to_vec()
    }
}

/// Whether a run did not succeed, and began a step after the first that failed.
fn went_back(run: &Execution) -> bool {
    let well = |step: &&StepRecord| matches!(step.status, StepStatus::Success | StepStatus::Pending);
    let mut after = run.steps.iter().skip_while(well).skip(1);
    run.status != ExecutionStatus::Success && after.any(|step| step.attempts > 0)
}

/// The record of an outcome that no bus would take.
fn kept(letter: &str) -> Option<Record> {
    let letter: Value = serde_json::from_str(letter).ok()?;
    serde_json::from_str(letter["event"]["detail"].as_str()?).ok()
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

/// Whether the durable service itself was called, which is no effect of a run.
#[must_use]
pub fn is_durable(entry: &Entry) -> bool {
    entry.call.service == "lambda" && entry.call.operation.contains("DurableExecution")
}

/// Whether AWS did it.
#[must_use]
pub fn performed(entry: &Entry) -> bool {
    entry.performed.is_some_and(|status| (200..300).contains(&status))
}
