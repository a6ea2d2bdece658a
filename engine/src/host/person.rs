//! Waiting for people.
//!
//! Comes in: whom to ask and what. Goes out: what they decided.
//! Never: a decision without a person, except that time ran out.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// aws:approve, with its inputs resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequest {
    /// The step that asks.
    pub step: String,
    /// User names and ARNs, one to ten.
    pub approvers: Vec<String>,
    /// How many must approve; one rejection is enough to reject.
    pub minimum: u32,
    /// For the approvers.
    pub message: Option<String>,
    /// SNS topic to tell.
    pub notification_arn: Option<String>,
    /// How long to wait; 7 days unless the step says otherwise.
    pub timeout: Duration,
    /// False on the way back: the run's cancellation is then not waited for.
    pub cancellable: bool,
}

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// How it ended.
    pub status: ApprovalStatus,
    /// In the order they came, at most one for each approver.
    pub decisions: Vec<ApproverDecision>,
}

/// How an approval ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApprovalStatus {
    /// Enough approvers said yes.
    Approved,
    /// One said no.
    Rejected,
    /// Nobody, or not enough, in time.
    TimedOut,
    /// The run was asked to stop meanwhile.
    Cancelled,
}

/// One approver's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ApproverDecision {
    /// As in the document.
    pub approver: String,
    /// Yes or no.
    pub approved: bool,
    /// The approver's reason.
    pub comment: Option<String>,
    /// When, UTC.
    pub at: Timestamp,
}

/// aws:pause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PauseRequest {
    /// The step that pauses.
    pub step: String,
    /// Only if the step says so; the language has no limit.
    pub timeout: Option<Duration>,
    /// False on the way back.
    pub cancellable: bool,
}

/// How a pause ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resumption {
    /// A person said go on.
    Resumed,
    /// Nobody did in time.
    TimedOut,
    /// The run was asked to stop meanwhile.
    Cancelled,
}
