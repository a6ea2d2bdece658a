//! The plan of one execution, and of those inside it.
//!
//! Comes in: where an execution is set, its values, whether things are still as they are now. Goes out: its steps, those
//! of the runbooks they run, and the way back. Never: a call of anything that is not a read.

use std::future::Future;
use std::pin::Pin;

use super::before::Read;
use super::offspring::{Offspring, Parent};
use super::record::PlannedStep;
use super::unseen::Unseen;
use super::walk::Walk;
use crate::document::{Document, Step};
use crate::host::HostError;
use crate::run::{Next, Setting, Values, after_failure};

/// So many steps of other runbooks are planned; a runbook that runs itself in several steps would have no end.
const MOST_ENTRIES: usize = 1000;

/// What all executions of one plan share.
pub(super) struct Unfold {
    /// Steps that were looked into.
    pub(super) number: u32,
    /// Entries of other runbooks that may follow.
    pub(super) left: usize,
}

impl Default for Unfold {
    fn default() -> Self {
        Self { number: 0, left: MOST_ENTRIES }
    }
}

/// The plan of an execution.
#[derive(Default)]
pub(super) struct Unfolded {
    pub(super) steps: Vec<PlannedStep>,
    pub(super) undo: Vec<PlannedStep>,
    /// Whether it was seen to its end, so that nothing is changed by it.
    pub(super) seen: bool,
}

/// How far an execution was seen.
struct Sight<'a> {
    done: Unfolded,
    next: Option<&'a str>,
    /// Of the next step, the first that nobody can see, if it was looked into.
    offspring: Option<Offspring>,
    values: Values,
    reads: Vec<Read>,
}

type Boxed<'b, T> = Pin<Box<dyn Future<Output = T> + Send + 'b>>;

impl Unfold {
    /// Plans an execution; `seen` if nothing is changed before it, so that it can be read. Executions in executions make
    /// it recursive; their greatest depth bounds that.
    pub(super) fn execution<'b>(
        &'b mut self,
        setting: Setting<'b>,
        values: Values,
        reads: Vec<Read>,
        seen: bool,
    ) -> Boxed<'b, Result<Unfolded, HostError>> {
        Box::pin(async move {
            let sight = match seen {
                true => self.look(&setting, values, reads).await?,
                false => unseen(setting.document, values, reads),
            };
            self.rest(&setting, sight).await
        })
    }

    /// Follows it as far as it can be seen, into the first runbook that it runs and past those that fail.
    async fn look<'a>(
        &mut self,
        setting: &Setting<'a>,
        values: Values,
        reads: Vec<Read>,
    ) -> Result<Sight<'a>, HostError> {
        let list = &setting.document.steps;
        let (mut walk, mut start, mut undo, mut attached) = (Walk::new(setting, values, reads), 0, Vec::new(), None);
        let next = loop {
            let Some(dark) = walk.read(start).await? else { break None };
            let Some((index, step)) = list.iter().enumerate().find(|(_, step)| step.name == dark) else { break None };
            if !runs_another(step) {
                break Some(dark);
            }
            let parent = Parent { setting, step, values: walk.values(), reads: walk.reads(), seen: true, back: false };
            let offspring = self.offspring(&parent, walk.entry(step)).await?;
            if !offspring.failed {
                attached = Some(offspring);
                break Some(dark);
            }
            let seen = offspring.seen;
            undo.extend(offspring.undo);
            walk.put(step, offspring.steps);
            let Next::Step(next) = after_failure(list, index) else { break None };
            match list.iter().position(|step| step.name == next) {
                Some(position) if seen => start = position,
                position => break position.and_then(|position| list.get(position)).map(|step| step.name.as_str()),
            }
        };
        let (steps, values, reads) = walk.finish();
        let done = Unfolded { steps, undo, seen: next.is_none() };
        Ok(Sight { done, next, offspring: attached, values, reads })
    }

    /// What nobody can see yet, with the runbooks in it.
    async fn rest(&mut self, setting: &Setting<'_>, sight: Sight<'_>) -> Result<Unfolded, HostError> {
        let Sight { mut done, next, offspring: mut attached, values, reads } = sight;
        let mut unseen = Unseen::new(setting.document, setting.host, values, reads);
        let rest = unseen.steps(next);
        let back = unseen.undo(&[done.steps.as_slice(), &rest].concat());
        let (values, reads) = unseen.known();
        let mut inner = std::mem::take(&mut done.undo);
        let forth = rest.into_iter().map(|entry| (entry, false));
        for (entry, back) in forth.chain(back.into_iter().map(|entry| (entry, true))) {
            let to = if back { &mut done.undo } else { &mut done.steps };
            let Some(step) = setting.document.step(&entry.step).filter(|step| runs_another(step)) else {
                to.push(entry);
                continue;
            };
            let offspring = match attached.take_if(|_| !back && next == Some(step.name.as_str())) {
                Some(offspring) => offspring,
                None => {
                    let parent = Parent { setting, step, values: &values, reads: &reads, seen: false, back };
                    self.offspring(&parent, entry).await?
                }
            };
            to.extend(offspring.steps);
            inner.extend(offspring.undo);
        }
        done.undo.extend(inner);
        Ok(done)
    }
}

fn unseen(document: &Document, values: Values, reads: Vec<Read>) -> Sight<'_> {
    let next = document.steps.first().map(|step| step.name.as_str());
    Sight { done: Unfolded::default(), next, offspring: None, values, reads }
}

fn runs_another(step: &Step) -> bool {
    step.action == "aws:executeAutomation"
}
