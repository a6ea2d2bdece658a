//! Looking at something until it is as it should be, or can no longer become so.
//!
//! Comes in: a call and a judgement of its answer. Goes out: what the judgement found, or why it will find nothing.
//! Never: an end because of a throttled call, AWS's own fault or a lost connection; the next look may be answered.

use serde_json::Value;

use crate::host::{CallFault, HostError};
use crate::run::{Attempt, Cause, Stop};

/// The call of every look.
pub(super) struct Watch<'a> {
    /// Its name within the attempt.
    pub(super) what: &'a str,
    pub(super) service: &'a str,
    pub(super) api: &'a str,
    pub(super) input: Value,
    /// Whether AWS says by this fault that the thing is not there, not yet or no longer.
    pub(super) absent: fn(&CallFault) -> bool,
}

/// What an answer says.
pub(super) enum Sight<T> {
    /// It is as it should be.
    Reached(T),
    /// It will never be. What was seen, why, and what the step gives all the same.
    Hopeless { seen: Value, message: String, root: Value },
    /// Not yet.
    NotYet(Value),
}

/// Looks until the judgement is made. `Err` to the judgement: the thing is not there.
pub(super) async fn until<T: Send>(
    attempt: &mut Attempt<'_>,
    watch: &Watch<'_>,
    mut judge: impl FnMut(Result<&Value, &CallFault>) -> Sight<T> + Send,
) -> Result<T, Stop> {
    loop {
        let sight = match attempt.look(watch.what, watch.service, watch.api, watch.input.clone()).await {
            Ok(Some(answer)) => judge(Ok(&answer)),
            Ok(None) => Sight::NotYet(Value::Null),
            Err(stop) => match fault(&stop).filter(|fault| (watch.absent)(fault)) {
                Some(fault) => judge(Err(fault)),
                None => return Err(stop),
            },
        };
        match sight {
            Sight::Reached(found) => return Ok(found),
            Sight::Hopeless { seen, message, root } => {
                return Err(Stop::failed(Cause::Property { seen }, message).with_outputs(root));
            }
            Sight::NotYet(seen) => attempt.pause(seen).await?,
        }
    }
}

/// AWS's fault, if that is why the attempt stops.
pub(super) fn fault(stop: &Stop) -> Option<&CallFault> {
    match stop {
        Stop::Failed { cause, .. } => match cause.as_ref() {
            Cause::Call { fault } => Some(fault),
            _ => None,
        },
        _ => None,
    }
}

/// Whether AWS refused with one of these codes.
pub(super) fn refused(stop: &Stop, codes: &[&str]) -> bool {
    fault(stop).is_some_and(|fault| codes.contains(&fault.code.as_str()))
}

/// Stops what was begun, because nobody waits for it any more. That it could not be stopped is told, and changes
/// nothing else.
pub(super) async fn stop(
    attempt: &mut Attempt<'_>,
    (service, api, input): (&str, &str, Value),
) -> Result<(), HostError> {
    match attempt.call("stop", service, api, input).await {
        Ok(_) => Ok(()),
        Err(Stop::Host(error)) => Err(error),
        Err(Stop::Failed { message, .. }) => {
            attempt.warn(format!("it could not be stopped and goes on: {message}"));
            Ok(())
        }
        Err(Stop::TimedOut { .. } | Stop::Cancelled) => {
            attempt.warn("nobody knows whether it was stopped".to_owned());
            Ok(())
        }
    }
}

/// A text that an answer always has.
pub(super) fn text_in(answer: &Value, member: &str) -> Result<String, Stop> {
    let text = answer[member].as_str().map(str::to_owned);
    text.ok_or_else(|| Stop::failed(Cause::Property { seen: Value::Null }, format!("the answer has no {member}")))
}
