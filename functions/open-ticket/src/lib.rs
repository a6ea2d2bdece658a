//! Opens one ticket for what a person must see.
//!
//! Comes in: a Kintsugi outcome, an alarm nobody is bound to, an SSM Automation execution that did not end well.
//! Goes out: an [`Answer`]: the ticket, or why none is needed. Never: silence. A ticket that cannot be opened
//! leaves its event in the dead-letter queue and fails the invocation.

mod decide;
mod open;

use async_trait::async_trait;
use aws_durable_execution_sdk::BoxError;
use engine::HostError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::aws::Services;
use shared::catalogue::{self, Binding};
use shared::host::RunHost;
use shared::lambda::Handler;
use shared::publish::{self, PublishError};
use shared::telemetry::{chain, phase};
use shared::ticket::{Draft, Refused, Ticket, Tickets};
use thiserror::Error;

pub use decide::{Decision, decide};

/// Name of the function, as in the template.
pub const NAME: &str = "open-ticket";

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status")]
pub enum Answer {
    /// A ticket is open.
    Ticketed {
        /// The ticket.
        ticket: Ticket,
    },
    /// Nobody needs a ticket.
    NothingToDo {
        /// Why.
        reason: String,
    },
    /// The event could not be understood; it is in the dead-letter queue and a ticket says so.
    NotUnderstood {
        /// What is wrong with the event.
        reason: String,
        /// The ticket.
        ticket: Ticket,
    },
}

/// An invocation that fails.
#[derive(Debug, Error)]
pub enum OpenTicketError {
    /// No ticket, but nothing is lost.
    #[error("the ticket was not opened; its event is in the dead-letter queue")]
    NotOpened(#[source] Refused),
    /// No ticket, and the event could not be kept either. Lambda's own retries and queue are what is left.
    #[error("the ticket was not opened ({refused}) and its event could not be kept")]
    NotKept {
        /// Why there is no ticket.
        refused: Refused,
        /// Why the event could not be kept.
        #[source]
        source: PublishError,
    },
    /// The ticket is open, but the event it is about could not be kept.
    #[error("ticket {ticket} is open, but the event it is about could not be kept")]
    EventLost {
        /// Id of the ticket.
        ticket: String,
        /// Why.
        #[source]
        source: PublishError,
    },
    /// The execution cannot go on here; it is resumed elsewhere or fails.
    #[error("the execution stopped")]
    Host(#[from] HostError),
}

/// The function.
#[derive(Clone)]
pub struct OpenTicket {
    tickets: Tickets,
}

impl OpenTicket {
    /// With the desk of the settings.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        Self { tickets: Tickets::new(services) }
    }

    /// Handles one event.
    ///
    /// # Errors
    /// [`OpenTicketError`]; what it says is in the dead-letter queue is there.
    pub async fn handle(
        &self,
        services: &Services,
        host: &dyn RunHost,
        event: &Value,
    ) -> Result<Answer, OpenTicketError> {
        match decide(event, &bindings(), host.execution()) {
            Decision::Nothing { reason } => {
                phase(host, "ticket", &format!("nothing to do: {reason}"));
                Ok(Answer::NothingToDo { reason })
            }
            Decision::Open(draft) => self.understood(services, host, event, &draft).await,
            Decision::NotUnderstood { problem, draft } => {
                self.not_understood(services, host, event, &problem, &draft).await
            }
        }
    }

    async fn understood(
        &self,
        services: &Services,
        host: &dyn RunHost,
        event: &Value,
        draft: &Draft,
    ) -> Result<Answer, OpenTicketError> {
        match open::patiently(&self.tickets, host, draft, services.settings.poll).await? {
            Ok(ticket) => Ok(Answer::Ticketed { ticket }),
            Err(refused) => Err(keep(services, host, event, refused).await),
        }
    }

    /// The event is kept first: the ticket says that it is there.
    async fn not_understood(
        &self,
        services: &Services,
        host: &dyn RunHost,
        event: &Value,
        problem: &str,
        draft: &Draft,
    ) -> Result<Answer, OpenTicketError> {
        phase(host, "ticket", &format!("the event cannot be understood: {problem}"));
        let kept = publish::dead_letter(services, host, NAME, event, problem).await;
        let opened = open::patiently(&self.tickets, host, draft, services.settings.poll).await?;
        match (kept, opened) {
            (Ok(()), Ok(ticket)) => Ok(Answer::NotUnderstood { reason: problem.to_owned(), ticket }),
            (Ok(()), Err(refused)) => Err(OpenTicketError::NotOpened(refused)),
            (Err(source), Ok(ticket)) => Err(OpenTicketError::EventLost { ticket: ticket.id, source }),
            (Err(source), Err(refused)) => Err(OpenTicketError::NotKept { refused, source }),
        }
    }
}

#[async_trait]
impl Handler for OpenTicket {
    async fn handle(&self, services: &Services, host: &dyn RunHost, event: Value) -> Result<Value, BoxError> {
        let answer = OpenTicket::handle(self, services, host, &event).await;
        if let Err(error) = &answer {
            // A durable execution that fails is a successful invocation: only this line and the alarm on it tell.
            tracing::error!(target: "kintsugi", execution = host.execution(), phase = "ticket", "{}", chain(error));
        }
        Ok(serde_json::to_value(answer?)?)
    }
}

async fn keep(services: &Services, host: &dyn RunHost, event: &Value, refused: Refused) -> OpenTicketError {
    let reason = format!("the ticket was not opened: {refused}");
    match publish::dead_letter(services, host, NAME, event, &reason).await {
        Ok(()) => OpenTicketError::NotOpened(refused),
        Err(source) => OpenTicketError::NotKept { refused, source },
    }
}

/// The bindings of this build. Should they not be readable, every alarm becomes a ticket: better one too many.
fn bindings() -> Vec<Binding> {
    catalogue::bindings().unwrap_or_else(|error| {
        tracing::error!(target: "kintsugi", phase = "ticket", "{}", chain(&error));
        Vec::new()
    })
}
