//! Why a run does not begin, or cannot go on.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::graph::Graph;
use crate::action::{Support, needs, support};
use crate::document::{Document, Step};
use crate::finding::Findings;
use crate::host::{Host, HostError};

/// Why there is no execution.
#[derive(Debug, Error)]
pub enum RunError {
    /// The document has errors. Nothing was done.
    #[error("the document has errors:\n{0}")]
    Invalid(Findings),
    /// Steps whose actions this engine does not run. Nothing was done.
    #[error("this document cannot run here:\n{}", lines(.0))]
    Unsupported(Vec<UnsupportedStep>),
    /// The parameters do not fit. Nothing was done.
    #[error("the parameters do not fit:\n{}", lines(.0))]
    Parameters(Vec<ParameterProblem>),
    /// Runbooks that steps run are not there, have errors, or do not run here. Nothing was done.
    #[error("a runbook that this one runs cannot run:\n{}", lines(.0))]
    Children(Vec<ChildProblem>),
    /// The host cannot go on; the run stops where it is and can be resumed.
    #[error("the run stopped where it is")]
    Host(
        #[from]
        #[source]
        HostError,
    ),
}

/// A step that runs on SSM Automation only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnsupportedStep {
    /// The step.
    pub step: String,
    /// Its action.
    pub action: String,
    /// What its host lacks; absent if the action runs at no host of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

impl fmt::Display for UnsupportedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {} does not run here", self.step, self.action)?;
        if let Some(lacks) = &self.lacks {
            write!(f, " ({lacks})")?;
        }
        f.write_str("; run this document on SSM Automation")
    }
}

/// Why a step could not run its runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChildProblem {
    /// The step; of a child's child with the steps around (`outer/inner`).
    pub step: String,
    /// The runbook it names.
    pub document: String,
    /// In words: there is none, or its findings.
    pub message: String,
}

impl fmt::Display for ChildProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {}", self.step, self.message)
    }
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParameterProblem {
    /// The parameter.
    pub name: String,
    /// In words, without the value itself: it may be long or secret.
    pub message: String,
}

impl fmt::Display for ParameterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameter {}: {}", self.name, self.message)
    }
}

fn lines<T: fmt::Display>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join("\n")
}

/// Refuses a document any of whose reachable steps does not run here.
pub(super) fn unsupported(document: &Document, host: &dyn Host) -> Result<(), RunError> {
    let graph = Graph::new(document);
    let steps = graph.steps().iter().zip(graph.reachable());
    let reachable = steps.filter(|(_, reachable)| *reachable).map(|(step, _)| *step);
    let refused: Vec<UnsupportedStep> = reachable.filter_map(|step| refusal(step, host)).collect();
    if refused.is_empty() { Ok(()) } else { Err(RunError::Unsupported(refused)) }
}

fn refusal(step: &Step, host: &dyn Host) -> Option<UnsupportedStep> {
    let lacks = match support(&step.action) {
        Support::Here if has_locations(step) => Some(LOCATIONS.to_owned()),
        Support::Here => Some(host.lacks(needs(step)?)?),
        Support::OnSsm | Support::Private | Support::Unknown => None,
    };
    Some(UnsupportedStep { step: step.name.clone(), action: step.action.clone(), lacks })
}

/// A run has one account and one Region.
const LOCATIONS: &str = "TargetLocations: children in other accounts or Regions";

fn has_locations(step: &Step) -> bool {
    let given = step.inputs.get("TargetLocations").is_some_and(|value| !value.is_null());
    step.action == "aws:executeAutomation" && given
}
