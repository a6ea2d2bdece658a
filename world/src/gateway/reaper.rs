//! The death of a process in the middle of one of its calls.
//!
//! Comes in: the name of a caller, at the moment its process shall die. Goes out: when this returns it is dead, and a new
//! one has taken its place. Never: a death by the clock; the call itself is the moment.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Whoever has the callers' processes.
pub trait Processes: Send + Sync {
    /// Kills the caller's processes as `kill -9` does, and starts new ones.
    fn replace(&self, caller: &str);
}

/// Kills callers.
#[derive(Default)]
pub struct Reaper {
    processes: OnceLock<Arc<dyn Processes>>,
    /// Who dies at the next checkpoint.
    doomed: Mutex<BTreeSet<String>>,
}

impl std::fmt::Debug for Reaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reaper").field("doomed", &self.doomed).finish_non_exhaustive()
    }
}

impl Reaper {
    /// From now on callers can be killed. Who has them does not change.
    pub fn serve(&self, processes: Arc<dyn Processes>) {
        if self.processes.set(processes).is_err() {
            tracing::warn!("the callers' processes are known already");
        }
    }

    /// Kills the caller's processes, and returns when new ones have been started.
    pub(super) async fn kill(&self, caller: &str) {
        let Some(processes) = self.processes.get().cloned() else {
            return tracing::warn!(caller, "nobody has this caller's processes, so they live on");
        };
        let caller = caller.to_owned();
        // Ending a process takes a moment in which no other call may wait.
        if let Err(error) = tokio::task::spawn_blocking(move || processes.replace(&caller)).await {
            tracing::error!(%error, "a caller could not be killed");
        }
    }

    /// The caller is to die when its next checkpoint has been taken.
    pub(super) fn doom(&self, caller: &str) {
        self.doomed().insert(caller.to_owned());
    }

    /// Whether that moment has come.
    pub(super) fn is_due(&self, caller: &str) -> bool {
        self.doomed().remove(caller)
    }

    fn doomed(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.doomed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
