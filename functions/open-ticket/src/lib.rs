//! Opens one ticket for what a person must see.
//!
//! Comes in: a Kintsugi outcome, an alarm nobody is bound to, an execution of SSM Automation or of one of our
//! functions that did not end well; or that such a fault is gone; or what waited in the queue.
//! Goes out: an [`Answer`]: the ticket, or why none is needed. Never: silence. While the desk is down an event
//! waits in the queue; where only a person's correction helps, it goes to the dead-letter queue and the
//! invocation fails.

mod decide;
mod open;
mod waiting;

use async_trait::async_trait;
use aws_durable_execution_sdk::BoxError;
use engine::HostError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::aws::Services;
use shared::catalogue::{self, Binding};
use shared::host::{RunHost, recorded};
use shared::lambda::Handler;
use shared::publish::{self, PublishError};
use shared::telemetry::{self, chain, phase};
use shared::ticket::{Draft, Refused, Ticket, Tickets};
use thiserror::Error;
use waiting::Waiting;

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
    /// The desk is down; the event waits in the queue until it is back.
    Waits {
        /// Why.
        reason: String,
    },
    /// A batch of the queue, in Lambda's words for it: what is not listed is done with.
    Delivered {
        /// The messages that wait on.
        #[serde(rename = "batchItemFailures")]
        failures: Vec<WaitsOn>,
        /// What became of the others.
        tickets: Vec<Ticket>,
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
        /// The ticket; none while the desk is down.
        ticket: Option<Ticket>,
    },
}

/// A message that waits on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitsOn {
    /// Its id.
    #[serde(rename = "itemIdentifier")]
    pub message: String,
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
        if let Some(batch) = waiting::read(event) {
            return self.deliver(services, host, batch).await;
        }
        match decide(event, &bindings(), host.execution()) {
            Decision::Nothing { reason } => {
                phase(host, "ticket", &format!("nothing to do: {reason}"));
                Ok(Answer::NothingToDo { reason })
            }
            Decision::Open(draft) | Decision::Close(draft) => self.understood(services, host, event, &draft).await,
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
            Ok(Some(ticket)) => Ok(Answer::Ticketed { ticket }),
            Ok(None) => {
                Ok(Answer::NothingToDo { reason: format!("{}, and nobody was told of it before", draft.title) })
            }
            Err(refused) if self.waits(services, host, event, draft, &refused).await => {
                Ok(Answer::Waits { reason: refused.to_string() })
            }
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
        let opened = match opened {
            Err(refused) if self.waits(services, host, event, draft, &refused).await => Ok(None),
            opened => opened,
        };
        match (kept, opened) {
            (Ok(()), Ok(ticket)) => Ok(Answer::NotUnderstood { reason: problem.to_owned(), ticket }),
            (Ok(()), Err(refused)) => Err(OpenTicketError::NotOpened(refused)),
            (Err(source), Ok(ticket)) => {
                let ticket = ticket.map_or_else(|| "that waits".to_owned(), |ticket| ticket.id);
                Err(OpenTicketError::EventLost { ticket, source })
            }
            (Err(source), Err(refused)) => Err(OpenTicketError::NotKept { refused, source }),
        }
    }

    /// Whether the event waits in the queue now. What waiting does not help is not put there.
    async fn waits(
        &self,
        services: &Services,
        host: &dyn RunHost,
        event: &Value,
        draft: &Draft,
        refused: &Refused,
    ) -> bool {
        if !refused.passing || services.settings.tickets.queue_url.is_none() {
            return false;
        }
        let pause = waiting::pause(refused, services.settings.poll, 1);
        let told = |problem: String| {
            tracing::error!(target: "kintsugi", execution = host.execution(), phase = "ticket", "{problem}");
        };
        // First, and once however often this is gone through: whoever delivers the letter says that it waits no more.
        let (tickets, of) = (self.tickets.clone(), draft.clone());
        if let Err(error) = recorded(host, "wait/remember", async move { tickets.waits(&of).await }).await {
            told(chain(&error));
            return false;
        }
        match waiting::put(services, host, event, refused, pause).await {
            Ok(()) => {
                phase(host, "ticket", &format!("waits in the queue: {refused}"));
                true
            }
            Err(error) => {
                told(chain(&error));
                self.tickets.waits_no_more(draft).await;
                false
            }
        }
    }

    async fn deliver(
        &self,
        services: &Services,
        host: &dyn RunHost,
        batch: Vec<Waiting>,
    ) -> Result<Answer, OpenTicketError> {
        let (mut failures, mut tickets) = (Vec::new(), Vec::new());
        for waiting in batch {
            match self.deliver_one(services, host, &waiting).await? {
                Delivered::Done(ticket) => tickets.extend(ticket),
                Delivered::WaitsOn => failures.push(WaitsOn { message: waiting.id }),
            }
        }
        Ok(Answer::Delivered { failures, tickets })
    }

    async fn deliver_one(
        &self,
        services: &Services,
        host: &dyn RunHost,
        waiting: &Waiting,
    ) -> Result<Delivered, OpenTicketError> {
        let draft = match decide(&waiting.event, &bindings(), &waiting.execution) {
            Decision::Nothing { .. } => return Ok(Delivered::Done(None)),
            Decision::Open(draft) | Decision::Close(draft) | Decision::NotUnderstood { draft, .. } => draft,
        };
        if waiting.not_before.is_some() {
            let now = host.now(&format!("waiting/not-before {}", waiting.id)).await?;
            if let Some(rest) = waiting::rest(waiting, now) {
                waiting::hide(services, host, waiting, rest).await;
                return Ok(Delivered::WaitsOn);
            }
        }
        let opened = open::once(&self.tickets, host, &draft, &format!("ticket/deliver {}", waiting.id)).await?;
        open::tell(host, &draft, &opened);
        match opened {
            Ok(ticket) => Ok(Delivered::Done(ticket)),
            Err(refused) if refused.passing => {
                let now = host.now(&format!("waiting/now {}", waiting.id)).await?;
                let waited = waiting::waited(waiting, now);
                telemetry::ticket_waits(NAME, now, waited.as_secs_f64());
                if waited >= waiting::PATIENCE {
                    return self.give_up(services, host, waiting, &draft, refused).await;
                }
                let pause = waiting::pause(&refused, services.settings.poll, waiting.receives);
                waiting::hide(services, host, waiting, pause).await;
                Ok(Delivered::WaitsOn)
            }
            Err(refused) => self.give_up(services, host, waiting, &draft, refused).await,
        }
    }

    /// Only a person helps: the event goes to the dead-letter queue, whose alarm tells.
    async fn give_up(
        &self,
        services: &Services,
        host: &dyn RunHost,
        waiting: &Waiting,
        draft: &Draft,
        refused: Refused,
    ) -> Result<Delivered, OpenTicketError> {
        let error = keep(services, host, &waiting.event, refused).await;
        tracing::error!(target: "kintsugi", execution = host.execution(), phase = "ticket", "{}", chain(&error));
        match error {
            OpenTicketError::NotOpened(_) => {
                self.tickets.waits_no_more(draft).await;
                Ok(Delivered::Done(None))
            }
            _ => Ok(Delivered::WaitsOn),
        }
    }
}

/// What became of one message.
enum Delivered {
    Done(Option<Ticket>),
    WaitsOn,
}

#[async_trait]
impl Handler for OpenTicket {
    async fn handle(&self, services: &Services, host: &dyn RunHost, event: Value) -> Result<Value, BoxError> {
        Ok(serde_json::to_value(OpenTicket::handle(self, services, host, &event).await?)?)
    }

    /// A ticket about a ticket that cannot be opened could not be opened: this line and the alarm on failed runs tell.
    async fn give_up(&self, _: &Services, execution: &str, reason: &str) -> Result<(), BoxError> {
        tracing::error!(target: "kintsugi", execution, phase = "ticket", "{reason}");
        Ok(())
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
