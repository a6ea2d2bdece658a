//! What can go wrong when the local world starts or runs, in words that say what to do next.
//!
//! Comes in: faults of processes, files and HTTP. Goes out: [`StackError`].
//! Never: a guess at the cause; where a process spoke, its own last lines are shown.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::bus::yaml::YamlError;

/// Why the stack could not start, or could not do what it was asked.
#[derive(Debug, Error)]
pub enum StackError {
    /// A tool that `make setup` installs is not there.
    #[error("{what} is not at {path}: run `make setup`, or set KINTSUGI_VENV to a virtual environment that has it")]
    ToolMissing {
        /// What it is, in words.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A function's binary has not been built.
    #[error("the function {name} is not built: {path} is missing (run `cargo build --workspace`)")]
    BinaryMissing {
        /// The function's name.
        name: String,
        /// Where its binary should be.
        path: PathBuf,
    },
    /// A process could not be started at all.
    #[error("could not start {name}")]
    Spawn {
        /// The process, by its name in the stack.
        name: String,
        /// What happened underneath.
        #[source]
        source: std::io::Error,
    },
    /// A process ended although it should go on.
    #[error("{name} ended by itself ({status}); its last lines:\n{tail}")]
    Exited {
        /// The process, by its name in the stack.
        name: String,
        /// How it ended.
        status: String,
        /// The end of its log.
        tail: String,
    },
    /// A process runs but does not answer.
    #[error("{name} did not answer within {within:?}; its last lines:\n{tail}")]
    NotReady {
        /// The process, by its name in the stack.
        name: String,
        /// How long it was given.
        within: Duration,
        /// The end of its log.
        tail: String,
    },
    /// Nobody runs a function of this name.
    #[error("no function {name} in this stack; there are: {known}")]
    UnknownFunction {
        /// The name that was asked for.
        name: String,
        /// The functions that run, by name.
        known: String,
    },
    /// A call to the durable runner failed.
    #[error("the durable runner could not {what}")]
    Runner {
        /// What was asked of it.
        what: &'static str,
        /// What happened underneath.
        #[source]
        source: reqwest::Error,
    },
    /// The durable runner answered with an error or with something nobody can read.
    #[error("the durable runner refused to {what}: {answer}")]
    RunnerAnswer {
        /// What was asked of it.
        what: &'static str,
        /// Its answer.
        answer: String,
    },
    /// An execution did not end in time.
    #[error("the execution {id} of {function} did not end within {within:?}")]
    Unfinished {
        /// The function's name.
        function: String,
        /// The execution's id.
        id: String,
        /// How long it was given.
        within: Duration,
    },
    /// An event was sent and no function was invoked.
    #[error("no function was invoked within {within:?}: no rule of the template wanted the event, or none was sent")]
    NothingHappened {
        /// How long it was given.
        within: Duration,
    },
    /// A file or folder of the run could not be written.
    #[error("could not write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What happened underneath.
        #[source]
        source: std::io::Error,
    },
    /// The template is not YAML.
    #[error("cannot read the template {path}")]
    Template {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        #[source]
        source: YamlError,
    },
    /// The service models cannot be used: `make models` packs them.
    #[error("the service models cannot be used (run `make models`)")]
    Models(#[source] aws_api::ModelsError),
    /// A resource of the template could not be made.
    #[error("could not make a resource of the template with {service} {api}")]
    Make {
        /// The service called.
        service: &'static str,
        /// The operation called.
        api: &'static str,
        /// Its answer.
        #[source]
        source: Box<aws_api::ApiError>,
    },
    /// A fault script that cannot be obeyed.
    #[error("the fault script cannot be obeyed: {0}")]
    Script(String),
    /// The gateway in this process could not start.
    #[error("the gateway could not start")]
    Gateway(#[source] Box<dyn std::error::Error + Send + Sync>),
}
