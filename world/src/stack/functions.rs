//! Every function of the stack, each with its processes.
//!
//! Comes in: their settings; later, names of those that shall die or begin anew. Goes out: whether all still run.
//! Never: a function that is gone for good; who is killed on purpose is started again on purpose.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::StackError;
use super::function::{Endpoints, Function, FunctionConfig};
use crate::gateway::reaper::Processes;

/// The functions, by name.
#[derive(Debug)]
pub(crate) struct Functions {
    running: Mutex<BTreeMap<String, Function>>,
    endpoints: Endpoints,
}

impl Functions {
    pub(crate) fn start(
        functions: Vec<FunctionConfig>,
        binaries: &Path,
        run: &Path,
        endpoints: Endpoints,
    ) -> Result<Self, StackError> {
        let start = |function: FunctionConfig| {
            let name = function.name.clone();
            Function::start(function, binaries, run, &endpoints).map(|function| (name, function))
        };
        let running = functions.into_iter().map(start).collect::<Result<_, _>>()?;
        Ok(Self { running: Mutex::new(running), endpoints })
    }

    pub(crate) fn check(&self) -> Result<(), StackError> {
        self.running().values_mut().try_for_each(Function::check)
    }

    pub(crate) fn kill(&self, name: &str) -> Result<(), StackError> {
        self.with(name, |function| {
            function.kill(&self.endpoints);
            Ok(())
        })
    }

    pub(crate) fn restart(&self, name: &str, changes: &BTreeMap<String, String>) -> Result<(), StackError> {
        self.with(name, |function| function.restart(changes, &self.endpoints))
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Function>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, name: &str, act: impl FnOnce(&mut Function) -> Result<T, StackError>) -> Result<T, StackError> {
        let mut functions = self.running();
        if let Some(function) = functions.get_mut(name) {
            return act(function);
        }
        let known = functions.keys().cloned().collect::<Vec<_>>().join(", ");
        Err(StackError::UnknownFunction { name: name.to_owned(), known })
    }
}

impl Processes for Functions {
    fn replace(&self, caller: &str) {
        if let Err(error) = self.restart(caller, &BTreeMap::new()) {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, caller, "a caller could not be replaced");
        }
    }
}
