//! The one path every incident takes, and what a function must say to walk it.
//!
//! *Rust decides, the runbook acts.* A function recognises its incident, looks at the resource, and answers
//! purely what to run; everything else is the same for all of them and lives in [`handle`].

mod again;
mod approve;
mod conclude;
mod handle;
mod perform;
mod verify;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use handle::{Unfinished, handle, unfinished};

use crate::event::Trigger;
use crate::guard::{Refusal, Scope};
use crate::incident::{Incident, Resource};

/// What one function knows that the others do not. Clones share clients.
#[async_trait]
pub trait Remediation: Clone + Send + Sync + 'static {
    /// Name of the function, as in the template and the bindings.
    const NAME: &'static str;

    /// Whether what noticed the fault answers later than it is asked. It is given a pause before the first look then.
    const ANSWERS_LATER: bool = false;

    /// What it sees of the resource. Recorded, so that a replay decides on what was seen then.
    type Observed: Serialize + DeserializeOwned + Send + 'static;

    /// What an event is that a binding wants as it stands, whatever its kind. Pure. Asked before [`Self::recognise`].
    fn bound(&self, _event: &Value) -> Option<Recognised> {
        None
    }

    /// Which incident an event is, if it is one for this function. Pure.
    fn recognise(&self, trigger: &Trigger) -> Recognised;

    /// Looks at the resource: reads only.
    ///
    /// # Errors
    /// What cannot be seen, in one sentence; nothing is decided then.
    async fn observe(&self, incident: &Incident) -> Result<Self::Observed, Unseen>;

    /// What to do about it. Pure.
    fn decide(&self, incident: &Incident, observed: &Self::Observed) -> Decision;

    /// Asks AWS to look again, where it would not by itself soon enough. Before the first [`Self::look`].
    ///
    /// # Errors
    /// Why it could not be asked; the looks go on all the same.
    async fn ask_again(&self, _incident: &Incident) -> Result<(), Unseen> {
        Ok(())
    }

    /// Looks whether the fault is gone: what noticed it must say so. `waited` is how long ago the runbook ended, for
    /// what needs a while to notice anything.
    ///
    /// # Errors
    /// What cannot be seen; it is looked for again until the time is up.
    async fn look(&self, incident: &Incident, waited: Duration) -> Result<Look, Unseen>;
}

/// What an event is to a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Recognised {
    /// A fault to look at.
    Incident(Incident),
    /// The event itself says that all is well.
    Healthy(Incident, String),
    /// Not for this function to solve: why, and what would make it so.
    Refused(Incident, Refusal),
    /// Something we did ourselves. Never acted on, or the system would chase its own tail.
    OurOwn,
}

/// What to do about an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Run this.
    Run(Box<Run>),
    /// Nothing is wrong any more.
    AlreadyHealthy(String),
    /// Only people can put it right.
    Advise {
        /// What was found, one sentence each.
        diagnosis: Vec<String>,
        /// What to do about it: sentences and commands.
        advice: Vec<String>,
    },
    /// It must not or cannot be done.
    Refuse(Refusal),
}

/// One runbook with its parameters, for one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Name of the binding.
    pub binding: String,
    /// The one resource it changes.
    pub resource: Resource,
    /// Who owns the resource.
    pub scope: Scope,
    /// Parameters of the runbook.
    pub parameters: Map<String, Value>,
    /// Parameters with which the same runbook puts things back, if it can.
    pub undo: Option<Map<String, Value>>,
    /// What changes, one line.
    pub change: String,
    /// How a person would finish or undo it, as commands.
    pub by_hand: Vec<String>,
    /// Why it cannot be undone, where it cannot.
    pub irreversible: Option<String>,
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Look {
    /// Whether the fault is gone.
    pub healed: bool,
    /// What was seen, one line.
    pub seen: String,
}

/// Something that could not be looked at, as one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct Unseen(pub String);

impl Unseen {
    /// Describes an error with its causes.
    #[must_use]
    pub fn of(what: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self(format!("{what}: {}", crate::telemetry::chain(error)))
    }

    /// Describes an error of a typed SDK client: AWS's code and message where it gave them.
    #[must_use]
    pub fn sdk<E, R>(what: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        match error.code() {
            Some(code) => Self(format!("{what}: {code}: {}", error.message().unwrap_or("no message"))),
            None => Self::of(what, error),
        }
    }
}
