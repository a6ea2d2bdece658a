//! What bounds what is done at once, asked right before the first write: window, calendar, lock, budgets, breaker.
//!
//! All that is counted or held is one transaction: whoever may not act takes nothing, and so keeps nobody from acting.
//! What stands in the way is looked at only then, and taken over where its owner has provably ended.

use serde_json::Value;

use super::budget::{Count, counts};
use super::transaction::{TRIES, Transacted, Write, pause, transact};
use super::{Claim, Refusal, breaker, calendar, claim, concurrent, fleet, lock, refusal, stop, window};
use crate::aws::Services;
use crate::host::wall_clock;
use crate::record::GuardNote;
use crate::settings::Mode;

/// What is known of what was in the way, after a try.
#[derive(Debug, Default)]
struct Known {
    /// Whose lock may be taken.
    lock: Option<String>,
    /// That the breaker is open and lets a trial through.
    chance: Option<breaker::Chance>,
}

/// One write of the transaction, and whose it is.
enum Part {
    Claim,
    Lock,
    Breaker,
    Concurrent,
    Count(Count),
}

/// Admits the change, or gives back all that was taken for it.
pub(super) async fn take(services: Services, claim: Claim) -> Result<Vec<GuardNote>, Refusal> {
    let admitted = admit(&services, &claim).await;
    if admitted.is_err() {
        // A repeat of this step after a crash may come after its first try took everything.
        tokio::join!(
            release(&services, &claim),
            breaker::give_back(&services, &claim),
            claim::forget(&services, &claim),
        );
    }
    admitted
}

async fn admit(services: &Services, claim: &Claim) -> Result<Vec<GuardNote>, Refusal> {
    let window = window::check(claim.limits.windows.as_deref().unwrap_or_default(), wall_clock())?;
    let (calendar, switch) = tokio::join!(calendar::check(services, claim), stop_again(services, claim));
    let (calendar, _) = (calendar?, switch?);
    let (known, counts) = hold(services, claim).await?;
    let mut notes = vec![note("window", &window), note("calendar", &calendar)];
    notes.push(note("lock", &lock::said(known.lock.as_deref())));
    notes.push(note("breaker", breaker::said(known.chance.as_ref())));
    notes.extend(claim.limits.concurrent.map(|most| note("concurrent", &format!("one of {most} at once"))));
    notes.extend(counts.iter().map(|count| note(count.guard, &format!("within {}", count.allows))));
    Ok(notes)
}

fn note(guard: &str, said: &str) -> GuardNote {
    GuardNote { guard: guard.to_owned(), passed: true, note: said.to_owned() }
}

/// The switch was asked moments ago, but for an approval that took its time.
async fn stop_again(services: &Services, claim: &Claim) -> Result<(), Refusal> {
    match claim.mode {
        Mode::Approve => stop::check(services).await.map(drop),
        Mode::Observe | Mode::Enforce => Ok(()),
    }
}

/// Takes everything that is counted or held.
async fn hold(services: &Services, claim: &Claim) -> Result<(Known, Vec<Count>), Refusal> {
    let mut known = Known::default();
    for attempt in 0..TRIES {
        let (parts, writes): (Vec<Part>, Vec<Write>) = parts(services, claim, &known)?.into_iter().unzip();
        match transact(services, &writes).await.map_err(cannot_tell)? {
            Transacted::Done => return Ok((known, parts.into_iter().filter_map(counted).collect())),
            Transacted::Busy => pause(attempt).await,
            Transacted::Held(held) => {
                for (part, item) in parts.iter().zip(held) {
                    if let Some(item) = item {
                        part.in_the_way(services, claim, &item, &mut known).await?;
                    }
                }
            }
        }
    }
    Err(cannot_tell("others were admitted at the same moment, each time".to_owned()))
}

fn cannot_tell(error: String) -> Refusal {
    refusal("lock", format!("the lock cannot be taken: {error}; make the guard table usable and send the event again"))
}

fn counted(part: Part) -> Option<Count> {
    match part {
        Part::Count(count) => Some(count),
        _ => None,
    }
}

fn parts(services: &Services, claim: &Claim, known: &Known) -> Result<Vec<(Part, Write)>, Refusal> {
    let mut parts = vec![
        (Part::Claim, claim::entry(services, claim, None)),
        (Part::Lock, lock::entry(services, claim, known.lock.as_deref())),
    ];
    parts.extend(breaker::entry(services, claim, known.chance.as_ref()).map(|write| (Part::Breaker, write)));
    parts.extend(concurrent::entry(services, claim)?.map(|write| (Part::Concurrent, write)));
    for count in counts(services.settings.max_per_hour, claim).into_iter().chain(fleet::count(claim)) {
        count.check()?;
        let write = count.entry();
        parts.push((Part::Count(count), write));
    }
    Ok(parts)
}

impl Part {
    /// What to do about what is there: known for the next try, or a refusal.
    async fn in_the_way(
        &self,
        services: &Services,
        claim: &Claim,
        item: &Value,
        known: &mut Known,
    ) -> Result<(), Refusal> {
        match self {
            Self::Claim => {
                let owner = item["owner"]["S"].as_str().unwrap_or("another execution");
                Err(refusal("duplicate", format!("{owner} has taken it up meanwhile; nothing is to be done")))
            }
            Self::Lock => {
                known.lock = Some(lock::in_the_way(services, claim, item).await?);
                Ok(())
            }
            Self::Breaker => {
                known.chance = Some(breaker::in_the_way(services, claim, item).await?);
                Ok(())
            }
            Self::Concurrent => concurrent::in_the_way(services, claim, item).await,
            Self::Count(count) => Err(count.full()),
        }
    }
}

/// Gives back what was held, at the end of a run, and says what could not be. The budgets stay used.
pub(super) async fn release(services: &Services, claim: &Claim) -> Vec<String> {
    let (lock, place) = tokio::join!(lock::release(services, claim), concurrent::release(services, claim));
    [lock, place].into_iter().filter_map(Result::err).collect()
}
