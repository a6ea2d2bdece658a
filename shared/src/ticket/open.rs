//! Opening one ticket per fault, whoever else is trying at the same time.
//!
//! Comes in: a [`Draft`] and who wants it opened. Goes out: a [`Ticket`]. Never: two open tickets for one fault,
//! as long as the guard table can be asked. When it cannot, the ticket is opened all the same: two tickets are a
//! nuisance, a missing one is a fault nobody looks at. (The guards before a *change* go the other way.)

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::desk::{Desk, Filed, Ticket, file};
use super::draft::Draft;
use super::error::TicketError;
use super::jira::Jira;
use super::opsitem::OpsCenter;
use super::reservation::{self, LEASE, Memory, Seat};
use crate::aws::Services;
use crate::settings::TicketProvider;

/// How long one attempt may take. Shorter than the lease, so that whoever waits for us never waits for nothing.
const ATTEMPT: Duration = LEASE.saturating_sub(Duration::from_secs(5));

/// Opens tickets where the settings say. Clones share connections and credentials.
#[derive(Clone)]
pub struct Tickets {
    services: Services,
    desk: Arc<dyn Desk>,
}

impl Tickets {
    /// The desk of the settings. Nothing is called yet.
    #[must_use]
    pub fn new(services: &Services) -> Self {
        let desk: Arc<dyn Desk> = match &services.settings.tickets {
            TicketProvider::OpsItem => Arc::new(OpsCenter::new(services)),
            TicketProvider::Jira(settings) => Arc::new(Jira::new(services, settings.clone())),
        };
        Self { services: services.clone(), desk }
    }

    /// Opens the ticket or adds to the open one. `owner` is the execution that asks; asking again as the same
    /// owner, after a crash, goes on where it was.
    ///
    /// # Errors
    /// The desk did not take it. It may have all the same where [`TicketError`] says so; asking again finds it then.
    pub async fn open(&self, draft: &Draft, owner: &str) -> Result<Ticket, TicketError> {
        let memory = match reservation::take(&self.services, draft, owner).await {
            Seat::Told(id) => return Ok(Ticket { url: self.desk.url(&id), id, filed: Filed::Unchanged }),
            Seat::Ours(memory) => memory,
            Seat::Unknown(reason) => {
                tracing::warn!(target: "kintsugi", execution = owner, reason, "opening a ticket without reservation");
                Memory::default()
            }
        };
        let filed = self.attempt(draft, memory.ticket.as_deref()).await;
        match &filed {
            Ok(ticket) => reservation::settle(&self.services, draft, owner, memory, &ticket.id).await,
            Err(_) => reservation::give_back(&self.services, draft, owner).await,
        }
        filed
    }

    async fn attempt(&self, draft: &Draft, known: Option<&str>) -> Result<Ticket, TicketError> {
        let attempt = timeout(ATTEMPT, file(self.desk.as_ref(), draft, known)).await;
        attempt.map_err(|elapsed| TicketError::Unreachable { desk: "the ticket desk", source: elapsed.into() })?
    }
}
