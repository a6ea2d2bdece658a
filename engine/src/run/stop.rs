//! Why an attempt ended without an answer.

use serde_json::Value;

use super::record::Cause;
use crate::host::{CallFault, HostError, ScriptFault};

/// The end of an attempt that did not succeed.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed {
        cause: Box<Cause>,
        message: String,
        /// What the step's outputs are selected from although it failed; null for none.
        root: Value,
    },
    TimedOut {
        seconds: u64,
        seen: Value,
    },
    /// Somebody asked the run to stop while the step was waiting.
    Cancelled,
    /// The run cannot go on; not the document's matter.
    Host(HostError),
}

impl Stop {
    pub(crate) fn failed(cause: Cause, message: impl Into<String>) -> Self {
        Self::Failed { cause: Box::new(cause), message: message.into(), root: Value::Null }
    }

    /// A failure that leaves outputs all the same (a command's status, an approver's no).
    pub(crate) fn with_outputs(self, root: Value) -> Self {
        match self {
            Self::Failed { cause, message, .. } => Self::Failed { cause, message, root },
            other => other,
        }
    }

    /// The inputs do not fit the action.
    pub(crate) fn inputs(message: impl Into<String>) -> Self {
        Self::failed(Cause::Inputs, message)
    }

    pub(crate) fn script(fault: ScriptFault) -> Self {
        let message = fault.to_string();
        Self::failed(Cause::Script { fault }, message)
    }

    pub(crate) fn call(fault: CallFault) -> Self {
        let message = fault.to_string();
        Self::failed(Cause::Call { fault }, message)
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}
