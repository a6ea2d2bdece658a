//! The loop of a run.
//!
//! Comes in: a document found good, and its values. Goes out: the record.
//! Never: recursion, a clock, an order that depends on anything but the host's answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Map;

use super::flow::{self, Next};
use super::operation::Operations;
use super::outputs;
use super::record::{Execution, ExecutionStatus, StepRecord, StepStatus};
use super::refuse::RunError;
use super::step::{Done, Ended, Visit};
use super::values::Values;
use crate::context::Context;
use crate::document::{Document, OnCancel, OnFailure, Step};
use crate::host::{Host, HostError, Progress};

pub(super) struct Interpreter<'a> {
    document: &'a Document,
    context: &'a Context,
    host: &'a dyn Host,
    values: Values,
    records: Vec<StepRecord>,
    visits: BTreeMap<&'a str, u32>,
    /// The run was asked to stop, and follows onCancel.
    cancelling: bool,
    /// On the way back: a failed step jumped (`onFailure: step:`). It is walked to its end, because a run that is
    /// stopped half-way back leaves the resource worse than either end.
    returning: bool,
    /// A step's failure stopped the run.
    aborted: bool,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(document: &'a Document, context: &'a Context, host: &'a dyn Host, values: Values) -> Self {
        Self {
            document,
            context,
            host,
            values,
            records: Vec::new(),
            visits: BTreeMap::new(),
            cancelling: false,
            returning: false,
            aborted: false,
        }
    }

    pub(super) async fn run(mut self) -> Result<Execution, RunError> {
        let started = self.host.now("start").await?;
        self.values.set_now(started);
        let mut index = (!self.document.steps.is_empty()).then_some(0);
        while let Some(at) = index {
            index = self.visit(at).await?;
        }
        Ok(self.finish(started))
    }

    /// Runs one step and says which is next.
    async fn visit(&mut self, index: usize) -> Result<Option<usize>, HostError> {
        let document = self.document;
        let Some(step) = document.steps.get(index) else { return Ok(None) };
        let visit = self.visits.entry(&step.name).or_insert(0);
        *visit += 1;
        let number = *visit;
        let started = self.values.now();
        let done = self.perform(step, number).await?;
        let now = self.host.now(&Operations::of_visit(&step.name, number, "end")).await?;
        self.values.set_now(now);
        let next = self.next(index, &done.ended);
        self.record(step, number, done, started, &next);
        Ok(match next {
            Next::Step(name) => document.steps.iter().position(|step| step.name == name),
            Next::End | Next::Abort => None,
        })
    }

    async fn perform(&self, step: &Step, number: u32) -> Result<Done, HostError> {
        let cancellable = !self.cancelling && !self.returning;
        if cancellable && self.host.cancelled(&Operations::of_visit(&step.name, number, "cancelled")).await? {
            return Ok(Done { ended: Ended::Cancelled, attempts: 0, inputs: Map::new() });
        }
        let visit = Visit { step, number, values: &self.values, context: self.context, host: self.host, cancellable };
        visit.run().await
    }

    fn next(&mut self, index: usize, ended: &Ended) -> Next {
        let list = &self.document.steps;
        let next = match ended {
            Ended::Success { jump, .. } => flow::after_branch(list, index, jump.clone()),
            Ended::Failed(_) => {
                self.returning |= matches!(list[index].on_failure, OnFailure::Step(_));
                flow::after_failure(list, index)
            }
            Ended::Cancelled => {
                self.cancelling = true;
                match &list[index].on_cancel {
                    OnCancel::Step(name) => Next::Step(name.clone()),
                    OnCancel::Abort => Next::End,
                }
            }
        };
        self.aborted |= next == Next::Abort;
        next
    }

    fn record(&mut self, step: &Step, visit: u32, done: Done, started: Timestamp, next: &Next) {
        let mut record = pending(step);
        record.visit = visit;
        record.attempts = done.attempts;
        record.inputs = done.inputs;
        record.started = Some(started);
        record.ended = Some(self.values.now());
        if let Next::Step(name) = next {
            record.next_step = Some(name.clone());
        }
        match done.ended {
            Ended::Success { outputs, .. } => {
                self.values.put_outputs(&step.name, outputs.clone());
                record.outputs = outputs;
                record.status = StepStatus::Success;
            }
            Ended::Failed(failure) => {
                let timed_out = failure.cause.timed_out();
                record.status = if timed_out { StepStatus::TimedOut } else { StepStatus::Failed };
                record.failure = Some(failure);
            }
            Ended::Cancelled => record.status = StepStatus::Cancelled,
        }
        self.host.report(Progress::StepEnded {
            step: step.name.clone(),
            action: step.action.clone(),
            status: record.status,
            message: record.failure.as_ref().map(|failure| failure.message.clone()),
            replayed: false,
        });
        self.records.push(record);
    }

    fn finish(mut self, started: Timestamp) -> Execution {
        let counts = self.records.iter().position(|record| record.failure.is_some() && record.critical);
        let aborted = self.aborted.then(|| self.records.len().saturating_sub(1));
        let decisive = aborted.or(counts).and_then(|index| self.records.get(index)).map(|record| record.status);
        let status = match decisive {
            _ if self.cancelling => ExecutionStatus::Cancelled,
            Some(StepStatus::TimedOut) => ExecutionStatus::TimedOut,
            Some(_) => ExecutionStatus::Failed,
            None => ExecutionStatus::Success,
        };
        let first = counts.or(aborted).and_then(|index| self.records.get(index));
        let failure = first.and_then(|record| record.failure.clone());
        for step in &self.document.steps {
            if !self.visits.contains_key(step.name.as_str()) {
                self.records.push(pending(step));
            }
        }
        Execution {
            execution_id: self.context.execution_id.clone(),
            document: self.document.name.clone(),
            status,
            started,
            ended: self.values.now(),
            outputs: outputs::of_document(self.document, &self.records),
            steps: self.records,
            failure,
        }
    }
}

fn pending(step: &Step) -> StepRecord {
    StepRecord {
        name: step.name.clone(),
        action: step.action.clone(),
        visit: 0,
        status: StepStatus::Pending,
        attempts: 0,
        started: None,
        ended: None,
        inputs: Map::new(),
        outputs: BTreeMap::new(),
        failure: None,
        critical: step.critical(),
        next_step: None,
    }
}
