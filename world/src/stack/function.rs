//! The real function binaries, each a process as Lambda would run it.
//!
//! Comes in: a binary, its settings and the endpoints of the stack. Goes out: a running process.
//! Never: anything of the user's own environment; a function sees what Lambda would give it and its settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::death;
use super::error::StackError;
use super::identity::AWS;
use super::process::Process;

/// A function that the stack shall run.
#[derive(Debug, Clone)]
pub(crate) struct FunctionConfig {
    /// Its name.
    pub(crate) name: String,
    /// The name of its binary.
    pub(crate) binary: String,
    /// Its settings, as the template would set them (`KINTSUGI_MODE`, ...).
    pub(crate) environment: BTreeMap<String, String>,
    /// How many events it can work on at the same moment: Lambda starts an instance for each, here they stand ready.
    pub(crate) instances: usize,
}

/// Where a function finds the rest of its world.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    pub(crate) gateway: String,
    /// The durable execution service.
    pub(crate) durable: String,
    pub(crate) runtime_api: String,
    /// The durable runner itself, `127.0.0.1:PORT`.
    pub(crate) runner: String,
}

/// A function's binary and its processes; they can be killed and started again under other settings.
#[derive(Debug)]
pub(crate) struct Function {
    config: FunctionConfig,
    binary: PathBuf,
    log: PathBuf,
    instances: Vec<Process>,
}

impl Function {
    pub(crate) fn start(
        config: FunctionConfig,
        binaries: &Path,
        run: &Path,
        at: &Endpoints,
    ) -> Result<Self, StackError> {
        let binary = binaries.join(&config.binary);
        if !binary.exists() {
            return Err(StackError::BinaryMissing { name: config.name, path: binary });
        }
        let log = run.join(format!("{}.log", config.name));
        let mut function = Self { config, binary, log, instances: Vec::new() };
        function.restart(&BTreeMap::new(), at)?;
        Ok(function)
    }

    /// Ends the processes (SIGKILL) and starts them with `changes` on top of their settings.
    pub(crate) fn restart(&mut self, changes: &BTreeMap<String, String>, at: &Endpoints) -> Result<(), StackError> {
        self.kill(at);
        self.config.environment.extend(changes.clone());
        let command = command(&self.binary, &self.config, at);
        for _ in 0..self.config.instances.max(1) {
            self.instances.push(Process::start_alone(&self.config.name, &command, &self.log)?);
        }
        Ok(())
    }

    /// Ends the processes (SIGKILL), and what they were working on with them.
    pub(crate) fn kill(&mut self, at: &Endpoints) {
        if !self.instances.is_empty() {
            self.instances.clear();
            death::tell(&at.runner, &self.config.name);
        }
    }

    pub(crate) fn check(&mut self) -> Result<(), StackError> {
        self.instances.iter_mut().try_for_each(Process::check)
    }
}

fn command(binary: &Path, config: &FunctionConfig, at: &Endpoints) -> Command {
    let mut command = Command::new(binary);
    // The access key says who calls: the gateway's journal can then tell one function from another.
    command.envs(AWS).env("AWS_ACCESS_KEY_ID", &config.name).env("RUST_LOG", "info");
    command.env("AWS_LAMBDA_RUNTIME_API", format!("{}/.rt/{}", at.runtime_api, config.name));
    command.env("AWS_LAMBDA_FUNCTION_NAME", &config.name);
    command.envs([("AWS_LAMBDA_FUNCTION_VERSION", "1"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")]);
    command.env("AWS_LAMBDA_LOG_FORMAT", "JSON");
    command.env("AWS_ENDPOINT_URL", &at.gateway).env("AWS_ENDPOINT_URL_LAMBDA", &at.durable);
    command.envs(&config.environment);
    command
}
