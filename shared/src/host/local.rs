//! [`RunHost`] in one process: on a laptop and in tests with a journal file, in a plain Lambda invocation without.
//!
//! A resumed run gives the journal's answers until it comes to what was not done yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engine::{ApiCall, CallFault, Host, HostError, Progress};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{perform, wall_clock};
use super::journal::{Journal, JournalError};
use super::{RunHost, recorded};
use crate::aws::Services;

/// Shows progress to whoever watches.
pub type Reporter = Arc<dyn Fn(&Progress) + Send + Sync>;

/// One execution in this process.
pub struct LocalHost {
    execution: String,
    services: Services,
    journal: Journal,
    reporter: Reporter,
    stop: Arc<AtomicBool>,
    /// Whether the last answer came from the journal.
    replayed: AtomicBool,
}

impl LocalHost {
    /// A host for the execution `execution`, whose answers go to `journal`.
    #[must_use]
    pub fn new(execution: String, services: Services, journal: Journal, reporter: Reporter) -> Self {
        Self { execution, services, journal, reporter, stop: Arc::default(), replayed: AtomicBool::new(false) }
    }

    /// Set to true, it stops the run at its next step (`onCancel` is followed).
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }
}

#[async_trait]
impl RunHost for LocalHost {
    async fn effect(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Value, HostError> {
        let recorded = self.journal.answer(op);
        self.replayed.store(recorded.is_some(), Ordering::Relaxed);
        if let Some(answer) = recorded {
            return Ok(answer);
        }
        let answer = effect.await;
        let failed = |source: JournalError| HostError { operation: op.to_owned(), source: source.into() };
        self.journal.record(op, &answer).map_err(failed)?;
        Ok(answer)
    }

    fn execution(&self) -> &str {
        &self.execution
    }

    fn replaying(&self) -> bool {
        self.journal.replaying()
    }

    fn engine(&self) -> &dyn Host {
        self
    }
}

#[async_trait]
impl Host for LocalHost {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        recorded(self, op, perform(self.services.clone(), call)).await
    }

    /// The end of the sleep is what is recorded: a resumed run sleeps only what is left.
    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        let wake: Timestamp = recorded(self, op, async move { wall_clock() + pause }).await?;
        let left = wake.duration_since(wall_clock());
        tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
        Ok(())
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        recorded(self, op, async { wall_clock() }).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.services.is_read(service, api)
    }

    /// A no is not recorded: a person who stops a resumed run means now, which is after all that was done before.
    /// A yes is: a resumed run must stay on the way back that it has begun.
    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        if self.journal.answer(op).is_none() {
            if self.journal.replaying() {
                return Ok(false);
            }
            if !self.stop.load(Ordering::Relaxed) && !crate::guard::stop_requested(&self.services).await {
                return Ok(false);
            }
        }
        recorded(self, op, async { true }).await
    }

    /// What happened before this process was told then; of it only the ends of steps are told again, as such.
    fn report(&self, progress: Progress) {
        let progress = match progress {
            Progress::StepEnded { step, action, status, message, replayed: _ } => {
                let replayed = self.replayed.load(Ordering::Relaxed);
                Progress::StepEnded { step, action, status, message, replayed }
            }
            _ if self.replaying() => return,
            other => other,
        };
        (self.reporter)(&progress);
    }
}
