//! From the client's error to the fault a runbook, a guard or a person reacts to.

use aws_api::{ApiError, NoAnswer};
use engine::{CallFault, FaultKind};

use crate::telemetry::chain;

/// Codes by which AWS says that credentials or permissions are the problem.
const DENIED: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "ExpiredToken",
    "ExpiredTokenException",
];

/// Describes `error` of one call as the engine's fault.
#[must_use]
pub fn call_fault(service: &str, api: &str, error: &ApiError) -> CallFault {
    let fault = |kind, code: &str, message: String| CallFault {
        service: service.to_owned(),
        api: api.to_owned(),
        kind,
        code: code.to_owned(),
        message,
        request_id: None,
        http_status: None,
    };
    match error {
        ApiError::Service(error) => CallFault {
            request_id: error.request_id.clone(),
            http_status: Some(error.http_status),
            ..fault(kind(error), &error.code, error.message.clone())
        },
        ApiError::Invalid(error) => fault(FaultKind::InvalidInput, "InvalidInput", chain(error)),
        // Nothing was sent: there is nobody to sign as.
        ApiError::NoAnswer(NoAnswer::Credentials { .. } | NoAnswer::Role { .. }) => {
            fault(FaultKind::Denied, "NoCredentials", chain(error))
        }
        // Whatever else the client may learn to say: nobody knows whether the effect happened.
        _ => fault(FaultKind::NoAnswer, "NoAnswer", chain(error)),
    }
}

fn kind(error: &aws_api::ServiceError) -> FaultKind {
    if error.throttled {
        FaultKind::Throttled
    } else if DENIED.contains(&error.code.as_str()) || error.http_status == 401 {
        FaultKind::Denied
    } else if error.http_status >= 500 {
        FaultKind::ServiceFault
    } else {
        FaultKind::Refused
    }
}
