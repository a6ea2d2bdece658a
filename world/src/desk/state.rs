//! What a desk remembers: its issues, what it was asked, and which faults it shall show next.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;

use super::fault::Fault;
use super::issues::{By, Comment, Issue};
use super::jql::Query;
use super::server::DeskConfig;
use super::workflow::{Status, Workflow};
use crate::clock::{Clock, Timings};

/// Which Jira a desk speaks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// REST API v3, Atlassian Document Format, e-mail address and API token.
    Cloud,
    /// REST API v2, wiki markup, personal access token.
    DataCenter,
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
    broken: Option<Fault>,
    token: String,
}

/// One desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) config: DeskConfig,
    pub(super) url: String,
    pub(super) workflow: Workflow,
    clock: Clock,
    memory: Mutex<Memory>,
}

impl Desk {
    pub(super) fn new(config: DeskConfig, url: String, seed: u16) -> Self {
        let memory = Memory { token: config.token.clone(), ..Memory::default() };
        let workflow = Workflow::new(&config.transitions, seed);
        Self { config, url, workflow, clock: Clock::new(Timings::default()), memory: Mutex::new(memory) }
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
        let mut found: Vec<Issue> = found.map(|(_, issue)| issue.clone()).collect();
        if query.latest_first {
            found.reverse();
        }
        found
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

    pub(super) fn change<T>(&self, key: &str, change: impl FnOnce(&mut Issue) -> T) -> Option<T> {
        let mut memory = self.memory();
        let found = memory.issues.iter_mut().find(|(_, issue)| issue.key == key);
        found.map(|(_, issue)| change(issue))
    }

    pub(super) fn becomes(&self, key: &str, status: Status, by: By) -> Option<()> {
        let now = self.clock.now();
        self.change(key, |issue| issue.becomes(status, by, now))
    }

    pub(super) fn changed(&self, key: &str, change: impl FnOnce(&mut Issue)) -> Option<()> {
        let now = self.clock.now();
        self.change(key, |issue| issue.changed(change, now))
    }

    pub(super) fn edit(&self, key: &str, edited: Issue, by: By) -> Option<()> {
        let now = self.clock.now();
        self.change(key, |issue| issue.edit(edited, by, now))
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

    pub(super) fn break_down(&self, fault: Option<Fault>) {
        self.memory().broken = fault;
    }

    pub(super) fn next_fault(&self) -> Option<Fault> {
        let mut memory = self.memory();
        memory.faults.pop_front().or(memory.broken)
    }

    pub(super) fn rotate(&self, token: &str) {
        token.clone_into(&mut self.memory().token);
    }

    /// Whether these are the one user's credentials.
    pub(super) fn admits(&self, email: &str, token: &str) -> bool {
        email == self.config.email && token == self.memory().token
    }
}
