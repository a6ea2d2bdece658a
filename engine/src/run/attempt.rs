//! What an action sees while it runs: its resolved inputs, and effects with stable names and a deadline.
//!
//! Comes in: one attempt of one step. Goes out: answers, or the reason to stop.
//! Never: an effect under a name used before.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::operation::Operations;
use super::setting::Setting;
use super::stop::Stop;
use super::values::Values;
use crate::context::Readings;
use crate::document::Step;
use crate::host::{ApiCall, CallFault, FaultKind, Host, HostError, Progress, StopRequest};

/// SSM gives one API call 25 seconds.
pub(crate) const LONGEST_CALL: Duration = Duration::from_secs(25);

/// One attempt of one step.
pub(crate) struct Attempt<'a> {
    pub(super) step: &'a Step,
    pub(super) inputs: &'a Map<String, Value>,
    pub(super) values: &'a Values,
    pub(super) setting: &'a Setting<'a>,
    pub(super) host: &'a dyn Host,
    pub(super) operations: Operations,
    pub(super) idempotency_key: String,
    /// Known for the first attempt, which starts with the step.
    pub(super) started: Option<Timestamp>,
    pub(super) timeout: Option<Duration>,
    /// False in the flow of a cancellation, which is not cancelled again.
    pub(super) cancellable: bool,
}

impl<'a> Attempt<'a> {
    /// For a plan: an attempt that only looks.
    pub(crate) fn looking(
        step: &'a Step,
        inputs: &'a Map<String, Value>,
        values: &'a Values,
        setting: &'a Setting<'a>,
    ) -> Self {
        let visit = setting.operation(&step.name);
        Self {
            step,
            inputs,
            values,
            setting,
            host: setting.host,
            operations: Operations::new(&visit, 1),
            idempotency_key: format!("{}/{visit}", setting.context.execution_id),
            started: None,
            timeout: None,
            cancellable: false,
        }
    }

    pub(crate) fn step(&self) -> &'a Step {
        self.step
    }

    /// How people know the step.
    pub(super) fn label(&self) -> String {
        self.setting.label(&self.step.name)
    }

    /// What is done where AWS's documentation is silent.
    pub(crate) fn readings(&self) -> Readings {
        self.setting.context.readings
    }

    pub(crate) fn inputs(&self) -> &'a Map<String, Value> {
        self.inputs
    }

    pub(crate) fn scope(&self) -> &'a Values {
        self.values
    }

    /// When this attempt began; asked of the host at most once.
    pub(crate) async fn started(&mut self) -> Result<Timestamp, HostError> {
        if let Some(started) = self.started {
            return Ok(started);
        }
        let started = self.host.now(&self.operations.once("started")).await?;
        self.started = Some(started);
        Ok(started)
    }

    /// One API call that must succeed; `what` names it within the attempt.
    pub(crate) async fn call(&mut self, what: &str, service: &str, api: &str, input: Value) -> Result<Value, Stop> {
        self.call_within(what, service, api, input, LONGEST_CALL).await
    }

    /// The same for a call whose answer may take longer than most.
    pub(crate) async fn call_within(
        &mut self,
        what: &str,
        service: &str,
        api: &str,
        input: Value,
        longest: Duration,
    ) -> Result<Value, Stop> {
        // Before the call, because afterwards it is too late.
        if self.timeout.is_some() {
            self.started().await?;
        }
        let operation = self.operations.once(what);
        match self.host.call(&operation, self.request(service, api, input, longest)).await? {
            Ok(answer) => Ok(answer),
            Err(fault) if may_be_late(&fault) && self.is_over(what).await? => {
                Err(self.timed_out(Value::String(fault.to_string())))
            }
            Err(fault) => Err(Stop::call(fault)),
        }
    }

    /// One API call of many that look at something. `None`: it gave no answer this time (throttled, AWS's own
    /// fault, no connection), which is no reason to stop looking. An error of the caller (4xx) is.
    pub(crate) async fn look(
        &mut self,
        what: &str,
        service: &str,
        api: &str,
        input: Value,
    ) -> Result<Option<Value>, Stop> {
        self.started().await?;
        self.operations.next_look();
        let operation = self.operations.of_look(what);
        match self.host.call(&operation, self.request(service, api, input, LONGEST_CALL)).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(fault) => match fault.kind {
                FaultKind::Throttled | FaultKind::ServiceFault | FaultKind::NoAnswer => {
                    self.warn(format!("looking again after: {fault}"));
                    Ok(None)
                }
                FaultKind::InvalidInput | FaultKind::Denied | FaultKind::Refused => Err(Stop::call(fault)),
            },
        }
    }

    /// Tells people what was seen and was not (yet) as desired.
    pub(crate) fn saw(&self, seen: &Value) {
        self.host.report(Progress::StepPolled { step: self.label(), seen: seen.clone() });
    }

    /// Rests until the next look, at the deadline at the latest. The look at the deadline is the last.
    pub(crate) async fn pause(&mut self, seen: Value) -> Result<(), Stop> {
        self.saw(&seen);
        let pause = self.setting.context.poll.pause(self.operations.looks());
        let left = self.left().await?;
        if left == Some(Duration::ZERO) {
            return Err(self.timed_out(seen));
        }
        let asked = self.operations.of_look("cancelled");
        if self.cancellable && self.host.stop(&asked).await? == Some(StopRequest::Cancel) {
            return Err(Stop::Cancelled);
        }
        let pause = left.map_or(pause, |left| pause.min(left));
        self.doze(&self.operations.of_look("sleep"), pause).await
    }

    /// Sleeps once, not beyond the attempt's time.
    pub(crate) async fn sleep(&mut self, pause: Duration) -> Result<(), Stop> {
        let allowed = self.timeout.map_or(pause, |timeout| pause.min(timeout));
        self.doze(&self.operations.once("sleep"), allowed).await?;
        if allowed < pause { Err(self.timed_out(Value::Null)) } else { Ok(()) }
    }

    /// Sleeps, no longer than until the run is asked to cancel this step.
    async fn doze(&self, operation: &str, pause: Duration) -> Result<(), Stop> {
        if !self.cancellable {
            return Ok(self.host.sleep(operation, pause).await?);
        }
        match self.host.doze(operation, pause).await? {
            Some(StopRequest::Cancel) => Err(Stop::Cancelled),
            Some(StopRequest::Complete) | None => Ok(()),
        }
    }

    fn request(&self, service: &str, api: &str, input: Value, longest: Duration) -> ApiCall {
        ApiCall {
            service: service.to_owned(),
            api: api.to_owned(),
            input,
            idempotency_key: self.idempotency_key.clone(),
            timeout: Some(self.timeout.map_or(longest, |timeout| timeout.min(longest))),
        }
    }

    /// Time left before the deadline, asked of the host.
    async fn left(&mut self) -> Result<Option<Duration>, HostError> {
        let Some(timeout) = self.timeout else { return Ok(None) };
        let started = self.started().await?;
        let now = self.host.now(&self.operations.of_look("now")).await?;
        Ok(Some(remaining(started, timeout, now)))
    }

    pub(super) async fn is_over(&mut self, what: &str) -> Result<bool, HostError> {
        let (Some(timeout), Some(started)) = (self.timeout, self.started) else { return Ok(false) };
        let now = self.host.now(&self.operations.once(&format!("{what}/now"))).await?;
        Ok(remaining(started, timeout, now).is_zero())
    }

    pub(super) fn timed_out(&self, seen: Value) -> Stop {
        Stop::TimedOut { seconds: self.timeout.map_or(0, |timeout| timeout.as_secs()), seen }
    }

    /// Something a person should know, though the step goes on.
    pub(crate) fn warn(&self, message: String) {
        self.host.report(Progress::Warning { step: Some(self.label()), message });
    }
}

/// Whether it may be the attempt's own time that ran out: then it is a time-out, after which there may be another attempt.
pub(super) fn may_be_late(fault: &CallFault) -> bool {
    fault.kind == FaultKind::NoAnswer && !fault.is_interrupted()
}

fn remaining(started: Timestamp, timeout: Duration, now: Timestamp) -> Duration {
    let spent = now.duration_since(started).max(SignedDuration::ZERO);
    timeout.saturating_sub(spent.unsigned_abs())
}
