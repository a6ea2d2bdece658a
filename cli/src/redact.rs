//! What AWS's models call sensitive is left out of everything that is shown.
//!
//! Comes in: a plan or a record, and the models. Goes out: the same with `[redacted]` in place of sensitive inputs.
//! Never: a guess by name; a call that cannot be named has nothing that a model could call sensitive.

use aws_api::Models;
use engine::{Execution, Plan};
use serde_json::{Map, Value};

/// Inputs of every step, and what was there before. The plan's hash still counts the true ones.
pub(crate) fn plan(plan: &mut Plan, models: &Models) {
    for step in plan.steps.iter_mut().chain(&mut plan.undo) {
        let (Some(service), Some(api)) = (&step.service, &step.api) else { continue };
        step.input = input(models, service, api, &step.input);
        step.before = step.before.take().map(|before| members(models, service, api, before));
    }
}

/// Inputs of every step.
pub(crate) fn execution(execution: &mut Execution, models: &Models) {
    for step in &mut execution.steps {
        let name = |key: &str| step.inputs.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(service), Some(api)) = (name("Service"), name("Api")) else { continue };
        step.inputs = members(models, &service, &api, std::mem::take(&mut step.inputs));
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
