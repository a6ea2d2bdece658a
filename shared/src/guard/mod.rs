//! May we? The guards, in the order they are asked, and the permit only they can make.
//!
//! Comes in: an incident, what is known of the resource, the mode. Goes out: a [`Grant`] or a [`Refusal`], with a
//! note of every guard asked. Never: a guess. A guard that cannot tell refuses.

mod admission;
mod breaker;
mod budget;
mod calendar;
mod claim;
mod concurrent;
mod event;
mod flapping;
mod fleet;
pub mod found;
mod limits;
mod lock;
mod own;
mod owner;
mod period;
mod permit;
#[cfg(test)]
mod reasons;
mod release;
mod scope;
mod stop;
pub(crate) mod table;
#[cfg(test)]
mod tests;
mod transaction;
mod window;

pub(crate) use limits::read as read_limits;
pub use limits::{Breaker, Flapping, Fleet, Limits, OptIn, Owned};
pub use own::own_doing;
pub use period::Period;
pub use permit::Permit;
pub use scope::Scope;
pub(crate) use stop::LastRead;
pub use stop::{may_begin, stop_requested};
pub use window::Window;

use std::time::Duration;

use engine::HostError;
use serde::{Deserialize, Serialize};

use crate::aws::Services;
use crate::host::{RunHost, recorded};
use crate::incident::{Incident, Resource};
use crate::outcome::Outcome;
use crate::record::GuardNote;
use crate::settings::Mode;

/// Every guard that may refuse, by its stable name, in the order they are asked.
pub const NAMES: [&str; 26] = [
    "own-doing",
    "binding",
    "target",
    "muted",
    "exception",
    "time",
    "own-resource",
    "account",
    "region",
    "opt-out",
    "scope",
    "owner",
    "stop",
    "duplicate",
    "claim",
    "cooldown",
    "flapping",
    "mode",
    "window",
    "calendar",
    "lock",
    "breaker",
    "concurrent",
    "budget",
    "fleet",
    "approval",
];

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
    /// The binding that says what to do.
    pub binding: &'a str,
    /// What bounds the binding.
    pub limits: &'a Limits,
    /// How long people may take to decide: the claim outlives it.
    pub waits: Duration,
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
    let Request { incident, resource, scope, limits, .. } = request;
    let ours = own::check(settings, incident, resource, scope);
    if let Err(refusal) =
        book.note("scope", ours.and_then(|()| scope.check(settings, incident, limits, request.binding)))
    {
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
    let held = recorded(host, "guard/lock-and-budget", admission::take(services.clone(), claim)).await?;
    let mut book = Book { notes };
    Ok(match held {
        Ok(said) => {
            book.notes.extend(said);
            Ok(Permit::new(request.resource.clone()))
        }
        Err(refusal) => book.note("lock", Err(refusal)).map(|()| Permit::new(request.resource.clone())),
    })
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
    let (scope, limits, mode) = (Scope { tags: Default::default() }, Limits::default(), services.settings.mode);
    let (binding, waits) = ("", Duration::ZERO);
    let request = Request { function, incident, resource, scope: &scope, mode, binding, limits: &limits, waits };
    let (services, claim) = (services.clone(), Claim::of(host, &request));
    recorded(host, "guard/dealt-with", async move { claim::held_by_another(&services, &claim).await }).await
}

/// How a run ended, as far as the guards remember it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The fault is gone.
    Healed,
    /// It did not work.
    NotHealed,
    /// Nothing was tried.
    NotTried,
    /// Nobody can say: the host could not go on.
    Unfinished,
}

impl End {
    fn of(outcome: &Outcome, claim: &Claim) -> Self {
        match outcome {
            Outcome::Remediated { .. } => Self::Healed,
            Outcome::RolledBack { .. } | Outcome::Failed { .. } if !claim.observes() => Self::NotHealed,
            _ => Self::NotTried,
        }
    }

    fn acted(self) -> bool {
        self != Self::NotTried
    }
}

/// The name under which a record notes what could not be given back.
pub const RELEASE: &str = "release";

/// What people must hear beside the outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// That a breaker opened.
    pub learnt: Option<String>,
    /// What could not be given back, one sentence each.
    pub kept: Vec<String>,
}

impl Released {
    /// All of it in one line, if there is anything.
    #[must_use]
    pub fn said(&self) -> Option<String> {
        let all: Vec<&str> = self.learnt.iter().chain(&self.kept).map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// A note for each thing that could not be given back.
    pub fn notes(&self) -> impl Iterator<Item = GuardNote> {
        self.kept.iter().map(|kept| GuardNote { guard: RELEASE.to_owned(), passed: false, note: kept.clone() })
    }
}

/// Gives back what [`ask`] took, so that the next fault on the resource finds the way free, and remembers how it ended.
///
/// # Errors
/// Only the host's. A lock that cannot be released ends with its lease.
pub async fn release(
    host: &dyn RunHost,
    services: &Services,
    request: &Request<'_>,
    outcome: &Outcome,
) -> Result<Released, HostError> {
    let claim = Claim::of(host, request);
    let (services, end) = (services.clone(), End::of(outcome, &claim));
    recorded(host, "guard/release", async move { release::give_back(&services, &claim, end).await }).await
}

/// The same when the host can record nothing any more.
pub async fn release_directly(host: &dyn RunHost, services: &Services, request: &Request<'_>) {
    release::give_back(services, &Claim::of(host, request), End::Unfinished).await;
}

/// Takes the hand off the resource, but keeps the incident: people are asked once more.
///
/// # Errors
/// Only the host's. A lock that cannot be released ends with its lease.
pub async fn step_back(host: &dyn RunHost, services: &Services, request: &Request<'_>) -> Result<(), HostError> {
    let claim = Claim::of(host, request);
    let services = services.clone();
    recorded(host, "guard/step-back", async move { admission::release(&services, &claim).await })
        .await
        .map(|_: Vec<String>| ())
}

/// Has a fault that find-faults sent, and that `refusal` keeps from being dealt with for now, found again at its next run.
///
/// # Errors
/// Only the host's.
pub async fn find_again(
    host: &dyn RunHost,
    services: &Services,
    function: &str,
    mode: Mode,
    incident: &Incident,
    refusal: &Refusal,
) -> Result<(), HostError> {
    let Some(id) = incident.event.as_ref().filter(|id| found::comes_again(id, &refusal.guard)) else { return Ok(()) };
    let (services, mark) = (services.clone(), found::mark(mode, function, id));
    let forgotten = async move {
        if let Err(error) = found::not_dealt_with(&services, &mark).await {
            tracing::warn!(target: "kintsugi", mark, error, "what was refused for now is not found again");
        }
    };
    recorded(host, "guard/find-again", forgotten).await
}

/// Who claims what; the same on every replay.
#[derive(Debug, Clone)]
struct Claim {
    owner: String,
    function: String,
    fingerprint: String,
    resource: Resource,
    since: Option<jiff::Timestamp>,
    event: Option<String>,
    mode: Mode,
    binding: String,
    limits: Limits,
    waits: Duration,
}

impl Claim {
    fn of(host: &dyn RunHost, request: &Request<'_>) -> Self {
        Self {
            owner: host.execution().to_owned(),
            function: request.function.to_owned(),
            fingerprint: request.incident.fingerprint.clone(),
            resource: request.resource.clone(),
            since: request.incident.since,
            event: request.incident.event.clone(),
            mode: request.mode,
            binding: request.binding.to_owned(),
            limits: request.limits.clone(),
            waits: request.waits,
        }
    }

    fn observes(&self) -> bool {
        self.mode == Mode::Observe
    }
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
