//! The records of a run, as they come.
//!
//! Comes in: visits that begin and end. Goes out: the record of the execution, steps in the order they began.
//! Never: a value that later steps read; see `values`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Map;

use super::flow::Next;
use super::list::{Course, List};
use super::outputs;
use super::record::{Execution, ExecutionStatus, StepRecord, StepStatus};
use super::setting::Setting;
use super::step::{Done, Ended};
use crate::document::Step;

#[derive(Default)]
pub(super) struct Ledger<'a> {
    records: Vec<StepRecord>,
    /// How often each step was visited where it is: in the document, or in one iteration.
    visits: BTreeMap<(String, &'a str), u32>,
}

impl<'a> Ledger<'a> {
    /// Counts a visit; which it is, from 1.
    pub(super) fn count(&mut self, prefix: &str, step: &'a str) -> u32 {
        let visit = self.visits.entry((prefix.to_owned(), step)).or_insert(0);
        *visit += 1;
        *visit
    }

    /// Begins the record of a visit.
    pub(super) fn open(&mut self, step: &Step, list: &List<'a>, visit: u32, started: Timestamp) -> usize {
        let status = StepStatus::InProgress;
        let parent = list.parent.clone();
        self.records.push(StepRecord { visit, status, started: Some(started), parent, ..pending(step) });
        self.records.len() - 1
    }

    /// Ends the record of a visit.
    pub(super) fn end(&mut self, at: usize, done: Done, ended: Timestamp, next: &Next) -> StepStatus {
        let Some(record) = self.records.get_mut(at) else { return StepStatus::InProgress };
        record.attempts = done.attempts;
        record.inputs = done.inputs;
        record.ended = Some(ended);
        if let Next::Step(name) = next {
            record.next_step = Some(name.clone());
        }
        record.status = status(&done.ended);
        match done.ended {
            Ended::Success { outputs, .. } | Ended::Left { outputs, .. } => record.outputs = outputs,
            Ended::Failed { failure, outputs } => {
                record.outputs = outputs;
                record.failure = Some(*failure);
            }
            Ended::Cancelled(_) => {}
        }
        record.status
    }

    /// Why a step failed, in words.
    pub(super) fn message(&self, at: usize) -> Option<String> {
        self.records.get(at)?.failure.as_ref().map(|failure| failure.message.clone())
    }

    /// The record of the whole execution.
    pub(super) fn close(
        mut self,
        setting: &Setting<'_>,
        started: Timestamp,
        ended: Timestamp,
        stopped: bool,
        aborted: Option<usize>,
    ) -> Execution {
        let counts = |record: &StepRecord| record.failure.is_some() && record.critical;
        let first = self.records.iter().position(counts);
        let forgiven = |at: &usize| setting.context.readings.abort_forgives && !self.records[*at].critical;
        let aborted = aborted.filter(|at| !forgiven(at));
        let decisive = aborted.or(first).and_then(|index| self.records.get(index)).map(|record| record.status);
        let status = match decisive {
            _ if stopped => ExecutionStatus::Cancelled,
            Some(StepStatus::TimedOut) => ExecutionStatus::TimedOut,
            Some(_) => ExecutionStatus::Failed,
            None => ExecutionStatus::Success,
        };
        let failure = first.or(aborted).and_then(|index| self.records.get(index)?.failure.clone());
        self.add_those_not_run(setting);
        Execution {
            execution_id: setting.context.execution_id.clone(),
            document: setting.document.name.clone(),
            status,
            started,
            ended,
            outputs: outputs::of_document(setting.document, &self.records),
            steps: self.records,
            failure,
        }
    }

    fn add_those_not_run(&mut self, setting: &Setting<'_>) {
        let run: BTreeSet<&str> = self.visits.keys().map(|(_, step)| *step).collect();
        let steps = setting.document.all_steps();
        let not_run = steps.into_iter().filter(|step| !run.contains(step.name.as_str())).map(pending);
        self.records.extend(not_run);
    }
}

fn status(ended: &Ended) -> StepStatus {
    match ended {
        Ended::Success { .. } => StepStatus::Success,
        Ended::Failed { failure, .. } if failure.cause.timed_out() => StepStatus::TimedOut,
        Ended::Failed { .. } => StepStatus::Failed,
        Ended::Cancelled(_) => StepStatus::Cancelled,
        Ended::Left { left, .. } => match left.next {
            _ if left.course == Course::Stopping => StepStatus::Cancelled,
            // The step in the body says why.
            Next::Abort => StepStatus::Failed,
            Next::Step(_) | Next::End => StepStatus::Exited,
        },
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
        parent: None,
    }
}
