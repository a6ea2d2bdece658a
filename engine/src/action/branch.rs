//! aws:branch: chooses the next step by conditions.
//!
//! Takes Choices (each a condition with NextStep) and Default; gives nothing.
//! Never: a fall-through by mistake; without a true choice it goes to Default, else nextStep, else it ends if isEnd,
//! else to the next step in order.

use async_trait::async_trait;
use serde_json::Value;

use super::{Answer, COMMON, Run, Runs, Spec};
use crate::condition::Condition;
use crate::document::Step;
use crate::place::Places;
use crate::report::{Reporter, Spot};
use crate::resolve::resolve;
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:branch",
    required: &["Choices"],
    optional: Some(&["Default"]),
    check,
    runs: Runs::Here(&Branch),
    ..COMMON
};

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    read_choices(step, spot, reporter);
    if step.inputs.get("Default").is_some_and(|target| !target.is_string()) {
        reporter.error("wrong-type", &spot.key("Default"), "Default must be the name of a step");
    }
}

/// The choices in order: where each leads, and when.
fn read_choices(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) -> Vec<(String, Condition)> {
    let spot = spot.key("Choices");
    let items = match step.inputs.get("Choices") {
        Some(Value::Array(items)) if !items.is_empty() => items,
        None => return Vec::new(),
        Some(_) => {
            reporter.error("wrong-type", &spot, "Choices must be a list with at least one choice");
            return Vec::new();
        }
    };
    let mut choices = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let spot = spot.index(index);
        let condition = Condition::parse(item, &spot, reporter);
        let Some(target) = item.get("NextStep").and_then(Value::as_str) else {
            reporter.error("condition", &spot, "the choice has no NextStep");
            continue;
        };
        choices.extend(condition.map(|condition| (target.to_owned(), condition)));
    }
    choices
}

/// The choices of a document that passed the validator.
pub(crate) fn choices(step: &Step) -> Vec<(String, Condition)> {
    let places = Places::default();
    read_choices(step, &Spot::at(""), &mut Reporter::new("", &places))
}

/// Every step a branch names, with the spot of the name.
pub(crate) fn choice_targets(step: &Step) -> Vec<(String, Spot)> {
    let inputs = Spot::of_step(&step.path, &step.name).key("inputs");
    let mut targets = Vec::new();
    let items = step.inputs.get("Choices").and_then(Value::as_array);
    for (index, item) in items.into_iter().flatten().enumerate() {
        if let Some(target) = item.get("NextStep").and_then(Value::as_str) {
            targets.push((target.to_owned(), inputs.key("Choices").index(index).key("NextStep")));
        }
    }
    if let Some(target) = step.inputs.get("Default").and_then(Value::as_str) {
        targets.push((target.to_owned(), inputs.key("Default")));
    }
    targets
}

struct Branch;

#[async_trait]
impl Run for Branch {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let step = attempt.step();
        let scope = attempt.scope();
        for (target, condition) in choices(step) {
            let holds = condition.evaluate(&|value| Some(resolve(value, scope).value));
            match holds {
                Err(message) => return Err(Stop::failed(Cause::Condition, message)),
                Ok(Some(true)) => return Ok(Answer { jump: Some(target), ..Answer::default() }),
                Ok(_) => {}
            }
        }
        let default = step.inputs.get("Default").and_then(Value::as_str).map(str::to_owned);
        Ok(Answer { jump: default, ..Answer::default() })
    }
}
