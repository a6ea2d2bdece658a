//! What a document does, in sentences, for whoever has to approve it.
//!
//! Comes in: a document. Goes out: an [`Explanation`], for people ([`Explanation::to_markdown`]) and for programs.
//! Never: a value resolved, a call, or a judgement whether it should be done.

mod changes;
mod conditions;
mod flow;
mod markdown;
mod operation;
mod sentence;
mod time;
mod typed;
mod words;

use serde::Serialize;
use serde_json::Value;

use crate::document::{Amount, Document, Parameter, Step};
use crate::run::{Graph, Way};

pub use changes::{Changes, IsRead};
pub use time::Longest;

/// A document in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The document's name.
    pub document: String,
    /// Its description, as written.
    pub purpose: Option<String>,
    /// In document order.
    pub parameters: Vec<ExplainedParameter>,
    /// Variables, each with what it begins with.
    pub variables: Vec<String>,
    /// In document order.
    pub steps: Vec<ExplainedStep>,
    /// What it changes and reads.
    pub changes: Changes,
    /// Steps at which people are asked.
    pub asks_people: Vec<String>,
    /// How long it can take.
    pub longest: Longest,
    /// `step.Output`.
    pub outputs: Vec<String>,
    /// The role on SSM Automation, as written.
    pub role: Option<String>,
    /// Names of attached files.
    pub files: Vec<String>,
}

/// A parameter in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedParameter {
    /// Its name.
    pub name: String,
    /// As declared.
    pub r#type: String,
    /// Whether a run needs it.
    pub required: bool,
    /// One sentence: what it is, what it may be, what it is if it is not given.
    pub sentence: String,
}

/// A step in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStep {
    /// Its name.
    pub name: String,
    /// Its action.
    pub action: String,
    /// What it does.
    pub sentence: String,
    /// Its description, as written, in one line.
    pub note: Option<String>,
    /// Further sentences: attempts, what it keeps, where it goes on.
    pub more: Vec<String>,
    /// Of a branch: its ways.
    pub choices: Vec<String>,
    /// What happens if it fails, where the run does not just end.
    pub on_failure: Option<String>,
    /// What happens if the run is cancelled here, where it does not just end.
    pub on_cancel: Option<String>,
    /// When a run comes here.
    pub part: Part,
    /// The steps of a loop.
    pub steps: Vec<ExplainedStep>,
}

/// When a run comes to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// As long as nothing fails.
    Forward,
    /// Only after a failure or a cancellation.
    WayBack,
    /// Never: nothing leads there.
    Never,
}

/// Explains a document, whether it has errors or not. `is_read` says what is known of an operation; where it does not
/// know, the operation's name decides.
#[must_use]
pub fn explain(document: &Document, is_read: &IsRead<'_>) -> Explanation {
    let parts = Parts::new(document);
    let all = document.all_steps();
    let asks = |step: &&&Step| matches!(step.action.as_str(), "aws:approve" | "aws:pause");
    Explanation {
        document: document.name.clone(),
        purpose: document.description.clone().filter(|text| !text.trim().is_empty()),
        parameters: document.parameters.iter().map(parameter).collect(),
        variables: document.variables.iter().map(variable).collect(),
        steps: steps(&document.steps, false, &parts),
        changes: changes::of(document, is_read),
        asks_people: all.iter().filter(asks).map(|step| step.name.clone()).collect(),
        longest: time::longest(document),
        outputs: document.outputs.clone(),
        role: document.assume_role.clone().filter(|role| !role.trim().is_empty()),
        files: document.files.iter().map(|file| file.name.clone()).collect(),
    }
}

/// Which steps a run comes to, and how.
struct Parts<'a> {
    graph: Graph<'a>,
    forward: Vec<bool>,
    ever: Vec<bool>,
}

impl<'a> Parts<'a> {
    fn new(document: &'a Document) -> Self {
        let graph = Graph::new(document);
        let first = (!document.steps.is_empty()).then_some(0);
        let forward = graph.reach(first, &[Way::Forward, Way::Body]);
        let ever = graph.reachable();
        Self { graph, forward, ever }
    }

    fn of(&self, step: &Step) -> Part {
        let at = self.graph.position(&step.name);
        let holds = |list: &[bool]| at.and_then(|at| list.get(at)).copied().unwrap_or(false);
        match (holds(&self.forward), holds(&self.ever)) {
            (true, _) => Part::Forward,
            (false, true) => Part::WayBack,
            (false, false) => Part::Never,
        }
    }
}

/// Recursion is bounded by the document's nesting limit.
fn steps(list: &[Step], in_loop: bool, parts: &Parts<'_>) -> Vec<ExplainedStep> {
    let explained = list.iter().enumerate().map(|(index, step)| ExplainedStep {
        name: step.name.clone(),
        action: step.action.clone(),
        sentence: sentence::of(step),
        note: step.description.as_deref().map(words::one_line).filter(|note| !note.is_empty()),
        more: more(step, list, index, in_loop),
        choices: flow::choices_of(step, list, index),
        on_failure: flow::after_failure(step),
        on_cancel: flow::after_cancel(step),
        part: parts.of(step),
        steps: steps(&step.body, true, parts),
    });
    explained.collect()
}

fn more(step: &Step, list: &[Step], index: usize, in_loop: bool) -> Vec<String> {
    let attempts = match &step.max_attempts {
        None | Some(Amount::Fixed(0 | 1)) => None,
        Some(Amount::Fixed(2)) => Some("It is tried twice at most.".to_owned()),
        Some(Amount::Fixed(times)) => Some(format!("It is tried {times} times at most.")),
        Some(Amount::Reference(text)) => Some(format!("It is tried {} times at most.", words::one_line(text))),
    };
    let names: Vec<String> = step.outputs.iter().map(|output| output.name.clone()).collect();
    let keeps = (!names.is_empty()).then(|| format!("It keeps {}.", words::list(&names, "and")));
    [attempts, keeps, flow::after_success(step, list, index, in_loop)].into_iter().flatten().collect()
}

fn parameter(parameter: &Parameter) -> ExplainedParameter {
    let mut parts = Vec::new();
    if let Some(text) = parameter.description.as_deref().filter(|text| !text.trim().is_empty()) {
        parts.push(words::without_stop(&unmarked(text)));
    }
    if let Some(allowed) = &parameter.allowed_values {
        parts.push(format!("One of {}", words::list(&allowed.iter().map(words::value).collect::<Vec<_>>(), "and")));
    }
    if let Some(pattern) = &parameter.allowed_pattern {
        parts.push(format!("It must match `{pattern}`"));
    }
    parts.extend(match &parameter.default {
        None => None,
        Some(value) if is_empty(value) => Some("May be left out".to_owned()),
        Some(value) => Some(format!("If it is left out: {}", words::value(value))),
    });
    let sentence = parts.iter().map(|part| format!("{part}.")).collect::<Vec<_>>().join(" ");
    let (name, r#type) = (parameter.name.clone(), parameter.declared_type.clone());
    ExplainedParameter { name, r#type, required: parameter.default.is_none(), sentence }
}

/// Without the convention `(Required)`, which is said anyway.
fn unmarked(text: &str) -> String {
    let text = text.trim();
    let marks = ["(Required)", "(Optional)", "(required)", "(optional)"];
    marks.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text).trim().to_owned()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn variable(variable: &crate::document::Variable) -> String {
    match &variable.default {
        Some(value) => format!("{} begins as {}", variable.name, words::value(value)),
        None => format!("{} begins without a value", variable.name),
    }
}
