//! One call, written down: the request and where it goes. Serialised once, whatever the retries.
//!
//! Comes in: a checked input.
//! Goes out: [`Prepared`], which the orchestrator signs and sends.
//! Never: a value in its debug form.

use std::fmt;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::http::Request;
use serde_json::{Map, Value};

use super::address::Address;
use super::{checksum, compress};
use crate::customization;
use crate::error::InvalidCall;
use crate::models::Operation;

/// A request without signature, and its endpoint.
pub(super) struct Prepared {
    pub(super) request: Request,
    pub(super) address: Address,
    /// Credentials of the bucket's own, where the endpoint asks for them.
    pub(super) session: Option<Credentials>,
}

impl Prepared {
    pub(super) fn new(
        sdk: &SdkConfig,
        operation: &Operation,
        mut address: Address,
        mut input: Map<String, Value>,
    ) -> Result<Self, InvalidCall> {
        checksum::ask(sdk, operation, &mut input);
        let mut request =
            operation.wire.request(&operation.schema, &input).map_err(|e| InvalidCall::Unserialisable {
                service: operation.service().to_owned(),
                api: operation.name().to_owned(),
                source: e.into(),
            })?;
        customization::request(operation, &mut request);
        name_bucket(operation, &mut address, &mut request);
        compress::apply(sdk, operation, &mut request);
        checksum::add(sdk, operation, &input, &mut request)?;
        say_that_it_is_empty(&mut request);
        Ok(Self { request, address, session: None })
    }
}

/// The HTTP client says nothing of a body that is not there, and S3 answers 411 to a PUT that says nothing of it.
fn say_that_it_is_empty(request: &mut Request) {
    let has_none = request.body().content_length() == Some(0) && request.headers().get("Content-Length").is_none();
    if has_none && !matches!(request.method(), "GET" | "HEAD" | "OPTIONS") {
        request.headers_mut().insert("Content-Length", "0");
    }
}

/// By path a bucket is `/my-bucket`, as boto3 has it. The SDK would put the request's own path, `/`, behind it.
fn name_bucket(operation: &Operation, address: &mut Address, request: &mut Request) {
    let at_root = |uri: &str| uri == "/" || uri.starts_with("/?");
    if operation.service() != "s3" || !at_root(request.uri()) {
        return;
    }
    let url = address.route.endpoint.url();
    let host = url.find("://").map_or(0, |at| at + 3);
    let Some(path) = url[host..].find('/').map(|at| host + at) else { return };
    let (origin, bucket) = (url[..path].to_owned(), url[path..].trim_end_matches('/').to_owned());
    let uri = format!("{bucket}{}", &request.uri()[1..]);
    // What does not fit an address was refused with the endpoint.
    if !bucket.is_empty() && request.set_uri(uri).is_ok() {
        address.route.move_to(Some(origin));
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("route", &self.address.route).finish_non_exhaustive()
    }
}
