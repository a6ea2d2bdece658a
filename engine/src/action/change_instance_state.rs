//! aws:changeInstanceState: starts, stops or terminates instances and waits until they are there.
//!
//! Takes InstanceIds, DesiredState, CheckStateOnly, Force, AdditionalInfo; gives nothing. `running` also waits for
//! instance and system status ok. Time-out 3600 s unless the step says otherwise.
//! Never: waiting for what can no longer happen: a terminated instance, or one that stopped while starting.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::instances::{self, Goal};
use super::{Answer, COMMON, Call, Run, Runs, Spec, is_dynamic};
use crate::document::Step;
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:changeInstanceState",
    required: &["InstanceIds", "DesiredState"],
    optional: Some(&["CheckStateOnly", "Force", "AdditionalInfo"]),
    timeout: Some(3600),
    check,
    calls,
    runs: Runs::Here(&ChangeInstanceState),
    ..COMMON
};

/// The three states one can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DesiredState {
    Running,
    Stopped,
    Terminated,
}

impl DesiredState {
    const ALL: [Self; 3] = [Self::Running, Self::Stopped, Self::Terminated];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Terminated => "terminated",
        }
    }

    /// The EC2 operation that leads there.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Running => "StartInstances",
            Self::Stopped => "StopInstances",
            Self::Terminated => "TerminateInstances",
        }
    }
}

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    if let Some(state) = step.inputs.get("DesiredState").filter(|state| !is_dynamic(state))
        && state.as_str().and_then(DesiredState::from_name).is_none()
    {
        let message = format!("DesiredState is {state}");
        reporter.error("wrong-type", &spot.key("DesiredState"), message).hint("running, stopped or terminated");
    }
    for key in ["CheckStateOnly", "Force"] {
        if step.inputs.get(key).is_some_and(|value| !value.is_boolean() && !is_dynamic(value)) {
            reporter.error("wrong-type", &spot.key(key), format!("{key} must be true or false"));
        }
    }
    if step.inputs.get("InstanceIds").is_some_and(|ids| !ids.is_array() && !is_dynamic(ids)) {
        reporter.error("wrong-type", &spot.key("InstanceIds"), "InstanceIds must be a list");
    }
}

/// The calls a step makes: the change, unless it only checks, then the looks. All three changes where the state is
/// a reference.
pub(crate) fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let ids = json!({ "InstanceIds": inputs.get("InstanceIds") });
    let state = inputs.get("DesiredState").and_then(Value::as_str).and_then(DesiredState::from_name);
    let mut operations: Vec<&str> = match (inputs.get("CheckStateOnly"), state) {
        (Some(Value::Bool(true)), _) => Vec::new(),
        (_, Some(state)) => vec![state.operation()],
        (_, None) => DesiredState::ALL.map(DesiredState::operation).to_vec(),
    };
    operations.push("DescribeInstances");
    if state.is_none_or(|state| state == DesiredState::Running) {
        operations.push("DescribeInstanceStatus");
    }
    operations.into_iter().map(|api| ("ec2".to_owned(), api.to_owned(), ids.clone())).collect()
}

/// The inputs, checked.
struct Inputs {
    ids: Vec<Value>,
    state: DesiredState,
    check_only: bool,
    force: Option<bool>,
    additional_info: Option<String>,
}

impl Inputs {
    fn read(inputs: &Map<String, Value>) -> Result<Self, Stop> {
        let ids = match inputs.get("InstanceIds") {
            Some(Value::Array(ids)) if !ids.is_empty() && ids.iter().all(is_id) => ids.clone(),
            _ => return Err(Stop::inputs("InstanceIds must be a list of instance ids")),
        };
        let state = inputs.get("DesiredState").and_then(Value::as_str).and_then(DesiredState::from_name);
        Ok(Self {
            ids,
            state: state.ok_or_else(|| Stop::inputs("DesiredState must be running, stopped or terminated"))?,
            check_only: flag(inputs, "CheckStateOnly")?.unwrap_or(false),
            force: flag(inputs, "Force")?,
            additional_info: inputs.get("AdditionalInfo").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn request(&self) -> Value {
        let mut request = json!({ "InstanceIds": self.ids });
        match self.state {
            DesiredState::Stopped if self.force.is_some() => request["Force"] = json!(self.force),
            DesiredState::Running if self.additional_info.is_some() => {
                request["AdditionalInfo"] = json!(self.additional_info);
            }
            _ => {}
        }
        request
    }
}

/// An unresolved reference is text too, and must not reach EC2 as an id.
fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|id| !id.is_empty() && !id.contains("{{"))
}

fn flag(inputs: &Map<String, Value>, key: &str) -> Result<Option<bool>, Stop> {
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Stop::inputs(format!("{key} must be true or false"))),
    }
}

/// The changing call of a step, for a plan; the first look where the step only checks. `None` where the state is not
/// known.
pub(crate) fn request(inputs: &Map<String, Value>) -> Option<Call> {
    let state = DesiredState::from_name(inputs.get("DesiredState")?.as_str()?)?;
    if inputs.get("CheckStateOnly") == Some(&Value::Bool(true)) {
        let ids = json!({ "InstanceIds": inputs.get("InstanceIds") });
        return Some(("ec2".to_owned(), "DescribeInstances".to_owned(), ids));
    }
    let mut input = json!({ "InstanceIds": inputs.get("InstanceIds") });
    if let (DesiredState::Stopped, Some(force)) = (state, inputs.get("Force")) {
        input["Force"] = force.clone();
    }
    Some(("ec2".to_owned(), state.operation().to_owned(), input))
}

struct ChangeInstanceState;

#[async_trait]
impl Run for ChangeInstanceState {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(attempt.inputs())?;
        if !inputs.check_only {
            attempt.call("change", "ec2", inputs.state.operation(), inputs.request()).await?;
        }
        instances::reach(attempt, &Goal { ids: inputs.ids, state: inputs.state, new: false }).await?;
        Ok(Answer::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: Value) -> Vec<String> {
        calls(inputs.as_object().unwrap()).into_iter().map(|(_, api, _)| api).collect()
    }

    #[test]
    fn permissions_follow_the_desired_state() {
        assert_eq!(names(json!({"DesiredState": "stopped"})), ["StopInstances", "DescribeInstances"]);
        let started = names(json!({"DesiredState": "running"}));
        assert_eq!(started, ["StartInstances", "DescribeInstances", "DescribeInstanceStatus"]);
        assert_eq!(names(json!({"DesiredState": "{{ State }}"})).len(), 5);
        assert_eq!(names(json!({"DesiredState": "stopped", "CheckStateOnly": true})), ["DescribeInstances"]);
    }
}
