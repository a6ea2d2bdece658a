//! One visit of a step: inputs, attempts, outputs.
//!
//! Comes in: a step and the run's values. Goes out: how it ended, with what is recorded of it.
//! Never: where the run goes next; see `flow`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::operation::Operations;
use super::outputs;
use super::record::{Cause, Failure};
use super::stop::Stop;
use super::values::Values;
use crate::action::{self, Answer, Runs, Spec};
use crate::context::Context;
use crate::document::{Amount, Step};
use crate::host::{FaultKind, Host, HostError, Progress};
use crate::resolve::{as_text, resolve, resolve_map};

/// A visit of a step.
pub(super) struct Visit<'a> {
    pub(super) step: &'a Step,
    pub(super) number: u32,
    pub(super) values: &'a Values,
    pub(super) context: &'a Context,
    pub(super) host: &'a dyn Host,
    pub(super) cancellable: bool,
}

/// How a visit ended.
pub(super) enum Ended {
    Success { outputs: BTreeMap<String, Value>, jump: Option<String> },
    Failed(Failure),
    Cancelled,
}

/// A visit, ended.
pub(super) struct Done {
    pub(super) ended: Ended,
    pub(super) attempts: u32,
    pub(super) inputs: Map<String, Value>,
}

/// What the attempts of a visit share.
struct Plan {
    inputs: Map<String, Value>,
    timeout: Option<Duration>,
    most: u32,
}

impl Visit<'_> {
    pub(super) async fn run(self) -> Result<Done, HostError> {
        let (inputs, resolved) = resolve_map(&self.step.inputs, self.values);
        for missing in resolved.missing {
            self.warn(format!("{missing} has no value and stays as text"));
        }
        let (spec, timeout, most) = match self.limits() {
            Ok(limits) => limits,
            Err(message) => {
                let failure = self.failure(0, Cause::Inputs, message);
                return Ok(Done { ended: Ended::Failed(failure), attempts: 0, inputs });
            }
        };
        let plan = Plan { inputs, timeout, most };
        let (ended, attempts) = self.attempts(spec, &plan).await?;
        Ok(Done { ended, attempts, inputs: plan.inputs })
    }

    /// The action, the time of an attempt and the number of attempts.
    fn limits(&self) -> Result<(&'static Spec, Option<Duration>, u32), String> {
        let action = &self.step.action;
        let spec = action::spec(action).ok_or_else(|| format!("{action} is not an action"))?;
        let timeout = self.amount("timeoutSeconds", self.step.timeout.as_ref())?.or(spec.timeout);
        let most = self.amount("maxAttempts", self.step.max_attempts.as_ref())?.unwrap_or(1);
        Ok((spec, timeout.map(Duration::from_secs), u32::try_from(most).unwrap_or(u32::MAX)))
    }

    fn amount(&self, key: &str, amount: Option<&Amount>) -> Result<Option<u64>, String> {
        match amount {
            None => Ok(None),
            Some(Amount::Fixed(number)) => Ok(Some(*number)),
            Some(Amount::Reference(text)) => {
                let value = as_text(&resolve(&Value::String(text.clone()), self.values).value);
                let number = value.trim().parse().ok().filter(|number| *number > 0);
                number.map(Some).ok_or_else(|| format!("{key} is {value}, not a whole number of at least 1"))
            }
        }
    }

    /// Tries until it succeeds, or until there is no attempt left or no sense in another.
    async fn attempts(&self, spec: &'static Spec, plan: &Plan) -> Result<(Ended, u32), HostError> {
        let mut attempt = 1;
        let mut key_of = 1;
        loop {
            self.host.report(Progress::StepStarted {
                step: self.step.name.clone(),
                action: self.step.action.clone(),
                attempt,
            });
            let (cause, message) = match self.attempt(spec, plan, attempt, key_of).await {
                Ok(ended) => return Ok((ended, attempt)),
                Err(Stop::Host(error)) => return Err(error),
                Err(Stop::Cancelled) => return Ok((Ended::Cancelled, attempt)),
                Err(Stop::TimedOut { seconds, seen }) => {
                    let message = format!("not done after {seconds} s; last seen: {}", as_text(&seen));
                    (Cause::TimedOut { seconds, seen }, message)
                }
                Err(Stop::Failed { cause, message }) => (*cause, message),
            };
            if attempt >= plan.most || !cause.worth_another_attempt() {
                return Ok((Ended::Failed(self.failure(attempt, cause, message)), attempt));
            }
            self.warn(format!("attempt {attempt} of {} failed: {message}", plan.most));
            attempt += 1;
            if !may_have_happened(&cause) {
                key_of = attempt;
            }
            if self.rest(attempt).await? {
                return Ok((Ended::Cancelled, attempt - 1));
            }
        }
    }

    async fn attempt(&self, spec: &'static Spec, plan: &Plan, number: u32, key_of: u32) -> Result<Ended, Stop> {
        let Runs::Here(action) = spec.runs else {
            return Err(Stop::inputs(format!("{} does not run here", spec.name)));
        };
        if let Some(missing) = spec.required.iter().find(|key| !plan.inputs.contains_key(**key)) {
            return Err(Stop::inputs(format!("the input {missing} is missing")));
        }
        let mut attempt = Attempt {
            step: self.step,
            inputs: &plan.inputs,
            values: self.values,
            host: self.host,
            context: self.context,
            operations: Operations::new(&self.step.name, self.number, number),
            idempotency_key: format!("{}/{}#{}/{key_of}", self.context.execution_id, self.step.name, self.number),
            started: (number == 1).then(|| self.values.now()),
            timeout: plan.timeout,
            cancellable: self.cancellable,
        };
        let Answer { root, jump } = action.attempt(&mut attempt).await?;
        let outputs = outputs::of_step(self.step, &root).map_err(|message| Stop::failed(Cause::Output, message))?;
        Ok(Ended::Success { outputs, jump })
    }

    /// Rests before an attempt; whether the run was cancelled meanwhile.
    async fn rest(&self, attempt: u32) -> Result<bool, HostError> {
        let operations = Operations::new(&self.step.name, self.number, attempt);
        if self.cancellable && self.host.cancelled(&operations.once("cancelled")).await? {
            return Ok(true);
        }
        self.host.sleep(&operations.once("rest"), self.context.poll.pause(attempt - 1)).await?;
        Ok(false)
    }

    fn failure(&self, attempts: u32, cause: Cause, message: String) -> Failure {
        let (step, action) = (self.step.name.clone(), self.step.action.clone());
        Failure { step, action, attempts, message, cause }
    }

    fn warn(&self, message: String) {
        self.host.report(Progress::Warning { step: Some(self.step.name.clone()), message });
    }
}

/// Whether the call may have had its effect although it failed: the next attempt then has the same idempotency key,
/// so that both are one effect.
fn may_have_happened(cause: &Cause) -> bool {
    match cause {
        Cause::Call { fault } => matches!(fault.kind, FaultKind::NoAnswer | FaultKind::ServiceFault),
        Cause::TimedOut { .. } => true,
        _ => false,
    }
}
