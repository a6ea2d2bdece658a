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

/// Looks until the fault is gone or the time is up.
pub(super) async fn healed<R: Remediation>(
    remediation: &R,
    services: &Services,
    host: &dyn RunHost,
    incident: &Incident,
) -> Result<Verification, HostError> {
    let (first, limit) = (services.settings.poll, services.settings.verify_timeout);
    let (mut pause, mut waited, mut looks) = (first, Duration::ZERO, 0);
    let (asker, of) = (remediation.clone(), incident.clone());
    let asked = recorded(host, "verify/ask", async move { asker.ask_again(&of).await }).await?;
    if let Err(unseen) = asked {
        phase(host, "verify", &unseen.to_string());
    }
    loop {
        looks += 1;
        let (looker, of) = (remediation.clone(), incident.clone());
        let look =
            recorded(host, &format!("verify/look#{looks}"), async move { looker.look(&of, waited).await }).await?;
        let Look { healed, seen } = look.unwrap_or_else(|Unseen(seen)| Look { healed: false, seen });
        phase(host, "verify", &seen);
        if healed || waited >= limit {
            return Ok(Verification { healed, seen, looks });
        }
        host.sleep(&format!("verify/pause#{looks}"), pause).await?;
        waited += pause;
        pause = pause.mul_f64(1.5).min(first * MAX_GROWTH);
    }
}
