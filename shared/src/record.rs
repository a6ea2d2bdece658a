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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// Name of the runbook.
    pub runbook: String,
    /// Its parameters.
    pub parameters: Map<String, Value>,
    /// What it changes, one line: `m5.large -> m5.xlarge`.
    pub change: String,
    /// How a person would look at it and undo it: sentences and commands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<String>,
    /// Why it cannot be undone, where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
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
    /// What the runbook did first, where a call of it was cut off and it was run once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_off: Option<Execution>,
    /// What the runbook did: the run that counts.
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

/// So many lines of a plan are kept of one that is too long.
const PLAN_LINES: usize = 200;

impl Record {
    /// Of a function that tells of itself, or knows nothing else yet.
    #[must_use]
    pub fn of(function: &str, execution: &str, mode: Mode, outcome: Outcome, at: Timestamp) -> Self {
        Self {
            schema: 1,
            function: function.to_owned(),
            execution: execution.to_owned(),
            mode,
            incident: None,
            action: None,
            approval: None,
            guards: vec![],
            cut_off: None,
            run: None,
            undo: None,
            verification: None,
            needs_ticket: outcome.needs_ticket(),
            outcome,
            started_at: at,
            ended_at: at,
        }
    }

    /// Seconds from taking the event up to its end.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.ended_at.duration_since(self.started_at).as_secs_f64()
    }

    /// The same in at most so many bytes of JSON, as far as that is possible: without what the steps were given and gave,
    /// then without steps that did not fail, then without most of a plan. The execution's history has it all.
    #[must_use]
    pub fn within(mut self, bytes: usize) -> Self {
        for leave_out in [Self::leave_out_values, Self::leave_out_steps, Self::leave_out_plan] {
            if serde_json::to_string(&self).is_ok_and(|text| text.len() <= bytes) {
                break;
            }
            leave_out(&mut self);
        }
        self
    }

    fn runs(&mut self) -> impl Iterator<Item = &mut Execution> {
        [&mut self.cut_off, &mut self.run, &mut self.undo].into_iter().flatten()
    }

    fn leave_out_values(&mut self) {
        for run in self.runs() {
            run.outputs.clear();
            for step in &mut run.steps {
                step.inputs.clear();
                step.outputs.clear();
            }
        }
    }

    fn leave_out_steps(&mut self) {
        self.runs().for_each(|run| run.steps.retain(|step| step.failure.is_some()));
    }

    fn leave_out_plan(&mut self) {
        if let Outcome::Planned { plan, .. } = &mut self.outcome {
            plan.truncate(PLAN_LINES);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(plan: usize) -> Record {
        let step = |name: &str, failure| {
            json!({"name": name, "action": "aws:sleep", "visit": 1, "status": "Success", "attempts": 1, "started": null,
                   "ended": null, "inputs": {"a": "x".repeat(500)}, "outputs": {}, "failure": failure, "critical": true,
                   "nextStep": null})
        };
        let failure =
            json!({"step": "b", "action": "aws:sleep", "attempts": 1, "message": "no", "cause": {"kind": "inputs"}});
        let run = json!({"executionId": "e", "document": "d", "status": "Failed", "started": "2026-01-01T00:00:00Z",
                         "ended": "2026-01-01T00:00:00Z", "steps": [step("a", json!(null)), step("b", failure)],
                         "outputs": {}, "failure": null});
        let mut record: Record = serde_json::from_value(json!({
            "schema": 1, "function": "f", "execution": "e", "mode": "observe", "incident": null, "action": null,
            "guards": [], "run": run, "undo": null, "verification": null,
            "outcome": {"status": "AlreadyHealthy", "reason": "r"}, "needsTicket": false,
            "startedAt": "2026-01-01T00:00:00Z", "endedAt": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        if plan > 0 {
            record.outcome = Outcome::Planned { change: "c".into(), plan: vec!["line".into(); plan] };
        }
        record
    }

    #[test]
    fn a_record_that_is_too_long_loses_what_its_history_has_and_keeps_what_failed() {
        let whole = record(0);
        assert_eq!(whole.clone().within(10_000), whole);
        let lean = whole.clone().within(1500).run.unwrap();
        assert_eq!((lean.steps.len(), lean.steps[0].inputs.len()), (2, 0));
        let twice = Record { cut_off: whole.run.clone(), ..whole.clone() };
        assert_eq!(twice.within(2500).cut_off.unwrap().steps[0].inputs.len(), 0);
        let leaner = whole.within(800).run.unwrap();
        assert_eq!(leaner.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["b"]);
        let Outcome::Planned { plan, .. } = record(5000).within(800).outcome else { panic!("the plan is gone") };
        assert_eq!(plan.len(), PLAN_LINES);
    }
}
