//! The endpoint of one call: rules, configuration and input put together.
//!
//! Comes in: the SDK's configuration, the service's rules, the operation and its input.
//! Goes out: [`Address`].
//! Never: an environment variable read here; the configuration read them.

use std::net::IpAddr;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
use aws_smithy_types::endpoint::Endpoint;
use aws_types::service_config::ServiceConfigKey;
use serde_json::{Map, Value};

use crate::endpoint::{BuiltIn, EndpointError, Resolved, RuleSet};
use crate::error::InvalidCall;
use crate::models::{Operation, Service};
use crate::value::to_document;

/// Where a request goes.
pub(super) struct Address {
    pub(super) endpoint: Endpoint,
    /// What the operation puts before the host name.
    pub(super) prefix: Option<EndpointPrefix>,
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
    let parameters = parameters(sdk, &rules, region, custom.as_deref(), operation, input);
    let mut resolved = rules.resolve(&parameters).map_err(refused)?;
    if let Some(custom) = custom.as_deref() {
        resolved.url = without_name_before_address(custom, resolved.url);
    }
    // An emulator or a VPC endpoint rarely has names below its own; S3's rules put the account there themselves.
    let wants_prefix = custom.is_none() && !service.metadata().is_s3_family();
    let prefix = if wants_prefix { prefix(operation, input).map_err(refused)? } else { None };
    Ok(Address { endpoint: endpoint(resolved), prefix })
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

fn parameters(
    sdk: &SdkConfig,
    rules: &RuleSet,
    region: &str,
    custom: Option<&str>,
    operation: &Operation,
    input: &Map<String, Value>,
) -> Map<String, Value> {
    let mut parameters = Map::new();
    for parameter in &rules.parameters {
        let value: Value = match parameter.built_in {
            Some(BuiltIn::Region) => region.into(),
            Some(BuiltIn::UseFips) => sdk.use_fips().unwrap_or(false).into(),
            Some(BuiltIn::UseDualStack) => sdk.use_dual_stack().unwrap_or(false).into(),
            Some(BuiltIn::Endpoint) => custom.into(),
            Some(BuiltIn::S3ForcePathStyle) => custom.is_some().into(),
            Some(BuiltIn::Other) | None => continue,
        };
        parameters.insert(parameter.name.clone(), value);
    }
    for (name, parameter) in &operation.model.static_context_params {
        parameters.insert(name.clone(), parameter.value.clone());
    }
    for member in operation.schema.input_members() {
        if let (Some(name), Some(value)) = (member.context_param, input.get(member.name)) {
            parameters.insert(name.to_owned(), value.clone());
        }
    }
    parameters
}

fn endpoint(resolved: Resolved) -> Endpoint {
    let mut builder = Endpoint::builder().url(resolved.url);
    for (name, value) in &resolved.properties {
        builder = builder.property(name.clone(), to_document(value));
    }
    for (name, values) in &resolved.headers {
        for value in values.as_array().into_iter().flatten().filter_map(Value::as_str) {
            builder = builder.header(name.clone(), value.to_owned());
        }
    }
    builder.build()
}

/// The operation's host prefix with the input's host labels in it.
fn prefix(operation: &Operation, input: &Map<String, Value>) -> Result<Option<EndpointPrefix>, EndpointError> {
    let Some(template) = operation.model.endpoint.as_ref().and_then(|e| e.host_prefix.as_deref()) else {
        return Ok(None);
    };
    let mut prefix = template.to_owned();
    for member in operation.schema.input_members().iter().filter(|m| m.host_label) {
        let label = input.get(member.name).and_then(Value::as_str).unwrap_or_default();
        let fits = (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fits {
            return Err(EndpointError::Refused(format!("{} cannot stand in a host name", member.name)));
        }
        prefix = prefix.replace(&format!("{{{}}}", member.name), label);
    }
    let prefix = EndpointPrefix::new(prefix).map_err(|e| EndpointError::Refused(e.to_string()))?;
    Ok(Some(prefix))
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
