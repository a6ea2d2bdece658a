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
        Support::Here => Some(host.lacks(needs(step)?)?),
        Support::OnSsm | Support::Private | Support::Unknown => None,
    };
    Some(UnsupportedStep { step: step.name.clone(), action: step.action.clone(), lacks })
}
