//! What is kept of an execution.
//!
//! Comes in: what happened. Goes out: JSON in a fixed order, the same for the same run.
//! Never: an answer of AWS as a whole; only what the document selected from it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::host::{CallFault, ScriptFault, ScriptFaultKind};

/// The record of a whole execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// From the context.
    pub execution_id: String,
    /// The document's name.
    pub document: String,
    /// How it ended.
    pub status: ExecutionStatus,
    /// Start of the first step, UTC.
    pub started: Timestamp,
    /// End of the last step, UTC.
    pub ended: Timestamp,
    /// Steps in the order they were run, then those that were not (Pending), in document order.
    pub steps: Vec<StepRecord>,
    /// Document outputs: `step.Output` to its values as text.
    pub outputs: BTreeMap<String, Vec<String>>,
    /// The first failure that made the execution fail; failures that do not count are in their steps only.
    pub failure: Option<Failure>,
}

impl Execution {
    /// The failures of all steps, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.steps.iter().filter_map(|step| step.failure.as_ref())
    }

    /// The record of a step's last visit.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepRecord> {
        self.steps.iter().rfind(|step| step.name == name)
    }

    /// Whether it failed of something cut off, of which nobody knows if it has happened: in the step of which it failed,
    /// or in the last one that failed, which on the way back is another. A step before it that was cut off too and that
    /// the runbook went on from is not why the run ended.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        let failed = matches!(self.status, ExecutionStatus::Failed | ExecutionStatus::TimedOut);
        let last = self.steps.iter().rev().find_map(|step| step.failure.as_ref());
        failed && self.failure.iter().chain(last).any(|failure| failure.cause.is_cut_off())
    }
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionStatus {
    /// To its end, and no critical step failed.
    Success,
    /// A step aborted it or a critical step failed.
    Failed,
    /// As Failed, by a time-out.
    TimedOut,
    /// Somebody asked it to stop.
    Cancelled,
}

/// The state of a step, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepStatus {
    /// Not run.
    Pending,
    /// Running.
    InProgress,
    /// Waiting for a person.
    Waiting,
    /// Done.
    Success,
    /// All attempts used up, the last by a time-out.
    TimedOut,
    /// Being cancelled.
    Cancelling,
    /// Cancelled before or while it ran.
    Cancelled,
    /// All attempts used up.
    Failed,
    /// A loop that was left by a jump.
    Exited,
}

/// What is kept of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// The step.
    pub name: String,
    /// Its action.
    pub action: String,
    /// Which visit of the step this is, from 1; 0 if it was not run.
    pub visit: u32,
    /// How it ended.
    pub status: StepStatus,
    /// Attempts made.
    pub attempts: u32,
    /// Start, UTC; the end of the step before.
    pub started: Option<Timestamp>,
    /// End, UTC.
    pub ended: Option<Timestamp>,
    /// With references resolved.
    pub inputs: Map<String, Value>,
    /// Declared outputs that have a value.
    pub outputs: BTreeMap<String, Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Whether its failure makes the execution fail.
    pub critical: bool,
    /// The step that was run next.
    pub next_step: Option<String>,
    /// The loop around it, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentStep>,
}

/// The iteration of a loop in which a step was run. Of loops in loops the nearest one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParentStep {
    /// The loop.
    pub step: String,
    /// Its action.
    pub action: String,
    /// From 1.
    pub iteration: u32,
    /// The item it was for; absent for a loop with a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterator_value: Option<Value>,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Error)]
#[serde(rename_all = "camelCase")]
#[error("step {step} ({action}) failed: {message}")]
pub struct Failure {
    /// The step.
    pub step: String,
    /// Its action.
    pub action: String,
    /// Attempts made.
    pub attempts: u32,
    /// In words.
    pub message: String,
    /// In values.
    pub cause: Cause,
}

/// The kinds of failure between which a reader would choose differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Cause {
    /// An API call did not give an answer.
    Call {
        /// AWS's or the transport's fault.
        fault: CallFault,
    },
    /// The resolved inputs do not fit the action.
    Inputs,
    /// A property is not as desired, or an instance cannot reach its state.
    Property {
        /// What was seen; null for nothing.
        seen: Value,
    },
    /// Time ran out.
    TimedOut {
        /// The attempt's time.
        seconds: u64,
        /// What was seen last.
        seen: Value,
    },
    /// The answer does not give a declared output its type. The step's effect has happened.
    Output,
    /// A condition compares what cannot be compared.
    Condition,
    /// A script gave no payload.
    Script {
        /// With its traceback and what it printed, cut to a limit.
        fault: ScriptFault,
    },
    /// A runbook that the step ran did not succeed, or could not be run.
    Child {
        /// The executions that did not succeed, by their ids.
        executions: BTreeMap<String, ExecutionStatus>,
        /// Whether one of them failed of something cut off: another attempt could do it twice.
        #[serde(default)]
        cut_off: bool,
    },
    /// An approver said no.
    Rejected {
        /// All decisions, as the step's output has them.
        decisions: Value,
    },
}

impl Cause {
    /// Whether time ran out, which makes the step and the execution TimedOut.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }

    /// Whether nobody knows if what failed has happened.
    fn is_cut_off(&self) -> bool {
        match self {
            Self::Call { fault } => fault.is_interrupted(),
            Self::Script { fault } => fault.kind == ScriptFaultKind::Interrupted,
            Self::Child { cut_off, .. } => *cut_off,
            _ => false,
        }
    }

    /// Whether another attempt could end differently, and would do nothing twice.
    pub(crate) fn worth_another_attempt(&self) -> bool {
        use crate::host::FaultKind;
        match self {
            Self::Call { fault } => fault.kind != FaultKind::InvalidInput && !fault.is_interrupted(),
            Self::Script { fault } => matches!(fault.kind, ScriptFaultKind::Raised | ScriptFaultKind::Died),
            Self::Property { .. } | Self::TimedOut { .. } => true,
            Self::Child { cut_off, .. } => !cut_off,
            Self::Inputs | Self::Output | Self::Condition | Self::Rejected { .. } => false,
        }
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for StepStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
