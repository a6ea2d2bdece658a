//! The cases of a runbook, as their author wrote them: `NAME.cases.yaml`, beside `NAME.yaml`.
//!
//! Comes in: YAML. Goes out: cases, each complete: what the file says under `defaults` is part of every one.
//! Never: a key that is not known passed over, or a case that expects nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::ExecutionStatus;
use engine::yaml::{self, YamlError};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::people::{ApprovalAnswer, PauseAnswer};
use super::short::{ExpectedCall, ExpectedStep};
use super::template::{Known, fill_map};
use crate::error::CliError;
use crate::runbook;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CasesFile {
    /// The runbook, from the file's folder; without it the one of the same name beside it.
    pub(super) runbook: Option<PathBuf>,
    /// What every case begins with.
    #[serde(default)]
    defaults: Case,
    pub(super) cases: Vec<Case>,
}

/// One run of the runbook: what is there before, who answers what, and what must come of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Case {
    /// A sentence, unique in the file.
    #[serde(default)]
    pub(super) name: String,
    /// Parameters of the runbook, typed.
    #[serde(default)]
    pub(super) parameters: Map<String, Value>,
    pub(super) region: Option<String>,
    /// Twelve digits.
    pub(super) account: Option<String>,
    /// When the run starts.
    pub(super) time: Option<Timestamp>,
    /// What the fake account remembers, by names of the author's own.
    #[serde(default)]
    pub(super) state: Map<String, Value>,
    /// What the fake account answers; the first that fits.
    #[serde(default)]
    pub(super) answers: Vec<Answer>,
    /// By step: what its script returns.
    #[serde(default)]
    pub(super) scripts: BTreeMap<String, ScriptReply>,
    /// By step: what the approvers say.
    #[serde(default)]
    pub(super) approvals: BTreeMap<String, ApprovalAnswer>,
    /// By step: whether somebody lets the run go on.
    #[serde(default)]
    pub(super) pauses: BTreeMap<String, PauseAnswer>,
    /// By integration: what the webhook answers.
    #[serde(default)]
    pub(super) webhooks: BTreeMap<String, WebhookReply>,
    /// By name: the file of another runbook, from the file's folder.
    #[serde(default)]
    pub(super) documents: BTreeMap<String, PathBuf>,
    /// When somebody cancels the run.
    pub(super) cancel: Option<Cancel>,
    pub(super) expect: Option<Expect>,
}

/// One answer of the fake account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Answer {
    /// `ec2:DescribeInstances`.
    pub(super) call: String,
    /// Only for a call whose input has at least this.
    pub(super) input: Option<Value>,
    /// Only while the state is so.
    #[serde(default)]
    pub(super) when: Map<String, Value>,
    /// At most so often; after that the next answer that fits is given.
    pub(super) times: Option<u32>,
    /// What it answers: output members as boto3 gives them. Nothing where it is left out.
    pub(super) answer: Option<Value>,
    /// Instead: AWS's error code.
    pub(super) error: Option<String>,
    /// The error's words.
    pub(super) message: Option<String>,
    /// The error's HTTP status, 400 where it is left out.
    pub(super) status: Option<u16>,
    /// The call has its effect, but its answer never arrives.
    #[serde(default)]
    pub(super) lost: bool,
    /// Seconds until the answer is there.
    #[serde(default)]
    pub(super) takes: u64,
    /// What the call changes in the state, at once.
    #[serde(default)]
    pub(super) set: Map<String, Value>,
    /// What it changes some time later.
    #[serde(default)]
    pub(super) later: Vec<Later>,
    /// Among the file's defaults, which need not be used by every case.
    #[serde(skip)]
    pub(super) common: bool,
}

/// A change of the state that takes its time.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Later {
    /// Seconds after the call.
    pub(super) after: u64,
    pub(super) set: Map<String, Value>,
}

/// What a script step gives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ScriptReply {
    /// What its handler returns.
    #[serde(default)]
    pub(super) returns: Value,
    /// Instead: the exception it raises (`ValueError: no such key`).
    pub(super) raises: Option<String>,
    /// Instead: run the script itself.
    #[serde(default)]
    pub(super) run: bool,
    /// What its handler must be given, at least.
    pub(super) given: Option<Value>,
}

/// What a webhook answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WebhookReply {
    #[serde(default = "ok")]
    pub(super) status: u16,
    #[serde(default)]
    pub(super) body: String,
}

fn ok() -> u16 {
    200
}

/// When a run is cancelled. Exactly one of the three.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cancel {
    /// When this step is about to start.
    pub(super) before: Option<String>,
    /// While this step waits.
    pub(super) during: Option<String>,
    /// Seconds after the start, at the next moment that a run asks.
    pub(super) after: Option<u64>,
}

/// What must come of a run.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Expect {
    /// How the run ends.
    pub(super) status: Option<ExecutionStatus>,
    /// Instead: the run is refused before its first step, in words that have this in them.
    pub(super) refused: Option<String>,
    /// All steps that are run, in order.
    pub(super) steps: Option<Vec<ExpectedStep>>,
    /// All calls that change something, in order.
    pub(super) writes: Option<Vec<ExpectedCall>>,
    /// Some calls of any kind, in this order.
    pub(super) calls: Option<Vec<ExpectedCall>>,
    /// Outputs of the runbook, at least these: `step.Output` and its values as text.
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, Vec<String>>,
    /// Why the run fails.
    pub(super) failure: Option<ExpectedFailure>,
    /// What the fake account remembers at the end, at least.
    #[serde(default)]
    pub(super) state: Map<String, Value>,
    /// Seconds the run takes at most, sleeps and waits included.
    pub(super) within: Option<u64>,
}

/// The first failure that counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedFailure {
    pub(super) step: Option<String>,
    /// A part of its message.
    pub(super) message: Option<String>,
}

/// The cases in a file.
pub(super) fn read(path: &Path) -> Result<CasesFile, CliError> {
    let text = runbook::read(path)?;
    let wrong = |message: String| CliError::Cases { path: path.to_owned(), line: 0, message };
    let unreadable =
        |YamlError { place, problem }| CliError::Cases { path: path.to_owned(), line: place.line, message: problem };
    let mut file: CasesFile = yaml::from_str(&text).map_err(unreadable)?;
    for case in &mut file.cases {
        case.begin_with(&file.defaults);
    }
    if let Some(problem) = problem(&file) {
        return Err(wrong(problem));
    }
    Ok(file)
}

/// What serde cannot see.
fn problem(file: &CasesFile) -> Option<String> {
    if file.cases.is_empty() {
        return Some("there are no cases".to_owned());
    }
    if !file.defaults.name.is_empty() || file.defaults.expect.is_some() {
        return Some("defaults have neither name nor expect".to_owned());
    }
    for (index, case) in file.cases.iter().enumerate() {
        let number = index + 1;
        if case.name.trim().is_empty() {
            return Some(format!("case {number} has no name"));
        }
        if file.cases.iter().take(index).any(|other| other.name == case.name) {
            return Some(format!("two cases have the name {:?}", case.name));
        }
        if let Some(problem) = case.problem() {
            return Some(format!("case {:?}: {problem}", case.name));
        }
    }
    None
}

impl Case {
    /// Adds what the file says for all its cases: what this case says itself comes first.
    fn begin_with(&mut self, defaults: &Self) {
        fill_up(&mut self.parameters, &defaults.parameters);
        fill_up(&mut self.state, &defaults.state);
        self.region = self.region.take().or_else(|| defaults.region.clone());
        self.account = self.account.take().or_else(|| defaults.account.clone());
        self.time = self.time.or(defaults.time);
        self.cancel = self.cancel.take().or_else(|| defaults.cancel.clone());
        self.answers.extend(defaults.answers.iter().map(|answer| Answer { common: true, ..answer.clone() }));
        add(&mut self.scripts, &defaults.scripts);
        add(&mut self.approvals, &defaults.approvals);
        add(&mut self.pauses, &defaults.pauses);
        add(&mut self.webhooks, &defaults.webhooks);
        add(&mut self.documents, &defaults.documents);
        // A state may be said in terms of the parameters.
        let known = Known { parameters: &self.parameters, state: &Map::new(), input: &Value::Null };
        self.state = fill_map(&self.state, &known);
    }

    fn problem(&self) -> Option<String> {
        let Some(expect) = &self.expect else { return Some("expect is missing".to_owned()) };
        if expect.status.is_some() == expect.refused.is_some() {
            return Some("expect needs either status or refused".to_owned());
        }
        let of_cancel = |cancel: &Cancel| {
            let said = [cancel.before.is_some(), cancel.during.is_some(), cancel.after.is_some()];
            said.into_iter().filter(|said| *said).count()
        };
        if self.cancel.as_ref().is_some_and(|cancel| of_cancel(cancel) != 1) {
            return Some("cancel needs exactly one of before, during and after".to_owned());
        }
        self.answers.iter().find_map(Answer::problem)
    }
}

impl Answer {
    fn problem(&self) -> Option<String> {
        let call = &self.call;
        if !call.contains(':') {
            return Some(format!("the call {call:?} is not of the form service:Operation"));
        }
        let kinds = [self.answer.is_some(), self.error.is_some(), self.lost];
        if kinds.into_iter().filter(|kind| *kind).count() > 1 {
            return Some(format!("the answer to {call} has more than one of answer, error and lost"));
        }
        let only_of_errors = self.error.is_none() && (self.message.is_some() || self.status.is_some());
        only_of_errors.then(|| format!("the answer to {call} has message or status, which only an error has"))
    }
}

fn fill_up(own: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (key, value) in defaults {
        own.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

fn add<T: Clone>(own: &mut BTreeMap<String, T>, defaults: &BTreeMap<String, T>) {
    for (key, value) in defaults {
        own.entry(key.clone()).or_insert_with(|| value.clone());
    }
}
