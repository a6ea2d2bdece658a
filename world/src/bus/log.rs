//! What the bus carried: every event, every delivery.
//!
//! Comes in: events and the ends of deliveries. Goes out: lists, oldest first. Never: a decision.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// How a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeliveryState {
    /// Under way, or between two attempts.
    InProgress,
    /// The function took it.
    Delivered,
    /// A durable execution took it and failed: nobody tries again.
    ExecutionFailed {
        /// What the function said.
        reason: String,
    },
    /// Every attempt failed; it is in the dead-letter queue.
    DeadLettered {
        /// Name of the queue.
        queue: String,
        /// What the last attempt said.
        reason: String,
    },
    /// Every attempt failed, and there is no queue or it did not take the event: lost, as in AWS.
    Lost {
        /// What the last attempt said.
        reason: String,
    },
}

/// One event on its way to one target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Name of the idempotency: unique for event and target.
    pub id: String,
    /// The event's own id.
    pub event: String,
    /// `eventbridge`, `sns`, `alarmAction`, `sqs` or `byHand`.
    pub via: &'static str,
    /// The rule, topic or queue it came by.
    pub from: String,
    /// The function, or the queue.
    pub to: String,
    /// When it began.
    pub at: Timestamp,
    /// Attempts so far.
    pub attempts: usize,
    /// How it stands.
    #[serde(flatten)]
    pub state: DeliveryState,
}

/// An event and the bus it was on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Emitted {
    /// When the bus took it.
    pub at: Timestamp,
    /// EventBridge bus, or the topic's ARN, or the function of an alarm action.
    pub on: String,
    /// The event, as targets get it.
    pub event: Value,
    /// Names of the rules that wanted it.
    pub matched: Vec<String>,
}

/// An alarm storm with all that comes of it fits in.
const KEPT: usize = 50_000;

/// The log.
#[derive(Debug, Default)]
pub struct BusLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Emitted>,
    /// How many there ever were; the oldest may be gone.
    emitted: usize,
    deliveries: VecDeque<Delivery>,
    /// How many there ever were; the oldest may be gone.
    begun: usize,
}

impl BusLog {
    pub(super) fn emitted(&self, event: Emitted) {
        let mut state = self.state();
        state.emitted += 1;
        push(&mut state.events, event);
    }

    pub(super) fn begin(&self, delivery: Delivery) {
        let mut state = self.state();
        state.begun += 1;
        push(&mut state.deliveries, delivery);
    }

    pub(super) fn update(&self, id: &str, attempts: usize, state: DeliveryState) {
        if let Some(delivery) = self.state().deliveries.iter_mut().rev().find(|delivery| delivery.id == id) {
            delivery.attempts = attempts;
            delivery.state = state;
        }
    }

    /// Every event, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Emitted> {
        self.state().events.iter().cloned().collect()
    }

    /// What `look` finds in the events, the newest first.
    pub fn find<T>(&self, look: impl FnMut(&Emitted) -> Option<T>) -> Vec<T> {
        self.find_after(0, look)
    }

    /// What `look` finds in the events after the first `seen`, the newest first.
    pub fn find_after<T>(&self, seen: usize, look: impl FnMut(&Emitted) -> Option<T>) -> Vec<T> {
        let state = self.state();
        state.events.iter().rev().take(state.emitted.saturating_sub(seen)).filter_map(look).collect()
    }

    /// How many events there have been.
    #[must_use]
    pub fn count(&self) -> usize {
        self.state().emitted
    }

    /// How many deliveries have begun.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.state().begun
    }

    /// Whether a delivery after the first `seen` is under way.
    #[must_use]
    pub fn is_carrying_after(&self, seen: usize) -> bool {
        let state = self.state();
        let after = state.deliveries.iter().rev().take(state.begun.saturating_sub(seen));
        after.into_iter().any(|delivery| delivery.state == DeliveryState::InProgress)
    }

    /// The deliveries of the event with this id.
    #[must_use]
    pub fn deliveries_of(&self, event: &str) -> Vec<Delivery> {
        self.state().deliveries.iter().filter(|delivery| delivery.event == event).cloned().collect()
    }

    /// Every delivery, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state().deliveries.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() == KEPT {
        list.pop_front();
    }
    list.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: &str) -> Delivery {
        let at = Timestamp::UNIX_EPOCH;
        let (event, from, to) = (id.to_owned(), "rule".to_owned(), "open-ticket".to_owned());
        let state = DeliveryState::InProgress;
        Delivery { id: id.to_owned(), event, via: "eventbridge", from, to, at, attempts: 0, state }
    }

    #[test]
    fn what_began_after_a_mark_is_carried_until_its_end_and_what_began_before_is_nobody_s_business() {
        let log = BusLog::default();
        log.begin(delivery("before"));
        let mark = log.begun();
        assert!(!log.is_carrying_after(mark));
        log.begin(delivery("after"));
        assert!(log.is_carrying_after(mark));
        log.update("after", 1, DeliveryState::Delivered);
        assert!(!log.is_carrying_after(mark) && log.is_carrying_after(0));
    }
}
