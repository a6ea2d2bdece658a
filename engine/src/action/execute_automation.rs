//! aws:executeAutomation: runs another runbook, once or for each of many targets.
//!
//! Takes DocumentName, DocumentVersion, RuntimeParameters, and for many children TargetParameterName with Targets, or
//! TargetMaps, with MaxConcurrency and MaxErrors; gives Output (the child's document outputs in its order), ExecutionId
//! and Status. A child that does not succeed fails the step; of many, more than MaxErrors. A child is asked to stop as
//! its parent is, and has no more time than the step.
//! Never: TargetLocations; a run has one account and one Region, so such a document is refused before its first step.

mod inputs;
mod targets;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use self::inputs::Wanted;
use super::{Answer, COMMON, Call, Run, Runs, Spec};
use crate::document::Document;
use crate::host::{Ability, DocumentRequest};
use crate::run::{Attempt, Cause, ChildEnd, DEEPEST, Execution, ExecutionStatus, Rate, RunError, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:executeAutomation",
    required: &["DocumentName"],
    optional: Some(&[
        "DocumentVersion",
        "RuntimeParameters",
        "Tags",
        "TargetParameterName",
        "Targets",
        "TargetMaps",
        "TargetLocations",
        "MaxConcurrency",
        "MaxErrors",
    ]),
    outputs: &["Output", "ExecutionId", "Status"],
    needs: Some(Ability::Child),
    calls,
    runs: Runs::Here(&ExecuteAutomation),
    ..COMMON
};

/// What the step itself calls; what the child calls is in the child.
fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let document = ("ssm".to_owned(), "GetDocument".to_owned(), json!({"Name": inputs.get("DocumentName")}));
    [vec![document], targets::calls(inputs)].concat()
}

struct ExecuteAutomation;

#[async_trait]
impl Run for ExecuteAutomation {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let wanted = wanted(attempt)?;
        if wanted.tagged {
            attempt.warn("Tags are for executions of SSM Automation; there is none to tag here".to_owned());
        }
        // Before the children, because they have no more time than is left.
        attempt.started().await?;
        let document = read(attempt, &wanted).await?;
        match children(attempt, &wanted, &document).await? {
            Children::One(parameters) => one(attempt, &document, parameters).await,
            Children::Many(parameters, rate) => all(attempt, &document, &parameters, rate).await,
        }
    }
}

/// The parameters of what a step runs.
pub(crate) enum Children {
    One(Map<String, Value>),
    Many(Vec<Map<String, Value>>, Rate),
}

/// What a step would run: for a plan. Only looks.
pub(crate) async fn family(attempt: &mut Attempt<'_>) -> Result<(Document, Children), Stop> {
    let wanted = wanted(attempt)?;
    let document = read(attempt, &wanted).await?;
    let children = children(attempt, &wanted, &document).await?;
    Ok((document, children))
}

/// Whether AWS must be asked for the targets.
pub(crate) fn asks_for_targets(inputs: &Map<String, Value>) -> bool {
    !targets::calls(inputs).is_empty()
}

fn wanted(attempt: &Attempt<'_>) -> Result<Wanted, Stop> {
    let wanted = Wanted::read(attempt.inputs())?;
    if attempt.depth() >= DEEPEST {
        return Err(Stop::inputs(format!("runbooks run inside each other {DEEPEST} deep at most")));
    }
    Ok(wanted)
}

async fn children(attempt: &mut Attempt<'_>, wanted: &Wanted, document: &Document) -> Result<Children, Stop> {
    let Some(many) = &wanted.many else { return Ok(Children::One(wanted.parameters.clone())) };
    let parameters = targets::children(attempt, many, document, &wanted.parameters).await?;
    let rate = many.rate(parameters.len())?;
    Ok(Children::Many(parameters, rate))
}

/// The child's document; what is wrong in it is told when it is run.
async fn read(attempt: &Attempt<'_>, wanted: &Wanted) -> Result<Document, Stop> {
    let request = DocumentRequest { name: wanted.name.clone(), version: wanted.version.clone() };
    let text = attempt.document("document", request).await?;
    let text = text.map_err(|fault| Stop::inputs(fault.to_string()))?;
    crate::parse(&text, &wanted.name)
        .map_err(|findings| Stop::inputs(format!("{} is no runbook: {findings}", wanted.name)))
}

async fn one(attempt: &Attempt<'_>, document: &Document, parameters: Map<String, Value>) -> Result<Answer, Stop> {
    let execution = match attempt.child(1, document, parameters).await {
        Ok(execution) => execution,
        Err(RunError::Host(error)) => return Err(Stop::Host(error)),
        Err(refused) => return Err(Stop::inputs(format!("{}: {refused}", document.name))),
    };
    let root = json!({
        "Output": outputs(document, &execution),
        "ExecutionId": execution.execution_id,
        "Status": execution.status,
    });
    if let Some(overrun) = attempt.overrun(&execution) {
        return Err(overrun);
    }
    match execution.status {
        ExecutionStatus::Success => Ok(Answer::of(root)),
        ExecutionStatus::Cancelled => Err(Stop::Cancelled),
        ExecutionStatus::Failed | ExecutionStatus::TimedOut => {
            let message = words(document, &execution);
            Err(Stop::failed(cause(&[&execution]), message).with_outputs(root))
        }
    }
}

/// `mend is Failed: step stop (aws:executeAwsApi) failed: ...`.
fn words(document: &Document, execution: &Execution) -> String {
    let why = execution.failure.as_ref().map(|failure| format!(": {failure}"));
    format!("{} is {}{}", document.name, execution.status, why.unwrap_or_default())
}

/// The document's outputs in the order in which it lists them.
fn outputs(document: &Document, execution: &Execution) -> Vec<String> {
    document.outputs.iter().filter_map(|name| execution.outputs.get(name)).flatten().cloned().collect()
}

async fn all(
    attempt: &Attempt<'_>,
    document: &Document,
    parameters: &[Map<String, Value>],
    rate: Rate,
) -> Result<Answer, Stop> {
    let mut rate = if attempt.concurrent() { rate } else { rate.one_by_one() };
    let ends = attempt.children(document, parameters, &mut rate).await?;
    let done: Vec<&Execution> = ends.values().filter_map(|end| end.as_ref().ok()).collect();
    if let Some(overrun) = done.iter().find_map(|execution| attempt.overrun(execution)) {
        return Err(overrun);
    }
    if rate.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    let status = if rate.has_failed() { ExecutionStatus::Failed } else { ExecutionStatus::Success };
    let output: Vec<String> = done.iter().flat_map(|execution| outputs(document, execution)).collect();
    let ids: Vec<&str> = done.iter().map(|execution| execution.execution_id.as_str()).collect();
    let root = json!({"Output": output, "ExecutionId": ids, "Status": status});
    if !rate.has_failed() {
        for (child, why) in ends.iter().filter_map(|(child, end)| Some((child, failure(document, end)?))) {
            attempt.warn(format!("child {child}: {why}"));
        }
        return Ok(Answer::of(root));
    }
    let first = ends.iter().find_map(|(child, end)| Some(format!("; child {child}: {}", failure(document, end)?)));
    let message = rate.words() + &first.unwrap_or_default();
    Err(Stop::failed(cause(&done), message).with_outputs(root))
}

/// Of children of which not all succeeded.
fn cause(done: &[&Execution]) -> Cause {
    let failed = done.iter().filter(|execution| execution.status != ExecutionStatus::Success);
    Cause::Child {
        executions: failed.map(|execution| (execution.execution_id.clone(), execution.status)).collect(),
        cut_off: done.iter().any(|execution| execution.is_cut_off()),
    }
}

/// Why a child did not succeed.
fn failure(document: &Document, end: &ChildEnd) -> Option<String> {
    match end {
        Ok(execution) if execution.status == ExecutionStatus::Success => None,
        Ok(execution) => Some(words(document, execution)),
        Err(refused) => Some(refused.to_string()),
    }
}
