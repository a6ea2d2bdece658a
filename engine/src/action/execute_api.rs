//! aws:executeAwsApi: one API call.
//!
//! Takes Service, Api and the operation's input; gives the answer to the step's selectors.
//! Never: pagination or a repetition; an error of the call fails the attempt.

use async_trait::async_trait;

use super::{Answer, COMMON, Run, Runs, Spec, api};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:executeAwsApi",
    required: &["Service", "Api"],
    optional: None,
    check: api::check,
    calls: api::plain_call,
    runs: Runs::Here(&ExecuteApi),
    ..COMMON
};

struct ExecuteApi;

#[async_trait]
impl Run for ExecuteApi {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let call = api::split(attempt.inputs(), false);
        let (service, api, input) = call.ok_or_else(|| Stop::inputs("Service and Api must be text"))?;
        let root = attempt.call("call", &service, &api, input).await?;
        Ok(Answer::of(root))
    }
}
