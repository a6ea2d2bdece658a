//! The loop of a run.
//!
//! Comes in: a document found good, and its values. Goes out: the record.
//! Never: a clock, an order that depends on anything but the host's answers, or recursion other than into a loop's
//! body, which the parser's nesting limit bounds.

use std::future::Future;
use std::pin::Pin;

use serde_json::Map;

use super::flow::{self, Next};
use super::ledger::Ledger;
use super::list::{Course, Left, List};
use super::operation::Operations;
use super::record::Execution;
use super::setting::Setting;
use super::step::{Done, Ended, Visit};
use super::values::Values;
use crate::action;
use crate::document::{OnCancel, OnFailure, Step};
use crate::host::{HostError, Progress, StopRequest};

/// A future that refers to itself by way of a loop in a loop.
pub(super) type Boxed<'b, T> = Pin<Box<dyn Future<Output = T> + Send + 'b>>;

pub(super) struct Interpreter<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) values: Values,
    ledger: Ledger<'a>,
    /// The run was asked to stop.
    stopped: bool,
    /// The record of the step whose failure stopped the run.
    aborted: Option<usize>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(setting: Setting<'a>, values: Values) -> Self {
        Self { setting, values, ledger: Ledger::default(), stopped: false, aborted: None }
    }

    pub(super) async fn run(mut self) -> Result<Execution, HostError> {
        let started = self.setting.host.now(&self.setting.operation("start")).await?;
        self.values.set_now(started);
        let document = self.setting.document;
        self.list(List::main(&document.steps, self.setting.cancellable)).await?;
        let Self { setting, values, ledger, stopped, aborted } = self;
        Ok(ledger.close(&setting, started, values.now(), stopped, aborted))
    }

    /// Walks a list until it ends or a step leads out of it.
    pub(super) fn list<'b>(&'b mut self, mut list: List<'a>) -> Boxed<'b, Result<Left, HostError>>
    where
        'a: 'b,
    {
        Box::pin(async move {
            let mut index = 0;
            while index < list.steps.len() {
                let next = self.visit(&mut list, index).await?;
                match &next {
                    Next::Step(name) => match list.position(name, index) {
                        Some(found) => index = found,
                        None => return Ok(Left { next, course: list.course }),
                    },
                    Next::End | Next::Abort => return Ok(Left { next, course: list.course }),
                }
            }
            Ok(Left { next: Next::End, course: list.course })
        })
    }

    /// Runs one step and says which is next.
    async fn visit(&mut self, list: &mut List<'a>, index: usize) -> Result<Next, HostError> {
        let step = &list.steps[index];
        let number = self.ledger.count(&list.prefix, &step.name);
        let visit = format!("{}{}#{number}", list.prefix, step.name);
        let record = self.ledger.open(step, list, number, self.values.now());
        let done = self.perform(step, list, &visit).await?;
        let end = Operations::of_visit(&self.setting.operation(&visit), "end");
        let now = self.setting.host.now(&end).await?;
        self.values.set_now(now);
        let next = self.next(list, index, &done.ended);
        if next == Next::Abort {
            self.aborted = self.aborted.or(Some(record));
        }
        self.keep(step, &done);
        let status = self.ledger.end(record, done, now, &next);
        self.setting.host.report(Progress::StepEnded {
            step: self.setting.label(&step.name),
            action: step.action.clone(),
            status,
            message: self.ledger.message(record),
            replayed: false,
        });
        Ok(next)
    }

    async fn perform(&mut self, step: &'a Step, list: &List<'a>, visit: &str) -> Result<Done, HostError> {
        let cancellable = list.is_cancellable();
        if cancellable {
            let asked = Operations::of_visit(&self.setting.operation(visit), "cancelled");
            if let Some(request) = self.setting.host.stop(&asked).await? {
                return Ok(Done { ended: Ended::Cancelled(request), attempts: 0, inputs: Map::new() });
            }
        }
        if action::is_loop(&step.action) {
            return self.repeat(step, list, visit).await;
        }
        Visit { step, visit, values: &self.values, setting: &self.setting, cancellable }.run().await
    }

    fn next(&mut self, list: &mut List<'a>, index: usize, ended: &Ended) -> Next {
        let step = &list.steps[index];
        match ended {
            Ended::Success { jump, .. } => flow::after_branch(list.steps, index, jump.clone()),
            Ended::Failed { .. } => {
                if matches!(step.on_failure, OnFailure::Step(_)) {
                    list.turn(Course::Back);
                }
                flow::after_failure(list.steps, index)
            }
            Ended::Cancelled(request) => {
                self.stopped = true;
                list.turn(Course::Stopping);
                match &step.on_cancel {
                    OnCancel::Step(name) if *request == StopRequest::Cancel => Next::Step(name.clone()),
                    OnCancel::Step(_) | OnCancel::Abort => Next::End,
                }
            }
            Ended::Left { left, .. } => {
                list.turn(left.course);
                left.next.clone()
            }
        }
    }

    /// What later steps can read of this one.
    fn keep(&mut self, step: &Step, done: &Done) {
        match &done.ended {
            Ended::Success { outputs, variable, .. } => {
                self.values.put_outputs(&step.name, outputs.clone());
                if let Some((name, value)) = variable {
                    self.values.put_variable(name, value.clone());
                }
            }
            Ended::Failed { outputs, .. } if !outputs.is_empty() => {
                self.values.put_outputs(&step.name, outputs.clone());
            }
            Ended::Failed { .. } | Ended::Cancelled(_) | Ended::Left { .. } => {}
        }
    }

    /// Something a person should know, though the run goes on.
    pub(super) fn warn(&self, step: &Step, message: String) {
        self.setting.host.report(Progress::Warning { step: Some(self.setting.label(&step.name)), message });
    }
}
