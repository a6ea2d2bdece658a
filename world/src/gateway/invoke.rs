//! Lambda's asynchronous invocation of a function of the stack.
//!
//! Comes in: a call to Lambda and its request. Goes out: the function that is to be invoked, if it is such a call.
//! Never: an invocation that waits for its answer; those are moto's.

use axum::http::request::Parts;

use super::call::Call;

/// Under it, Lambda's functions.
const FUNCTIONS: &str = "/2015-03-31/functions/";

/// Name or ARN of the function that is invoked without waiting for it.
pub(super) fn asynchronous(call: &Call, parts: &Parts) -> Option<String> {
    let kind = parts.headers.get("x-amz-invocation-type").and_then(|value| value.to_str().ok());
    let path =
        parts.uri.path().strip_prefix(FUNCTIONS).filter(|_| call.service == "lambda" && kind == Some("Event"))?;
    let name = path.strip_suffix("/invocations")?;
    // An ARN is written into the path with its colons encoded.
    Some(name.replace("%3A", ":").replace("%3a", ":"))
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, Request};

    use super::*;
    use crate::gateway::identify::identify;

    fn invoked(kind: &str, path: &str) -> Option<String> {
        let sign = "AWS4-HMAC-SHA256 Credential=find-faults/20261127/eu-west-1/lambda/aws4_request, SignedHeaders=host";
        let request = Request::post(path).header("authorization", sign).header("x-amz-invocation-type", kind).body(());
        let (parts, ()) = request.unwrap().into_parts();
        let call = identify(&Method::POST, &parts.uri, &parts.headers, b"{}");
        asynchronous(&call, &parts)
    }

    #[test]
    fn only_who_does_not_wait_for_an_answer_invokes_by_the_bus() {
        let path =
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af%3Alive/invocations";
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f:live";
        assert_eq!(invoked("Event", path).as_deref(), Some(arn));
        assert_eq!(invoked("RequestResponse", path), None);
        assert_eq!(invoked("Event", "/2015-03-31/functions/f/configuration"), None);
    }
}
