//! One visit of a step: inputs, attempts, outputs.
//!
//! Comes in: a step and the run's values. Goes out: how it ended, with what is recorded of it.
//! Never: where the run goes next; see `flow`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::limits::Limits;
use super::list::Left;
use super::operation::Operations;
use super::outputs;
use super::record::{Cause, Failure};
use super::setting::Setting;
use super::stop::Stop;
use super::values::Values;
use crate::action::{Answer, Runs};
use crate::document::Step;
use crate::host::{FaultKind, HostError, Progress, StopRequest};
use crate::resolve::{as_text, resolve_inputs};

/// A visit of a step.
pub(super) struct Visit<'a> {
    pub(super) step: &'a Step,
    /// Its name in operations, without what is before those of the whole execution.
    pub(super) visit: &'a str,
    pub(super) values: &'a Values,
    pub(super) setting: &'a Setting<'a>,
    pub(super) cancellable: bool,
}

/// How a visit ended.
pub(super) enum Ended {
    Success {
        outputs: BTreeMap<String, Value>,
        jump: Option<String>,
        variable: Option<(String, Value)>,
    },
    /// For good. Some actions have outputs all the same.
    Failed {
        failure: Box<Failure>,
        outputs: BTreeMap<String, Value>,
    },
    Cancelled(StopRequest),
    /// A loop that did not come to its own end.
    Left {
        left: Left,
        outputs: BTreeMap<String, Value>,
    },
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
    limits: Limits,
}

impl Visit<'_> {
    pub(super) async fn run(self) -> Result<Done, HostError> {
        let (inputs, resolved) = resolve_inputs(self.step, self.values);
        for missing in resolved.missing {
            self.warn(format!("{missing} has no value and stays as text"));
        }
        let limits = match Limits::of(self.step, self.values) {
            Ok(limits) => limits,
            Err(message) => {
                let failure = self.failure(0, Cause::Inputs, message);
                let ended = Ended::Failed { failure: Box::new(failure), outputs: BTreeMap::new() };
                return Ok(Done { ended, attempts: 0, inputs });
            }
        };
        limits.cut.iter().for_each(|cut| self.warn(cut.clone()));
        let plan = Plan { inputs, limits };
        let (ended, attempts) = self.attempts(&plan).await?;
        Ok(Done { ended, attempts, inputs: plan.inputs })
    }

    /// Tries until it succeeds, or until there is no attempt left or no sense in another.
    async fn attempts(&self, plan: &Plan) -> Result<(Ended, u32), HostError> {
        let most = plan.limits.most;
        let mut attempt = 1;
        let mut key_of = 1;
        loop {
            self.setting.host.report(Progress::StepStarted {
                step: self.setting.label(&self.step.name),
                action: self.step.action.clone(),
                attempt,
            });
            let (cause, message, root) = match self.attempt(plan, attempt, key_of).await {
                Ok(ended) => return Ok((ended, attempt)),
                Err(Stop::Host(error)) => return Err(error),
                Err(Stop::Cancelled) => return Ok((Ended::Cancelled(StopRequest::Cancel), attempt)),
                Err(Stop::TimedOut { seconds, seen }) => {
                    let message = format!("not done after {seconds} s; last seen: {}", as_text(&seen));
                    (Cause::TimedOut { seconds, seen }, message, Value::Null)
                }
                Err(Stop::Failed { cause, message, root }) => (*cause, message, root),
            };
            if attempt >= most || !cause.worth_another_attempt() {
                let outputs = outputs::of_step(self.step, &root).unwrap_or_default();
                let failure = Box::new(self.failure(attempt, cause, message));
                return Ok((Ended::Failed { failure, outputs }, attempt));
            }
            self.warn(format!("attempt {attempt} of {most} failed: {message}"));
            attempt += 1;
            if !may_have_happened(&cause) {
                key_of = attempt;
            }
            if let Some(request) = self.rest(attempt).await? {
                return Ok((Ended::Cancelled(request), attempt - 1));
            }
        }
    }

    async fn attempt(&self, plan: &Plan, number: u32, key_of: u32) -> Result<Ended, Stop> {
        let spec = plan.limits.spec;
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
            setting: self.setting,
            host: self.setting.host_of(self.cancellable),
            operations: Operations::new(&self.setting.operation(self.visit), number),
            idempotency_key: format!("{}/{}/{key_of}", self.setting.context.execution_id, self.visit),
            started: (number == 1).then(|| self.values.now()),
            timeout: plan.limits.timeout,
            cancellable: self.cancellable,
        };
        let Answer { root, jump, variable } = action.attempt(&mut attempt).await?;
        let outputs = outputs::of_step(self.step, &root).map_err(|message| Stop::failed(Cause::Output, message))?;
        Ok(Ended::Success { outputs, jump, variable })
    }

    /// Rests before an attempt; whether the run was asked to stop meanwhile.
    async fn rest(&self, attempt: u32) -> Result<Option<StopRequest>, HostError> {
        let operations = Operations::new(&self.setting.operation(self.visit), attempt);
        let host = self.setting.host_of(self.cancellable);
        if self.cancellable
            && let Some(request) = host.stop(&operations.once("cancelled")).await?
            && request == StopRequest::Cancel
        {
            return Ok(Some(request));
        }
        host.sleep(&operations.once("rest"), self.setting.context.poll.pause(attempt - 1)).await?;
        Ok(None)
    }

    fn failure(&self, attempts: u32, cause: Cause, message: String) -> Failure {
        let (step, action) = (self.step.name.clone(), self.step.action.clone());
        Failure { step, action, attempts, message, cause }
    }

    fn warn(&self, message: String) {
        let step = Some(self.setting.label(&self.step.name));
        self.setting.host.report(Progress::Warning { step, message });
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
