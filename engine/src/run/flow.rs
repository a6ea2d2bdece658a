//! Where a run goes after a step.
//!
//! Comes in: the step, the list it stands in, how it ended. Goes out: the next step, or the end.
//! Never: an effect; these are the rules of section "order" and "failure" of the language, nothing else.

use crate::document::{OnFailure, Step};

/// What follows a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Step(String),
    /// The end of the list or isEnd.
    End,
    /// The execution stops because of this step.
    Abort,
}

/// After success: isEnd ends, else nextStep, else the next in the list.
pub(crate) fn in_order(list: &[Step], index: usize) -> Next {
    let Some(step) = list.get(index).filter(|step| !step.is_end) else { return Next::End };
    let next = step.next_step.clone().or_else(|| list.get(index + 1).map(|next| next.name.clone()));
    next.map_or(Next::End, Next::Step)
}

/// After a branch: the choice or Default it took, which isEnd does not stop; else as after any step.
pub(crate) fn after_branch(list: &[Step], index: usize, jump: Option<String>) -> Next {
    jump.map_or_else(|| in_order(list, index), Next::Step)
}

/// After a failure for good. A jump wins over isEnd, so that success ends and failure cleans up.
pub(crate) fn after_failure(list: &[Step], index: usize) -> Next {
    match list.get(index).map(|step| &step.on_failure) {
        Some(OnFailure::Step(name)) => Next::Step(name.clone()),
        Some(OnFailure::Continue) => in_order(list, index),
        Some(OnFailure::Abort) | None => Next::Abort,
    }
}
