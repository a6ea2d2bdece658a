//! What a stack shall consist of.
//!
//! Comes in: the caller's choice. Goes out: [`StackConfig`]. Never: a process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::tools::{Tools, workspace};
use crate::clock::Timings;

/// One more deployment of a function: the same binary under another name, which is the caller's in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Its name.
    pub name: String,
    /// The function it is a copy of.
    pub of: String,
    /// Settings that differ from the function's.
    pub settings: BTreeMap<String, String>,
    /// How many events it can work on at the same moment.
    pub instances: usize,
}

/// A stack to be: which template under which parameters, binaries from where, under which limits.
#[derive(Debug, Clone)]
pub struct StackConfig {
    /// Where the counterparts are installed.
    pub tools: Tools,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The packed service models (`make models`), for the gateway and the functions.
    pub models: PathBuf,
    /// The SAM template: functions, settings, rules, queues.
    pub template: PathBuf,
    /// The template's parameters; the others have their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Settings of every function that differ from the template's, because the world runs faster than AWS.
    pub overrides: BTreeMap<String, String>,
    /// How fast the world runs.
    pub timings: Timings,
    /// Functions that are deployed once more, each under a name of its own.
    pub copies: Vec<Copy>,
    /// How many events a function can work on at the same moment, where that is not the usual two.
    pub instances: BTreeMap<String, usize>,
    /// Functions that the template's rules, topics and queues do not reach: they hear only what they are sent by hand.
    pub deaf: BTreeSet<String>,
    /// Whether checkpoints go through the gateway, so that they are journaled and faults can hit them too.
    pub durable_through_gateway: bool,
    /// Lambda's time limit for one invocation. A death is noticed at once; one that hangs is invoked again after this time.
    pub invocation_timeout: Duration,
}

impl StackConfig {
    /// The checkout's debug build, models and template, under a time limit of a minute. Whoever waits for AWS waits
    /// for seconds here instead of minutes.
    #[must_use]
    pub fn new(tools: Tools) -> Self {
        let root = workspace();
        let models = root.join(".local/models/models.pack");
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let overrides = BTreeMap::from([
            setting("KINTSUGI_MODELS", &models.display().to_string()),
            setting("KINTSUGI_POLL_SECONDS", "1"),
            setting("KINTSUGI_VERIFY_TIMEOUT_SECONDS", "15"),
        ]);
        Self {
            tools,
            binaries: root.join("target/debug"),
            models,
            template: root.join("template.yaml"),
            parameters: BTreeMap::new(),
            overrides,
            timings: Timings::default(),
            copies: Vec::new(),
            instances: BTreeMap::new(),
            deaf: BTreeSet::new(),
            durable_through_gateway: false,
            invocation_timeout: Duration::from_secs(60),
        }
    }

    /// The same with a parameter of the template set.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same with a setting of every function overridden.
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: &str) -> Self {
        self.overrides.insert(name.to_owned(), value.to_owned());
        self
    }
}
