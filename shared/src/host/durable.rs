//! [`RunHost`] as an AWS Lambda durable function: an effect is a checkpointed step, a sleep suspends at no cost.
//!
//! The SDK is a preview; this is the only module that knows it. Operations are created in the order the
//! interpreter asks for them, which is deterministic, so a replay finds each answer under its operation.

use std::time::Duration;

use async_trait::async_trait;
use aws_durable_execution_sdk::{DurableContext, RetryDecision};
use engine::{ApiCall, CallFault, Host, HostError, Progress};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{perform, wall_clock};
use super::{RunHost, recorded};
use crate::aws::Services;
use crate::telemetry;

/// One durable execution.
pub struct DurableHost {
    context: DurableContext,
    services: Services,
}

impl DurableHost {
    /// A host over the execution `context` belongs to.
    #[must_use]
    pub fn new(context: DurableContext, services: Services) -> Self {
        Self { context, services }
    }
}

#[async_trait]
impl RunHost for DurableHost {
    async fn effect(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Value, HostError> {
        // The effect answers with a value even when it fails: whether to try again is the runbook's to say.
        let step = self.context.step(move |_| async move { Ok(effect.await) }).name(op);
        step.retry_strategy(|_, _| RetryDecision::Stop).await.map_err(|source| failed(op, source))
    }

    fn execution(&self) -> &str {
        self.context.execution_arn()
    }

    fn replaying(&self) -> bool {
        self.context.is_replaying()
    }

    fn engine(&self) -> &dyn Host {
        self
    }
}

#[async_trait]
impl Host for DurableHost {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        recorded(self, op, perform(self.services.clone(), call)).await
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.context.wait(pause).name(op).await.map_err(|source| failed(op, source))
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        recorded(self, op, async { wall_clock() }).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.services.is_read(service, api)
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        let services = self.services.clone();
        recorded(self, op, async move { crate::guard::stop_requested(&services).await }).await
    }

    fn report(&self, progress: Progress) {
        if !self.context.is_replaying() {
            telemetry::progress(self.execution(), &progress);
        }
    }
}

fn failed(op: &str, source: impl std::error::Error + Send + Sync + 'static) -> HostError {
    HostError { operation: op.to_owned(), source: Box::new(source) }
}
