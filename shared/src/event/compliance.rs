//! `Config Rules Compliance Change`, as EventBridge delivers it.

use jiff::Timestamp;
use serde_json::Value;

use super::json::{account, at, region, text};
use super::{EventError, timestamp};
use crate::incident::{Delivery, Incident, Resource};

/// One resource became compliant or not with one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct ComplianceChange {
    /// Account that owns the resource.
    pub account: String,
    /// Region of the resource.
    pub region: String,
    /// Name of the rule in this account; says nothing about what it checks.
    pub rule: String,
    /// The resource.
    pub resource: Resource,
    /// `COMPLIANT`, `NON_COMPLIANT`, `NOT_APPLICABLE` or `INSUFFICIENT_DATA`.
    pub compliance: String,
    /// When AWS recorded the result.
    pub since: Option<Timestamp>,
    /// Id of the event.
    pub id: Option<String>,
}

impl ComplianceChange {
    /// The incident of a resource that is not compliant.
    #[must_use]
    pub fn incident(&self) -> Incident {
        Incident {
            fingerprint: Incident::fingerprint(&self.account, &self.region, &self.rule, Some(&self.resource)),
            account: self.account.clone(),
            region: self.region.clone(),
            noticed_by: self.rule.clone(),
            resource: Some(self.resource.clone()),
            summary: format!("{} is {} with {}", self.resource, self.compliance, self.rule),
            since: self.since,
            event: self.id.clone(),
            binding: None,
            given: Default::default(),
            delivery: Delivery::EventBridge,
        }
    }
}

pub(super) fn parse(event: &Value) -> Result<ComplianceChange, EventError> {
    let recorded = at(event, "detail.newEvaluationResult.resultRecordedTime").and_then(Value::as_str);
    Ok(ComplianceChange {
        // The detail names the resource's own account and Region; with an aggregator the envelope's are another's.
        account: account(event, "detail.awsAccountId").or_else(|_| account(event, "account"))?.to_owned(),
        region: region(event, "detail.awsRegion").or_else(|_| region(event, "region"))?.to_owned(),
        rule: text(event, "detail.configRuleName")?.to_owned(),
        resource: Resource {
            kind: text(event, "detail.resourceType")?.to_owned(),
            id: text(event, "detail.resourceId")?.to_owned(),
        },
        compliance: text(event, "detail.newEvaluationResult.complianceType")?.to_owned(),
        since: recorded.and_then(timestamp),
        id: at(event, "id").and_then(Value::as_str).map(str::to_owned),
    })
}
