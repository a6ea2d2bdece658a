//! Names of effects.
//!
//! Comes in: where a step runs, its visit, its attempt. Goes out: a name that is unique within an execution and the
//! same on every replay. Never: anything that depends on time or on answers other than through the path taken.

/// Names of one attempt of one visit of one step.
#[derive(Debug, Clone)]
pub(crate) struct Operations {
    /// The visit (`stop#1`; in the third iteration of a loop `each#1/3:stop#1`).
    visit: String,
    attempt: u32,
    looks: u32,
}

impl Operations {
    pub(crate) fn new(visit: &str, attempt: u32) -> Self {
        Self { visit: visit.to_owned(), attempt, looks: 0 }
    }

    /// `stop#1/cancelled`: of the visit, whatever the attempt.
    pub(crate) fn of_visit(visit: &str, what: &str) -> String {
        format!("{visit}/{what}")
    }

    /// `stop#1/2/call`: once in the attempt.
    pub(crate) fn once(&self, what: &str) -> String {
        format!("{}/{}/{what}", self.visit, self.attempt)
    }

    /// `wait#1/1/3/look`: of the attempt's current look.
    pub(crate) fn of_look(&self, what: &str) -> String {
        format!("{}/{}/{}/{what}", self.visit, self.attempt, self.looks)
    }

    /// `child#1/1/2:`: before the names of everything that happens in the attempt's child number `child`.
    pub(crate) fn of_child(&self, child: u32) -> String {
        format!("{}/{}/{child}:", self.visit, self.attempt)
    }

    /// Begins the next look.
    pub(crate) fn next_look(&mut self) {
        self.looks += 1;
    }

    pub(crate) fn looks(&self) -> u32 {
        self.looks
    }
}
