//! The part of a plan that can be read for real: up to the first change, wait or sleep.
//!
//! Comes in: the document and values. Goes out: entries with what was seen, and where the unseen part begins.
//! Never: a call of anything that is not a read by the service's own model.

use serde_json::{Map, Value};

use super::before::Read;
use super::entry;
use super::record::{PlanKind, PlannedStep};
use crate::action::{Expectation, Verdict, choices};
use crate::context::Context;
use crate::document::{Document, Step};
use crate::host::{ApiCall, CallFault, FaultKind, Host, HostError};
use crate::resolve::{as_text, resolve, resolve_inputs};
use crate::run::{LONGEST_CALL, Next, Stop, Values, after_branch, after_failure, step_outputs};

pub(super) struct Walk<'a> {
    document: &'a Document,
    context: &'a Context,
    host: &'a dyn Host,
    values: Values,
    reads: Vec<Read>,
    steps: Vec<PlannedStep>,
}

/// What a look at one step says of the next.
enum Sight {
    /// It succeeds; a branch may jump.
    Succeeds(Option<String>),
    /// It fails.
    Fails,
    /// From here on nothing can be known.
    Dark,
}

impl<'a> Walk<'a> {
    pub(super) fn new(document: &'a Document, context: &'a Context, host: &'a dyn Host, values: Values) -> Self {
        Self { document, context, host, values, reads: Vec::new(), steps: Vec::new() }
    }

    pub(super) fn finish(self) -> (Vec<PlannedStep>, Values, Vec<Read>) {
        (self.steps, self.values, self.reads)
    }

    /// Follows the run as far as it can be seen; the step at which it no longer can, if the run gets so far.
    pub(super) async fn read(&mut self) -> Result<Option<&'a str>, HostError> {
        let list = &self.document.steps;
        let mut index = 0;
        while let Some(step) = list.get(index) {
            let next = match self.look(step).await? {
                Sight::Dark => return Ok(Some(&step.name)),
                Sight::Succeeds(jump) => after_branch(list, index, jump),
                Sight::Fails => after_failure(list, index),
            };
            match next {
                Next::Step(name) => match list.iter().position(|step| step.name == name) {
                    Some(found) => index = found,
                    None => return Ok(None),
                },
                Next::End | Next::Abort => return Ok(None),
            }
        }
        Ok(None)
    }

    async fn look(&mut self, step: &'a Step) -> Result<Sight, HostError> {
        let (inputs, _) = resolve_inputs(step, &self.values);
        let mut entry = entry::of_step(step, &inputs, self.host, &self.reads);
        let sight = match entry.kind {
            PlanKind::Branch => self.branch(step, &mut entry),
            PlanKind::Read => self.read_once(step, &mut entry).await?,
            PlanKind::Assert => self.property(step, &inputs, &mut entry).await?,
            PlanKind::Wait if step.action == "aws:waitForAwsResourceProperty" => {
                self.property(step, &inputs, &mut entry).await?
            }
            PlanKind::Wait | PlanKind::Write | PlanKind::Sleep => Sight::Dark,
        };
        // A step that cannot be seen is listed with those that follow it.
        if !matches!(sight, Sight::Dark) {
            self.steps.push(entry);
        }
        Ok(sight)
    }

    fn branch(&self, step: &Step, entry: &mut PlannedStep) -> Sight {
        for (target, condition) in choices(step) {
            match condition.evaluate(&|value| Some(resolve(value, &self.values).value)) {
                Ok(Some(true)) => {
                    entry.note = Some(format!("to {target}: {}", condition.describe()));
                    return Sight::Succeeds(Some(target));
                }
                Ok(_) => {}
                Err(message) => {
                    entry.note = Some(format!("fails: {message}"));
                    return Sight::Fails;
                }
            }
        }
        let default = step.inputs.get("Default").and_then(Value::as_str).map(str::to_owned);
        let list = &self.document.steps;
        let index = list.iter().position(|other| other.name == step.name).unwrap_or(list.len());
        entry.note = Some(match after_branch(list, index, default.clone()) {
            Next::Step(name) => format!("to {name}: no choice holds"),
            Next::End | Next::Abort => "ends: no choice holds".to_owned(),
        });
        Sight::Succeeds(default)
    }

    async fn read_once(&mut self, step: &Step, entry: &mut PlannedStep) -> Result<Sight, HostError> {
        let answer = match self.call(entry).await? {
            Ok(answer) => answer,
            Err(fault) => return Ok(no_answer(entry, &fault)),
        };
        match step_outputs(step, &answer) {
            Ok(outputs) => {
                if !outputs.is_empty() {
                    let seen = outputs.iter().map(|(name, value)| format!("{name} = {}", as_text(value)));
                    entry.note = Some(seen.collect::<Vec<_>>().join(", "));
                }
                self.values.put_outputs(&step.name, outputs);
                Ok(Sight::Succeeds(None))
            }
            Err(message) => {
                entry.note = Some(format!("fails: {message}"));
                Ok(Sight::Fails)
            }
        }
    }

    async fn property(
        &mut self,
        step: &Step,
        inputs: &Map<String, Value>,
        entry: &mut PlannedStep,
    ) -> Result<Sight, HostError> {
        let expectation = match Expectation::read(inputs, self.context.readings) {
            Ok(expectation) => expectation,
            Err(Stop::Failed { message, .. }) => {
                entry.note = Some(format!("fails: {message}"));
                return Ok(Sight::Fails);
            }
            Err(_) => return Ok(Sight::Dark),
        };
        let answer = match self.call(entry).await? {
            Ok(answer) => answer,
            Err(fault) => return Ok(no_answer(entry, &fault)),
        };
        let waits = entry.kind == PlanKind::Wait;
        let desired = entry::desired(inputs);
        let seen = match expectation.judge(&answer) {
            Verdict::Holds(_) => {
                entry.note = Some(format!("holds now: {desired}"));
                let outputs = step_outputs(step, &answer).unwrap_or_default();
                self.values.put_outputs(&step.name, outputs);
                return Ok(Sight::Succeeds(None));
            }
            Verdict::Differs(seen) => as_text(&seen),
            Verdict::Nothing => "nothing".to_owned(),
        };
        entry.note = Some(format!("fails: {desired}, but there is {seen}"));
        Ok(if waits { Sight::Dark } else { Sight::Fails })
    }

    async fn call(&mut self, entry: &PlannedStep) -> Result<Result<Value, CallFault>, HostError> {
        let (service, api) = (entry.service.clone().unwrap_or_default(), entry.api.clone().unwrap_or_default());
        let operation = format!("plan/{}", entry.step);
        let call = ApiCall {
            service: service.clone(),
            api,
            input: entry.input.clone(),
            idempotency_key: format!("{}/{operation}", self.context.execution_id),
            timeout: Some(LONGEST_CALL),
        };
        let answer = self.host.call(&operation, call).await?;
        if let Ok(answer) = &answer {
            self.reads.push(Read { service, input: entry.input.clone(), answer: answer.clone() });
        }
        Ok(answer)
    }
}

/// An error of the caller would be the same in a run; anything else may have passed by then.
fn no_answer(entry: &mut PlannedStep, fault: &CallFault) -> Sight {
    match fault.kind {
        FaultKind::InvalidInput | FaultKind::Denied | FaultKind::Refused => {
            entry.note = Some(format!("fails: {fault}"));
            Sight::Fails
        }
        FaultKind::Throttled | FaultKind::ServiceFault | FaultKind::NoAnswer => Sight::Dark,
    }
}
