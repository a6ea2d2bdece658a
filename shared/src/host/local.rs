//! [`RunHost`] in one process: on a laptop and in tests with a journal file, in a plain Lambda invocation without.
//!
//! A resumed run gives the journal's answers until it comes to what was not done yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, Approval, ApprovalRequest, CallFault, DocumentFault, DocumentRequest, Host, HostError,
    PauseRequest, Progress, Resumption, ScriptAnswer, ScriptFault, ScriptRequest, StopRequest, WebhookAnswer,
    WebhookRequest,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::wall_clock;
use super::journal::{Journal, JournalError};
use super::people::{Nobody, People};
use super::script::{self, Scripts};
use super::secrets::Secrets;
use super::{Documents, RunHost, recorded, recorded_once, repeat, webhook};
use crate::aws::Services;

/// How soon a stop is heard while a run sleeps. Shorter only burns cycles.
const GLANCE: Duration = Duration::from_millis(200);

/// Shows progress to whoever watches.
pub type Reporter = Arc<dyn Fn(&Progress) + Send + Sync>;

/// One execution in this process.
pub struct LocalHost {
    execution: String,
    services: Services,
    journal: Journal,
    reporter: Reporter,
    scripts: Scripts,
    documents: Documents,
    /// Absent where a run cannot wait for anybody.
    people: Option<Arc<dyn People>>,
    /// What is meant by a stop.
    stopping: StopRequest,
    stop: Arc<AtomicBool>,
    /// Whether the last answer came from the journal.
    replayed: AtomicBool,
    secrets: Arc<Secrets>,
}

impl LocalHost {
    /// A host for the execution `execution`, whose answers go to `journal`.
    #[must_use]
    pub fn new(execution: String, services: Services, journal: Journal, reporter: Reporter) -> Self {
        let scripts = Scripts::new(services.settings.scripts.clone());
        let (stop, replayed) = (Arc::default(), AtomicBool::default());
        let (documents, stopping, secrets) = (Documents::default(), StopRequest::Cancel, Arc::default());
        let people = None;
        Self { execution, services, journal, reporter, scripts, documents, people, stopping, stop, replayed, secrets }
    }

    /// The same with other ways for scripts: attachments, credentials.
    #[must_use]
    pub fn with_scripts(self, scripts: Scripts) -> Self {
        Self { scripts, ..self }
    }

    /// The same with people to ask for approvals, and at pauses.
    #[must_use]
    pub fn with_people(self, people: Arc<dyn People>) -> Self {
        Self { people: Some(people), ..self }
    }

    /// The same where the stop flag means this.
    #[must_use]
    pub fn stopping(self, stopping: StopRequest) -> Self {
        Self { stopping, ..self }
    }

    /// The same with folders in which runbooks are looked for before SSM.
    #[must_use]
    pub fn with_documents(self, documents: Documents) -> Self {
        Self { documents, ..self }
    }

    /// Set to true, it stops the run at its next step (`onCancel` is followed).
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// What was answered that must not be shown. Progress is told without it; the journal has it, for its owner only.
    #[must_use]
    pub fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(&self.secrets)
    }
}

/// What waiting for people needs of it.
impl LocalHost {
    pub(super) fn people(&self) -> &dyn People {
        self.people.as_deref().unwrap_or(&Nobody)
    }

    pub(super) fn services(&self) -> &Services {
        &self.services
    }

    pub(super) fn execution_id(&self) -> &str {
        &self.execution
    }

    /// What the journal has under this name, come to by operations of its own.
    pub(super) fn answered(&self, op: &str) -> Option<Value> {
        let answer = self.journal.answer_of_all(op)?;
        self.replayed.store(true, Ordering::Relaxed);
        Some(answer)
    }

    /// Whether somebody asks the run to stop now, whatever its past.
    pub(super) async fn stop_is_asked(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || crate::guard::stop_requested(&self.services).await
    }

    /// Returns once a person of this process asks it to cancel what it does now.
    async fn cancel_is_asked(&self) {
        let asked = || self.stop.load(Ordering::Relaxed) && self.stopping == StopRequest::Cancel;
        while !asked() || self.journal.replaying() {
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// How long a sleep still lasts that may have begun in an earlier process.
    async fn until_awake(&self, op: &str, pause: Duration) -> Result<Duration, HostError> {
        let wake: Timestamp = recorded(self, op, async move { wall_clock() + pause }).await?;
        Ok(Duration::try_from(wake.duration_since(wall_clock())).unwrap_or_default())
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

    async fn effect_once(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Option<Value>, HostError> {
        if self.journal.interrupted(op) {
            return Ok(None);
        }
        let begun = if self.journal.answer(op).is_none() { self.journal.begin(op) } else { Ok(()) };
        begun.map_err(|source| HostError { operation: op.to_owned(), source: source.into() })?;
        self.effect(op, effect).await.map(Some)
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
        let (service, api) = (call.service.clone(), call.api.clone());
        let answer: Result<Value, CallFault> = repeat::call(self, op, &self.services, call).await?;
        if let Ok(answer) = &answer {
            self.secrets.listen(self.services.api.models(), &service, &api, answer);
        }
        Ok(answer)
    }

    /// The end of the sleep is what is recorded: a resumed run sleeps only what is left.
    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        tokio::time::sleep(self.until_awake(op, pause).await?).await;
        Ok(())
    }

    /// Whether it was interrupted is one record with the stop: a sleep that was cut short is never one that is over.
    async fn doze(&self, op: &str, pause: Duration) -> Result<Option<StopRequest>, HostError> {
        let left = self.until_awake(op, pause).await?;
        let asked = format!("{op}/cancelled");
        if self.journal.answer(&asked).is_some() {
            return self.stop(&asked).await;
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(left) => Ok(None),
            () = self.cancel_is_asked() => self.stop(&asked).await,
        }
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        recorded(self, op, async { wall_clock() }).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.services.is_read(service, api)
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        match ability {
            Ability::Script | Ability::PowerShell => self.scripts.lacks(ability),
            Ability::Child | Ability::Webhook => None,
            Ability::Approve | Ability::Pause if self.people.is_some() => None,
            other => Some(format!("{other} is not possible here")),
        }
    }

    async fn script(&self, op: &str, request: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        let run = self.scripts.clone().run(self.services.sdk.clone(), request);
        recorded_once(self, op, run, Err(script::interrupted())).await
    }

    async fn approve(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        self.ask_approvers(op, request).await
    }

    async fn pause(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        self.ask_to_go_on(op, request).await
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        Ok(self.stop(op).await?.is_some())
    }

    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        recorded(self, op, self.documents.clone().read(self.services.clone(), request)).await
    }

    async fn webhook(&self, op: &str, request: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        let unknown = Err(repeat::interrupted("webhook", "POST"));
        recorded_once(self, op, webhook::send(self.services.clone(), request), unknown).await
    }

    fn concurrent(&self) -> bool {
        true
    }

    async fn decide(&self, op: &str, decision: Value) -> Result<Value, HostError> {
        recorded(self, op, async move { decision }).await
    }

    /// A no is not recorded: a person who stops a resumed run means now, which is after all that was done before.
    /// A yes is: a resumed run must stay on the way back that it has begun.
    async fn stop(&self, op: &str) -> Result<Option<StopRequest>, HostError> {
        if self.journal.answer(op).is_none() && (self.journal.replaying() || !self.stop_is_asked().await) {
            return Ok(None);
        }
        let stopping = self.stopping;
        recorded(self, op, async move { stopping }).await.map(Some)
    }

    /// What happened before this process was told then; of it only the ends of steps are told again, as such.
    fn report(&self, progress: Progress) {
        let mut progress = match progress {
            Progress::StepEnded { step, action, status, message, replayed: _ } => {
                let replayed = self.replayed.load(Ordering::Relaxed);
                Progress::StepEnded { step, action, status, message, replayed }
            }
            _ if self.replaying() => return,
            other => other,
        };
        self.secrets.hide_in_progress(&mut progress);
        (self.reporter)(&progress);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use aws_config::BehaviorVersion;
    use engine::StepStatus;

    use super::*;
    use crate::settings::Settings;

    type Told = Arc<Mutex<Vec<Progress>>>;

    /// A process with the journal at `path`, and what it tells. `None` without models, which it would not use.
    fn process(path: &Path) -> Option<(LocalHost, Told)> {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.local/models/models.pack");
        if !models.exists() {
            eprintln!("SKIPPED: no service models at {}: `make models` makes them", models.display());
            return None;
        }
        let sdk = aws_config::SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let services = Services::over(sdk, Settings::of_operator(&models).unwrap()).unwrap();
        let told = Told::default();
        let teller = Arc::clone(&told);
        let reporter: Reporter = Arc::new(move |progress| teller.lock().unwrap().push(progress.clone()));
        Some((LocalHost::new("e".into(), services, Journal::open(path).unwrap(), reporter), told))
    }

    fn stop(host: &LocalHost) {
        host.stop_flag().store(true, Ordering::Relaxed);
    }

    #[tokio::test]
    async fn a_run_that_was_asked_to_stop_stays_stopped_in_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let Some((host, _)) = process(&path) else { return };
        assert!(!host.cancelled("a#1/cancelled").await.unwrap());
        stop(&host);
        assert!(host.cancelled("b#1/cancelled").await.unwrap());
        drop(host);
        let (host, _) = process(&path).unwrap();
        assert!(!host.cancelled("a#1/cancelled").await.unwrap(), "there it said no");
        assert!(host.cancelled("b#1/cancelled").await.unwrap());
    }

    #[tokio::test]
    async fn a_stop_ends_a_sleep_at_once_and_the_next_process_knows_that_it_did() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let Some((host, _)) = process(&path) else { return };
        assert_eq!(host.doze("a#1/1/sleep", Duration::from_millis(1)).await.unwrap(), None);
        stop(&host);
        let day = Duration::from_secs(86_400);
        assert_eq!(host.doze("b#1/1/sleep", day).await.unwrap(), Some(StopRequest::Cancel));
        drop(host);
        let (host, _) = process(&path).unwrap();
        assert_eq!(host.doze("a#1/1/sleep", Duration::from_millis(1)).await.unwrap(), None);
        assert_eq!(host.doze("b#1/1/sleep", day).await.unwrap(), Some(StopRequest::Cancel));
        let host = host.stopping(StopRequest::Complete);
        stop(&host);
        let short = Duration::from_millis(10);
        assert_eq!(host.doze("c#1/1/sleep", short).await.unwrap(), None, "the step ends as it would");
    }

    #[tokio::test]
    async fn a_stop_counts_from_where_the_run_is_not_from_what_it_did_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let Some((host, _)) = process(&path) else { return };
        host.now("a#1/end").await.unwrap();
        drop(host);
        let (host, _) = process(&path).unwrap();
        stop(&host);
        assert!(!host.cancelled("a#1/cancelled").await.unwrap(), "a is done; its way back must not begin");
        host.now("a#1/end").await.unwrap();
        assert!(host.cancelled("b#1/cancelled").await.unwrap());
    }

    #[tokio::test]
    async fn what_was_told_before_is_not_told_again_except_how_steps_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let Some((host, _)) = process(&path) else { return };
        host.now("a#1/end").await.unwrap();
        drop(host);
        let (host, told) = process(&path).unwrap();
        let started = |step: &str| Progress::StepStarted { step: step.into(), action: "aws:sleep".into(), attempt: 1 };
        let ended = |step: &str, replayed| {
            let (step, action, status) = (step.to_owned(), "aws:sleep".to_owned(), StepStatus::Success);
            Progress::StepEnded { step, action, status, message: None, replayed }
        };
        host.report(started("a"));
        host.now("a#1/end").await.unwrap();
        host.report(ended("a", false));
        host.report(started("b"));
        host.now("b#1/end").await.unwrap();
        host.report(ended("b", false));
        assert_eq!(*told.lock().unwrap(), [ended("a", true), started("b"), ended("b", false)]);
    }
}
