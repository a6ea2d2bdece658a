//! Runs functions for the event bus: each event becomes one durable execution in AWS's local runner.
//!
//! Comes in: a function's name and its event. Goes out: the execution's result, or how it failed.
//! Never: a retry or a second execution under the same name; the bus is Lambda's queue, this is Lambda. Never more of a
//! function's executions at once than its concurrency; the others wait in the queue.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::error::StackError;
use super::runner::{DurableRunner, Execution, Invocation};
use crate::bus::{Ended, InvokeError, Invoker};

/// The longest the bus waits for a function: longer than the runner lets an execution run.
const WITHIN: Duration = Duration::from_secs(1000);
/// Executions of one function at once. On AWS one that is suspended does not count, here it does: far more than anybody
/// lets wait for a person, and few enough that AWS's local runner keeps up.
const CONCURRENCY: usize = 64;

/// Starts and follows durable executions, and remembers all of them.
#[derive(Debug, Clone)]
pub(crate) struct DurableInvoker {
    runner: DurableRunner,
    /// Each with its free places.
    functions: Arc<BTreeMap<String, Semaphore>>,
    started: Arc<Mutex<Started>>,
}

/// Executions in the order of their start.
#[derive(Debug, Default)]
struct Started {
    all: Vec<Invocation>,
    /// By the name they were started under: a second event under a name follows the first.
    named: BTreeMap<String, usize>,
}

impl DurableInvoker {
    pub(crate) fn new(runner: DurableRunner, functions: impl IntoIterator<Item = String>) -> Self {
        let functions = functions.into_iter().map(|name| (name, Semaphore::new(CONCURRENCY))).collect();
        Self { runner, functions: Arc::new(functions), started: Arc::default() }
    }

    /// Every execution so far, by the bus or by hand, in the order of their start.
    pub(crate) fn invocations(&self) -> Vec<Invocation> {
        self.started().all.clone()
    }

    /// Starts an execution with a payload that need not be JSON.
    pub(crate) async fn start(&self, function: &str, payload: &str, name: &str) -> Result<Invocation, StackError> {
        if !self.functions.contains_key(function) {
            let known = self.functions.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(StackError::UnknownFunction { name: function.to_owned(), known });
        }
        let key = format!("{function}/{name}");
        if let Some(running) = self.known(&key) {
            return Ok(running);
        }
        let invocation = self.runner.start(function, payload, name).await?;
        let mut started = self.started();
        started.all.push(invocation.clone());
        let number = started.all.len() - 1;
        started.named.insert(key, number);
        Ok(invocation)
    }

    fn known(&self, key: &str) -> Option<Invocation> {
        let started = self.started();
        started.named.get(key).map(|number| started.all[*number].clone())
    }

    fn started(&self) -> MutexGuard<'_, Started> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Invoker for DurableInvoker {
    async fn invoke(&self, function: &str, payload: Value, idempotency_name: &str) -> Result<Value, InvokeError> {
        let unreachable = |source: StackError| match source {
            StackError::UnknownFunction { name, .. } => InvokeError::NoSuchFunction(name),
            other => InvokeError::Unreachable { function: function.to_owned(), source: Box::new(other) },
        };
        // Closed by nobody; whose function is not known is refused below.
        let _place = match self.functions.get(function) {
            Some(places) => places.acquire().await.ok(),
            None => None,
        };
        let invocation = self.start(function, &payload.to_string(), idempotency_name).await.map_err(unreachable)?;
        let execution = self.runner.finish(&invocation, WITHIN).await.map_err(unreachable)?;
        answer(&invocation, execution)
    }
}

fn answer(invocation: &Invocation, execution: Execution) -> Result<Value, InvokeError> {
    if execution.succeeded() {
        return Ok(execution.result.unwrap_or(Value::Null));
    }
    let ended = Ended { id: invocation.id.clone(), status: execution.status.clone() };
    let (error_type, message) = execution.error.unwrap_or((execution.status, String::new()));
    Err(InvokeError::Function { function: invocation.function.clone(), execution: Some(ended), error_type, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_execution_is_a_failed_function_with_its_own_words() {
        let error = Some(("Refused.Scope".to_owned(), "no tag".to_owned()));
        let execution = Execution { status: "FAILED".to_owned(), result: None, error };
        let invocation = Invocation { function: "resize".to_owned(), id: "e-1".to_owned() };
        let text = answer(&invocation, execution).unwrap_err().to_string();
        assert_eq!(text, "resize failed with Refused.Scope: no tag");
    }

    #[tokio::test]
    async fn a_function_nobody_runs_is_refused_before_the_runner_is_asked() {
        let nobody = DurableRunner::new(reqwest::Client::new(), "http://127.0.0.1:9".to_owned());
        let invoker = DurableInvoker::new(nobody, vec!["resize".to_owned()]);
        let error = invoker.invoke("other", Value::Null, "n").await.unwrap_err();
        assert!(matches!(error, InvokeError::NoSuchFunction(name) if name == "other"));
    }
}
