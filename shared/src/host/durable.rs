//! [`RunHost`] as an AWS Lambda durable function: an effect is a checkpointed step, a sleep suspends at no cost.
//!
//! The SDK is a preview; this is the only module that knows it. Operations are created in the order the
//! interpreter asks for them, which is deterministic, so a replay finds each answer under its operation.

mod pause;

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_durable_execution_sdk::{
    CallbackErrorKind, DurableContext, InvokeErrorKind, OperationError, OperationErrorKind, RetryDecision,
    StepErrorKind, StepSemantics,
};
use engine::{
    Ability, ApiCall, Approval, ApprovalRequest, CallFault, DocumentFault, DocumentRequest, Host, HostError,
    PauseRequest, Progress, Resumption, ScriptAnswer, ScriptFault, ScriptRequest, WebhookAnswer, WebhookRequest,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::wall_clock;
use super::packed::{LARGEST, Packed};
use super::script;
use super::{Documents, Heard, Invite, RunHost, recorded, recorded_once, repeat, webhook};
use crate::aws::Services;
use crate::guard::stop_requested;
use crate::telemetry;

/// The service takes whole seconds and refuses a wait of none, which would end the execution.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// One durable execution.
pub struct DurableHost {
    context: DurableContext,
    services: Services,
    /// What the last operation saw beside its answer. A checkpoint costs two round trips, so the time and the stop
    /// switch are recorded along with each answer instead of by operations of their own.
    last: Mutex<Option<Seen>>,
}

/// The answer of an effect, and what was so when it was given. Recorded as a whole.
#[derive(Serialize, Deserialize)]
struct Recorded {
    #[serde(flatten)]
    answer: Packed,
    /// The bytes of an answer that nobody can keep. It is null then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    too_large: Option<usize>,
    seen: Seen,
}

impl Recorded {
    fn of(answer: Value, seen: Seen) -> Self {
        match Packed::new(answer) {
            Ok(answer) => Self { answer, too_large: None, seen },
            Err(size) => Self { answer: Packed::default(), too_large: Some(size), seen },
        }
    }

    fn open(self) -> io::Result<Value> {
        match self.too_large {
            None => self.answer.open(),
            Some(size) => Err(io::Error::other(format!(
                "its answer has {size} bytes, more than the {LARGEST} that can be recorded"
            ))),
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Seen {
    at: Timestamp,
    stop: bool,
}

impl DurableHost {
    /// A host over the execution `context` belongs to.
    #[must_use]
    pub fn new(context: DurableContext, services: Services) -> Self {
        Self { context, services, last: Mutex::default() }
    }

    fn last(&self) -> Option<Seen> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, seen: Option<Seen>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    /// One checkpointed step. The effect answers with a value even when it fails: whether to try again is the runbook's
    /// to say. What fails the step is then an invocation that died in it, or an answer nobody can keep.
    async fn step(
        &self,
        op: &str,
        effect: BoxFuture<'static, Value>,
        semantics: StepSemantics,
    ) -> Result<Result<Value, HostError>, OperationError> {
        let services = self.services.clone();
        let step = self.context.step(move |_| async move {
            let timed = async { (effect.await, wall_clock()) };
            let ((answer, at), stop) = tokio::join!(timed, stop_requested(&services));
            Ok(Recorded::of(answer, Seen { at, stop }))
        });
        let step = step.name(op).semantics(semantics).retry_strategy(|_, _| RetryDecision::Stop);
        let recorded = step.await?;
        self.remember(Some(recorded.seen));
        Ok(recorded.open().map_err(|source| failed(op, source)))
    }

    /// What is so now: as the last operation saw it, or by an operation of its own after a pause.
    async fn look(&self, op: &str) -> Result<Seen, HostError> {
        if self.last().is_none() {
            self.effect(op, Box::pin(async { Value::Null })).await?;
        }
        let unseen = || HostError { operation: op.to_owned(), source: "an operation left nothing seen".into() };
        self.last().ok_or_else(unseen)
    }
}

#[async_trait]
impl RunHost for DurableHost {
    async fn effect(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Value, HostError> {
        self.step(op, effect, StepSemantics::AtLeastOncePerRetry).await.map_err(|source| failed(op, source))?
    }

    async fn effect_once(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Option<Value>, HostError> {
        match self.step(op, effect, StepSemantics::AtMostOncePerRetry).await {
            Ok(answer) => answer.map(Some),
            Err(error) if cut_off(&error) => {
                // Nothing was seen with it.
                self.remember(None);
                Ok(None)
            }
            Err(error) => Err(failed(op, error)),
        }
    }

    async fn callback(&self, op: &str, timeout: Duration, invite: Invite) -> Result<Heard, HostError> {
        let callback = self.context.create_callback::<Value>().name(op).timeout(timeout.max(SHORTEST_WAIT));
        let callback = callback.await.map_err(|source| failed(op, source))?;
        let invited = recorded(self, &format!("{op}/invite"), invite(callback.id().to_owned())).await?;
        if let Err(why) = invited {
            return Ok(Heard::Nothing(why));
        }
        self.remember(None);
        match callback.result().await {
            Ok(word) => Ok(Heard::Word(word)),
            Err(error) => unheard(&error).ok_or_else(|| failed(op, error)),
        }
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
        repeat::call(self, op, &self.services, call).await
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.remember(None);
        self.context.wait(pause.max(SHORTEST_WAIT)).name(op).await.map_err(|source| failed(op, source))
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.look(op).await.map(|seen| seen.at)
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.services.is_read(service, api)
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        match ability {
            Ability::Script if self.services.settings.scripts.function.is_some() => None,
            Ability::Script => Some("KINTSUGI_SCRIPT_FUNCTION names no function that runs scripts".to_owned()),
            Ability::PowerShell => Some("Lambda has no PowerShell; run this on SSM Automation".to_owned()),
            Ability::Approve => self.services.settings.approvals.lacks().map(str::to_owned),
            Ability::Child | Ability::Pause | Ability::Webhook => None,
        }
    }

    /// From SSM only: a function has no folders.
    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        recorded(self, op, Documents::default().read(self.services.clone(), request)).await
    }

    async fn webhook(&self, op: &str, request: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        let unknown = Err(repeat::interrupted("webhook", "POST"));
        recorded_once(self, op, webhook::send(self.services.clone(), request), unknown).await
    }

    async fn pause(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        pause::wait(self, op, request).await
    }

    /// The service invokes the function run-script, and this one is suspended meanwhile: a script may take longer
    /// than an invocation. It is invoked once; what came of it is recorded by the service.
    async fn script(&self, op: &str, request: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        let asked = script::request(&request);
        let size = asked.to_string().len();
        if size > LARGEST {
            let message = format!("script and payload have {size} bytes; at most {LARGEST} can be recorded");
            return Ok(Err(script::refused(message)));
        }
        let function = self.services.settings.scripts.function.clone().unwrap_or_default();
        self.remember(None);
        match self.context.invoke::<Value, _>(function, asked).name(op).await {
            Ok(said) => Ok(script::answer(said)),
            Err(error) => match error.kind() {
                OperationErrorKind::Invoke(invoke) => {
                    let message = format!("run-script failed: {}", telemetry::chain(&error));
                    let not_there = matches!(invoke.kind(), InvokeErrorKind::FunctionNotFound(_));
                    Ok(Err(if not_there { script::refused(message) } else { script::died(message) }))
                }
                _ => Err(failed(op, error)),
            },
        }
    }

    /// The function is suspended until somebody decides by a link, or the time is over.
    async fn approve(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        crate::approval::approve(self, &self.services, op, request).await
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        self.look(op).await.map(|seen| seen.stop)
    }

    fn report(&self, progress: Progress) {
        if !self.context.is_replaying() {
            telemetry::progress(self.execution(), &progress);
        }
    }
}

/// What the SDK says of a step at most once that an invocation has died in. It has no kind of its own.
const CUT_OFF: &str = "step interrupted";

/// Whether a step at most once was begun by an invocation that died in it. Its start is recorded before it is performed.
/// Whatever else a step fails of (a panic, an answer that cannot be written) is no reason to go on.
fn cut_off(error: &OperationError) -> bool {
    let OperationErrorKind::Step(step) = error.kind() else { return false };
    !matches!(step.kind(), StepErrorKind::SerializationFailed { .. }) && telemetry::chain(error).contains(CUT_OFF)
}

/// What an error of a wait for word means to the run; `None` if the host cannot go on.
fn unheard(error: &OperationError) -> Option<Heard> {
    let OperationErrorKind::Callback(callback) = error.kind() else { return None };
    match callback.kind() {
        CallbackErrorKind::TimedOut { .. } | CallbackErrorKind::HeartbeatTimedOut { .. } => Some(Heard::TimedOut),
        CallbackErrorKind::ExternalFailure { .. } | CallbackErrorKind::DeserializationFailed { .. } => {
            Some(Heard::Nothing(telemetry::chain(error)))
        }
        _ => None,
    }
}

fn failed(op: &str, source: impl std::error::Error + Send + Sync + 'static) -> HostError {
    HostError { operation: op.to_owned(), source: Box::new(source) }
}
