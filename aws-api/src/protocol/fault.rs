//! The one form that every error response takes, whatever the protocol, even if nobody can read it.
//!
//! Comes in: the response and what the protocol could read of it.
//! Goes out: [`Fault`]: code, message, request id, status.
//! Never: a failure of its own, and never a body in a message beyond its first words.

use std::fmt;
use std::ops::Deref;

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};
use serde_json::{Map, Value};

use crate::error::FaultSide;
use crate::schema::CompiledOperation;

/// An error response, as the retry classifiers and the caller need it.
#[derive(Clone)]
pub(crate) struct Fault(Box<Said>);

/// What the response said.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) meta: ErrorMetadata,
    pub(crate) http_status: u16,
    pub(crate) request_id: Option<String>,
    /// The members of a modelled error.
    pub(crate) fields: Map<String, Value>,
    /// Where S3 says that the bucket lies.
    pub(crate) bucket_region: Option<String>,
    /// Whose doing it is, where the answer or the model says.
    side: Option<FaultSide>,
    /// Set where the model says that the call may be tried again.
    modelled: Option<ErrorKind>,
}

impl Said {
    /// As the answer says, else as the model does, else by the status.
    pub(crate) fn side(&self) -> FaultSide {
        let by_status = if self.http_status >= 500 { FaultSide::Server } else { FaultSide::Client };
        self.side.unwrap_or(by_status)
    }
}

impl Fault {
    pub(super) fn new(
        operation: &CompiledOperation,
        response: &Response,
        envelope: ErrorMetadata,
        fields: Map<String, Value>,
    ) -> Self {
        let known = envelope.code().and_then(|code| operation.errors.get(code));
        let side = said_side(response, &envelope).or_else(|| known?.side);
        let modelled = known.and_then(|e| e.retryable);
        let request_id = request_id(response).or_else(|| envelope.extra("request_id").map(str::to_owned));
        let http_status = response.status().as_u16();
        let code = query_code(response).or_else(|| envelope.code().map(str::to_owned)).filter(|c| !c.is_empty());
        let message = envelope.message().map(str::to_owned);
        let meta = ErrorMetadata::builder()
            .code(code.clone().unwrap_or_else(|| code_of(http_status)))
            .message(message.unwrap_or_else(|| if code.is_some() { String::new() } else { described(response) }))
            .build();
        let bucket_region = bucket_region(response);
        Self(Box::new(Said { meta, http_status, request_id, fields, bucket_region, side, modelled }))
    }

    /// An error that came as HTTP 200: treated as a failure of the service, which may be tried again.
    pub(crate) fn in_disguise(mut self) -> Self {
        self.0.http_status = 500;
        self.0.side = Some(FaultSide::Server);
        self.0.modelled = self.0.modelled.or(Some(ErrorKind::ServerError));
        self
    }

    /// The same error with these words.
    pub(crate) fn saying(mut self, message: String) -> Self {
        let code = self.0.meta.code().unwrap_or_default().to_owned();
        self.0.meta = ErrorMetadata::builder().code(code).message(message).build();
        self
    }

    /// What the response said, given away.
    pub(crate) fn into_said(self) -> Said {
        *self.0
    }
}

impl Deref for Fault {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.0
    }
}

/// The code for an answer that carries none: AWS's own word for a failure of the service, else the status, as
/// boto3 does for answers without a body (`HeadBucket`: `404`).
fn code_of(status: u16) -> String {
    if status >= 500 { "InternalFailure".to_owned() } else { status.to_string() }
}

/// Services that once spoke query still name errors so, beside their JSON name.
fn query_code(response: &Response) -> Option<String> {
    let header = response.headers().get("x-amzn-query-error")?;
    header.split_once(';').map(|(code, _)| code.to_owned())
}

/// `<Type>` of a query error, or what stands behind the code in the header of a service that once spoke query.
fn said_side(response: &Response, envelope: &ErrorMetadata) -> Option<FaultSide> {
    let header = response.headers().get("x-amzn-query-error").and_then(|header| header.split_once(';'));
    match header.map(|(_, side)| side).or_else(|| envelope.extra("type"))? {
        "Sender" => Some(FaultSide::Client),
        "Receiver" => Some(FaultSide::Server),
        _ => None,
    }
}

fn request_id(response: &Response) -> Option<String> {
    let headers = response.headers();
    ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"]
        .into_iter()
        .find_map(|name| headers.get(name))
        .map(str::to_owned)
}

/// In a header, or, of a request signed for another Region, in the body.
fn bucket_region(response: &Response) -> Option<String> {
    let header = response.headers().get("x-amz-bucket-region").map(str::to_owned);
    header.or_else(|| {
        let body = std::str::from_utf8(response.body().bytes()?).ok()?;
        let (_, rest) = body.split_once("<Code>AuthorizationHeaderMalformed</Code>")?;
        Some(rest.split_once("<Region>")?.1.split_once("</Region>")?.0.to_owned())
    })
}

/// Enough of an unreadable body to recognise its author.
const SHOWN: usize = 200;

fn described(response: &Response) -> String {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    if body.is_empty() {
        return format!("HTTP {status} with an empty body");
    }
    let kind = response.headers().get("content-type").unwrap_or("no content type");
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut shown: String = words.join(" ").chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("HTTP {status} with a body that is no AWS error ({kind}): {shown}")
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("code", &self.meta.code())
            .field("message", &self.meta.message())
            .field("http_status", &self.http_status)
            .field("request_id", &self.request_id)
            .field("fields", &self.fields.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HTTP {})", self.meta.code().unwrap_or_default(), self.http_status)
    }
}

impl std::error::Error for Fault {}

impl ProvideErrorMetadata for Fault {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

impl ProvideErrorKind for Fault {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        self.modelled
    }

    fn code(&self) -> Option<&str> {
        self.meta.code()
    }
}
