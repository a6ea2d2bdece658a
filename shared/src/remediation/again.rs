//! After a call of which nobody knows whether it was performed: look before it is made again.
//!
//! Comes in: a run that ended because such a call was interrupted. Goes out: what the resource says now.
//! Never: a second run without a look in between, or a third run.

use engine::{Cause, Execution, FaultKind, HostError};

use super::{Decision, Remediation, Run};
use crate::guard::Refusal;
use crate::host::{RunHost, recorded};
use crate::incident::Incident;

/// What is so after an interrupted call.
pub(super) enum Now {
    /// It was performed, or the fault is gone for another reason: to be verified.
    Healthy,
    /// It was not: this is still to be done.
    Run(Box<Run>),
    /// Nobody can tell, or it must not be done any more.
    Unclear(String),
}

/// Whether the run ended because nobody knows what a call did.
pub(super) fn is_needed(done: &Execution) -> bool {
    let cause = done.failure.as_ref().map(|failure| &failure.cause);
    matches!(cause, Some(Cause::Call { fault }) if fault.kind == FaultKind::Interrupted)
}

/// Observes and decides anew.
pub(super) async fn look<R: Remediation>(
    remediation: &R,
    host: &dyn RunHost,
    incident: &Incident,
) -> Result<Now, HostError> {
    let (observer, of) = (remediation.clone(), incident.clone());
    let seen = recorded(host, "observe#2", async move { observer.observe(&of).await }).await?;
    Ok(match seen.map(|observed| remediation.decide(incident, &observed)) {
        Ok(Decision::Run(run)) => Now::Run(run),
        Ok(Decision::AlreadyHealthy(_)) => Now::Healthy,
        Ok(Decision::Refuse(Refusal { reason, .. })) => Now::Unclear(reason),
        Err(unseen) => Now::Unclear(unseen.to_string()),
    })
}
