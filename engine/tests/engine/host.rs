//! A host with a script instead of an account: answers by operation, a clock that only sleeps move, and a log of
//! every effect. It fails the test if an operation name is used twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, Approval, ApprovalRequest, ApprovalStatus, CallFault, Context, DocumentFault, DocumentRequest,
    Execution, FaultKind, Host, HostError, PauseRequest, PollPolicy, Progress, Resumption, RunError, StopRequest,
    WebhookAnswer, WebhookRequest,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

pub(crate) type Answer = Result<Value, CallFault>;

#[derive(Default)]
struct State {
    now: Timestamp,
    operations: Vec<String>,
    names: BTreeSet<String>,
    calls: Vec<ApiCall>,
    sleeps: Vec<Duration>,
    progress: Vec<Progress>,
    script: BTreeMap<String, VecDeque<Answer>>,
    always: BTreeMap<String, Answer>,
    cancel_at: Option<String>,
    complete_at: Option<String>,
    call_takes: Duration,
    able: Vec<Ability>,
    approvals: VecDeque<Approval>,
    asked: Vec<ApprovalRequest>,
    resumptions: VecDeque<Resumption>,
    documents: BTreeMap<String, String>,
    webhooks: VecDeque<Result<WebhookAnswer, CallFault>>,
    webhook_requests: Vec<WebhookRequest>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Scripted(Mutex<State>);

impl Scripted {
    pub(crate) fn new() -> Self {
        let host = Self::default();
        host.state().now = "2026-11-22T10:00:00Z".parse().unwrap();
        host
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Answers of an operation, in order.
    pub(crate) fn answers(self, api: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.state().script.entry(api.to_owned()).or_default().extend(answers);
        self
    }

    /// The answer of an operation when its script has ended.
    pub(crate) fn always(self, api: &str, answer: Answer) -> Self {
        self.state().always.insert(api.to_owned(), answer);
        self
    }

    /// The same at a later hour.
    pub(crate) fn later(self, seconds: i64) -> Self {
        self.state().now += SignedDuration::from_secs(seconds);
        self
    }

    /// Says yes to this question for cancellation and to every later one.
    pub(crate) fn cancel_at(self, operation: &str) -> Self {
        self.state().cancel_at = Some(operation.to_owned());
        self
    }

    /// The same, but the running step is to end as it would.
    pub(crate) fn complete_at(self, operation: &str) -> Self {
        self.state().complete_at = Some(operation.to_owned());
        self
    }

    /// It can do this, too.
    pub(crate) fn able(self, ability: Ability) -> Self {
        self.state().able.push(ability);
        self
    }

    /// What people decide, in order.
    pub(crate) fn approvals(self, approvals: impl IntoIterator<Item = Approval>) -> Self {
        self.state().approvals.extend(approvals);
        self.able(Ability::Approve)
    }

    /// How pauses end, in order.
    pub(crate) fn resumptions(self, resumptions: impl IntoIterator<Item = Resumption>) -> Self {
        self.state().resumptions.extend(resumptions);
        self.able(Ability::Pause)
    }

    /// Another runbook, from its parameters and steps.
    pub(crate) fn document(self, name: &str, text: &str) -> Self {
        self.state().documents.insert(name.to_owned(), format!("schemaVersion: '0.3'\n{text}"));
        self.able(Ability::Child)
    }

    /// What webhooks answer, in order.
    pub(crate) fn webhooks(self, answers: impl IntoIterator<Item = Result<WebhookAnswer, CallFault>>) -> Self {
        self.state().webhooks.extend(answers);
        self.able(Ability::Webhook)
    }

    pub(crate) fn webhook_requests(&self) -> Vec<WebhookRequest> {
        self.state().webhook_requests.clone()
    }

    /// What people were asked.
    pub(crate) fn asked(&self) -> Vec<ApprovalRequest> {
        self.state().asked.clone()
    }

    /// Everything that was told.
    pub(crate) fn told(&self) -> Vec<Progress> {
        self.state().progress.clone()
    }

    pub(crate) fn call_takes(self, time: Duration) -> Self {
        self.state().call_takes = time;
        self
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.state().operations.clone()
    }

    pub(crate) fn calls(&self) -> Vec<ApiCall> {
        self.state().calls.clone()
    }

    pub(crate) fn apis(&self) -> Vec<String> {
        self.state().calls.iter().map(|call| call.api.clone()).collect()
    }

    pub(crate) fn sleeps(&self) -> Vec<u64> {
        self.state().sleeps.iter().map(Duration::as_secs).collect()
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let messages = self.state().progress.clone().into_iter().filter_map(|progress| match progress {
            Progress::Warning { message, .. } => Some(message),
            _ => None,
        });
        messages.collect()
    }

    fn log(&self, operation: &str) {
        let mut state = self.state();
        assert!(state.names.insert(operation.to_owned()), "the operation {operation} is used twice");
        state.operations.push(operation.to_owned());
    }
}

#[async_trait]
impl Host for Scripted {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Answer, HostError> {
        self.log(op);
        let mut state = self.state();
        let takes = SignedDuration::try_from(state.call_takes).unwrap();
        state.now += takes;
        let api = call.api.clone();
        state.calls.push(call);
        let scripted = state.script.get_mut(&api).and_then(VecDeque::pop_front);
        let answer = scripted.or_else(|| state.always.get(&api).cloned());
        Ok(answer.unwrap_or_else(|| panic!("the script has no answer for {op}: {api}")))
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.log(op);
        let mut state = self.state();
        state.sleeps.push(pause);
        state.now += SignedDuration::try_from(pause).unwrap();
        Ok(())
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.log(op);
        Ok(self.state().now)
    }

    fn is_read(&self, _service: &str, api: &str) -> bool {
        ["Describe", "Get", "List", "Head"].iter().any(|verb| api.starts_with(verb))
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        self.log(op);
        let state = self.state();
        let at = state.cancel_at.as_deref();
        Ok(at.is_some_and(|at| state.names.contains(at)))
    }

    async fn stop(&self, op: &str) -> Result<Option<StopRequest>, HostError> {
        if self.cancelled(op).await? {
            return Ok(Some(StopRequest::Cancel));
        }
        let state = self.state();
        let complete = state.complete_at.as_deref().is_some_and(|at| state.names.contains(at));
        Ok(complete.then_some(StopRequest::Complete))
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        (!self.state().able.contains(&ability)).then(|| format!("{ability} is not in the script"))
    }

    async fn approve(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        self.log(op);
        let mut state = self.state();
        let approval = state.approvals.pop_front().unwrap_or_else(|| panic!("the script has no decision for {op}"));
        if approval.status == ApprovalStatus::TimedOut {
            state.now += SignedDuration::try_from(request.timeout).unwrap();
        }
        state.asked.push(request);
        Ok(approval)
    }

    async fn pause(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        self.log(op);
        let mut state = self.state();
        let resumption = state.resumptions.pop_front().unwrap_or_else(|| panic!("the script does not resume {op}"));
        if let (Resumption::TimedOut, Some(timeout)) = (resumption, request.timeout) {
            state.now += SignedDuration::try_from(timeout).unwrap();
        }
        Ok(resumption)
    }

    async fn document(&self, op: &str, request: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        self.log(op);
        let text = self.state().documents.get(&request.name).cloned();
        Ok(text.ok_or_else(|| DocumentFault { name: request.name, message: "not in the script".into() }))
    }

    async fn webhook(&self, op: &str, request: WebhookRequest) -> Result<Result<WebhookAnswer, CallFault>, HostError> {
        self.log(op);
        let mut state = self.state();
        state.webhook_requests.push(request);
        Ok(state.webhooks.pop_front().unwrap_or_else(|| panic!("the script has no answer for {op}")))
    }

    fn report(&self, progress: Progress) {
        self.state().progress.push(progress);
    }
}

pub(crate) fn fault(kind: FaultKind, code: &str) -> Answer {
    let http_status = match kind {
        FaultKind::NoAnswer | FaultKind::InvalidInput => None,
        FaultKind::ServiceFault => Some(503),
        _ => Some(400),
    };
    Err(CallFault {
        service: "ec2".into(),
        api: "X".into(),
        kind,
        code: code.into(),
        message: "said so".into(),
        request_id: None,
        http_status,
    })
}

/// AWS's refusal with words of its own.
pub(crate) fn refused(code: &str, message: &str) -> Answer {
    fault(FaultKind::Refused, code).map_err(|fault| CallFault { message: message.into(), ..fault })
}

pub(crate) fn context() -> Context {
    Context {
        execution_id: "exec-1".into(),
        region: "eu-west-1".into(),
        account_id: "123456789012".into(),
        partition: "aws".into(),
        poll: PollPolicy { first: Duration::from_secs(2), max: Duration::from_secs(8), factor: 2.0 },
        readings: engine::Readings::default(),
    }
}

/// A document from its parameters and steps; the test fails on any error in it.
pub(crate) fn document(text: &str) -> engine::Document {
    let text = format!("schemaVersion: '0.3'\n{text}");
    engine::parse(&text, "test.yaml").unwrap_or_else(|findings| panic!("{findings}"))
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not a map: {other}"),
    }
}

pub(crate) async fn try_run(text: &str, parameters: Value, host: &Scripted) -> Result<Execution, RunError> {
    engine::run(&document(text), object(parameters), &context(), host).await
}

pub(crate) async fn run(text: &str, host: &Scripted) -> Execution {
    match try_run(text, Value::Object(Map::new()), host).await {
        Ok(execution) => execution,
        Err(error) => panic!("{error}"),
    }
}
