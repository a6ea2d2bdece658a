//! aws:loop: its body, once for each item or as long as its condition holds.
//!
//! Comes in: the loop's step. Goes out: how it ended; its body's records go to the run's.
//! Never: a failure of its body kept from the run: a loop is transparent, each step's own onFailure counts.

use serde_json::json;

use super::flow::Next;
use super::interpreter::Interpreter;
use super::limits::Limits;
use super::list::{Course, Left, List};
use super::outputs;
use super::record::{Cause, Failure, ParentStep};
use super::step::{Done, Ended};
use crate::action::Iterations;
use crate::document::Step;
use crate::host::{HostError, Progress};
use crate::resolve::{resolve, resolve_inputs};

/// What keeps a loop from its next iteration.
enum Break {
    /// The loop itself failed.
    Failed(Cause, String),
    /// Its body was left, or ended everything.
    Left(Left),
}

impl<'a> Interpreter<'a> {
    /// Runs a loop.
    pub(super) async fn repeat(&mut self, step: &'a Step, list: &List<'a>, visit: &str) -> Result<Done, HostError> {
        let (inputs, resolved) = resolve_inputs(step, &self.values);
        for missing in resolved.missing {
            self.warn(step, format!("{missing} has no value and stays as text"));
        }
        let (label, action) = (self.setting.label(&step.name), step.action.clone());
        self.setting.host.report(Progress::StepStarted { step: label, action, attempt: 1 });
        let read = Limits::of(step, &self.values).and_then(|limits| Ok((limits, Iterations::read(step, &inputs)?)));
        let (limits, iterations) = match read {
            Ok(read) => read,
            Err(message) => return Ok(Done { ended: failed(step, Cause::Inputs, message), attempts: 0, inputs }),
        };
        let broke = self.iterate(step, list, visit, &iterations, &limits).await?;
        let outputs = self.values.outputs_of(&step.name);
        let ended = match broke {
            Some(Break::Failed(cause, message)) => failed(step, cause, message),
            Some(Break::Left(left)) => Ended::Left { left, outputs },
            None => match outputs::of_step(step, &json!(outputs)) {
                Ok(outputs) => Ended::Success { outputs, jump: None, variable: None },
                Err(message) => failed(step, Cause::Output, message),
            },
        };
        Ok(Done { ended, attempts: 1, inputs })
    }

    async fn iterate(
        &mut self,
        step: &'a Step,
        list: &List<'a>,
        visit: &str,
        iterations: &Iterations,
        limits: &Limits,
    ) -> Result<Option<Break>, HostError> {
        let began = self.values.now();
        self.values.forget(std::iter::once(step).chain(super::steps_within(step)));
        for iteration in 1..=iterations.most() {
            if let Some(timed_out) = limits.over(began, self.values.now()) {
                let message = format!("not done after {} s, in {} iterations", timed_out.as_secs(), iteration - 1);
                let cause = Cause::TimedOut { seconds: timed_out.as_secs(), seen: json!(iteration - 1) };
                return Ok(Some(Break::Failed(cause, message)));
            }
            let value = iterations.value(iteration);
            self.begin(step, iteration, iterations);
            let parent =
                ParentStep { step: step.name.clone(), action: step.action.clone(), iteration, iterator_value: value };
            let body = List {
                steps: &step.body,
                prefix: format!("{visit}/{iteration}:"),
                parent: Some(parent),
                cancellable: list.is_cancellable(),
                course: Course::Forward,
                depth: list.depth + 1,
            };
            let left = self.list(body).await?;
            if left.next != Next::End || left.course == Course::Stopping {
                return Ok(Some(Break::Left(left)));
            }
            match iterations.goes_on(|value| resolve(value, &self.values).value) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(message) => return Ok(Some(Break::Failed(Cause::Condition, message))),
            }
        }
        Ok(None)
    }

    /// What the body can read of its iteration, and nothing of the one before.
    fn begin(&mut self, step: &Step, iteration: u32, iterations: &Iterations) {
        self.values.forget(super::steps_within(step));
        self.values.put_outputs(&step.name, iterations.outputs(iteration));
        let value = iterations.value(iteration);
        self.setting.host.report(Progress::IterationStarted { step: self.setting.label(&step.name), iteration, value });
    }
}

fn failed(step: &Step, cause: Cause, message: String) -> Ended {
    let (step, action) = (step.name.clone(), step.action.clone());
    let failure = Failure { step, action, attempts: 1, message, cause };
    Ended::Failed { failure: Box::new(failure), outputs: Default::default() }
}
