//! What an event asks of open-ticket. Pure.

use serde_json::Value;
use shared::catalogue::Binding;
use shared::event;
use shared::telemetry::chain;
use shared::ticket::{Composed, Draft, compose, unreadable};

/// What to do about an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Open this ticket.
    Open(Box<Draft>),
    /// The fault is gone: close its ticket, if there is one.
    Close(Box<Draft>),
    /// Nobody needs a ticket.
    Nothing {
        /// Why.
        reason: String,
    },
    /// Keep the event, and open this ticket about it.
    NotUnderstood {
        /// What is wrong with the event.
        problem: String,
        /// The ticket.
        draft: Box<Draft>,
    },
}

/// Decides on `event`. `execution` tells this invocation from others.
#[must_use]
pub fn decide(event: &Value, bindings: &[Binding], execution: &str) -> Decision {
    match event::parse(event).map(|trigger| compose(&trigger, bindings)) {
        Ok(Composed::Ticket(draft)) => Decision::Open(draft),
        Ok(Composed::Healed(draft)) => Decision::Close(draft),
        Ok(Composed::Nothing { reason }) => Decision::Nothing { reason },
        Err(error) => {
            Decision::NotUnderstood { problem: chain(&error), draft: Box::new(unreadable(event, &error, execution)) }
        }
    }
}
