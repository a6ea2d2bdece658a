//! What a stack shall consist of.
//!
//! Comes in: the caller's choice. Goes out: [`StackConfig`]. Never: a process.

use std::path::PathBuf;
use std::time::Duration;

use super::function::FunctionConfig;
use super::tools::{Tools, workspace};
use crate::clock::Timings;

/// A stack to be: which functions, from where, under which limits.
#[derive(Debug, Clone)]
pub struct StackConfig {
    /// Where the counterparts are installed.
    pub tools: Tools,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The functions to run.
    pub functions: Vec<FunctionConfig>,
    /// The packed service models (`make models`), for the gateway.
    pub models: PathBuf,
    /// The SAM template whose rules, subscriptions and queues the event bus obeys; none: no event reaches a function.
    pub template: Option<PathBuf>,
    /// How fast the world runs.
    pub timings: Timings,
    /// Lambda's time limit for one invocation. A function that was killed is invoked again after this time.
    pub invocation_timeout: Duration,
}

impl StackConfig {
    /// The checkout's debug build, models and template, under a time limit of a minute.
    #[must_use]
    pub fn new(tools: Tools, functions: Vec<FunctionConfig>) -> Self {
        let root = workspace();
        Self {
            tools,
            functions,
            binaries: root.join("target/debug"),
            models: root.join(".local/models/models.pack"),
            template: Some(root.join("template.yaml")),
            timings: Timings::default(),
            invocation_timeout: Duration::from_secs(60),
        }
    }
}
