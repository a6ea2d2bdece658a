//! Healed means verified: what noticed the fault must say that it is gone, within a time.

use std::time::Duration;

use engine::HostError;

use super::{Look, Remediation, Unseen};
use crate::aws::Services;
use crate::host::{RunHost, recorded};
use crate::incident::Incident;
use crate::record::Verification;
use crate::telemetry::phase;

/// Pauses grow up to this many times the first: an alarm needs its periods, and each look costs a call.
const MAX_GROWTH: u32 = 6;

/// Who is waited for longer is looked at after this part of the time it has taken already.
const PART: u32 = 8;

/// Every so many looks it is asked to look again.
const SOMETIMES: u32 = 4;

/// Under which names a verification of a run is recorded.
pub(super) const OF_THE_RUN: &str = "verify";

/// Looks until the fault is gone or the time is up; `patience` times as long where what noticed it is known to be slow. What
/// is done is recorded under `names`.
pub(super) async fn healed<R: Remediation>(
    remediation: &R,
    services: &Services,
    host: &dyn RunHost,
    incident: &Incident,
    patience: Option<u32>,
    names: &str,
) -> Result<Verification, HostError> {
    let (first, usual) = (services.settings.poll, services.settings.verify_timeout);
    let limit = usual.saturating_mul(patience.unwrap_or(1).max(1));
    let (mut pause, mut waited, mut looks) = (first, Duration::ZERO, 0);
    let mut heard = ask(remediation, host, incident, &format!("{names}/ask")).await?;
    if R::ANSWERS_LATER {
        host.sleep(&format!("{names}/pause#0"), first).await?;
        waited += first;
    }
    loop {
        looks += 1;
        if asks_again(looks, heard, waited > usual) {
            heard = ask(remediation, host, incident, &format!("{names}/ask#{looks}")).await?;
        }
        let (looker, of) = (remediation.clone(), incident.clone());
        let look =
            recorded(host, &format!("{names}/look#{looks}"), async move { looker.look(&of, waited).await }).await?;
        let Look { healed, seen } = look.unwrap_or_else(|Unseen(seen)| Look { healed: false, seen });
        phase(host, "verify", &seen);
        if healed || waited >= limit {
            return Ok(Verification { healed, seen, looks });
        }
        host.sleep(&format!("{names}/pause#{looks}"), pause).await?;
        waited += pause;
        pause = next(pause, first, waited, usual);
    }
}

/// Whether what noticed it is asked before this look: where it would not listen, and every few looks besides, because what
/// looked at once may have seen what was old already.
fn asks_again(looks: u32, heard: bool, is_late: bool) -> bool {
    looks > 1 && (!heard || is_late || looks.is_multiple_of(SOMETIMES))
}

fn next(pause: Duration, first: Duration, waited: Duration, usual: Duration) -> Duration {
    let most = first * MAX_GROWTH;
    let most = if waited > usual { most.max(waited / PART) } else { most };
    pause.mul_f64(1.5).min(most)
}

/// Has what noticed the fault look again; whether it will.
async fn ask<R: Remediation>(
    remediation: &R,
    host: &dyn RunHost,
    incident: &Incident,
    name: &str,
) -> Result<bool, HostError> {
    let (asker, of) = (remediation.clone(), incident.clone());
    let asked = recorded(host, name, async move { asker.ask_again(&of).await }).await?;
    if let Err(unseen) = &asked {
        phase(host, "verify", &unseen.to_string());
    }
    Ok(asked.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_not_listen_is_asked_before_the_next_look_and_everybody_every_few_looks() {
        let asked = |heard, is_late| (1..=9).filter(|looks| asks_again(*looks, heard, is_late)).collect::<Vec<_>>();
        assert_eq!(asked(true, false), [4, 8]);
        assert_eq!(asked(false, false), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(asked(true, true), [2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn who_is_slow_is_looked_at_for_hours_and_seldom() {
        let (first, usual) = (Duration::from_secs(10), Duration::from_secs(900));
        let looks = |limit: Duration| {
            let (mut pause, mut waited, mut looks) = (first, Duration::ZERO, 1);
            while waited < limit {
                waited += pause;
                looks += 1;
                pause = next(pause, first, waited, usual);
            }
            (looks, waited)
        };
        let (soon, _) = looks(usual);
        let (late, waited) = looks(usual * 17);
        assert!(soon <= 20, "{soon}");
        assert!(late <= 60 && waited < usual * 20, "{late} looks, {waited:?}");
    }
}
