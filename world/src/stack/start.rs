//! Starts a stack, and what can be done with one that runs.
//!
//! Comes in: a [`StackConfig`]; later, events for functions. Goes out: addresses, executions, logs.
//! Never: an answer before every part has answered for itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::changes;
use super::client;
use super::config::StackConfig;
use super::counterparts::{Counterparts, Ports};
use super::deployment::{self, Deployment};
use super::error::StackError;
use super::folder::RunFolder;
use super::function::Endpoints;
use super::functions::Functions;
use super::invoker::DurableInvoker;
use super::runner::{DurableRunner, Execution, Invocation};
use super::settle::{self, Mark, Settled};
use crate::gateway::journal::{Entry, Filter};
use crate::gateway::{Gateway, GatewayConfig, RunningGateway};

/// The local world, running. Everything ends when it is dropped.
#[derive(Debug)]
pub struct Stack {
    // Dropped in this order: who calls before who is called.
    functions: Arc<Functions>,
    gateway: RunningGateway,
    counterparts: Mutex<Counterparts>,
    invoker: DurableInvoker,
    runner: DurableRunner,
    client: aws_api::Client,
    runtime_api: String,
    urls: BTreeMap<String, String>,
    moto_url: String,
    by_hand: AtomicUsize,
    folder: RunFolder,
}

impl Stack {
    /// Starts everything and returns when everything answers.
    ///
    /// # Errors
    /// [`StackError`], with the last lines of the log of whatever did not start.
    pub async fn start(config: StackConfig) -> Result<Self, StackError> {
        let deployment = Deployment::read(&config.template, &config.parameters)?;
        let folder = RunFolder::new()?;
        let ports = Ports::free()?;
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.map_err(|source| StackError::Gateway(Box::new(source)))?;
        let runner = DurableRunner::new(http.clone(), ports.runner_url());
        let names = deployment.instances(&config.instances, &config.copies);
        let mut counterparts = Counterparts::start(&config, &ports, &names, folder.path())?;
        counterparts.ready(&http, &ports).await?;

        let invoker = DurableInvoker::new(runner.clone(), names.into_keys());
        let gateway = Gateway::start(gateway_config(&config, &ports), Arc::new(invoker.clone())).await;
        let mut gateway = gateway.map_err(|source| StackError::Gateway(Box::new(source)))?;
        let urls = serve_functions(&mut gateway, deployment.with_url(), &ports).await?;
        let client = client::to(&gateway.url, &config.models).await?;
        client::make(&client, &deployment.resources()).await?;
        let mut functions = deployment.functions(&gateway.url, &urls, &config.overrides, &config.instances);
        let copies: Vec<_> = config.copies.iter().filter_map(|copy| deployment::copied(&functions, copy)).collect();
        functions.extend(copies);
        let endpoints = endpoints(&config, &gateway, &ports);
        let functions = Arc::new(Functions::start(functions, &config.binaries, folder.path(), endpoints)?);
        gateway.reaper().serve(functions.clone());
        Ok(Self {
            functions,
            gateway,
            counterparts: Mutex::new(counterparts),
            invoker,
            runner,
            client,
            runtime_api: ports.runtime_api_url(),
            urls,
            moto_url: ports.moto_url(),
            by_hand: AtomicUsize::new(0),
            folder,
        })
    }

    /// A client of the gateway: plain API calls, as anybody would make them.
    #[must_use]
    pub fn client(&self) -> &aws_api::Client {
        &self.client
    }

    /// What the functions and everybody else call instead of AWS.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.gateway.url
    }

    /// The address of a function that has a URL, with a slash at its end.
    #[must_use]
    pub fn function_url(&self, function: &str) -> Option<&str> {
        self.urls.get(function).map(String::as_str)
    }

    /// The gateway itself: its journal, its faults.
    #[must_use]
    pub fn gateway(&self) -> &RunningGateway {
        &self.gateway
    }

    /// The calls that came through the gateway and fit, oldest first.
    #[must_use]
    pub fn journal(&self, filter: &Filter) -> Vec<Entry> {
        self.gateway.journal().entries(filter)
    }

    /// Gives an instance work to do, in vCPUs.
    pub async fn set_load(&self, instance: &str, vcpus: f64) {
        self.gateway.cloud().alarms.set_load(instance, Some(vcpus)).await;
    }

    /// Puts a fault script in force; one without rules ends all faults.
    ///
    /// # Errors
    /// [`StackError::Script`] names the rule that cannot be obeyed.
    pub fn set_faults(&self, script: Value) -> Result<(), StackError> {
        let script = serde_json::from_value(script).map_err(|error| StackError::Script(error.to_string()))?;
        self.gateway.faults().set(script).map_err(StackError::Script)
    }

    /// Puts a fault script in force beside those of other names; see [`Stack::set_faults`].
    ///
    /// # Errors
    /// [`StackError::Script`] names the rule that cannot be obeyed.
    pub fn set_named_faults(&self, name: &str, script: Value) -> Result<(), StackError> {
        let script = serde_json::from_value(script).map_err(|error| StackError::Script(error.to_string()))?;
        self.gateway.faults().set_named(name, script).map_err(StackError::Script)
    }

    /// The calls by which functions changed a resource of the account, or tried to, after the journal's entry `since`.
    #[must_use]
    pub fn changes(&self, since: u64) -> Vec<Entry> {
        let after = Filter { since: Some(since), ..Filter::default() };
        self.journal(&after).into_iter().filter(changes::is_change).collect()
    }

    /// The number of the journal's last entry; 0 when there is none.
    #[must_use]
    pub fn journal_end(&self) -> u64 {
        self.gateway.journal().end()
    }

    /// moto behind the gateway, for tests that must see past it.
    #[must_use]
    pub fn moto_url(&self) -> &str {
        &self.moto_url
    }

    /// AWS's emulator of the durable execution service.
    #[must_use]
    pub fn runner(&self) -> &DurableRunner {
        &self.runner
    }

    /// Where the functions fetch their invocations, and where `cargo lambda invoke` sends its own.
    #[must_use]
    pub fn runtime_api_url(&self) -> &str {
        &self.runtime_api
    }

    /// Invokes `function` with `payload`, which need not be JSON, as one new execution; does not wait.
    ///
    /// # Errors
    /// [`StackError::UnknownFunction`], or the runner's refusal.
    pub async fn invoke(&self, function: &str, payload: &str) -> Result<Invocation, StackError> {
        let name = format!("by-hand-{}", self.by_hand.fetch_add(1, Ordering::Relaxed));
        self.invoker.start(function, payload, &name).await
    }

    /// Waits for the end of an execution.
    ///
    /// # Errors
    /// [`StackError::Unfinished`] after `within`; [`StackError::Exited`] when the function died meanwhile.
    pub async fn finish(&self, invocation: &Invocation, within: Duration) -> Result<Execution, StackError> {
        let ended = self.runner.finish(invocation, within).await;
        if ended.is_err() {
            self.check()?;
        }
        ended
    }

    /// Every execution so far, started by the event bus or by hand.
    #[must_use]
    pub fn invocations(&self) -> Vec<Invocation> {
        self.invoker.invocations()
    }

    /// Where the stack stands now, for [`Stack::settle`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        let deliveries = self.gateway().cloud().bus.log().begun();
        Mark { executions: self.invoker.invocations().len(), deliveries }
    }

    /// The executions that were started after the mark, when all of them have ended, the bus carries no event that would
    /// start another, and nothing further has come for a while: what one event has set going, tickets and all.
    ///
    /// # Errors
    /// [`StackError::Unfinished`] when there is none, or one goes on, after `within`.
    pub async fn settle(&self, mark: Mark, within: Duration) -> Result<Vec<Settled>, StackError> {
        let log = self.gateway().cloud().bus.log();
        let carrying = |seen| self.check().map(|()| log.is_carrying_after(seen));
        settle::settle(&self.invoker, &self.runner, mark, within, carrying).await
    }

    /// Every event of an execution, oldest first.
    ///
    /// # Errors
    /// When the runner does not answer.
    pub async fn history(&self, invocation: &Invocation) -> Result<Vec<Value>, StackError> {
        self.runner.history(invocation).await
    }

    /// Whether everything still runs.
    ///
    /// # Errors
    /// [`StackError::Exited`] with the last lines of the first process found dead.
    pub fn check(&self) -> Result<(), StackError> {
        self.counterparts.lock().unwrap_or_else(PoisonError::into_inner).check()?;
        self.functions.check()
    }

    /// Ends the function's processes as `kill -9` does, in the middle of whatever they do.
    ///
    /// # Errors
    /// [`StackError::UnknownFunction`].
    pub fn kill_function(&self, name: &str) -> Result<(), StackError> {
        self.functions.kill(name)
    }

    /// Starts the function again with `changes` on top of its settings, ending it first if it runs.
    ///
    /// # Errors
    /// [`StackError::UnknownFunction`], or why the process does not start.
    pub fn restart_function(&self, name: &str, changes: &BTreeMap<String, String>) -> Result<(), StackError> {
        self.functions.restart(name, changes)
    }

    /// The log of a function or of a counterpart (`moto`, `durable-runner`, `runtime-api`).
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    /// The folder with every log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves the logs behind when the stack ends.
    pub fn keep_logs(&mut self) {
        self.folder.keep();
    }
}

fn gateway_config(config: &StackConfig, ports: &Ports) -> GatewayConfig {
    let mut gateway = GatewayConfig::new(ports.moto_url(), config.models.clone());
    gateway.template = Some(config.template.clone());
    gateway.parameters.clone_from(&config.parameters);
    gateway.timings = config.timings;
    gateway.deaf.clone_from(&config.deaf);
    gateway.runner_url = config.durable_through_gateway.then(|| ports.runner_url());
    gateway
}

fn endpoints(config: &StackConfig, gateway: &RunningGateway, ports: &Ports) -> Endpoints {
    let durable = if config.durable_through_gateway { gateway.url.clone() } else { ports.runner_url() };
    let runner = ports.runner_url().trim_start_matches("http://").to_owned();
    Endpoints { gateway: gateway.url.clone(), durable, runtime_api: ports.runtime_api_url(), runner }
}

async fn serve_functions(
    gateway: &mut RunningGateway,
    functions: Vec<String>,
    ports: &Ports,
) -> Result<BTreeMap<String, String>, StackError> {
    let mut urls = BTreeMap::new();
    for function in functions {
        let url = gateway.serve_function(&function, &ports.runtime_api_url()).await;
        urls.insert(function, url.map_err(|source| StackError::Gateway(Box::new(source)))?);
    }
    Ok(urls)
}
