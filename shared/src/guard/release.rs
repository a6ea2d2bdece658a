//! Gives back at the end of a run what it held, and remembers how it ended: in one transaction where nothing stands in its
//! way, one by one where something does.
//!
//! Comes in: who held what, how the run ended. Goes out: what people must hear. Never: one thing kept because another could
//! not be given back; whatever becomes of the transaction, each is then tried by itself.

use super::transaction::{TRIES, Transacted, Write, pause, transact};
use super::{Claim, End, Released, admission, breaker, claim, concurrent, event, lock};
use crate::aws::Services;

/// Gives back everything, and counts the end.
pub(super) async fn give_back(services: &Services, claim: &Claim, end: End) -> Released {
    let done = at_once(services, claim, end).await;
    if done && matches!(end, End::Healed | End::NotTried) {
        return Released::default();
    }
    let kept = async { if done { vec![] } else { one_by_one(services, claim, end).await } };
    // What a failure teaches the breaker is more than a condition.
    let (kept, learnt) = tokio::join!(kept, learn(services, claim, end));
    Released { learnt, kept }
}

/// Whether all of it was written.
async fn at_once(services: &Services, claim: &Claim, end: End) -> bool {
    let writes = writes(claim, services, end);
    for attempt in 0..TRIES {
        match transact(services, &writes).await {
            Ok(Transacted::Done) => return true,
            Ok(Transacted::Busy) => pause(attempt).await,
            Ok(Transacted::Held(_)) => return false,
            Err(error) => {
                let execution = &claim.owner;
                tracing::warn!(target: "kintsugi", execution, error, "not given back at once; one by one then");
                return false;
            }
        }
    }
    false
}

fn writes(claim: &Claim, services: &Services, end: End) -> Vec<Write> {
    let mut writes = vec![claim::ended(services, claim, end)];
    if !claim.observes() {
        writes.push(lock::freed(claim));
        writes.extend(concurrent::freed(claim));
    }
    if end != End::Unfinished {
        writes.extend(event::remembered(claim));
    }
    if end == End::Healed {
        writes.extend(breaker::nothing_to_learn(claim));
    }
    writes
}

async fn one_by_one(services: &Services, claim: &Claim, end: End) -> Vec<String> {
    let remember = async {
        // An event whose run could not go on waits in the dead-letter queue to be sent again.
        if end != End::Unfinished {
            event::remember(services, claim).await;
        }
    };
    let release = admission::release(services, claim);
    let (kept, (), ()) = tokio::join!(release, claim::end(services, claim, end), remember);
    // Who only observes holds nothing.
    if claim.observes() { vec![] } else { kept }
}

async fn learn(services: &Services, claim: &Claim, end: End) -> Option<String> {
    match end {
        End::NotTried => None,
        _ => breaker::learn(services, claim, end == End::Healed).await,
    }
}
