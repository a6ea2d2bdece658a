//! One automation execution, as SSM tells it.
//!
//! Comes in: progress, and the engine's record at the end. Goes out: `AutomationExecution`, its steps, its events.
//! Never: an effect.

use engine::{Execution, ExecutionStatus, Progress, StepStatus};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::bus::event;
use crate::clock;
use crate::gateway::{ACCOUNT, REGION};

/// A step, while it runs and after.
#[derive(Debug, Clone)]
struct Step {
    name: String,
    action: String,
    status: String,
    started: Timestamp,
    ended: Option<Timestamp>,
    message: Option<String>,
    inputs: Map<String, Value>,
    outputs: Map<String, Value>,
}

/// An execution, while it runs and after.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) document: String,
    pub(super) version: String,
    /// As they were given: lists of text.
    pub(super) parameters: Value,
    pub(super) executed_by: String,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) status: String,
    pub(super) message: Option<String>,
    outputs: Value,
    steps: Vec<Step>,
}

impl Run {
    pub(super) fn new(
        id: String,
        document: String,
        version: String,
        parameters: Value,
        caller: &str,
        started: Timestamp,
    ) -> Self {
        let executed_by = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{caller}/local");
        let status = "InProgress".to_owned();
        let (ended, message, outputs, steps) = (None, None, json!({}), vec![]);
        Self { id, document, version, parameters, executed_by, started, ended, status, message, outputs, steps }
    }

    /// What the engine says while it runs.
    pub(super) fn note(&mut self, progress: &Progress, now: Timestamp) {
        match progress {
            Progress::StepStarted { step, action, attempt: 1 } => self.steps.push(Step {
                name: step.clone(),
                action: action.clone(),
                status: "InProgress".to_owned(),
                started: now,
                ended: None,
                message: None,
                inputs: Map::new(),
                outputs: Map::new(),
            }),
            Progress::StepEnded { step, status, message, .. } => {
                if let Some(known) = self.steps.iter_mut().rfind(|known| known.name == *step) {
                    known.status = word(*status);
                    known.ended = Some(now);
                    known.message.clone_from(message);
                }
            }
            _ => {}
        }
    }

    /// The engine's record, when it has ended.
    pub(super) fn finish(&mut self, execution: &Execution, now: Timestamp) {
        self.ended = Some(now);
        self.status = match execution.status {
            ExecutionStatus::Success => "Success",
            ExecutionStatus::Failed => "Failed",
            ExecutionStatus::TimedOut => "TimedOut",
            ExecutionStatus::Cancelled => "Cancelled",
        }
        .to_owned();
        self.outputs = json!(execution.outputs);
        self.message = execution
            .failure
            .as_ref()
            .map(|failure| format!("Step fails when it is {}. {}", failure.action, failure.message));
        let mut visits: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for record in execution.steps.iter().filter(|record| record.visit > 0) {
            let nth = visits.entry(&record.name).or_default();
            if let Some(step) = self.steps.iter_mut().filter(|step| step.name == record.name).nth(*nth) {
                step.inputs.clone_from(&record.inputs);
                step.outputs = record.outputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            }
            *nth += 1;
        }
    }

    /// The run could not go on.
    pub(super) fn fail(&mut self, message: String, now: Timestamp) {
        (self.status, self.ended, self.message) = ("Failed".to_owned(), Some(now), Some(message));
    }

    /// As `DescribeAutomationExecutions` lists it.
    pub(super) fn summary(&self) -> Value {
        let mut out = json!({
            "AutomationExecutionId": self.id,
            "DocumentName": self.document,
            "DocumentVersion": self.version,
            "AutomationExecutionStatus": self.status,
            "ExecutionStartTime": clock::epoch(self.started),
            "ExecutedBy": self.executed_by,
            "Outputs": self.outputs,
            "Mode": "Auto",
            "AutomationType": "Local",
        });
        if let Some(ended) = self.ended {
            out["ExecutionEndTime"] = json!(clock::epoch(ended));
        }
        if let Some(message) = &self.message {
            out["FailureMessage"] = json!(message);
        }
        if let Some(step) = self.steps.last().filter(|_| self.ended.is_none()) {
            out["CurrentStepName"] = json!(step.name);
            out["CurrentAction"] = json!(step.action);
        }
        out
    }

    /// As `GetAutomationExecution` tells it.
    pub(super) fn describe(&self) -> Value {
        let mut out = self.summary();
        if let Some(fields) = out.as_object_mut() {
            fields.shift_remove("AutomationType");
        }
        out["Parameters"] = self.parameters.clone();
        out["StepExecutions"] = self.steps();
        out["StepExecutionsTruncated"] = json!(false);
        out
    }

    /// As `DescribeAutomationStepExecutions` tells them.
    pub(super) fn steps(&self) -> Value {
        self.steps.iter().enumerate().map(|(index, step)| step.describe(&self.id, index)).collect()
    }

    /// The event of its end.
    pub(super) fn execution_event(&self, now: Timestamp) -> Value {
        let mut detail = self.event_detail(&self.status, self.started, self.ended.unwrap_or(now));
        detail["ExecutedBy"] = json!(self.executed_by);
        self.event("EC2 Automation Execution Status-change Notification", detail, now)
    }

    /// The events of the ends of its steps.
    pub(super) fn step_events(&self, now: Timestamp) -> Vec<Value> {
        let told = self.steps.iter().map(|step| {
            let mut detail = self.event_detail(&step.status, step.started, step.ended.unwrap_or(now));
            detail["StepName"] = json!(step.name);
            detail["Action"] = json!(step.action);
            self.event("EC2 Automation Step Status-change Notification", detail, now)
        });
        told.collect()
    }

    fn event(&self, kind: &str, detail: Value, now: Timestamp) -> Value {
        let resources = [
            format!("arn:aws:ssm:{REGION}:{ACCOUNT}:automation-execution/{}", self.id),
            format!("arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/{}:{}", self.document, self.version),
        ];
        event::event("aws.ssm", kind, now, &resources, detail)
    }

    fn event_detail(&self, status: &str, started: Timestamp, ended: Timestamp) -> Value {
        json!({
            "ExecutionId": self.id,
            "Definition": self.document,
            "DefinitionVersion": self.version.parse::<f64>().unwrap_or(1.0),
            "Status": status,
            "StartTime": clock::automation_time(started),
            "EndTime": clock::automation_time(ended),
            "Time": ended.duration_since(started).as_millis_f64().round(),
        })
    }
}

impl Step {
    fn describe(&self, execution: &str, index: usize) -> Value {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let inputs: Map<String, Value> =
            self.inputs.iter().map(|(name, value)| (name.clone(), json!(text(value)))).collect();
        let outputs: Map<String, Value> =
            self.outputs.iter().map(|(name, value)| (name.clone(), texts(value))).collect();
        let mut out = json!({
            "StepName": self.name,
            "Action": self.action,
            "StepStatus": self.status,
            "StepExecutionId": crate::ids::uuid_of(&format!("{execution}/{index}")),
            "ExecutionStartTime": clock::epoch(self.started),
            "Inputs": inputs,
            "Outputs": outputs,
        });
        if let Some(ended) = self.ended {
            out["ExecutionEndTime"] = json!(clock::epoch(ended));
        }
        if let Some(message) = self.message.as_ref().filter(|_| self.status != "Success") {
            out["FailureMessage"] = json!(message);
        }
        out
    }
}

/// SSM has every output as a list of text.
fn texts(value: &Value) -> Value {
    let text = |value: &Value| json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        other => json!([text(other)]),
    }
}

fn word(status: StepStatus) -> String {
    json!(status).as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::{paths, reference};

    #[test]
    fn the_events_have_the_shape_ssm_sends() {
        let now = Timestamp::UNIX_EPOCH;
        let mut run = Run::new("e".into(), "restart-web".into(), "1".into(), json!({}), "me", now);
        run.note(&Progress::StepStarted { step: "s".into(), action: "aws:sleep".into(), attempt: 1 }, now);
        run.fail("no".into(), now);
        let Some(execution) = reference("ssm-automation-execution-status-change.json") else { return };
        let Some(step) = reference("ssm-automation-step-status-change.json") else { return };
        assert_eq!(paths(&run.execution_event(now)), paths(&execution));
        assert_eq!(paths(&run.step_events(now)[0]), paths(&step));
        assert_eq!(run.execution_event(now)["detail"]["DefinitionVersion"], json!(1.0));
    }
}
