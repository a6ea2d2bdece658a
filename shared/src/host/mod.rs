//! Where a run happens: in a durable Lambda function, in one plain invocation, or on a laptop.
//!
//! Comes in: effects with stable names. Goes out: their answers, recorded where the place can record.
//! Never: a decision.

mod answer;
mod documents;
mod durable;
mod fault;
mod journal;
mod local;
mod packed;
mod people;
mod repeat;
mod script;
mod secrets;
mod token;
mod webhook;

pub use documents::Documents;
pub use durable::DurableHost;
pub use fault::call_fault;
pub use journal::{Journal, JournalError};
pub use local::{LocalHost, Reporter};
pub use people::{Nobody, NotCounted, People, Speaker, Waiting, Word, approver_of};
pub use repeat::{TOKENS, is_one_effect};
pub use script::Scripts;
pub use secrets::Secrets;

pub use answer::wall_clock;
pub(crate) use webhook::{may_be_posted_to, post as post_to_hook, post_json};

use std::future::Future;
use std::time::Duration;

use engine::{Host, HostError};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the whole path of an incident needs beyond a runbook's effects: any effect, recorded under its name.
#[async_trait::async_trait]
pub trait RunHost: Host {
    /// Performs `effect` unless `op` was performed before, in which case its recorded answer is given.
    /// At least once: an effect that was interrupted before its answer was recorded is performed again.
    async fn effect(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Value, HostError>;

    /// The same for an effect that must not happen twice: `None` if it was begun before and nobody knows whether it has
    /// happened. Then it is not performed, now or on any replay.
    async fn effect_once(&self, op: &str, effect: BoxFuture<'static, Value>) -> Result<Option<Value>, HostError>;

    /// The id of this execution, the same on every replay.
    fn execution(&self) -> &str;

    /// Whether what happens now was told before: a durable execution that resumes walks its past again.
    fn replaying(&self) -> bool {
        false
    }

    /// Waits for word from outside, at most `timeout`: one operation. `invite` is performed once the word can be given,
    /// with the id under which it is (Lambda: SendDurableExecutionCallbackSuccess), and recorded like an effect.
    /// Only a durable execution can wait like that.
    async fn callback(&self, op: &str, _timeout: Duration, _invite: Invite) -> Result<Heard, HostError> {
        let source = "only a durable execution can wait for word from outside";
        Err(HostError { operation: op.to_owned(), source: source.into() })
    }

    /// This host as the engine's.
    fn engine(&self) -> &dyn Host;
}

/// Tells people where to send their word. Takes the callback's id; an error ends the wait.
pub type Invite = Box<dyn FnOnce(String) -> BoxFuture<'static, Result<(), String>> + Send>;

/// How a wait for word ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// What was sent.
    Word(Value),
    /// Nobody sent any in time.
    TimedOut,
    /// The invitation failed, or whoever was invited said that there will be no word.
    Nothing(String),
}

/// [`RunHost::effect`] for any serialisable answer.
///
/// # Errors
/// The host could not go on, or the recorded answer is of another shape (another version of this code).
pub async fn recorded<T, F>(host: &dyn RunHost, op: &str, effect: F) -> Result<T, HostError>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = T> + Send + 'static,
{
    read(op, host.effect(op, Box::pin(async move { written(effect.await) })).await?)
}

/// [`RunHost::effect_once`] for any serialisable answer; `unknown` is the answer of an effect that was cut off.
///
/// # Errors
/// As [`recorded`].
pub async fn recorded_once<T, F>(host: &dyn RunHost, op: &str, effect: F, unknown: T) -> Result<T, HostError>
where
    T: Serialize + DeserializeOwned,
    F: Future<Output = T> + Send + 'static,
{
    match host.effect_once(op, Box::pin(async move { written(effect.await) })).await? {
        Some(answer) => read(op, answer),
        None => Ok(unknown),
    }
}

/// A Result or struct of ours always serialises; should it not, reading it says so.
fn written<T: Serialize>(answer: T) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

fn read<T: DeserializeOwned>(op: &str, answer: Value) -> Result<T, HostError> {
    serde_json::from_value(answer).map_err(|source| HostError { operation: op.to_owned(), source: source.into() })
}
