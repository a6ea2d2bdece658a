//! A plan as data.
//!
//! Comes in: planned steps. Goes out: JSON, and a hash that changes whenever it does.
//! Never: a decision.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The document's name.
    pub document: String,
    /// In the order of a run that succeeds.
    pub steps: Vec<PlannedStep>,
    /// The way back: steps that only a failure or a cancellation leads to.
    pub undo: Vec<PlannedStep>,
    /// SHA-256 over steps and undo as canonical JSON, lower-case hex. An approval of it is for exactly this plan.
    pub hash: String,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStep {
    /// The step; of another runbook that a step runs with that step before it (`deploy/stop`), and with its number
    /// where there is one for each of many targets (`deploy#2/stop`).
    pub step: String,
    /// Its action.
    pub action: String,
    /// What it is to a reader.
    pub kind: PlanKind,
    /// The service of its call, as written.
    pub service: Option<String>,
    /// The operation of its call, as written.
    pub api: Option<String>,
    /// The call's input, references resolved; what only a step can tell is text `<known after step>`.
    pub input: Value,
    /// For a write: members of its input as an earlier read of the same resource showed them.
    pub before: Option<Map<String, Value>>,
    /// Under which condition it runs; absent if always.
    pub when: Option<String>,
    /// What was seen, or what will be looked for.
    pub note: Option<String>,
    /// Whether it was seen that the step fails and the run with it, whatever follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fails: bool,
    /// The loop it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
}

/// Where in a loop a planned step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Round {
    /// The loop; of loops in loops the nearest.
    pub step: String,
    /// From 1; absent if the step is planned once for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// What a step does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanKind {
    /// Looks.
    Read,
    /// Changes something.
    Write,
    /// Looks, and fails if it is not as desired.
    Assert,
    /// Looks until it is as desired.
    Wait,
    /// Chooses the next step.
    Branch,
    /// Lets time pass.
    Sleep,
    /// Asks people.
    Approval,
    /// Waits for a person.
    Pause,
    /// Repeats its steps, which follow.
    Loop,
    /// Gives a variable another value.
    Variable,
    /// Runs another runbook, whose steps follow.
    Runbook,
}

impl PlanKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Assert => "assert",
            Self::Wait => "wait",
            Self::Branch => "branch",
            Self::Sleep => "sleep",
            Self::Approval => "ask",
            Self::Pause => "pause",
            Self::Loop => "loop",
            Self::Variable => "set",
            Self::Runbook => "run",
        }
    }
}

impl Plan {
    pub(super) fn new(document: &str, steps: Vec<PlannedStep>, undo: Vec<PlannedStep>) -> Self {
        let hash = hash(&steps, &undo);
        Self { document: document.to_owned(), steps, undo, hash }
    }

    /// The first step whose failure, as things are now, keeps the run from success.
    #[must_use]
    pub fn failing(&self) -> Option<&PlannedStep> {
        self.steps.iter().find(|step| step.fails)
    }

    /// The steps that change something, the way back not included.
    pub fn writes(&self) -> impl Iterator<Item = &PlannedStep> {
        self.steps.iter().filter(|step| step.kind == PlanKind::Write)
    }
}

fn hash(steps: &[PlannedStep], undo: &[PlannedStep]) -> String {
    let parts = [steps, undo].map(|list| serde_json::to_value(list).unwrap_or_default());
    let canonical = canonical(&Value::Array(parts.to_vec()));
    Sha256::digest(canonical.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same value with sorted keys.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}
