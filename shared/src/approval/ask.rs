//! Asking: one question, one wait, one answer.
//!
//! Comes in: an approval that nobody has been asked for yet. Goes out: the approval as it ended.
//! Never: an answer that was only said to the run and is not in the table: what is stored counts, whatever woke the run.

use std::time::Duration;

use engine::HostError;
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::request::{Approval, State};
use super::{deliver, store};
use crate::aws::Services;
use crate::host::{Heard, RunHost, recorded, wall_clock};
use crate::telemetry::chain;

/// Tells others that it was asked, once approvers were told. An error ends the question.
pub type Announce = Box<dyn FnOnce(Approval) -> BoxFuture<'static, Result<(), String>> + Send>;

/// The id of an execution's question under this name; the same on every replay.
#[must_use]
pub fn id(execution: &str, op: &str) -> String {
    let digest = Sha256::digest(format!("{execution}\u{1f}{op}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Asks and waits. `Err` in the answer: nobody could be asked, or what came back cannot be believed.
///
/// # Errors
/// Only the host's.
pub async fn ask(
    host: &dyn RunHost,
    services: &Services,
    op: &str,
    question: Approval,
    announce: Announce,
) -> Result<Result<Approval, String>, HostError> {
    let id = question.id.clone();
    let timeout = Duration::from_secs(question.policy.within);
    let inviting = services.clone();
    let invite = Box::new(move |callback: String| {
        let invited = invite(inviting, question, callback, announce);
        Box::pin(invited) as BoxFuture<'static, Result<(), String>>
    });
    let heard = host.callback(op, timeout, invite).await?;
    let services = services.clone();
    recorded(host, &format!("{op}/answer"), async move { answer(&services, &id, heard).await }).await
}

/// Stored first: whoever gets a link can use it at once.
async fn invite(services: Services, question: Approval, callback: String, announce: Announce) -> Result<(), String> {
    let asked_at = wall_clock();
    let within = Duration::from_secs(question.policy.within);
    let expires_at = asked_at.checked_add(within).map_err(|error| error.to_string())?;
    // Links carry whole seconds.
    let expires_at = jiff::Timestamp::from_second(expires_at.as_second()).unwrap_or(expires_at);
    let approval = Approval { callback, asked_at, expires_at, ..question };
    store::create(&services, &approval).await.map_err(|error| chain(&error))?;
    deliver::tell(&services, &approval).await?;
    announce(approval).await
}

async fn answer(services: &Services, id: &str, heard: Heard) -> Result<Approval, String> {
    let (ends_as, why) = match heard {
        Heard::TimedOut => (State::Expired, None),
        Heard::Word(_) => (State::Void, Some("the run was woken, but no decision is stored".to_owned())),
        Heard::Nothing(why) => (State::Void, Some(format!("nobody could be asked: {why}"))),
    };
    let stored = store::settle_open(services, id, ends_as).await.map_err(|error| chain(&error))?;
    match (stored, why) {
        (Some(approval), None) => Ok(approval),
        (Some(approval), Some(_)) if approval.state != State::Void => Ok(approval),
        (_, Some(why)) => Err(why),
        (None, None) => Err("the approval is not stored any more".to_owned()),
    }
}
