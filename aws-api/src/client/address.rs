//! The endpoint of one call: rules, configuration and input put together.
//!
//! Comes in: the SDK's configuration, the service's rules, the operation and its input.
//! Goes out: [`Address`].
//! Never: an environment variable read here; the configuration read them.

use std::net::IpAddr;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_types::endpoint_config::AccountIdEndpointMode;
use aws_types::service_config::ServiceConfigKey;
use serde_json::{Map, Value};

use super::route::{ByAccount, Route};
use super::{auth, parameters};
use crate::customization;
use crate::endpoint::{BuiltIn, EndpointError, RuleSet};
use crate::error::InvalidCall;
use crate::models::{Operation, Service};

/// Where a request goes, and how it is signed.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) route: Route,
    /// What the operation puts before the host name.
    pub(super) prefix: Option<EndpointPrefix>,
    pub(super) scheme: AuthSchemeId,
}

pub(super) fn resolve(
    sdk: &SdkConfig,
    service: &Service,
    operation: &Operation,
    input: &Map<String, Value>,
) -> Result<Address, InvalidCall> {
    let region = sdk.region().ok_or(InvalidCall::NoRegion)?.as_ref();
    let rules = service.rules()?;
    let custom = custom_endpoint(sdk, &service.metadata().service_id);
    let refused = |source| InvalidCall::NoEndpoint {
        service: operation.service().to_owned(),
        api: operation.name().to_owned(),
        region: region.to_owned(),
        source,
    };
    let values = parameters::values(sdk, &rules, region, custom.as_deref(), operation, input);
    let mut resolved = rules.resolve(&values).map_err(refused)?;
    if let Some(custom) = custom.as_deref() {
        resolved.url = without_name_before_address(custom, resolved.url);
    }
    if let Some(own) = customization::endpoint(operation, input) {
        resolved.url = own;
    }
    let scheme = auth::choose(sdk, service, operation, &resolved)?;
    // An emulator or a VPC endpoint rarely has names below its own; S3 Control's rules put the account there themselves.
    let wants_prefix = custom.is_none() && !operation.model.static_context_params.contains_key("RequiresAccountId");
    let prefix = if wants_prefix { prefix(operation, input).map_err(refused)? } else { None };
    let mut route = Route::to(resolved, scheme.inner());
    route.by_account = if custom.is_none() { by_account(sdk, rules, values) } else { None };
    Ok(Address { route, prefix, scheme })
}

/// Whether each input of the operation goes to the same address.
pub(super) fn is_same_for_all(operation: &Operation) -> bool {
    !parameters::depend_on_input(operation)
        && operation.schema.input_members().iter().all(|m| !m.host_label && m.name != "PredictEndpoint")
}

/// Set where the service has endpoints by account and the configuration wants them.
fn by_account(sdk: &SdkConfig, rules: Arc<RuleSet>, values: Map<String, Value>) -> Option<Arc<ByAccount>> {
    let mode = sdk.account_id_endpoint_mode();
    let account = rules.parameter_of(BuiltIn::AccountId)?.name.clone();
    if mode == Some(&AccountIdEndpointMode::Disabled) {
        return None;
    }
    let required = (mode == Some(&AccountIdEndpointMode::Required))
        .then(|| rules.parameter_of(BuiltIn::AccountIdEndpointMode).map(|parameter| parameter.name.clone()))
        .flatten();
    Some(Arc::new(ByAccount { rules, values, account, required }))
}

/// Whether the configuration names the endpoint of a service.
pub(super) fn is_custom(sdk: &SdkConfig, service: &Service) -> bool {
    custom_endpoint(sdk, &service.metadata().service_id).is_some()
}

/// `AWS_ENDPOINT_URL_<SERVICE>`, then the profile's, then `AWS_ENDPOINT_URL` or what the program set.
fn custom_endpoint(sdk: &SdkConfig, service_id: &str) -> Option<String> {
    let key =
        ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let of_service = key.ok().and_then(|key| sdk.service_config()?.load_config(key));
    of_service.or_else(|| sdk.endpoint_url().map(str::to_owned))
}

/// S3 Control's rules put the account before any host, even before an address (`123456789012.127.0.0.1`), where it can
/// be found by nobody; the account is in a header too.
fn without_name_before_address(custom: &str, url: String) -> String {
    let Some((scheme, rest)) = custom.split_once("://") else { return url };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    let prefixed = url.strip_prefix(scheme).and_then(|url| url.strip_prefix("://"));
    match prefixed.and_then(|url| url.split_once(&format!(".{authority}"))) {
        Some((name, path)) if host.parse::<IpAddr>().is_ok() && !name.contains('/') => {
            format!("{scheme}://{authority}{path}")
        }
        _ => url,
    }
}

/// The operation's host prefix with the input's host labels in it.
fn prefix(operation: &Operation, input: &Map<String, Value>) -> Result<Option<EndpointPrefix>, EndpointError> {
    let Some(template) = operation.model.endpoint.as_ref().and_then(|e| e.host_prefix.as_deref()) else {
        return Ok(None);
    };
    let mut prefix = template.to_owned();
    for member in operation.schema.input_members().iter().filter(|m| m.host_label) {
        let label = input.get(member.name).and_then(Value::as_str).unwrap_or_default();
        if !label.split('.').all(is_host_label) {
            return Err(EndpointError::Refused(format!("{} cannot stand in a host name", member.name)));
        }
        prefix = prefix.replace(&format!("{{{}}}", member.name), label);
    }
    let prefix = EndpointPrefix::new(prefix).map_err(|e| EndpointError::Refused(e.to_string()))?;
    Ok(Some(prefix))
}

fn is_host_label(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_before_an_address_is_dropped_and_before_a_name_kept() {
        let url = |custom: &str, url: &str| without_name_before_address(custom, url.to_owned());
        assert_eq!(url("http://127.0.0.1:5000", "http://123.127.0.0.1:5000"), "http://127.0.0.1:5000");
        assert_eq!(url("http://127.0.0.1:5000/x", "http://123.127.0.0.1:5000/x"), "http://127.0.0.1:5000/x");
        assert_eq!(url("http://[::1]:80", "http://123.[::1]:80"), "http://[::1]:80");
        assert_eq!(url("http://emulator:5000", "http://123.emulator:5000"), "http://123.emulator:5000");
        assert_eq!(url("http://127.0.0.1:5000", "http://127.0.0.1:5000/bucket"), "http://127.0.0.1:5000/bucket");
    }
}
