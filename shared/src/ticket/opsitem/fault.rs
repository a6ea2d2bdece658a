//! From the SDK's error to the error of a ticket.

use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};

use super::DESK;
use crate::ticket::error::TicketError;

/// Codes by which AWS asks us to slow down.
const THROTTLED: [&str; 3] = ["ThrottlingException", "Throttling", "TooManyRequestsException"];
/// Codes by which AWS says no.
const DENIED: [&str; 6] = [
    "AccessDeniedException",
    "OpsItemAccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "InvalidClientTokenId",
];

/// Describes an error of any OpsCenter operation.
pub(super) fn describe<E>(error: SdkError<E>) -> TicketError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(error) => {
            let status = error.raw().status().as_u16();
            service(error.err().code().unwrap_or_default(), error.err().message().unwrap_or_default(), status)
        }
        SdkError::ConstructionFailure(failure) => {
            TicketError::Rejected { desk: DESK, problems: vec![format!("the request could not be made: {failure:?}")] }
        }
        SdkError::ResponseError(error) => {
            let status = error.raw().status().as_u16();
            TicketError::Unavailable { desk: DESK, reason: format!("an unreadable answer with status {status}") }
        }
        other => TicketError::Unreachable { desk: DESK, source: Box::new(other) },
    }
}

fn service(code: &str, message: &str, status: u16) -> TicketError {
    let said = format!("{code}: {message}");
    if THROTTLED.contains(&code) {
        TicketError::RateLimited { desk: DESK, retry_after: None }
    } else if DENIED.contains(&code) || status == 403 {
        TicketError::Denied { desk: DESK, reason: said }
    } else if status >= 500 {
        TicketError::Unavailable { desk: DESK, reason: if code.is_empty() { format!("status {status}") } else { said } }
    } else {
        TicketError::Rejected { desk: DESK, problems: vec![said] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_opscenter_says_whether_waiting_helps() {
        let cases = [
            ("ThrottlingException", 400, "RateLimited", true),
            ("AccessDeniedException", 400, "Denied", false),
            ("OpsItemLimitExceededException", 400, "Rejected", false),
            ("OpsItemInvalidParameterException", 400, "Rejected", false),
            ("InternalServerError", 500, "Unavailable", true),
            ("", 502, "Unavailable", true),
        ];
        for (code, status, kind, passing) in cases {
            let error = service(code, "why", status);
            assert_eq!((error.kind(), error.passing()), (kind, passing), "{code}");
        }
    }
}
