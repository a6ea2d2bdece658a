//! Instances on their way to a state.
//!
//! Comes in: instance ids and the state they shall reach. Goes out: the end of the wait, or why there will be none.
//! Never: waiting for what can no longer happen: a terminated instance, or one that stopped while starting.

use serde_json::{Value, json};

use super::change_instance_state::DesiredState;
use super::watch::{Sight, Watch, until};
use crate::host::CallFault;
use crate::run::{Attempt, Stop};

/// What is waited for.
pub(super) struct Goal {
    pub(super) ids: Vec<Value>,
    pub(super) state: DesiredState,
    /// They were launched just now: EC2 may not tell of them yet, and one that stops has failed to start.
    pub(super) new: bool,
}

/// Looks until all instances are in the state; for `running` until their status checks are ok, too.
pub(super) async fn reach(attempt: &mut Attempt<'_>, goal: &Goal) -> Result<(), Stop> {
    let request = json!({ "InstanceIds": goal.ids });
    let mut was_starting = goal.new;
    let judge =
        |answer: Result<&Value, &_>| answer.map_or(Sight::NotYet(Value::Null), |a| state(a, goal, &mut was_starting));
    until(attempt, &goal.watch("state", "DescribeInstances", request), judge).await?;
    if goal.state != DesiredState::Running {
        return Ok(());
    }
    let request = json!({ "InstanceIds": goal.ids, "IncludeAllInstances": true });
    let judge = |answer: Result<&Value, &_>| answer.map_or(Sight::NotYet(Value::Null), |answer| checks(answer, goal));
    until(attempt, &goal.watch("checks", "DescribeInstanceStatus", request), judge).await
}

impl Goal {
    fn watch(&self, what: &'static str, api: &'static str, input: Value) -> Watch<'static> {
        let unknown = |fault: &CallFault| fault.code == "InvalidInstanceID.NotFound";
        Watch { what, service: "ec2", api, input, absent: if self.new { unknown } else { |_| false } }
    }
}

fn state(answer: &Value, goal: &Goal, was_starting: &mut bool) -> Sight<()> {
    let instances = instances(answer);
    let states: Vec<&str> = instances.iter().filter_map(|instance| name(instance)).collect();
    if states.len() >= goal.ids.len() && states.iter().all(|state| *state == goal.state.name()) {
        return Sight::Reached(());
    }
    let hopeless = |instance: &&&Value| match (goal.state, name(instance)) {
        (DesiredState::Running | DesiredState::Stopped, Some("shutting-down" | "terminated")) => true,
        (DesiredState::Running, Some("stopping" | "stopped")) => *was_starting,
        _ => false,
    };
    if let Some(instance) = instances.iter().find(hopeless) {
        return lost(instance, goal.state);
    }
    *was_starting |= states.contains(&"pending");
    Sight::NotYet(json!(states))
}

fn lost(instance: &Value, wanted: DesiredState) -> Sight<()> {
    let id = instance["InstanceId"].as_str().unwrap_or("the instance");
    let state = name(instance).unwrap_or_default();
    let reason = instance["StateReason"]["Message"].as_str().map(|reason| format!(" ({reason})"));
    let message = format!("{id} is {state} and cannot become {}{}", wanted.name(), reason.unwrap_or_default());
    Sight::Hopeless { seen: json!(state), message, root: Value::Null }
}

fn checks(answer: &Value, goal: &Goal) -> Sight<()> {
    let statuses = answer["InstanceStatuses"].as_array().map_or(&[][..], Vec::as_slice);
    let checks: Vec<Value> = statuses
        .iter()
        .map(|status| json!([status["InstanceStatus"]["Status"], status["SystemStatus"]["Status"]]))
        .collect();
    if checks.len() >= goal.ids.len() && checks.iter().all(|pair| *pair == json!(["ok", "ok"])) {
        return Sight::Reached(());
    }
    let Some(gone) = statuses.iter().find(|status| fell_out(status)) else { return Sight::NotYet(json!(checks)) };
    let state = gone["InstanceState"]["Name"].as_str().unwrap_or_default();
    let id = gone["InstanceId"].as_str().unwrap_or_default();
    let message = format!("{id} is {state} before its status checks passed");
    Sight::Hopeless { seen: json!(state), message, root: Value::Null }
}

fn fell_out(status: &Value) -> bool {
    matches!(status["InstanceState"]["Name"].as_str(), Some("stopping" | "stopped" | "shutting-down" | "terminated"))
}

/// The instances in an answer of DescribeInstances, of all reservations.
fn instances(answer: &Value) -> Vec<&Value> {
    let reservations = answer["Reservations"].as_array().into_iter().flatten();
    reservations.filter_map(|reservation| reservation["Instances"].as_array()).flatten().collect()
}

fn name(instance: &Value) -> Option<&str> {
    instance["State"]["Name"].as_str()
}
