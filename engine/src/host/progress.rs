//! What a host is told while a run goes on.
//!
//! Comes in: nothing. Goes out: events for people.
//! Never: something a host must act on.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happens, for people who watch. Sent again on replay: a host drops what it has already shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all_fields = "camelCase")]
pub enum Progress {
    /// An attempt of a step begins.
    StepStarted {
        /// The step.
        step: String,
        /// Its action.
        action: String,
        /// From 1.
        attempt: u32,
    },
    /// A wait or an assert looked and did not (yet) see what it wants.
    StepPolled {
        /// The step.
        step: String,
        /// What it saw; null for nothing.
        seen: Value,
    },
    /// What a script printed, when it has ended.
    StepPrinted {
        /// The step.
        step: String,
        /// Cut to a limit by the host.
        text: String,
    },
    /// A step waits for a person.
    StepWaiting {
        /// The step.
        step: String,
        /// Its action.
        action: String,
    },
    /// An iteration of a loop begins.
    IterationStarted {
        /// The loop.
        step: String,
        /// From 1.
        iteration: u32,
        /// The item it is for; absent for a loop with a condition.
        value: Option<Value>,
    },
    /// A step has ended for good.
    StepEnded {
        /// The step.
        step: String,
        /// Its action.
        action: String,
        /// How.
        status: crate::StepStatus,
        /// Why it failed.
        message: Option<String>,
        /// False from the interpreter, which cannot tell; a host that passes the event on may know better.
        replayed: bool,
    },
    /// Something a person should know, though the run goes on.
    Warning {
        /// The step concerned.
        step: Option<String>,
        /// In words.
        message: String,
    },
}
