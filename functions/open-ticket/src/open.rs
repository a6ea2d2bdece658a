//! Asking the desk again when waiting helps.

use std::time::Duration;

use engine::HostError;
use shared::host::{RunHost, recorded};
use shared::telemetry::phase;
use shared::ticket::{Draft, Filed, Refused, Ticket, Tickets};

/// How often the desk is asked. Fewer give up in a short outage; more keep a plain invocation running for nothing,
/// because whoever sent the event asks again later.
const ATTEMPTS: u32 = 3;
/// Each pause is so many times the one before.
const GROWTH: u32 = 3;
/// Longest pause that a desk's `Retry-After` can ask for: three of them fit into a plain invocation.
const LONGEST: Duration = Duration::from_secs(60);

/// Opens the ticket; each attempt is one recorded effect. The inner error is the last refusal.
pub(crate) async fn patiently(
    tickets: &Tickets,
    host: &dyn RunHost,
    draft: &Draft,
    first_pause: Duration,
) -> Result<Result<Ticket, Refused>, HostError> {
    let mut pause = first_pause;
    let mut attempt = 1;
    loop {
        let opened = once(tickets, host, draft, attempt).await?;
        tell(host, draft, &opened);
        match opened {
            Err(refused) if refused.passing && attempt < ATTEMPTS => {
                let pause_now = refused.retry_after.unwrap_or(pause).min(LONGEST);
                host.sleep(&format!("ticket/pause#{attempt}"), pause_now).await?;
            }
            end => return Ok(end),
        }
        pause = (pause * GROWTH).min(LONGEST);
        attempt += 1;
    }
}

async fn once(
    tickets: &Tickets,
    host: &dyn RunHost,
    draft: &Draft,
    attempt: u32,
) -> Result<Result<Ticket, Refused>, HostError> {
    let (tickets, draft, owner) = (tickets.clone(), draft.clone(), host.execution().to_owned());
    recorded(host, &format!("ticket/open#{attempt}"), async move {
        tickets.open(&draft, &owner).await.map_err(|error| Refused::from(&error))
    })
    .await
}

fn tell(host: &dyn RunHost, draft: &Draft, opened: &Result<Ticket, Refused>) {
    let line = match opened {
        Ok(Ticket { id, url, filed: Filed::Created }) => format!("opened {id}: {} {url}", draft.title),
        Ok(Ticket { id, url, filed: Filed::Commented }) => format!("added to {id}: {} {url}", draft.title),
        Ok(Ticket { id, url, filed: Filed::Unchanged }) => format!("{id} was told before {url}"),
        Err(refused) => format!("not opened: {refused}"),
    };
    phase(host, "ticket", &line);
}
