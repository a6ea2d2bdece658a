//! A list of steps under way: the document's own, or a loop's body in one iteration.
//!
//! Comes in: the steps and where they run. Goes out: names of visits; how the list was left.
//! Never: a decision where the run goes; see `flow`.

use super::flow::Next;
use super::record::ParentStep;
use crate::document::Step;

/// On which way a list is walked. The greater one of two stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Course {
    /// From its first step on.
    Forward,
    /// On the way back: a failed step jumped (`onFailure: step:`). It is walked to its end, because a run that is
    /// stopped half-way back leaves the resource worse than either end.
    Back,
    /// The run was asked to stop at a step of this list, and follows its onCancel.
    Stopping,
}

/// A list under way.
pub(super) struct List<'a> {
    pub(super) steps: &'a [Step],
    /// Before the name of each visit: nothing, or the loop's iteration (`each#1/3:`).
    pub(super) prefix: String,
    /// The iteration this is the body of.
    pub(super) parent: Option<ParentStep>,
    /// Whether what is around lets it be cancelled.
    pub(super) cancellable: bool,
    pub(super) course: Course,
    /// How many loops are around.
    pub(super) depth: u32,
}

/// How a list was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// A step of a list around, the end of this one, or the end of everything.
    pub(super) next: Next,
    pub(super) course: Course,
}

impl<'a> List<'a> {
    /// The document's own steps.
    pub(super) fn main(steps: &'a [Step], cancellable: bool) -> Self {
        Self { steps, prefix: String::new(), parent: None, cancellable, course: Course::Forward, depth: 0 }
    }

    /// Whether the run may be asked to stop here.
    pub(super) fn is_cancellable(&self) -> bool {
        self.cancellable && self.course == Course::Forward
    }

    pub(super) fn turn(&mut self, course: Course) {
        self.course = self.course.max(course);
    }

    /// Where the step of this name stands; most often soon after `from`.
    pub(super) fn position(&self, name: &str, from: usize) -> Option<usize> {
        let named = |step: &Step| step.name == name;
        let (before, after) = self.steps.split_at(from);
        after.iter().position(named).map(|found| from + found).or_else(|| before.iter().position(named))
    }
}
