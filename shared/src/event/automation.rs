//! `EC2 Automation Execution Status-change Notification`, as SSM emits it.

use jiff::Timestamp;
use serde_json::Value;

use super::json::{account, at, region, sentence, text};
use super::{EventError, timestamp};
use crate::incident::{Delivery, Incident, Resource};

/// An SSM Automation execution changed its status.
#[derive(Debug, Clone, PartialEq)]
pub struct AutomationEnd {
    /// Account of the execution.
    pub account: String,
    /// Region of the execution.
    pub region: String,
    /// Id of the execution.
    pub execution: String,
    /// Name of the document.
    pub document: String,
    /// `Failed`, `TimedOut`, `Cancelled` (also seen: `Canceled`), `Success`, ...
    pub status: String,
    /// Who started it.
    pub executed_by: Option<String>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Id of the event.
    pub id: Option<String>,
}

impl AutomationEnd {
    /// Whether it ended other than well. Both spellings of cancelled occur.
    #[must_use]
    pub fn failed(&self) -> bool {
        matches!(self.status.as_str(), "Failed" | "TimedOut" | "Cancelled" | "Canceled")
    }

    /// The incident of an automation that did not end well. Each execution is an incident of its own.
    #[must_use]
    pub fn incident(&self) -> Incident {
        let execution = Resource { kind: "AWS::SSM::AutomationExecution".into(), id: self.execution.clone() };
        Incident {
            fingerprint: Incident::fingerprint(&self.account, &self.region, &self.document, Some(&execution)),
            account: self.account.clone(),
            region: self.region.clone(),
            noticed_by: self.document.clone(),
            resource: Some(execution),
            summary: format!("automation {} ended {}", self.document, self.status),
            since: self.ended,
            event: self.id.clone(),
            binding: None,
            given: Default::default(),
            delivery: Delivery::EventBridge,
        }
    }
}

pub(super) fn parse(event: &Value) -> Result<AutomationEnd, EventError> {
    let optional = |path: &str| at(event, path).and_then(Value::as_str);
    Ok(AutomationEnd {
        account: account(event, "account")?.to_owned(),
        region: region(event, "region")?.to_owned(),
        execution: text(event, "detail.ExecutionId")?.to_owned(),
        document: text(event, "detail.Definition")?.to_owned(),
        status: text(event, "detail.Status")?.to_owned(),
        executed_by: sentence(event, "detail.ExecutedBy"),
        ended: optional("detail.EndTime").and_then(timestamp),
        id: optional("id").map(str::to_owned),
    })
}
