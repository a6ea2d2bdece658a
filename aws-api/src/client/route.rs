//! The endpoint of a call, which may have to wait for the account of its credentials.
//!
//! Comes in: what the rules gave without an account; later the identity.
//! Goes out: the endpoint.
//! Never: credentials kept.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::{EndpointFuture, EndpointResolverParams, ResolveEndpoint};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::endpoint::Endpoint;
use serde_json::{Map, Value};

use crate::endpoint::{EndpointError, Resolved, RuleSet};
use crate::value::to_document;

/// Where a request goes.
#[derive(Clone)]
pub(super) struct Route {
    /// Shared: it is the same for most calls of an operation.
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) by_account: Option<Arc<ByAccount>>,
}

/// What is needed to ask the rules again when the account is known.
pub(super) struct ByAccount {
    pub(super) rules: Arc<RuleSet>,
    pub(super) values: Map<String, Value>,
    /// The parameter that takes the account.
    pub(super) account: String,
    /// The parameter that says that there must be one, where the configuration says so.
    pub(super) required: Option<String>,
}

impl Route {
    pub(super) fn to(resolved: Resolved, scheme: &str) -> Self {
        Self { endpoint: Arc::new(endpoint(resolved, scheme)), by_account: None }
    }
}

impl Route {
    /// The same under another URL, if there is one.
    pub(super) fn move_to(&mut self, url: Option<String>) {
        if let Some(url) = url {
            let endpoint = Endpoint::clone(&self.endpoint);
            self.endpoint = Arc::new(endpoint.into_builder().url(url).build());
        }
    }
}

impl ByAccount {
    fn endpoint(&self, account: Option<&str>) -> Result<Option<Endpoint>, EndpointError> {
        if account.is_none() && self.required.is_none() {
            return Ok(None);
        }
        let mut values = self.values.clone();
        if let Some(account) = account {
            values.insert(self.account.clone(), account.into());
        }
        if let Some(mode) = &self.required {
            values.insert(mode.clone(), "required".into());
        }
        Ok(Some(endpoint(self.rules.resolve(&values)?, "sigv4")))
    }
}

/// The endpoint as the SDK takes it. Ways of signing that this call does not take are left out of it.
fn endpoint(resolved: Resolved, scheme: &str) -> Endpoint {
    let mut builder = Endpoint::builder().url(resolved.url);
    for (name, value) in &resolved.properties {
        let names_scheme = || value.as_array().is_some_and(|ways| ways.iter().any(|way| way["name"] == scheme));
        if name != "authSchemes" || names_scheme() {
            builder = builder.property(name.clone(), to_document(value));
        }
    }
    for (name, values) in &resolved.headers {
        for value in values.as_array().into_iter().flatten().filter_map(Value::as_str) {
            builder = builder.header(name.clone(), value.to_owned());
        }
    }
    builder.build()
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Route").field(&self.endpoint.url()).finish()
    }
}

/// Takes the route from the parameters, where the call put it.
#[derive(Debug)]
pub(super) struct Given;

impl ResolveEndpoint for Given {
    fn finalize_params<'a>(&'a self, parameters: &'a mut EndpointResolverParams) -> Result<(), BoxError> {
        let Some(by_account) = parameters.get::<Route>().and_then(|route| route.by_account.clone()) else {
            return Ok(());
        };
        let credentials = parameters.get_property::<Identity>().and_then(|identity| identity.data::<Credentials>());
        let account = credentials.and_then(|c| c.account_id()).map(|id| id.as_str().to_owned());
        if let (Some(endpoint), Some(route)) = (by_account.endpoint(account.as_deref())?, parameters.get_mut::<Route>())
        {
            route.endpoint = Arc::new(endpoint);
        }
        Ok(())
    }

    fn resolve_endpoint<'a>(&'a self, parameters: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        let endpoint = parameters.get::<Route>().map(|route| Endpoint::clone(&route.endpoint));
        EndpointFuture::ready(endpoint.ok_or_else(|| "the call was not prepared".into()))
    }
}
