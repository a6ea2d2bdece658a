//! One step of a plan, from a step and its resolved inputs.
//!
//! Comes in: a step, resolved inputs, reads made. Goes out: its entry. Never: an effect.

use serde_json::{Map, Value};

use super::before::{self, Read};
use super::record::{PlanKind, PlannedStep};
use crate::action::{Call, DesiredState, instance_request, request, spec, split_api};
use crate::condition::Condition;
use crate::document::Step;
use crate::host::Host;
use crate::place::Places;
use crate::report::{Reporter, Spot};
use crate::resolve::as_text;

/// The entry of a step; what was or will be seen is added by who looks.
pub(super) fn of_step(step: &Step, inputs: &Map<String, Value>, host: &dyn Host, reads: &[Read]) -> PlannedStep {
    let call = call(step, inputs);
    let kind = kind(step, inputs, call.as_ref(), host);
    let before = match (&call, kind) {
        (Some((_, _, input)), PlanKind::Write) if is_instance_state(step) => before::of_state(reads, input),
        (Some((service, _, input)), PlanKind::Write) => before::of_write(reads, service, input),
        _ => None,
    };
    let (service, api, input) = match call {
        Some((service, api, input)) => (Some(service), Some(api), input),
        None => (None, None, Value::Object(inputs.clone())),
    };
    let (name, action) = (step.name.clone(), step.action.clone());
    let note = note(step, inputs, kind);
    PlannedStep { step: name, action, kind, service, api, input, before, when: None, note, round: None, fails: false }
}

/// What an approval with a topic sends before it waits: a change of its own, though the step is a question.
pub(super) fn notice(asks: &PlannedStep) -> Option<PlannedStep> {
    let topic = asks.input.get("NotificationArn").filter(|_| asks.kind == PlanKind::Approval)?;
    let (service, api, input) = (spec(&asks.action)?.calls)(asks.input.as_object()?).into_iter().next()?;
    (!as_text(topic).trim().is_empty()).then(|| PlannedStep {
        kind: PlanKind::Write,
        service: Some(service),
        api: Some(api),
        input,
        note: Some("tells the topic who is waited for".to_owned()),
        ..asks.clone()
    })
}

fn is_instance_state(step: &Step) -> bool {
    step.action == "aws:changeInstanceState"
}

fn call(step: &Step, inputs: &Map<String, Value>) -> Option<Call> {
    match step.action.as_str() {
        "aws:executeAwsApi" => split_api(inputs, false),
        "aws:assertAwsResourceProperty" | "aws:waitForAwsResourceProperty" => split_api(inputs, true),
        "aws:changeInstanceState" => instance_request(inputs),
        action => request(action, inputs),
    }
}

/// What cannot be told is a write.
fn kind(step: &Step, inputs: &Map<String, Value>, call: Option<&Call>, host: &dyn Host) -> PlanKind {
    let reads = call.is_some_and(|(service, api, _)| host.is_read(service, api));
    match step.action.as_str() {
        "aws:branch" => PlanKind::Branch,
        "aws:approve" => PlanKind::Approval,
        "aws:pause" => PlanKind::Pause,
        "aws:loop" => PlanKind::Loop,
        "aws:updateVariable" => PlanKind::Variable,
        "aws:sleep" => PlanKind::Sleep,
        "aws:changeInstanceState" if inputs.get("CheckStateOnly") == Some(&Value::Bool(true)) => PlanKind::Wait,
        "aws:assertAwsResourceProperty" if reads => PlanKind::Assert,
        "aws:waitForAwsResourceProperty" if reads => PlanKind::Wait,
        "aws:executeAwsApi" if reads => PlanKind::Read,
        _ => PlanKind::Write,
    }
}

fn note(step: &Step, inputs: &Map<String, Value>, kind: PlanKind) -> Option<String> {
    let text = |key: &str| inputs.get(key).map(as_text);
    match kind {
        PlanKind::Approval => Some(approval(inputs)),
        PlanKind::Pause => Some("until a person lets it go on".to_owned()),
        PlanKind::Variable => Some(format!("{} is then {}", name(step), text("Value").unwrap_or_default())),
        PlanKind::Loop => Some(rounds(step, inputs)),
        PlanKind::Sleep => {
            text("Duration").map(|d| format!("for {d}")).or(text("Timestamp").map(|t| format!("until {t}")))
        }
        _ if is_instance_state(step) => {
            let state = text("DesiredState").unwrap_or_default();
            let checks = DesiredState::from_name(&state) == Some(DesiredState::Running);
            Some(format!("until {state}{}", if checks { " and status checks ok" } else { "" }))
        }
        PlanKind::Assert | PlanKind::Wait => Some(desired(inputs)),
        _ => None,
    }
}

/// `variable:State`, as it is written: resolved it would be the value.
fn name(step: &Step) -> String {
    step.inputs.get("Name").map(as_text).unwrap_or_default().trim_matches(['{', '}', ' ']).to_owned()
}

/// `2 of kim, lee: May I?`
fn approval(inputs: &Map<String, Value>) -> String {
    let minimum = inputs.get("MinRequiredApprovals").map_or("1".to_owned(), as_text);
    let approvers = match inputs.get("Approvers") {
        Some(Value::Array(approvers)) => approvers.iter().map(as_text).collect::<Vec<_>>().join(", "),
        other => other.map(as_text).unwrap_or_default(),
    };
    let message = inputs.get("Message").map(|message| format!(": {}", as_text(message))).unwrap_or_default();
    format!("{minimum} of {approvers}{message}")
}

/// How often, as far as it is known.
fn rounds(step: &Step, inputs: &Map<String, Value>) -> String {
    let most = inputs.get("MaxIterations").map(|most| format!(", at most {} times", as_text(most)));
    let most = most.unwrap_or_default();
    match (step.inputs.get("LoopCondition"), inputs.get("Iterators")) {
        (Some(condition), _) => {
            let places = Places::default();
            let condition = Condition::parse(condition, &Spot::at(""), &mut Reporter::new("", &places));
            let condition = condition.map(|condition| condition.describe()).unwrap_or_default();
            format!("once, and again while {condition}{most}")
        }
        (None, Some(Value::Array(items))) => {
            let items: Vec<String> = items.iter().map(as_text).collect();
            format!("for each of {}{most}", items.join(", "))
        }
        (None, other) => format!("for each of {}{most}", other.map(as_text).unwrap_or_default()),
    }
}

/// `$.State.Name is running`, in the words of the document.
pub(super) fn desired(inputs: &Map<String, Value>) -> String {
    let selector = inputs.get("PropertySelector").map(as_text).unwrap_or_default();
    let values = match inputs.get("DesiredValues") {
        Some(Value::Array(values)) => values.iter().map(as_text).collect::<Vec<_>>().join(" or "),
        other => other.map(as_text).unwrap_or_default(),
    };
    format!("{selector} is {values}")
}
