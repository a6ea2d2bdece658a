//! Answers in the protocol of the caller.
//!
//! Comes in: a [`Call`]'s protocol and what to say. Goes out: an HTTP response as AWS would spell it.
//! Never: a stack trace or a cause; AWS does not tell either.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::call::Protocol;
use crate::ids;

/// An error as AWS services have them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// `NoSuchConfigRuleException`
    pub code: String,
    /// A sentence.
    pub message: String,
    /// HTTP status: 400 for the caller's faults, 500 and above for AWS's own.
    pub status: u16,
    /// Further members of the error, for example `OpsItemId`.
    pub members: Vec<(String, Value)>,
}

impl AwsError {
    /// The caller's fault: HTTP 400.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status: 400, members: vec![] }
    }

    /// With a further member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.push((member.to_owned(), value.into()));
        self
    }
}

/// A successful JSON answer.
#[must_use]
pub fn json_answer(output: &Value) -> Response<Body> {
    build(StatusCode::OK, "application/x-amz-json-1.1", output.to_string(), &ids::uuid())
}

/// Accepted; what comes of it is told elsewhere.
#[must_use]
pub fn accepted() -> Response<Body> {
    build(StatusCode::ACCEPTED, "application/json", "", &ids::uuid())
}

/// An error in the caller's protocol.
#[must_use]
pub fn error(protocol: Protocol, error: &AwsError) -> Response<Body> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = ids::uuid();
    let sender = if error.status < 500 { "Sender" } else { "Receiver" };
    let (code, message) = (escape(&error.code), escape(&error.message));
    match protocol {
        Protocol::Json | Protocol::RestJson => json_error(status, error, sender, &id),
        Protocol::Cbor => {
            let body = cbor_map(&[("__type", &error.code), ("message", &error.message)]);
            let mut response = build(status, "application/cbor", body, &id);
            response.headers_mut().insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
            response
        }
        Protocol::Query => build(
            status,
            "text/xml",
            format!(
                "<ErrorResponse><Error><Type>{sender}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
            ),
            &id,
        ),
        Protocol::Ec2 => build(
            status,
            "text/xml;charset=UTF-8",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
            ),
            &id,
        ),
        Protocol::RestXml => build(
            status,
            "application/xml",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
            ),
            &id,
        ),
    }
}

/// What a load balancer in front of a service says when the service is ill: a page, not an error document.
#[must_use]
pub fn html(status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<html>\r\n<head><title>{0} {reason}</title></head>\r\n<body>\r\n<center><h1>{0} {reason}</h1></center>\r\n</body>\r\n</html>\r\n",
        status.as_u16()
    );
    build(status, "text/html", page, &ids::uuid())
}

fn json_error(status: StatusCode, error: &AwsError, sender: &str, id: &str) -> Response<Body> {
    let mut body = json!({ "__type": error.code, "message": error.message, "Message": error.message });
    for (member, value) in &error.members {
        body[member.as_str()] = value.clone();
    }
    let mut response = build(status, "application/x-amz-json-1.1", body.to_string(), id);
    for (name, value) in
        [("x-amzn-errortype", error.code.clone()), ("x-amzn-query-error", format!("{};{sender}", error.code))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn build(status: StatusCode, content_type: &'static str, body: impl Into<Body>, id: &str) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-amzn-requestid", id.clone());
        headers.insert("x-amz-request-id", id);
    }
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A CBOR map of short texts: all an error needs.
fn cbor_map(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0xbf];
    for text in entries.iter().flat_map(|(name, value)| [name, value]) {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        out.push(0x79);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
    }
    out.push(0xff);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(response: Response<Body>) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn an_error_is_spelled_as_the_callers_protocol_wants() {
        let refusal = AwsError::new("Denied", "you & <them>").with("OpsItemId", "oi-1");
        let cases = [
            (
                Protocol::Json,
                r#"{"__type":"Denied","message":"you & <them>","Message":"you & <them>","OpsItemId":"oi-1"}"#,
            ),
            (
                Protocol::Query,
                "<ErrorResponse><Error><Type>Sender</Type><Code>Denied</Code><Message>you &amp; &lt;them&gt;</Message></Error>",
            ),
            (
                Protocol::Ec2,
                "<Response><Errors><Error><Code>Denied</Code><Message>you &amp; &lt;them&gt;</Message></Error></Errors>",
            ),
            (Protocol::RestXml, "<Error><Code>Denied</Code><Message>you &amp; &lt;them&gt;</Message>"),
        ];
        for (protocol, wanted) in cases {
            let response = error(protocol, &refusal);
            assert_eq!(response.status(), 400);
            let text = body(response).await;
            assert!(text.contains(wanted), "{text}");
        }
    }

    #[tokio::test]
    async fn a_cbor_error_is_a_map_of_type_and_message() {
        let response = error(Protocol::Cbor, &AwsError::new("A", "b"));
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(&bytes[..], b"\xbf\x79\x00\x06__type\x79\x00\x01A\x79\x00\x07message\x79\x00\x01b\xff");
    }

    #[tokio::test]
    async fn an_ill_service_answers_with_a_page() {
        let response = html(503);
        assert_eq!(response.headers()["content-type"], "text/html");
        assert!(body(response).await.contains("503 Service Unavailable"));
    }
}
