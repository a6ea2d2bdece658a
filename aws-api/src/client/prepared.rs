//! One call, written down: the request and where it goes. Serialised once, whatever the retries.
//!
//! Comes in: a checked input.
//! Goes out: [`Prepared`], which the orchestrator signs and sends.
//! Never: a value in its debug form.

use std::fmt;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::endpoint::Endpoint;
use serde_json::{Map, Value};

use super::{address, checksum};
use crate::customization;
use crate::error::InvalidCall;
use crate::models::{Operation, Service};

/// A request without signature, and its endpoint.
pub(super) struct Prepared {
    pub(super) request: Request,
    pub(super) endpoint: Endpoint,
    pub(super) prefix: Option<EndpointPrefix>,
}

impl Prepared {
    pub(super) fn new(
        sdk: &SdkConfig,
        service: &Service,
        operation: &Operation,
        input: &Map<String, Value>,
    ) -> Result<Self, InvalidCall> {
        let address = address::resolve(sdk, service, operation, input)?;
        let mut request =
            operation.wire.request(&operation.schema, input).map_err(|e| InvalidCall::Unserialisable {
                service: operation.service().to_owned(),
                api: operation.name().to_owned(),
                source: e.into(),
            })?;
        customization::request(operation, &mut request);
        checksum::add(sdk, operation, input, &mut request)?;
        Ok(Self { request, endpoint: address.endpoint, prefix: address.prefix })
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("endpoint", &self.endpoint.url()).finish_non_exhaustive()
    }
}
