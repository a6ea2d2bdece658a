//! A host for executions that have only so much time: a child has no more than its parent's step.
//!
//! Comes in: a host and a moment. Goes out: the same host, which asks a run to stop once the moment has passed.
//! Never: an effect cut off; a run stops where it can be stopped, and follows its onCancel.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use crate::host::{
    Ability, ApiCall, Approval, ApprovalRequest, CallFault, DocumentFault, DocumentRequest, Host, HostError,
    PauseRequest, Progress, Resumption, ScriptAnswer, ScriptFault, ScriptRequest, StopRequest, WebhookAnswer,
    WebhookRequest,
};

/// See the module.
pub(super) struct Deadline<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) end: Timestamp,
}

impl Deadline<'_> {
    /// What is left of the time for somebody to decide.
    async fn left(&self, op: &str) -> Result<Duration, HostError> {
        let now = self.host.now(&format!("{op}/asked")).await?;
        Ok(Duration::try_from(self.end.duration_since(now)).unwrap_or(Duration::ZERO))
    }
}

#[async_trait]
impl Host for Deadline<'_> {
    /// A no is asked further: is there still time? The time is recorded, so that a replay hears the same.
    async fn stop(&self, op: &str) -> Result<Option<StopRequest>, HostError> {
        if let Some(request) = self.host.stop(op).await? {
            return Ok(Some(request));
        }
        let now = self.host.now(&format!("{op}/time")).await?;
        Ok((now >= self.end).then_some(StopRequest::Cancel))
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        self.host.cancelled(op).await
    }

    /// Not beyond the moment.
    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        let pause = pause.min(self.left(op).await?);
        self.host.sleep(op, pause).await
    }

    async fn doze(&self, op: &str, pause: Duration) -> Result<Option<StopRequest>, HostError> {
        let pause = pause.min(self.left(op).await?);
        self.host.doze(op, pause).await
    }

    async fn approve(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        let timeout = request.timeout.min(self.left(op).await?);
        self.host.approve(op, ApprovalRequest { timeout, ..request }).await
    }

    async fn pause(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        let left = self.left(op).await?;
        let timeout = Some(request.timeout.map_or(left, |timeout| timeout.min(left)));
        self.host.pause(op, PauseRequest { timeout, ..request }).await
    }

    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        self.host.call(op, call).await
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.host.now(op).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.host.is_read(service, api)
    }

    fn report(&self, progress: Progress) {
        self.host.report(progress);
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        self.host.lacks(ability)
    }

    fn concurrent(&self) -> bool {
        self.host.concurrent()
    }

    async fn decide(&self, op: &str, decision: Value) -> Result<Value, HostError> {
        self.host.decide(op, decision).await
    }

    async fn script(&self, op: &str, request: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        self.host.script(op, request).await
    }

    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        self.host.document(op, request).await
    }

    async fn webhook(&self, op: &str, request: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        self.host.webhook(op, request).await
    }
}
