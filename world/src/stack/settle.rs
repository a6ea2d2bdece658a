//! Waiting until an event has had all its consequences.
//!
//! Comes in: where the stack stood before. Goes out: the executions since and how they ended.
//! Never: an end while one runs, or while the bus carries an event that starts another.

use std::time::Duration;

use tokio::time::Instant;

use super::error::StackError;
use super::invoker::DurableInvoker;
use super::runner::{DurableRunner, Execution, Invocation};

/// What comes of a change by itself, an alarm's new state or a rule's, is on the bus by then.
const QUIET: Duration = Duration::from_millis(700);
const EVERY: Duration = Duration::from_millis(150);

/// An execution and how it ended.
pub type Settled = (Invocation, Execution);

/// Where a stack stands before something is set going: what comes after is its consequence.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Executions so far.
    pub(super) executions: usize,
    /// Deliveries begun so far.
    pub(super) deliveries: usize,
}

pub(super) async fn settle(
    invoker: &DurableInvoker,
    runner: &DurableRunner,
    mark: Mark,
    within: Duration,
    // Whether the bus still carries something begun after so many deliveries; an error when somebody died.
    carrying: impl Fn(usize) -> Result<bool, StackError>,
) -> Result<Vec<Settled>, StackError> {
    let end = Instant::now() + within;
    let mut settled: Vec<Settled> = Vec::new();
    let mut quiet_since = Instant::now();
    loop {
        let started: Vec<Invocation> = invoker.invocations().into_iter().skip(mark.executions).collect();
        let before = settled.len();
        for invocation in started.iter().skip(before) {
            // In the order of their start: the first that still runs is what everything waits for.
            let Some(execution) = runner.ended(invocation).await? else { break };
            settled.push((invocation.clone(), execution));
        }
        // Who is dead ends nothing: no use to wait for it.
        let carrying = carrying(mark.deliveries)?;
        if settled.len() != before || settled.len() < started.len() || carrying {
            quiet_since = Instant::now();
        }
        if !settled.is_empty() && quiet_since.elapsed() >= QUIET {
            return Ok(settled);
        }
        if Instant::now() >= end {
            return Err(unfinished(started.get(settled.len()), within));
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn unfinished(running: Option<&Invocation>, within: Duration) -> StackError {
    match running {
        Some(Invocation { function, id }) => {
            StackError::Unfinished { function: function.clone(), id: id.clone(), within }
        }
        None => StackError::NothingHappened { within },
    }
}
