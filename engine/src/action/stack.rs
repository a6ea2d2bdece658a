//! What the two stack actions share: a stack's status, and why it has it.
//!
//! Comes in: an answer of DescribeStacks. Goes out: status and reason, in AWS's words.
//! Never: a decision; which status is good depends on what is wanted.

use serde_json::{Value, json};

use super::watch::fault;
use crate::host::CallFault;
use crate::run::{Attempt, Cause, Stop};

/// Whether CloudFormation says that there is no such stack. It has no code of its own for that.
pub(super) fn is_absent(fault: &CallFault) -> bool {
    fault.code == "ValidationError" && fault.message.contains("does not exist")
}

/// The same of an attempt that stops.
pub(super) fn absent(stop: &Stop) -> bool {
    fault(stop).is_some_and(is_absent)
}

/// The stack in an answer; null if there is none.
pub(super) fn of(answer: &Value) -> &Value {
    &answer["Stacks"][0]
}

/// `the stack web is ROLLBACK_COMPLETE: reason`.
pub(super) fn words(name: &str, stack: &Value) -> String {
    let status = stack["StackStatus"].as_str().unwrap_or("in no state");
    let reason = stack["StackStatusReason"].as_str().map(|reason| format!(": {reason}"));
    format!("the stack {name} is {status}{}", reason.unwrap_or_default())
}

/// Adds to a failure what failed first: the stack's own reason only counts the resources. Where the events cannot be
/// read the failure stays as it is.
pub(super) async fn explained(attempt: &mut Attempt<'_>, id: &str, stop: Stop) -> Stop {
    let Stop::Failed { cause, message, root } = stop else { return stop };
    if !matches!(*cause, Cause::Property { .. }) {
        return Stop::Failed { cause, message, root };
    }
    let events = attempt.call("events", "cloudformation", "DescribeStackEvents", json!({"StackName": id})).await;
    match events {
        Ok(events) => {
            let first = first_failure(&events).map(|first| format!("; first {first}"));
            Stop::Failed { cause, message: message + &first.unwrap_or_default(), root }
        }
        Err(Stop::Host(error)) => Stop::Host(error),
        Err(_) => Stop::Failed { cause, message, root },
    }
}

/// Events come latest first. Resources that were given up because another failed are no causes.
fn first_failure(events: &Value) -> Option<String> {
    let failed = |event: &&Value| {
        let status = event["ResourceStatus"].as_str().unwrap_or_default();
        let reason = event["ResourceStatusReason"].as_str().unwrap_or_default();
        status.ends_with("_FAILED") && !reason.is_empty() && !reason.contains("cancelled")
    };
    let event = events["StackEvents"].as_array()?.iter().rfind(failed)?;
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    Some(format!("{} ({}): {}", text("LogicalResourceId"), text("ResourceType"), text("ResourceStatusReason")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_the_cause_and_what_was_given_up_is_not() {
        let event = |id: &str, status: &str, reason: &str| json!({"LogicalResourceId": id, "ResourceType": "T", "ResourceStatus": status, "ResourceStatusReason": reason});
        let events = json!({"StackEvents": [
            event("Stack", "ROLLBACK_IN_PROGRESS", "failed to create: [Bucket, Queue]"),
            event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event("Bucket", "CREATE_FAILED", "name taken"),
            event("Stack", "CREATE_IN_PROGRESS", "User Initiated"),
        ]});
        assert_eq!(first_failure(&events), Some("Bucket (T): name taken".to_owned()));
        assert_eq!(first_failure(&json!({})), None);
    }
}
