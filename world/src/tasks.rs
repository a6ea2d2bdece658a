//! Work that goes on after a call is answered: evaluations, deliveries.
//!
//! Comes in: futures. Goes out: nothing. Never: work that outlives the world; the end of the world ends it.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

/// Tasks under way.
#[derive(Debug, Default)]
pub struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    /// Starts a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut set = self.set();
        // Ended tasks are taken out here, so that the set does not grow with the age of the world.
        while set.try_join_next().is_some() {}
        set.spawn(task);
    }

    /// Ends every task at its next await.
    pub fn abort(&self) {
        self.set().abort_all();
    }

    fn set(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
