//! Runs a document.
//!
//! Comes in: a document, parameters, a context and a host. Goes out: the record of the execution.
//! Never: an effect that does not go through the host, or a step before the whole document, the parameters and the
//! actions have been found good.

mod attempt;
mod child;
mod deadline;
mod effect;
mod family;
mod flow;
mod graph;
mod interpreter;
mod ledger;
mod limits;
mod list;
mod operation;
mod outputs;
mod parameters;
mod people;
mod rate;
mod rated;
mod record;
mod refuse;
mod repeat;
mod setting;
mod step;
mod stop;
mod values;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::document::{Document, Step};
use crate::host::Host;

pub(crate) use attempt::{Attempt, LONGEST_CALL};
pub(crate) use child::DEEPEST;
pub(crate) use flow::{Next, after_branch, after_failure, in_order};
pub(crate) use graph::{Followers, Graph, Way, edges, written_targets};
pub(crate) use outputs::of_step as step_outputs;
pub(crate) use parameters::decode;
pub(crate) use rate::{Limit, Rate, Verdict as RateVerdict};
pub(crate) use rated::ChildEnd;
pub use record::{Cause, Execution, ExecutionStatus, Failure, ParentStep, StepRecord, StepStatus};
pub use refuse::{ChildProblem, ParameterProblem, RunError, UnsupportedStep};
pub(crate) use setting::Setting;
pub(crate) use stop::Stop;
pub(crate) use values::Values;

/// Runs a document from its first step.
///
/// `parameters` are typed JSON, or the wire form of StartAutomationExecution (a list of text for each). With a host
/// that gives recorded answers the same operations follow in the same order, so a run that was interrupted is
/// resumed by calling this again.
///
/// # Errors
/// [`RunError`]: the document or the parameters are refused, before any effect; or the host cannot go on.
pub async fn run(
    document: &Document,
    parameters: Map<String, Value>,
    context: &Context,
    host: &dyn Host,
) -> Result<Execution, RunError> {
    execute(Setting::new(document, context, host), parameters).await
}

/// Runs a document where it is set.
async fn execute(setting: Setting<'_>, parameters: Map<String, Value>) -> Result<Execution, RunError> {
    let values = prepare(&setting, parameters).await?;
    Ok(interpreter::Interpreter::new(setting, values).run().await?)
}

/// All steps inside a step: its body, and the bodies in it. Recursion is bounded by the nesting limit.
pub(crate) fn steps_within(step: &Step) -> impl Iterator<Item = &Step> {
    let mut all = Vec::new();
    crate::document::collect(&step.body, &mut all);
    all.into_iter()
}

/// What must hold before anything is done; the values a run starts with.
pub(crate) async fn prepare(setting: &Setting<'_>, parameters: Map<String, Value>) -> Result<Values, RunError> {
    prepare_but(setting, parameters, BTreeMap::new()).await
}

/// The same in a plan of a child: parameters in `later` have no value before the step that they are mapped to has run.
pub(crate) async fn prepare_but(
    setting: &Setting<'_>,
    parameters: Map<String, Value>,
    later: BTreeMap<String, String>,
) -> Result<Values, RunError> {
    let Setting { document, context, host, .. } = *setting;
    let findings = crate::validate(document);
    if findings.has_errors() {
        return Err(RunError::Invalid(findings));
    }
    refuse::unsupported(document, host)?;
    // A child's own children were looked at with it.
    if setting.depth == 0 {
        family::check(setting).await?;
    }
    let supplied = parameters::check(document, parameters, &later).map_err(RunError::Parameters)?;
    let given = |name: &str| supplied.contains_key(name) || later.contains_key(name);
    let store = parameters::from_store(setting, given).await?;
    Ok(Values::new(document, context, supplied, store).within(&setting.label, later))
}
