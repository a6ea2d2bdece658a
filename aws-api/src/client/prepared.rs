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
        address: Address,
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
        compress::apply(sdk, operation, &mut request);
        checksum::add(sdk, operation, &input, &mut request)?;
        Ok(Self { request, address, session: None })
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("route", &self.address.route).finish_non_exhaustive()
    }
}
