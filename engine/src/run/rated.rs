//! Many children at once, under rate control.
//!
//! Comes in: a document, the parameters of each child, the limits. Goes out: how each ended.
//! Never: a start that a replay would not repeat. What may start depends on which children were noticed to have ended,
//! and in which order; that order is decided by time, so it is recorded, and a replay waits for the same children.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
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
        loop {
            while let Some(child) = rate.start() {
                let parameters = parameters.get(child as usize - 1).cloned().unwrap_or_default();
                let run = self.child(child, document, parameters);
                children.running.push(Box::pin(async move { (child, run.await) }));
            }
            if rate.running() == 0 {
                return Ok(noticed);
            }
            let first = children.any().await?;
            let (child, end) = self.notice(noticed.len() + 1, first, &mut children).await?;
            rate.end(verdict(&end));
            noticed.insert(child, end);
        }
    }

    /// The child whose end is the one of this number: on a replay the one of the first time.
    async fn notice(
        &self,
        number: usize,
        first: u32,
        children: &mut Children<'_>,
    ) -> Result<(u32, ChildEnd), HostError> {
        let operation = self.operations.once(&format!("ended/{number}"));
        let recorded = self.host.decide(&operation, first.into()).await?;
        let wrong = || HostError { operation: operation.clone(), source: "no such child is running".into() };
        let child = recorded.as_u64().and_then(|child| u32::try_from(child).ok()).ok_or_else(wrong)?;
        loop {
            if let Some(end) = children.ended.remove(&child) {
                return Ok((child, end));
            }
            children.next().await?.ok_or_else(wrong)?;
        }
    }
}

impl Children<'_> {
    /// A child that has ended and was not noticed.
    async fn any(&mut self) -> Result<u32, HostError> {
        if let Some(child) = self.ended.keys().next() {
            return Ok(*child);
        }
        let none = || HostError { operation: "children".to_owned(), source: "no child is running".into() };
        self.next().await?.ok_or_else(none)
    }

    /// Waits until one more has ended. What stops the host stops all of them where they are.
    async fn next(&mut self) -> Result<Option<u32>, HostError> {
        match self.running.next().await {
            None => Ok(None),
            Some((_, Err(RunError::Host(error)))) => Err(error),
            Some((child, end)) => {
                self.ended.insert(child, end);
                Ok(Some(child))
            }
        }
    }
}

fn verdict(end: &ChildEnd) -> Verdict {
    match end.as_ref().map(|execution| execution.status) {
        Ok(ExecutionStatus::Success) => Verdict::Success,
        Ok(ExecutionStatus::Cancelled) => Verdict::Cancelled,
        Ok(ExecutionStatus::Failed | ExecutionStatus::TimedOut) | Err(_) => Verdict::Error,
    }
}
