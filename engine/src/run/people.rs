//! Waiting for people.
//!
//! Comes in: an attempt and what is asked. Goes out: what they decided.
//! Never: a wait that nobody is told of.

use std::time::Duration;

use super::attempt::Attempt;
use super::stop::Stop;
use crate::host::{Approval, ApprovalRequest, ApprovalStatus, PauseRequest, Progress, Resumption};

/// What an approval has where the action's table of times is not asked: seven days.
const WEEK: Duration = Duration::from_secs(604_800);

impl Attempt<'_> {
    /// Asks people and waits; `request` makes the request from its time, whether it can be cancelled, and the name by
    /// which people know the step.
    pub(crate) async fn approve(
        &mut self,
        request: impl FnOnce(Duration, bool, String) -> ApprovalRequest + Send,
    ) -> Result<Approval, Stop> {
        self.tell_waiting();
        let request = request(self.timeout.unwrap_or(WEEK), self.cancellable, self.label());
        let approval = self.host.approve(&self.operations.once("approve"), request).await?;
        match approval.status {
            ApprovalStatus::TimedOut => Err(self.timed_out(serde_json::json!(approval.decisions))),
            _ => Ok(approval),
        }
    }

    /// Waits until a person lets the run go on.
    pub(crate) async fn wait_for_person(&mut self) -> Result<Resumption, Stop> {
        self.tell_waiting();
        let request = PauseRequest { step: self.label(), timeout: self.timeout, cancellable: self.cancellable };
        match self.host.pause(&self.operations.once("pause"), request).await? {
            Resumption::TimedOut => Err(self.timed_out(serde_json::Value::Null)),
            other => Ok(other),
        }
    }

    fn tell_waiting(&self) {
        self.host.report(Progress::StepWaiting { step: self.label(), action: self.step.action.clone() });
    }
}
