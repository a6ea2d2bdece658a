//! What a desk remembers: its issues, what it was asked, and which faults it shall show next.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::issues::{Comment, Issue};
use super::jql::Query;
use super::server::DeskConfig;
use crate::clock::{Clock, Timings};

/// A fault for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429 with `Retry-After` in seconds. The request is not looked at.
    RateLimit(u64),
    /// A status of the server's own trouble. The request is not looked at.
    Status(u16),
    /// The request is performed, and its answer is lost: the connection closes without one.
    LoseAnswer,
    /// The request is performed and answered this much later.
    Slow(Duration),
}

/// One request as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// `GET`, `POST`.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// The JSON body; null for none.
    pub body: Value,
}

#[derive(Debug, Default)]
struct Memory {
    issues: Vec<(Instant, Issue)>,
    seen: Vec<Seen>,
    faults: VecDeque<Fault>,
    token: String,
}

/// One desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) config: DeskConfig,
    pub(super) url: String,
    clock: Clock,
    memory: Mutex<Memory>,
}

impl Desk {
    pub(super) fn new(config: DeskConfig, url: String) -> Self {
        let memory = Memory { token: config.token.clone(), ..Memory::default() };
        Self { config, url, clock: Clock::new(Timings::default()), memory: Mutex::new(memory) }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn issues(&self) -> Vec<Issue> {
        self.memory().issues.iter().map(|(_, issue)| issue.clone()).collect()
    }

    pub(super) fn issue(&self, key: &str) -> Option<Issue> {
        self.memory().issues.iter().find(|(_, issue)| issue.key == key).map(|(_, issue)| issue.clone())
    }

    /// Issues that match, and that the index knows by now.
    pub(super) fn search(&self, query: &Query) -> Vec<Issue> {
        let lag = self.config.search_lag;
        let indexed = |at: &Instant| at.elapsed() >= lag;
        let memory = self.memory();
        let found = memory.issues.iter().filter(|(at, issue)| indexed(at) && query.matches(issue));
        found.map(|(_, issue)| issue.clone()).collect()
    }

    /// Files a checked issue under the next key.
    pub(super) fn create(&self, fields: &Value) -> Issue {
        let mut memory = self.memory();
        let number = memory.issues.len() + 1;
        let issue = Issue::new(&self.config.project, number, fields, self.clock.now());
        memory.issues.push((Instant::now(), issue.clone()));
        issue
    }

    pub(super) fn comment(&self, key: &str, body: Value) -> Option<Comment> {
        let now = self.clock.now();
        let mut memory = self.memory();
        let (_, issue) = memory.issues.iter_mut().find(|(_, issue)| issue.key == key)?;
        let comment = Comment { id: (10_000 + issue.comments.len()).to_string(), body, created: now };
        issue.comments.push(comment.clone());
        Some(comment)
    }

    pub(super) fn close(&self, key: &str) -> bool {
        let mut memory = self.memory();
        let found = memory.issues.iter_mut().find(|(_, issue)| issue.key == key);
        found.map(|(_, issue)| issue.done = true).is_some()
    }

    pub(super) fn see(&self, seen: Seen) {
        self.memory().seen.push(seen);
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.memory().seen.clone()
    }

    pub(super) fn inject(&self, faults: impl IntoIterator<Item = Fault>) {
        self.memory().faults.extend(faults);
    }

    pub(super) fn next_fault(&self) -> Option<Fault> {
        self.memory().faults.pop_front()
    }

    pub(super) fn rotate(&self, token: &str) {
        token.clone_into(&mut self.memory().token);
    }

    /// Whether these are the one user's credentials.
    pub(super) fn admits(&self, email: &str, token: &str) -> bool {
        email == self.config.email && token == self.memory().token
    }
}
