//! Calls to the durable execution service, which AWS's own local runner answers.
//!
//! Comes in: a call to Lambda and its path. Goes out: its name among the service's operations, and whether it is one.
//! Never: the payloads, which are an execution's own; only their names are journaled.

use axum::http::Uri;

use super::call::Call;

/// Under it, the service's operations on one execution.
const EXECUTIONS: &str = "/2025-12-01/durable-executions/";
const CHECKPOINT: &str = "CheckpointDurableExecution";

/// Names a call to the durable execution service, and forgets what it carries. Whether it is one.
pub(super) fn named(call: &mut Call, uri: &Uri) -> bool {
    let Some(rest) = uri.path().strip_prefix(EXECUTIONS).filter(|_| call.service == "lambda") else { return false };
    call.operation = match rest.rsplit('/').next() {
        Some("checkpoint") => CHECKPOINT.to_owned(),
        Some("state") => "GetDurableExecutionState".to_owned(),
        _ => "DurableExecution".to_owned(),
    };
    call.input.clear();
    true
}

/// Whether it is a checkpoint.
pub(super) fn is_checkpoint(call: &Call) -> bool {
    call.is("lambda", CHECKPOINT)
}
