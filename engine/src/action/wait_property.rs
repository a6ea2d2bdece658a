//! aws:waitForAwsResourceProperty: an API call repeated until its answer has a desired value.
//!
//! Takes what the assert takes; gives nothing. Time-out 3600 s unless the step says otherwise.
//! Never: an early end because a value can no longer become right; only the call's own error (4xx) ends an attempt.

use async_trait::async_trait;
use serde_json::Value;

use super::property::{self, Expectation, Verdict};
use super::{Answer, COMMON, Run, Runs, Spec, api};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:waitForAwsResourceProperty",
    required: &["Service", "Api", "PropertySelector", "DesiredValues"],
    optional: None,
    timeout: Some(3600),
    check,
    calls: api::property_call,
    runs: Runs::Here(&WaitProperty),
    ..COMMON
};

fn check(step: &crate::Step, spot: &crate::report::Spot, reporter: &mut crate::report::Reporter<'_>) {
    property::check(step, spot, reporter);
    if step.timeout.is_none() {
        let spot = crate::report::Spot::of_step(&step.path, &step.name);
        reporter
            .warning("wait-without-timeout", &spot, "the wait has no timeoutSeconds")
            .hint("the default is one hour");
    }
}

struct WaitProperty;

#[async_trait]
impl Run for WaitProperty {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let expectation = Expectation::read(attempt.inputs(), attempt.readings())?;
        let call = api::split(attempt.inputs(), true);
        let (service, api, input) = call.ok_or_else(|| Stop::inputs("Service and Api must be text"))?;
        loop {
            let seen = match attempt.look("look", &service, &api, input.clone()).await? {
                None => Value::Null,
                Some(answer) => match expectation.judge(&answer) {
                    Verdict::Holds(_) => return Ok(Answer::of(answer)),
                    Verdict::Differs(seen) => seen,
                    Verdict::Nothing => Value::Null,
                },
            };
            attempt.pause(seen).await?;
        }
    }
}
