//! Asking the desk again when waiting helps.

use std::time::Duration;

use engine::HostError;
use shared::host::{RunHost, recorded};
use shared::telemetry::phase;
use shared::ticket::{Draft, Filed, Refused, Ticket, Tickets};

/// How often the desk is asked at once. Fewer make a ticket wait for a hiccup; more keep an invocation running for nothing,
/// because what the desk does not take then waits in the queue.
const ATTEMPTS: u32 = 3;
/// Each pause is so many times the one before.
const GROWTH: u32 = 3;
/// Longest pause between two attempts: three of them fit into a plain invocation. What a desk asks to wait longer with waits
/// in the queue.
const LONGEST: Duration = Duration::from_secs(60);

/// The ticket, none if the fault is gone and nobody was ever told of it, or the refusal.
pub(crate) type Opened = Result<Option<Ticket>, Refused>;

/// Opens the ticket; each attempt is one recorded effect. The inner error is the last refusal.
pub(crate) async fn patiently(
    tickets: &Tickets,
    host: &dyn RunHost,
    draft: &Draft,
    first_pause: Duration,
) -> Result<Opened, HostError> {
    let mut pause = first_pause;
    let mut attempt = 1;
    loop {
        let opened = once(tickets, host, draft, &format!("ticket/open#{attempt}")).await?;
        tell(host, draft, &opened);
        match opened {
            Err(refused) if refused.passing && attempt < ATTEMPTS && refused.retry_after <= Some(LONGEST) => {
                host.sleep(&format!("ticket/pause#{attempt}"), refused.retry_after.unwrap_or(pause)).await?;
            }
            end => return Ok(end),
        }
        pause = (pause * GROWTH).min(LONGEST);
        attempt += 1;
    }
}

pub(crate) async fn once(
    tickets: &Tickets,
    host: &dyn RunHost,
    draft: &Draft,
    operation: &str,
) -> Result<Opened, HostError> {
    let (tickets, draft, owner) = (tickets.clone(), draft.clone(), host.execution().to_owned());
    recorded(host, operation, async move { tickets.open(&draft, &owner).await.map_err(|error| Refused::from(&error)) })
        .await
}

pub(crate) fn tell(host: &dyn RunHost, draft: &Draft, opened: &Opened) {
    let line = match opened {
        Ok(None) => format!("nobody was told of it: {}", draft.title),
        Ok(Some(Ticket { id, url, filed })) => format!("{} {id}: {} {url}", done(*filed), draft.title),
        Err(refused) => format!("not opened: {refused}"),
    };
    phase(host, "ticket", &line);
}

fn done(filed: Filed) -> &'static str {
    match filed {
        Filed::Created => "opened",
        Filed::Commented => "added to",
        Filed::Counted => "counted for",
        Filed::Reopened => "opened again",
        Filed::Closed => "closed",
        Filed::Silenced => "hands off",
        Filed::Unchanged => "nothing new for",
    }
}
