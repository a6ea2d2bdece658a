//! Where an execution runs: by itself, or as the child of a step of another.
//!
//! Comes in: document, context, host. Goes out: the names that keep it apart from every other execution.
//! Never: a state; that is the interpreter's.

use crate::context::Context;
use crate::document::Document;
use crate::host::Host;

/// What all steps of one execution share.
#[derive(Clone)]
pub(crate) struct Setting<'a> {
    pub(crate) document: &'a Document,
    pub(crate) context: &'a Context,
    pub(crate) host: &'a dyn Host,
    /// The same without the end of a parent's time: for the way back, which is walked to its end.
    pub(crate) patient: &'a dyn Host,
    /// Before the name of every operation: nothing, or the attempt this is the child of (`child#1/1/2:`).
    pub(crate) prefix: String,
    /// Before the name of every step in what people are told: nothing, or the steps around (`child/`).
    pub(crate) label: String,
    /// How many executions this one runs inside of.
    pub(crate) depth: u32,
    /// Whether it can be asked to stop; a child on its parent's way back cannot.
    pub(crate) cancellable: bool,
}

impl<'a> Setting<'a> {
    /// An execution by itself.
    pub(crate) fn new(document: &'a Document, context: &'a Context, host: &'a dyn Host) -> Self {
        let (prefix, label) = (String::new(), String::new());
        Self { document, context, host, patient: host, prefix, label, depth: 0, cancellable: true }
    }

    /// Where a step runs that can be asked to stop, or cannot.
    pub(crate) fn host_of(&self, cancellable: bool) -> &'a dyn Host {
        if cancellable { self.host } else { self.patient }
    }

    /// The name of an operation of the execution itself.
    pub(crate) fn operation(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// How people know a step.
    pub(crate) fn label(&self, step: &str) -> String {
        format!("{}{step}", self.label)
    }
}
