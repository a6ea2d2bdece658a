//! Runs a document.
//!
//! Comes in: a document, parameters, a context and a host. Goes out: the record of the execution.
//! Never: an effect that does not go through the host, or a step before the whole document, the parameters and the
//! actions have been found good.

mod attempt;
mod flow;
mod graph;
mod interpreter;
mod operation;
mod outputs;
mod parameters;
mod record;
mod refuse;
mod step;
mod stop;
mod values;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::document::Document;
use crate::host::Host;

pub(crate) use attempt::{Attempt, LONGEST_CALL};
pub(crate) use flow::{Next, after_branch, after_failure, in_order};
pub(crate) use graph::{ANY, Graph, Way, written_targets};
pub(crate) use outputs::of_step as step_outputs;
pub(crate) use parameters::decode;
pub use record::{Cause, Execution, ExecutionStatus, Failure, StepRecord, StepStatus};
pub use refuse::{ParameterProblem, RunError, UnsupportedStep};
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
    let values = prepare(document, parameters, context, host).await?;
    interpreter::Interpreter::new(document, context, host, values).run().await
}

/// What must hold before anything is done; the values a run starts with.
pub(crate) async fn prepare(
    document: &Document,
    parameters: Map<String, Value>,
    context: &Context,
    host: &dyn Host,
) -> Result<Values, RunError> {
    let findings = crate::validate(document);
    if findings.has_errors() {
        return Err(RunError::Invalid(findings));
    }
    refuse::unsupported(document)?;
    let supplied = parameters::check(document, parameters).map_err(RunError::Parameters)?;
    let store = parameters::from_store(document, &supplied, context, host).await?;
    Ok(Values::new(document, context, supplied, store))
}
