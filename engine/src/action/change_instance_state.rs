//! aws:changeInstanceState: starts, stops or terminates instances and waits until they are there.
//!
//! Takes InstanceIds, DesiredState, CheckStateOnly, Force, AdditionalInfo; gives nothing. `running` also waits for
//! instance and system status ok. Time-out 3600 s unless the step says otherwise.
//! Never: waiting for what can no longer happen: a terminated instance, or one that stopped while starting.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Run, Runs, Spec, is_dynamic};
use crate::document::Step;
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:changeInstanceState",
    required: &["InstanceIds", "DesiredState"],
    optional: Some(&["CheckStateOnly", "Force", "AdditionalInfo"]),
    outputs: &[],
    timeout: Some(3600),
    cancel_target: true,
    check,
    calls,
    runs: Runs::Here(&ChangeInstanceState),
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
        reach_state(attempt, &inputs).await?;
        if inputs.state == DesiredState::Running {
            pass_checks(attempt, &inputs).await?;
        }
        Ok(Answer::default())
    }
}

/// Looks until all instances are in the desired state.
async fn reach_state(attempt: &mut Attempt<'_>, inputs: &Inputs) -> Result<(), Stop> {
    let request = json!({ "InstanceIds": inputs.ids });
    let mut was_starting = false;
    loop {
        let mut seen = Value::Null;
        if let Some(answer) = attempt.look("state", "ec2", "DescribeInstances", request.clone()).await? {
            let instances = instances(&answer);
            let states: Vec<&str> = instances.iter().filter_map(|instance| state_name(instance)).collect();
            if states.len() >= inputs.ids.len() && states.iter().all(|state| *state == inputs.state.name()) {
                return Ok(());
            }
            refuse_hopeless(&instances, inputs, was_starting)?;
            was_starting |= states.contains(&"pending");
            seen = json!(states);
        }
        attempt.pause(seen).await?;
    }
}

/// Looks until instance and system status of all instances are ok.
async fn pass_checks(attempt: &mut Attempt<'_>, inputs: &Inputs) -> Result<(), Stop> {
    let request = json!({ "InstanceIds": inputs.ids, "IncludeAllInstances": true });
    loop {
        let mut seen = Value::Null;
        if let Some(answer) = attempt.look("checks", "ec2", "DescribeInstanceStatus", request.clone()).await? {
            let statuses = answer["InstanceStatuses"].as_array().cloned().unwrap_or_default();
            let checks: Vec<Value> = statuses.iter().map(checks_of).collect();
            if checks.len() >= inputs.ids.len() && checks.iter().all(|pair| *pair == json!(["ok", "ok"])) {
                return Ok(());
            }
            if let Some(gone) = statuses.iter().find(|status| fell_out(status)) {
                let state = gone["InstanceState"]["Name"].as_str().unwrap_or_default();
                let id = gone["InstanceId"].as_str().unwrap_or_default();
                let message = format!("{id} is {state} before its status checks passed");
                return Err(Stop::failed(Cause::Property { seen: json!(state) }, message));
            }
            seen = json!(checks);
        }
        attempt.pause(seen).await?;
    }
}

fn checks_of(status: &Value) -> Value {
    json!([status["InstanceStatus"]["Status"], status["SystemStatus"]["Status"]])
}

fn fell_out(status: &Value) -> bool {
    matches!(status["InstanceState"]["Name"].as_str(), Some("stopping" | "stopped" | "shutting-down" | "terminated"))
}

/// Fails for an instance that cannot reach the state any more.
fn refuse_hopeless(instances: &[&Value], inputs: &Inputs, was_starting: bool) -> Result<(), Stop> {
    for instance in instances {
        let hopeless = match (inputs.state, state_name(instance)) {
            (DesiredState::Running | DesiredState::Stopped, Some("shutting-down" | "terminated")) => true,
            (DesiredState::Running, Some("stopping" | "stopped")) => was_starting,
            _ => false,
        };
        if hopeless {
            let id = instance["InstanceId"].as_str().unwrap_or("the instance");
            let state = state_name(instance).unwrap_or_default();
            let mut message = format!("{id} is {state} and cannot become {}", inputs.state.name());
            if let Some(reason) = instance["StateReason"]["Message"].as_str() {
                message.push_str(&format!(" ({reason})"));
            }
            return Err(Stop::failed(Cause::Property { seen: json!(state) }, message));
        }
    }
    Ok(())
}

fn instances(answer: &Value) -> Vec<&Value> {
    let reservations = answer["Reservations"].as_array().into_iter().flatten();
    reservations.filter_map(|reservation| reservation["Instances"].as_array()).flatten().collect()
}

fn state_name(instance: &Value) -> Option<&str> {
    instance["State"]["Name"].as_str()
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
