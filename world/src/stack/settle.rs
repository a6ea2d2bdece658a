//! Waiting until an event has had all its consequences.
//!
//! Comes in: how many executions were there before. Goes out: the new ones and how they ended.
//! Never: an end while one runs; a run may publish an event that starts another.

use std::time::Duration;

use tokio::time::Instant;

use super::error::StackError;
use super::invoker::DurableInvoker;
use super::runner::{DurableRunner, Execution, Invocation};

/// An outcome is on the bus within milliseconds of its execution's end; a loaded machine is given this long.
const QUIET: Duration = Duration::from_millis(700);
const EVERY: Duration = Duration::from_millis(150);

/// An execution and how it ended.
pub type Settled = (Invocation, Execution);

pub(crate) async fn settle(
    invoker: &DurableInvoker,
    runner: &DurableRunner,
    known: usize,
    within: Duration,
    alive: impl Fn() -> Result<(), StackError>,
) -> Result<Vec<Settled>, StackError> {
    let end = Instant::now() + within;
    let mut settled: Vec<Settled> = Vec::new();
    let mut quiet_since = Instant::now();
    loop {
        let started: Vec<Invocation> = invoker.invocations().into_iter().skip(known).collect();
        let before = settled.len();
        for invocation in started.iter().skip(before) {
            // In the order of their start: the first that still runs is what everything waits for.
            let Some(execution) = runner.ended(invocation).await? else { break };
            settled.push((invocation.clone(), execution));
        }
        if settled.len() != before || settled.len() < started.len() {
            quiet_since = Instant::now();
        }
        if !settled.is_empty() && quiet_since.elapsed() >= QUIET {
            return Ok(settled);
        }
        // Who is dead ends nothing: no use to wait for it.
        alive()?;
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
