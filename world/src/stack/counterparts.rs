//! The three servers that others wrote: moto, AWS's durable local runner, cargo-lambda's runtime API.
//!
//! Comes in: free ports and the tools. Goes out: three processes that answer.
//! Never: one after the other; they start together and are waited for together.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::config::StackConfig;
use super::error::StackError;
use super::process::Process;
use super::{identity, ready, runner, runtime_api};

/// Where the counterparts listen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    moto: u16,
    runner: u16,
    runtime_api: u16,
}

impl Ports {
    pub(crate) fn free() -> Result<Self, StackError> {
        let [moto, runner, runtime_api] = ready::free_ports()?;
        Ok(Self { moto, runner, runtime_api })
    }

    pub(crate) fn moto_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.moto)
    }

    pub(crate) fn runner_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.runner)
    }

    pub(crate) fn runtime_api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.runtime_api)
    }
}

/// The three processes.
#[derive(Debug)]
pub(crate) struct Counterparts {
    moto: Process,
    runner: Process,
    runtime_api: Process,
}

impl Counterparts {
    /// `functions` are those of the stack, each with the number of its instances.
    pub(crate) fn start(
        config: &StackConfig,
        ports: &Ports,
        functions: &BTreeMap<String, usize>,
        run: &Path,
    ) -> Result<Self, StackError> {
        let tools = &config.tools;
        let moto = start("moto", tools.moto(ports.moto)?, run)?;
        let mut durable = tools.durable_runner()?;
        runner::arguments(&mut durable, ports.runner, &ports.runtime_api_url(), config, functions);
        let runner = start("durable-runner", durable, run)?;
        let mut lambda = tools.cargo_lambda()?;
        let names: Vec<String> = functions.keys().cloned().collect();
        runtime_api::prepare(&mut lambda, ports.runtime_api, &names, run)?;
        let runtime_api = start("runtime-api", lambda, run)?;
        Ok(Self { moto, runner, runtime_api })
    }

    /// Returns when all three answer.
    pub(crate) async fn ready(&mut self, http: &reqwest::Client, ports: &Ports) -> Result<(), StackError> {
        let moto = format!("{}/moto-api/data.json", ports.moto_url());
        let runner = format!("{}/health", ports.runner_url());
        let moto = ready::until(&mut self.moto, || ready::answers(http, &moto));
        let runner = ready::until(&mut self.runner, || ready::answers(http, &runner));
        // To cargo-lambda any HTTP request is an event for a function.
        let runtime_api = ready::until(&mut self.runtime_api, || ready::listens(ports.runtime_api));
        tokio::try_join!(moto, runner, runtime_api).map(drop)
    }

    pub(crate) fn check(&mut self) -> Result<(), StackError> {
        self.moto.check()?;
        self.runner.check()?;
        self.runtime_api.check()
    }
}

fn start(name: &str, mut command: Command, run: &Path) -> Result<Process, StackError> {
    identity::counterpart(&mut command);
    Process::start(name, &command, &run.join(format!("{name}.log")))
}
