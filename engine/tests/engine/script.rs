//! aws:executeScript as the engine sees it: what the host is asked, and what becomes of its answers.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, CallFault, Cause, Execution, ExecutionStatus, Host, HostError, Progress, RunError, ScriptAnswer,
    ScriptFault, ScriptFaultKind, ScriptRequest, ScriptSource,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::host::{Scripted, context, document, object};

/// A host that answers scripts, in order, and does everything else as [`Scripted`].
struct Runs {
    host: Scripted,
    answers: Mutex<VecDeque<Result<ScriptAnswer, ScriptFault>>>,
    asked: Mutex<Vec<ScriptRequest>>,
    told: Mutex<Vec<Progress>>,
    lacks: Option<Ability>,
}

impl Runs {
    fn new(answers: impl IntoIterator<Item = Result<ScriptAnswer, ScriptFault>>) -> Self {
        let answers = Mutex::new(answers.into_iter().collect());
        Self { host: Scripted::new(), answers, asked: Mutex::default(), told: Mutex::default(), lacks: None }
    }

    async fn run(&self, text: &str, parameters: Value) -> Result<Execution, RunError> {
        engine::run(&document(text), object(parameters), &context(), self).await
    }

    fn asked(&self) -> Vec<ScriptRequest> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Host for Runs {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        self.host.call(op, call).await
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        self.host.sleep(op, pause).await
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        self.host.now(op).await
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.host.is_read(service, api)
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        self.host.cancelled(op).await
    }

    fn report(&self, progress: Progress) {
        self.told.lock().unwrap().push(progress);
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        (self.lacks == Some(ability)).then(|| "it is not there".to_owned())
    }

    async fn script(&self, op: &str, asked: ScriptRequest) -> Result<Result<ScriptAnswer, ScriptFault>, HostError> {
        assert!(op.ends_with("/script"), "{op}");
        self.asked.lock().unwrap().push(asked);
        Ok(self.answers.lock().unwrap().pop_front().expect("no answer is left"))
    }
}

fn gives(payload: Value) -> Result<ScriptAnswer, ScriptFault> {
    Ok(ScriptAnswer { payload, log: String::new(), warnings: Vec::new() })
}

fn fails(kind: ScriptFaultKind) -> Result<ScriptAnswer, ScriptFault> {
    Err(ScriptFault { kind, message: "TypeError: no".into(), log: "first\nlast".into() })
}

const STEP: &str = "
parameters: {Name: {type: String}, Tags: {type: StringMap}}
mainSteps:
  - name: s
    action: aws:executeScript
    maxAttempts: 3
    inputs:
      Runtime: python3.11
      Handler: f
      InputPayload: {name: 'to {{ Name }}', tags: '{{ Tags }}'}
      Script: |
        def f(events, context):
          return f'{{ Name }} {{{events}}} {{ s.Payload }}'
    outputs:
      - {Name: To, Selector: $.Payload.to, Type: String}
      - {Name: All, Selector: $.Payload.all, Type: StringList}
";

fn parameters() -> Value {
    json!({"Name": "kim", "Tags": {"a": 1}})
}

#[tokio::test]
async fn a_script_is_asked_for_with_its_payload_and_its_own_text_untouched() {
    let host = Runs::new([gives(json!({"to": 1, "all": ["a", "b"]}))]);
    let execution = host.run(STEP, parameters()).await.unwrap();
    assert_eq!(execution.status, ExecutionStatus::Success);
    let asked = host.asked();
    let text = "def f(events, context):\n  return f'{{ Name }} {{{events}}} {{ s.Payload }}'\n";
    assert_eq!(asked[0].source, ScriptSource::Text(text.into()));
    assert_eq!((asked[0].runtime.as_str(), asked[0].handler.as_deref()), ("python3.11", Some("f")));
    assert_eq!(asked[0].payload, json!({"name": "to kim", "tags": {"a": 1}}));
    assert_eq!(asked[0].timeout, Duration::from_secs(600));
    let outputs = &execution.step("s").unwrap().outputs;
    assert_eq!((&outputs["To"], &outputs["All"]), (&json!("1"), &json!(["a", "b"])));
    assert_eq!(outputs["Payload"], json!({"to": 1, "all": ["a", "b"]}), "built in");
    assert_eq!(execution.step("s").unwrap().inputs["Script"], text, "nor is it in the record");
    assert!(
        !host.told.lock().unwrap().iter().any(|told| matches!(told, Progress::Warning { .. })),
        "nothing is missing"
    );
}

#[tokio::test]
async fn nothing_returned_is_no_payload() {
    let host = Runs::new([gives(Value::Null)]);
    let execution = host.run(STEP, parameters()).await.unwrap();
    assert!(execution.step("s").unwrap().outputs.is_empty());
}

#[tokio::test]
async fn what_a_script_prints_and_how_it_was_run_is_told() {
    let warnings = vec!["an old Python".to_owned()];
    let host = Runs::new([Ok(ScriptAnswer { payload: json!({}), log: "hello\n".into(), warnings })]);
    host.run(STEP, parameters()).await.unwrap();
    let told = host.told.lock().unwrap();
    let (step, text, message) = ("s".to_owned(), "hello\n".to_owned(), "an old Python".to_owned());
    assert!(told.contains(&Progress::StepPrinted { step: step.clone(), text }));
    assert!(told.contains(&Progress::Warning { step: Some(step), message }));
}

#[tokio::test]
async fn a_failure_of_a_script_carries_type_text_and_traceback() {
    let host = Runs::new([fails(ScriptFaultKind::Output)]);
    let execution = host.run(STEP, parameters()).await.unwrap();
    let failure = execution.failure.unwrap();
    assert_eq!(failure.message, "the script returned what cannot be kept: TypeError: no");
    let Cause::Script { fault } = failure.cause else { panic!("{failure:?}") };
    assert_eq!(fault.log, "first\nlast");
}

/// What was never started would not start; what was returned would be returned again, and its effect be had twice.
#[tokio::test]
async fn a_script_is_tried_again_only_where_it_could_end_otherwise() {
    use ScriptFaultKind::{Died, Output, Raised, Refused, TimedOut};
    for (kind, attempts) in [(Raised, 3), (Died, 3), (TimedOut, 3), (Refused, 1), (Output, 1)] {
        let host = Runs::new([fails(kind), fails(kind), fails(kind)]);
        let execution = host.run(STEP, parameters()).await.unwrap();
        let failure = execution.failure.unwrap();
        assert_eq!((host.asked().len(), failure.attempts), (attempts, u32::try_from(attempts).unwrap()), "{kind:?}");
        assert_eq!(failure.cause.timed_out(), kind == TimedOut);
        let expected = if kind == TimedOut { ExecutionStatus::TimedOut } else { ExecutionStatus::Failed };
        assert_eq!(execution.status, expected);
    }
    let host = Runs::new([fails(Raised), gives(json!({}))]);
    assert_eq!(host.run(STEP, parameters()).await.unwrap().status, ExecutionStatus::Success);
}

#[tokio::test]
async fn a_script_has_600_seconds_at_most() {
    for (written, seconds) in [("30", 30), ("900", 600)] {
        let text = STEP.replace("maxAttempts: 3", &format!("timeoutSeconds: {written}"));
        let host = Runs::new([gives(json!({}))]);
        host.run(&text, parameters()).await.unwrap();
        assert_eq!(host.asked()[0].timeout.as_secs(), seconds);
    }
}

#[tokio::test]
async fn a_payload_that_is_too_large_or_a_list_that_is_too_long_fails_the_step() {
    let items: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    for (payload, message) in [
        (json!("x".repeat(102_400)), "the script returned 102402 bytes; at most 102400 are possible"),
        (json!({"all": items}), "output All is a list of 101 items; at most 100 are possible"),
        (json!(items), "Payload is a list of 101 items; at most 100 are possible"),
    ] {
        let host = Runs::new([gives(payload)]);
        let failure = host.run(STEP, parameters()).await.unwrap().failure.unwrap();
        assert_eq!((failure.message.as_str(), failure.cause, failure.attempts), (message, Cause::Output, 1));
    }
    let fits = [json!("x".repeat(102_398)), json!({"all": items[..100]}), json!({"other": items})];
    for payload in fits {
        let host = Runs::new([gives(payload)]);
        assert_eq!(host.run(STEP, parameters()).await.unwrap().status, ExecutionStatus::Success);
    }
}

const ATTACHED: &str = "
files:
  tools.zip: {checksums: {sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}}
mainSteps:
  - name: s
    action: aws:executeScript
    inputs: {Runtime: python3.11, Handler: file.f, Script: '', Attachment: tools.zip}
";

#[tokio::test]
async fn an_attachment_goes_to_the_host_with_its_checksum() {
    let host = Runs::new([gives(json!({}))]);
    host.run(ATTACHED, json!({})).await.unwrap();
    let sha256 = "0123456789abcdef".repeat(4);
    assert_eq!(host.asked()[0].source, ScriptSource::Attachment { name: "tools.zip".into(), sha256 });
    assert_eq!(host.asked()[0].payload, json!({}), "no InputPayload is an empty one");
}

#[tokio::test]
async fn inputs_that_make_no_script_fail_before_the_host_is_asked() {
    for (change, message) in [
        (("Attachment: tools.zip", "Attachment: '{{ Name }}'"), "the attachment other.zip has no sha256 under files"),
        (("Script: ''", "Script: '{{ Name }}'"), "only one of Script and Attachment is possible"),
        (("Attachment: tools.zip", "Attachment: '{{ Nothing }}'"), "Script and Attachment are both empty"),
        (("Handler: file.f", "Handler: '{{ Nothing }}'"), "Handler is empty"),
        (("Script: ''", "InputPayload: '{{ Name }}'"), "InputPayload must be a map"),
        (("Runtime: python3.11", "Runtime: '{{ Runtime }}'"), "PowerShell scripts have no Handler"),
    ] {
        let text = format!(
            "parameters:\n  Name: {{type: String, default: other.zip}}\n  Nothing: {{type: String, default: ''}}\n  Runtime: {{type: String, default: PowerShell 7.4}}{}",
            ATTACHED.replace(change.0, change.1)
        );
        let host = Runs::new([]);
        match host.run(&text, json!({})).await {
            Ok(execution) => {
                let failure = execution.failure.unwrap();
                assert_eq!((failure.message.as_str(), failure.attempts), (message, 1), "{change:?}");
                assert_eq!(failure.cause, Cause::Inputs);
            }
            Err(RunError::Invalid(findings)) => assert!(findings.to_string().contains(message), "{findings}"),
            Err(other) => panic!("{other}"),
        }
        assert!(host.asked().is_empty());
    }
}

#[tokio::test]
async fn a_host_without_the_language_refuses_before_the_first_step() {
    let powershell = "
mainSteps:
  - {name: first, action: aws:sleep, inputs: {Duration: PT1S}}
  - name: s
    action: aws:executeScript
    inputs: {Runtime: PowerShell 7.4, Script: 'return 1'}
";
    for (lacks, text, runs) in [
        (Ability::PowerShell, powershell, false),
        (Ability::Script, powershell, true),
        (Ability::Script, ATTACHED, false),
        (Ability::PowerShell, ATTACHED, true),
    ] {
        let host = Runs { lacks: Some(lacks), ..Runs::new([gives(json!({}))]) };
        match host.run(text, json!({})).await {
            Ok(_) => assert!(runs, "{lacks:?}"),
            Err(error) => {
                assert!(!runs && error.to_string().contains("it is not there"), "{lacks:?}: {error}");
                assert!(host.host.operations().is_empty(), "nothing was done");
            }
        }
    }
}

/// Nobody knows what a script does: for a plan it is a change that cannot be looked into.
#[tokio::test]
async fn a_plan_runs_no_script() {
    let host = Runs::new([]);
    let plan = engine::plan(&document(STEP), object(parameters()), &context(), &host).await.unwrap();
    assert_eq!(plan.writes().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["s"]);
    assert!(host.asked().is_empty());
}
