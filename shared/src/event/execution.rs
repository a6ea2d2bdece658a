//! `Durable Execution Status Change`, as Lambda emits it.
//!
//! Comes in: the event. Goes out: which execution of which function ended, and how. Never: what it was about; that is in
//! the execution's own history.

use jiff::Timestamp;
use serde_json::Value;

use super::json::{account, at, region, text};
use super::{EventError, timestamp};
use crate::incident::{Delivery, Incident, Resource};

/// A durable execution of a Lambda function changed its status.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionEnd {
    /// Account of the execution.
    pub account: String,
    /// Region of the execution.
    pub region: String,
    /// ARN of the execution.
    pub execution: String,
    /// ARN of the function, with its version.
    pub function: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `STOPPED`.
    pub status: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Id of the event.
    pub id: Option<String>,
}

impl ExecutionEnd {
    /// Whether it is over and its handler has not come to its own end.
    #[must_use]
    pub fn failed(&self) -> bool {
        matches!(self.status.as_str(), "FAILED" | "TIMED_OUT" | "STOPPED")
    }

    /// The incident of a function whose executions do not come to their end.
    #[must_use]
    pub fn incident(&self) -> Incident {
        let name = function_name(&self.function);
        let function = Resource { kind: "AWS::Lambda::Function".into(), id: name.to_owned() };
        Incident {
            fingerprint: stuck(&self.execution),
            account: self.account.clone(),
            region: self.region.clone(),
            noticed_by: name.to_owned(),
            resource: Some(function),
            summary: format!("an execution of {name} ended {}", self.status),
            since: self.ended,
            event: self.id.clone(),
            binding: None,
            given: Default::default(),
            delivery: Delivery::EventBridge,
        }
    }
}

/// The fingerprint of "executions of this function do not come to their end", of an execution's ARN. The function says
/// so as well where it can; that is the same ticket.
pub(crate) fn stuck(execution: &str) -> String {
    Incident::fingerprint("", "", &format!("executions of {}", function_name(execution)), None)
}

/// The name in an ARN of a function or of its execution; what is no ARN, whole.
pub(crate) fn function_name(arn: &str) -> &str {
    arn.split(':').nth(6).filter(|name| !name.is_empty()).unwrap_or(arn)
}

pub(super) fn parse(event: &Value) -> Result<ExecutionEnd, EventError> {
    let time = |path: &str| at(event, path).and_then(Value::as_str).and_then(timestamp);
    Ok(ExecutionEnd {
        account: account(event, "account")?.to_owned(),
        region: region(event, "region")?.to_owned(),
        execution: text(event, "detail.durableExecutionArn")?.to_owned(),
        function: text(event, "detail.functionArn")?.to_owned(),
        status: text(event, "detail.status")?.to_owned(),
        started: time("detail.startTimestamp"),
        ended: time("detail.endTimestamp"),
        id: at(event, "id").and_then(Value::as_str).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_and_its_function_have_the_same_name() {
        let function = "arn:aws:lambda:eu-west-1:210987654321:function:kintsugi-fix-config-drift:7";
        for arn in [function.to_owned(), format!("{function}/durable-execution/order/5f"), "kintsugi-x".to_owned()] {
            let name = if arn.starts_with("arn:") { "kintsugi-fix-config-drift" } else { "kintsugi-x" };
            assert_eq!(function_name(&arn), name, "{arn}");
        }
        assert_eq!(stuck(function), stuck(&format!("{function}/durable-execution/order/5f")));
    }
}
