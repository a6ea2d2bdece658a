//! The part of a plan that can be read for real: up to the first change, wait or sleep.
//!
//! Comes in: the document and values. Goes out: entries with what was seen, and where the unseen part begins.
//! Never: a call of anything that is not a read by the service's own model.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Map, Value};

use super::before::Read;
use super::entry;
use super::record::{PlanKind, PlannedStep, Round};
use crate::action::{Expectation, Iterations, Verdict, choices, variable_update};
use crate::context::Context;
use crate::document::{Document, Step};
use crate::host::{ApiCall, CallFault, FaultKind, Host, HostError};
use crate::resolve::{as_text, resolve, resolve_inputs};
use crate::run::{LONGEST_CALL, Next, Setting, Stop, Values, after_branch, after_failure, step_outputs, steps_within};

pub(super) struct Walk<'a> {
    document: &'a Document,
    context: &'a Context,
    host: &'a dyn Host,
    values: Values,
    reads: Vec<Read>,
    /// Calls made, also those without an answer to keep: a loop asks the same step again about another item.
    calls: usize,
    steps: Vec<PlannedStep>,
    /// Before the names of its operations.
    prefix: String,
}

/// What a look at one step says of the next.
enum Sight {
    /// It succeeds; a branch may jump.
    Succeeds(Option<String>),
    /// It fails.
    Fails,
    /// A loop whose body leads to this step, or ends the run.
    Left(Next),
    /// From here on nothing can be known.
    Dark,
}

/// How far a list can be seen.
enum Seen<'a> {
    /// To its end, or to a step that leads out of it.
    Left(Next),
    /// To this step.
    Dark(&'a str),
}

type Boxed<'b, T> = Pin<Box<dyn Future<Output = T> + Send + 'b>>;

impl<'a> Walk<'a> {
    /// With what an execution around this one has read.
    pub(super) fn new(setting: &Setting<'a>, values: Values, reads: Vec<Read>) -> Self {
        let Setting { document, context, host, .. } = *setting;
        Self { document, context, host, values, reads, calls: 0, steps: Vec::new(), prefix: setting.prefix.clone() }
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    pub(super) fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// A step that is looked at elsewhere, and those it leads to.
    pub(super) fn put(&mut self, step: &Step, entries: Vec<PlannedStep>) {
        self.values.known_later(&step.name);
        self.steps.extend(entries);
    }

    /// The entry of a step as it is reached now.
    pub(super) fn entry(&self, step: &Step) -> PlannedStep {
        let (inputs, _) = resolve_inputs(step, &self.values);
        entry::of_step(step, &inputs, self.host, &self.reads)
    }

    pub(super) fn finish(self) -> (Vec<PlannedStep>, Values, Vec<Read>) {
        (self.steps, self.values, self.reads)
    }

    /// Follows the run from this step of the document as far as it can be seen; the step at which it no longer can, if the run gets so far.
    pub(super) async fn read(&mut self, start: usize) -> Result<Option<&'a str>, HostError> {
        let document = self.document;
        match self.list(&document.steps, start, None).await? {
            Seen::Dark(step) => Ok(Some(step)),
            Seen::Left(_) => Ok(None),
        }
    }

    /// Loops in loops make it recursive; the parser's nesting limit bounds that.
    fn list<'b>(
        &'b mut self,
        list: &'a [Step],
        start: usize,
        round: Option<Round>,
    ) -> Boxed<'b, Result<Seen<'a>, HostError>>
    where
        'a: 'b,
    {
        Box::pin(async move {
            let mut index = start;
            while let Some(step) = list.get(index) {
                let next = match self.look(list, index, round.as_ref()).await? {
                    Sight::Dark => return Ok(Seen::Dark(&step.name)),
                    Sight::Succeeds(jump) => after_branch(list, index, jump),
                    Sight::Fails => {
                        self.mark(step);
                        after_failure(list, index)
                    }
                    Sight::Left(next) => next,
                };
                let found = match &next {
                    Next::Step(name) => list.iter().position(|step| step.name == *name),
                    Next::End | Next::Abort => None,
                };
                match found {
                    Some(found) => index = found,
                    None => return Ok(Seen::Left(next)),
                }
            }
            Ok(Seen::Left(Next::End))
        })
    }

    /// A failure that was seen; a step that is not critical may fail.
    fn mark(&mut self, step: &Step) {
        if let Some(entry) = self.steps.iter_mut().rev().find(|entry| entry.step == step.name) {
            entry.fails = step.critical();
        }
    }

    /// A loop is seen as a whole or not at all: what was seen of it is forgotten where it cannot be seen to its end.
    async fn repeat(&mut self, list: &'a [Step], index: usize, entry: PlannedStep) -> Result<Sight, HostError> {
        let Some(step) = list.get(index) else { return Ok(Sight::Dark) };
        let (steps, values) = (self.steps.len(), self.values.clone());
        let Ok(iterations) = Iterations::read(step, entry.input.as_object().unwrap_or(&Map::new())) else {
            self.steps.push(entry);
            return Ok(Sight::Fails);
        };
        self.steps.push(entry);
        let sight = self.rounds(step, &iterations).await?;
        if matches!(sight, Sight::Dark) {
            self.steps.truncate(steps);
            self.values = values;
        }
        Ok(match sight {
            Sight::Left(Next::End) => Sight::Left(after_branch(list, index, None)),
            other => other,
        })
    }

    async fn rounds(&mut self, step: &'a Step, iterations: &Iterations) -> Result<Sight, HostError> {
        for number in 1..=iterations.most() {
            self.values.forget(steps_within(step));
            self.values.put_outputs(&step.name, iterations.outputs(number));
            let round = Round { step: step.name.clone(), number: Some(number) };
            match self.list(&step.body, 0, Some(round)).await? {
                Seen::Left(Next::End) => {}
                Seen::Left(next) => return Ok(Sight::Left(next)),
                Seen::Dark(_) => return Ok(Sight::Dark),
            }
            match iterations.goes_on(|value| resolve(value, &self.values).value) {
                // Another look at the same things at the same time would show the same.
                Ok(true) if iterations.condition().is_some() => return Ok(Sight::Dark),
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => return Ok(Sight::Fails),
            }
        }
        Ok(Sight::Left(Next::End))
    }

    async fn look(&mut self, list: &'a [Step], index: usize, round: Option<&Round>) -> Result<Sight, HostError> {
        let Some(step) = list.get(index) else { return Ok(Sight::Dark) };
        let (inputs, _) = resolve_inputs(step, &self.values);
        let mut entry = entry::of_step(step, &inputs, self.host, &self.reads);
        entry.round = round.cloned();
        let sight = match entry.kind {
            PlanKind::Loop => return self.repeat(list, index, entry).await,
            PlanKind::Branch => self.branch(list, index, &mut entry),
            PlanKind::Read => self.read_once(step, &mut entry).await?,
            PlanKind::Assert => self.property(step, &inputs, &mut entry).await?,
            PlanKind::Wait if step.action == "aws:waitForAwsResourceProperty" => {
                self.property(step, &inputs, &mut entry).await?
            }
            PlanKind::Variable => self.set(step, &inputs, &mut entry),
            PlanKind::Wait
            | PlanKind::Write
            | PlanKind::Runbook
            | PlanKind::Sleep
            | PlanKind::Approval
            | PlanKind::Pause => Sight::Dark,
        };
        // A step that cannot be seen is listed with those that follow it.
        if !matches!(sight, Sight::Dark) {
            self.steps.push(entry);
        }
        Ok(sight)
    }

    fn set(&mut self, step: &Step, inputs: &Map<String, Value>, entry: &mut PlannedStep) -> Sight {
        match variable_update(step, inputs, &self.values) {
            Ok((name, value)) => {
                self.values.put_variable(&name, value);
                Sight::Succeeds(None)
            }
            Err(message) => {
                entry.note = Some(format!("fails: {message}"));
                Sight::Fails
            }
        }
    }

    fn branch(&self, list: &[Step], index: usize, entry: &mut PlannedStep) -> Sight {
        let Some(step) = list.get(index) else { return Sight::Dark };
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
        self.calls += 1;
        let round = entry.round.as_ref().map(|round| format!("{}/{}:", round.step, self.calls)).unwrap_or_default();
        let operation = format!("{}{round}{}", self.prefix, entry.step);
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
