//! Many children at once, under rate control.
//!
//! Comes in: a document, the parameters of each child, the limits. Goes out: how each ended.
//! Never: a start that a replay would not repeat. What may start depends on which children were noticed to have ended
//! by then; time decides that, so it is recorded, and a replay waits for the same children before it starts the next.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::rate::{Rate, Verdict};
use super::record::{Execution, ExecutionStatus};
use super::refuse::RunError;
use crate::document::Document;
use crate::host::HostError;

/// A child's record, or why it was refused.
pub(crate) type ChildEnd = Result<Execution, RunError>;

type Running<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = (u32, ChildEnd)> + Send + 'a>>>;

/// Children under way.
struct Children<'a> {
    running: Running<'a>,
    /// Ended, and not yet noticed.
    ended: BTreeMap<u32, ChildEnd>,
}

impl Attempt<'_> {
    /// Runs one child for each of `parameters`, numbered from 1; the ends of those that were started.
    pub(crate) async fn children(
        &self,
        document: &Document,
        parameters: &[Map<String, Value>],
        rate: &mut Rate,
    ) -> Result<BTreeMap<u32, ChildEnd>, HostError> {
        let mut children = Children { running: FuturesUnordered::new(), ended: BTreeMap::new() };
        let mut noticed = BTreeMap::new();
        let mut rounds = 0;
        loop {
            while let Some(child) = rate.start() {
                let parameters = parameters.get(child as usize - 1).cloned().unwrap_or_default();
                let run = self.child(child, document, parameters);
                children.running.push(Box::pin(async move { (child, run.await) }));
            }
            if rate.running() == 0 {
                return Ok(noticed);
            }
            rounds += 1;
            let operation = self.operations.once(&format!("ended/{rounds}"));
            let ready = children.ready().await?;
            for child in self.notice(&operation, ready).await? {
                let end = children.take(&operation, child).await?;
                rate.end(verdict(&end));
                noticed.insert(child, end);
            }
        }
    }

    /// The children whose ends are noticed in this round: on a replay those of the first time.
    async fn notice(&self, operation: &str, ready: Vec<u32>) -> Result<Vec<u32>, HostError> {
        let recorded = self.host.decide(operation, ready.into()).await?;
        serde_json::from_value(recorded).map_err(|error| broken(operation, error))
    }
}

impl Children<'_> {
    /// All children that have ended by now and were not noticed; waits for the first.
    async fn ready(&mut self) -> Result<Vec<u32>, HostError> {
        if self.ended.is_empty() {
            let end = self.running.next().await;
            self.keep(end)?;
        }
        while let Some(end @ Some(_)) = self.running.next().now_or_never() {
            self.keep(end)?;
        }
        Ok(self.ended.keys().copied().collect())
    }

    /// How this child ended; waits for it.
    async fn take(&mut self, operation: &str, child: u32) -> Result<ChildEnd, HostError> {
        loop {
            if let Some(end) = self.ended.remove(&child) {
                return Ok(end);
            }
            let end = self.running.next().await;
            if end.is_none() {
                return Err(broken(operation, format!("child {child} is not running")));
            }
            self.keep(end)?;
        }
    }

    /// What stops the host stops all of them where they are.
    fn keep(&mut self, end: Option<(u32, ChildEnd)>) -> Result<(), HostError> {
        match end {
            None => Ok(()),
            Some((_, Err(RunError::Host(error)))) => Err(error),
            Some((child, end)) => {
                self.ended.insert(child, end);
                Ok(())
            }
        }
    }
}

/// The record does not belong to this run.
fn broken(operation: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> HostError {
    HostError { operation: operation.to_owned(), source: source.into() }
}

fn verdict(end: &ChildEnd) -> Verdict {
    match end.as_ref().map(|execution| execution.status) {
        Ok(ExecutionStatus::Success) => Verdict::Success,
        Ok(ExecutionStatus::Cancelled) => Verdict::Cancelled,
        Ok(ExecutionStatus::Failed | ExecutionStatus::TimedOut) | Err(_) => Verdict::Error,
    }
}
