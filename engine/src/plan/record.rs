//! A plan as data and as lines for people.
//!
//! Comes in: planned steps. Goes out: JSON, text, and a hash that changes whenever either does.
//! Never: a decision.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::resolve::as_text;

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
    fn word(self) -> &'static str {
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

/// One line a step, columns aligned; the way back after a line of its own.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.steps.iter().chain(&self.undo);
        let width = names.map(|step| step.step.chars().count()).max().unwrap_or(0);
        for (index, step) in self.steps.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{:<3} {:width$}  {step}", index + 1, step.step)?;
        }
        if !self.undo.is_empty() {
            f.write_str("\nif a step fails or the run is cancelled:")?;
            for step in &self.undo {
                write!(f, "\n    {:width$}  {step}", step.step)?;
            }
        }
        Ok(())
    }
}

/// Everything but the step's name.
impl fmt::Display for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6}", self.kind.word())?;
        match (&self.service, &self.api) {
            (Some(service), Some(api)) => write!(f, "  {}:{}", service.trim(), api.trim())?,
            _ if self.kind == PlanKind::Write => write!(f, "  {}", self.action)?,
            _ => {}
        }
        if self.service.is_some() || matches!(self.kind, PlanKind::Write | PlanKind::Runbook) {
            let members = self.input.as_object().into_iter().flatten();
            for (member, value) in members {
                write!(f, "  {member} ")?;
                match self.before.as_ref().and_then(|before| before.get(member)) {
                    Some(before) => write!(f, "{} -> {}", brief(before), brief(value))?,
                    None => f.write_str(&brief(value))?,
                }
            }
        }
        for (member, before) in self.before.iter().flatten() {
            if self.input.get(member).is_none() {
                write!(f, "  ({member} now: {})", brief(before))?;
            }
        }
        if let Some(note) = &self.note {
            write!(f, "  {note}")?;
        }
        match &self.round {
            Some(Round { step, number: Some(number) }) => write!(f, "  [{step}, round {number}]")?,
            Some(Round { step, number: None }) => write!(f, "  [{step}, each round]")?,
            None => {}
        }
        match &self.when {
            Some(when) => write!(f, "  [when {when}]"),
            None => Ok(()),
        }
    }
}

/// `{"Value": x}` is how EC2 wraps attributes, `["x"]` how one resource is named: people read x.
fn brief(value: &Value) -> String {
    match value {
        Value::Object(map) if map.len() == 1 => match map.get("Value") {
            Some(inner) => as_text(inner),
            None => value.to_string(),
        },
        Value::Array(items) => match items.as_slice() {
            [one @ (Value::String(_) | Value::Number(_) | Value::Bool(_))] => as_text(one),
            _ => value.to_string(),
        },
        other => as_text(other),
    }
}
