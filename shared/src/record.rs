//! The visible seam: what was wrong, what was done, by whom it was allowed, and how it was checked.
//!
//! Comes in: one incident's path through [`crate::remediation::handle`]. Goes out: one [`Record`], which is
//! the detail of the `Kintsugi Outcome` event, the function's answer and the source of the ticket.
//! Never: a secret; inputs of steps are those of the runbook, whose parameters hold none.

use engine::Execution;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::approval::{Approval, Decision, Risk, State};
use crate::incident::Incident;
use crate::outcome::Outcome;
use crate::settings::Mode;

/// EventBridge source of our own events.
pub const EVENT_SOURCE: &str = "kintsugi";
/// EventBridge detail type of [`Record`].
pub const EVENT_DETAIL_TYPE: &str = "Kintsugi Outcome";

/// What one guard said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuardNote {
    /// Stable name of the guard.
    pub guard: String,
    /// Whether it let the run pass.
    pub passed: bool,
    /// What it saw.
    pub note: String,
}

/// What was decided to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// Name of the runbook.
    pub runbook: String,
    /// Its parameters.
    pub parameters: Map<String, Value>,
    /// What it changes, one line: `m5.large -> m5.xlarge`.
    pub change: String,
}

/// How healing was checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Whether it was seen healed in time.
    pub healed: bool,
    /// What was seen last.
    pub seen: String,
    /// How often we looked.
    pub looks: u32,
}

/// A question to people, and what they said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Id of the approval.
    pub id: String,
    /// How it stands.
    pub state: State,
    /// Where approvers decide, each with a link of their own. This address decides nothing.
    pub page: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// Who must agree: `1 of managers (kim, lee)`.
    pub who: String,
    /// Hash of the plan it was for.
    pub plan_hash: String,
    /// The plan, a line for each step.
    pub plan: Vec<String>,
    /// How bad it is if it goes wrong.
    pub risk: Risk,
    /// What it costs or saves, where that is known.
    pub cost: Option<String>,
    /// Who said what.
    pub decisions: Vec<Decision>,
}

impl Asked {
    /// What is kept of an approval. `page` is the base address of the page.
    #[must_use]
    pub fn of(approval: &Approval, page: &str) -> Self {
        Self {
            id: approval.id.clone(),
            state: approval.state,
            page: format!("{page}/?approval={}", approval.id),
            expires_at: approval.expires_at,
            who: approval.policy.who(),
            plan_hash: approval.plan_hash.clone(),
            plan: approval.plan.clone(),
            risk: approval.risk,
            cost: approval.cost.clone(),
            decisions: approval.decisions.clone(),
        }
    }
}

/// One incident, from event to end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Version of this shape.
    pub schema: u32,
    /// Name of the function that handled it.
    pub function: String,
    /// Id of the execution: the durable execution's ARN, or the request id.
    pub execution: String,
    /// Observe, approve or enforce.
    pub mode: Mode,
    /// What was wrong. Absent if the event could not be understood.
    pub incident: Option<Incident>,
    /// What was decided.
    pub action: Option<Action>,
    /// What people were asked last, and what they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Asked>,
    /// What the guards said, in the order asked.
    pub guards: Vec<GuardNote>,
    /// What the runbook did.
    pub run: Option<Execution>,
    /// What the undo runbook did, if one had to run after a failed verification.
    pub undo: Option<Execution>,
    /// How it was checked.
    pub verification: Option<Verification>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether a person must see it: [`Outcome::needs_ticket`], for EventBridge patterns.
    pub needs_ticket: bool,
    /// When the function took the event up.
    pub started_at: Timestamp,
    /// When the outcome was known.
    pub ended_at: Timestamp,
}

impl Record {
    /// Seconds from taking the event up to its end.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.ended_at.duration_since(self.started_at).as_secs_f64()
    }
}
