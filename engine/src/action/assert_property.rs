//! aws:assertAwsResourceProperty: one API call whose answer must have a desired value.
//!
//! Takes Service, Api, the operation's input, PropertySelector and DesiredValues; gives nothing.
//! Never: a second look; that is aws:waitForAwsResourceProperty.

use async_trait::async_trait;
use serde_json::Value;

use super::property::{self, Expectation, Verdict};
use super::{Answer, COMMON, Run, Runs, Spec, api};
use crate::resolve::as_text;
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:assertAwsResourceProperty",
    required: &["Service", "Api", "PropertySelector", "DesiredValues"],
    optional: None,
    check: property::check,
    calls: api::property_call,
    runs: Runs::Here(&AssertProperty),
    ..COMMON
};

struct AssertProperty;

#[async_trait]
impl Run for AssertProperty {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let expectation = Expectation::read(attempt.inputs(), attempt.readings())?;
        let call = api::split(attempt.inputs(), true);
        let (service, api, input) = call.ok_or_else(|| Stop::inputs("Service and Api must be text"))?;
        let answer = attempt.call("call", &service, &api, input).await?;
        let (seen, message) = match expectation.judge(&answer) {
            Verdict::Holds(_) => return Ok(Answer::of(answer)),
            Verdict::Differs(seen) => {
                let message = format!("the value is {}, not {}", as_text(&seen), expectation.desired_text());
                (seen, message)
            }
            Verdict::Nothing => (Value::Null, "the selector found nothing in the answer".to_owned()),
        };
        attempt.saw(&seen);
        Err(Stop::failed(Cause::Property { seen }, message))
    }
}
