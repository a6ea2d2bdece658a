//! Names of effects.
//!
//! Comes in: step, visit, attempt. Goes out: a name that is unique within an execution and the same on every
//! replay. Never: anything that depends on time or on answers other than through the path taken.

/// Names and idempotency keys of one attempt of one visit of one step.
#[derive(Debug, Clone)]
pub(crate) struct Operations {
    step: String,
    visit: u32,
    attempt: u32,
    looks: u32,
}

impl Operations {
    pub(crate) fn new(step: &str, visit: u32, attempt: u32) -> Self {
        Self { step: step.to_owned(), visit, attempt, looks: 0 }
    }

    /// `stop#1/cancelled`: of the visit, whatever the attempt.
    pub(crate) fn of_visit(step: &str, visit: u32, what: &str) -> String {
        format!("{step}#{visit}/{what}")
    }

    /// `stop#1/2/call`: once in the attempt.
    pub(crate) fn once(&self, what: &str) -> String {
        format!("{}#{}/{}/{what}", self.step, self.visit, self.attempt)
    }

    /// `wait#1/1/3/look`: of the attempt's current look.
    pub(crate) fn of_look(&self, what: &str) -> String {
        format!("{}#{}/{}/{}/{what}", self.step, self.visit, self.attempt, self.looks)
    }

    /// Begins the next look.
    pub(crate) fn next_look(&mut self) {
        self.looks += 1;
    }

    pub(crate) fn looks(&self) -> u32 {
        self.looks
    }
}
