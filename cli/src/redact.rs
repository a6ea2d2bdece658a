//! What AWS's models call sensitive is left out of everything that is shown.
//!
//! Comes in: a plan or a record, the models, and what answers held. Goes out: the same with `[redacted]` in place of
//! sensitive inputs, and of what was answered wherever it turns up.
//! Never: a guess by name; a call that cannot be named has nothing that a model could call sensitive.

use aws_api::Models;
use engine::{Cause, Execution, Failure, Plan, PlannedStep, StepRecord};
use serde_json::{Map, Value};
use shared::host::Secrets;

/// Inputs of every step, what was there before, and notes. The plan's hash still counts the true ones.
pub(crate) fn plan(plan: &mut Plan, models: &Models, secrets: &Secrets) {
    for step in plan.steps.iter_mut().chain(&mut plan.undo) {
        if let (Some(service), Some(api)) = (&step.service, &step.api) {
            step.input = input(models, service, api, &step.input);
            step.before = step.before.take().map(|before| members(models, service, api, before));
        }
        planned(step, secrets);
    }
}

fn planned(step: &mut PlannedStep, secrets: &Secrets) {
    secrets.hide_in(&mut step.input);
    [&mut step.note, &mut step.when].into_iter().flatten().for_each(|text| secrets.hide(text));
    step.before.iter_mut().flat_map(Map::values_mut).for_each(|value| secrets.hide_in(value));
}

/// Inputs and outputs of every step and of the run, and why they failed.
pub(crate) fn execution(execution: &mut Execution, models: &Models, secrets: &Secrets) {
    for step in &mut execution.steps {
        record(step, models, secrets);
    }
    execution.failure.iter_mut().for_each(|failed| failure(failed, secrets));
    execution.outputs.values_mut().flatten().for_each(|text| secrets.hide(text));
}

fn record(step: &mut StepRecord, models: &Models, secrets: &Secrets) {
    let name = |key: &str| step.inputs.get(key).and_then(Value::as_str).map(str::to_owned);
    if let (Some(service), Some(api)) = (name("Service"), name("Api")) {
        step.inputs = members(models, &service, &api, std::mem::take(&mut step.inputs));
    }
    step.inputs.values_mut().chain(step.outputs.values_mut()).for_each(|value| secrets.hide_in(value));
    step.failure.iter_mut().for_each(|failed| failure(failed, secrets));
}

fn failure(failure: &mut Failure, secrets: &Secrets) {
    secrets.hide(&mut failure.message);
    match &mut failure.cause {
        Cause::Property { seen } | Cause::TimedOut { seen, .. } | Cause::Rejected { decisions: seen } => {
            secrets.hide_in(seen);
        }
        Cause::Call { fault } => secrets.hide(&mut fault.message),
        Cause::Script { fault } => [&mut fault.message, &mut fault.log].into_iter().for_each(|text| secrets.hide(text)),
        Cause::Inputs | Cause::Output | Cause::Condition | Cause::Child { .. } => {}
    }
}

fn members(models: &Models, service: &str, api: &str, members: Map<String, Value>) -> Map<String, Value> {
    match input(models, service, api, &Value::Object(members)) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn input(models: &Models, service: &str, api: &str, value: &Value) -> Value {
    models.redact_input(service, api, value).unwrap_or_else(|_| value.clone())
}
