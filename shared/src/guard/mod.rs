//! May we? The guards, in the order they are asked, and the permit only they can make.
//!
//! Comes in: an incident, what is known of the resource, the mode. Goes out: a [`Grant`] or a [`Refusal`], with a
//! note of every guard asked. Never: a guess. A guard that cannot tell refuses.

mod budget;
mod claim;
mod lock;
mod permit;
mod scope;
mod stop;
pub(crate) mod table;

pub use permit::Permit;
pub use scope::Scope;
pub(crate) use stop::LastRead;
pub use stop::stop_requested;

use engine::HostError;
use serde::{Deserialize, Serialize};

use crate::aws::Services;
use crate::host::{RunHost, recorded};
use crate::incident::{Incident, Resource};
use crate::record::GuardNote;
use crate::settings::Mode;

/// A guard's no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable name of the guard.
    pub guard: String,
    /// Why, and what would make it say yes.
    pub reason: String,
}

/// What the guards allow.
#[derive(Debug)]
pub enum Grant {
    /// Observe mode: plan, record, ticket.
    Plan,
    /// Approve mode: plan, ask people, and come back with [`admit`] when they said yes.
    Ask,
    /// Change this one resource.
    Change(Permit),
}

/// What is asked of the guards.
pub struct Request<'a> {
    /// The function that asks.
    pub function: &'a str,
    /// What is wrong.
    pub incident: &'a Incident,
    /// The one resource that would be changed.
    pub resource: &'a Resource,
    /// What is known of it.
    pub scope: &'a Scope,
    /// What the binding may do here.
    pub mode: Mode,
}

/// Asks every guard until one refuses. `notes` receives what each of them said.
///
/// # Errors
/// Only the host's; a guard's own trouble is a refusal.
pub async fn ask(
    host: &dyn RunHost,
    services: &Services,
    request: &Request<'_>,
    notes: &mut Vec<GuardNote>,
) -> Result<Result<Grant, Refusal>, HostError> {
    let settings = &services.settings;
    let mut book = Book { notes };
    if let Err(refusal) = book.note("scope", request.scope.check(settings)) {
        return Ok(Err(refusal));
    }
    let claim = Claim::of(host, request);
    let seen = recorded(host, "guard/stop-and-claim", claim::take(services.clone(), claim.clone())).await?;
    if let Err(refusal) = book.note("duplicate", seen) {
        return Ok(Err(refusal));
    }
    match request.mode {
        Mode::Observe => {
            book.add("mode", true, "observe: plan only");
            Ok(Ok(Grant::Plan))
        }
        Mode::Approve => {
            book.add("mode", true, "approve: a person decides");
            Ok(Ok(Grant::Ask))
        }
        Mode::Enforce => Ok(admit(host, services, request, notes).await?.map(Grant::Change)),
    }
}

/// The guards that bound what is done at once, asked right before the first write; after an approval, which may have
/// taken days, for the first time. Gives back what [`ask`] took when one of them refuses.
///
/// # Errors
/// Only the host's; a guard's own trouble is a refusal.
pub async fn admit(
    host: &dyn RunHost,
    services: &Services,
    request: &Request<'_>,
    notes: &mut Vec<GuardNote>,
) -> Result<Result<Permit, Refusal>, HostError> {
    let claim = Claim::of(host, request);
    let held = recorded(host, "guard/lock-and-budget", lock_and_budget(services.clone(), claim)).await?;
    Ok(Book { notes }.note("lock", held).map(|()| Permit::new(request.resource.clone())))
}

/// Who else is dealing with the incident or has, if anybody. For a delivery that saw the resource in the middle of
/// another's change, and so has nothing to say of it.
///
/// # Errors
/// Only the host's. A table that cannot be read is nobody.
pub async fn dealt_with(
    host: &dyn RunHost,
    services: &Services,
    function: &str,
    incident: &Incident,
) -> Result<Option<Refusal>, HostError> {
    let Some(resource) = &incident.resource else { return Ok(None) };
    let scope = Scope { tags: Default::default() };
    let mode = services.settings.mode;
    let claim = Claim::of(host, &Request { function, incident, resource, scope: &scope, mode });
    let services = services.clone();
    recorded(host, "guard/dealt-with", async move { claim::held_by_another(&services, &claim).await }).await
}

/// Gives back what [`ask`] took, so that the next fault on the resource finds the way free.
///
/// # Errors
/// Only the host's. A lock that cannot be released ends with its lease.
pub async fn release(host: &dyn RunHost, services: &Services, request: &Request<'_>) -> Result<(), HostError> {
    let claim = Claim::of(host, request);
    let services = services.clone();
    recorded(host, "guard/release", async move { give_back(&services, &claim).await }).await
}

/// The same when the host can record nothing any more.
pub async fn release_directly(host: &dyn RunHost, services: &Services, request: &Request<'_>) {
    give_back(services, &Claim::of(host, request)).await;
}

async fn give_back(services: &Services, claim: &Claim) {
    lock::release(services, claim).await;
    claim::end(services, claim).await;
}

/// Who claims what; the same on every replay.
#[derive(Debug, Clone)]
struct Claim {
    owner: String,
    function: String,
    fingerprint: String,
    resource: Resource,
    since: Option<jiff::Timestamp>,
    mode: Mode,
}

impl Claim {
    fn of(host: &dyn RunHost, request: &Request<'_>) -> Self {
        Self {
            owner: host.execution().to_owned(),
            function: request.function.to_owned(),
            fingerprint: request.incident.fingerprint.clone(),
            resource: request.resource.clone(),
            since: request.incident.since,
            mode: request.mode,
        }
    }
}

/// Both or neither: who may not act must not keep others from acting.
async fn lock_and_budget(services: Services, claim: Claim) -> Result<String, Refusal> {
    // A repeat of this step after a crash may come after its first try gave the claim back.
    claim::take(services.clone(), claim.clone()).await?;
    let taken = match lock::take(&services, &claim).await {
        Ok(note) => budget::take(&services, &claim).await.map(|budget| format!("{note}; {budget}")),
        Err(refusal) => Err(refusal),
    };
    if taken.is_err() {
        lock::release(&services, &claim).await;
        claim::forget(&services, &claim).await;
    }
    taken
}

struct Book<'a> {
    notes: &'a mut Vec<GuardNote>,
}

impl Book<'_> {
    fn add(&mut self, guard: &str, passed: bool, note: &str) {
        self.notes.push(GuardNote { guard: guard.to_owned(), passed, note: note.to_owned() });
    }

    fn note(&mut self, guard: &str, said: Result<String, Refusal>) -> Result<(), Refusal> {
        match said {
            Ok(note) => {
                self.add(guard, true, &note);
                Ok(())
            }
            Err(refusal) => {
                self.add(&refusal.guard.clone(), false, &refusal.reason);
                Err(refusal)
            }
        }
    }
}

fn refusal(guard: &str, reason: impl Into<String>) -> Refusal {
    Refusal { guard: guard.to_owned(), reason: reason.into() }
}
