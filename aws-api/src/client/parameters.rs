//! The values of the endpoint parameters of one call.
//!
//! Comes in: the SDK's configuration, the parameters a service's rules look at, the operation and its input.
//! Goes out: values by name, and whether they depend on the input.
//! Never: an environment variable read here; the configuration read them.

use aws_config::SdkConfig;
use aws_types::endpoint_config::AccountIdEndpointMode;
use aws_types::service_config::ServiceConfigKey;
use serde_json::{Map, Value};

use super::path;
use crate::customization;
use crate::endpoint::{BuiltIn, RuleSet};
use crate::models::Operation;

pub(super) fn values(
    sdk: &SdkConfig,
    rules: &RuleSet,
    region: &str,
    custom: Option<&str>,
    operation: &Operation,
    input: &Map<String, Value>,
) -> Map<String, Value> {
    let mut values = Map::new();
    for parameter in &rules.parameters {
        let value = parameter.built_in.and_then(|built_in| configured(sdk, built_in, region, custom));
        if let Some(value) = value {
            values.insert(parameter.name.clone(), value);
        }
    }
    for (name, parameter) in &operation.model.static_context_params {
        values.insert(name.clone(), parameter.value.clone());
    }
    for member in operation.schema.input_members() {
        if let (Some(name), Some(value)) = (member.context_param, input.get(member.name)) {
            values.insert(name.to_owned(), value.clone());
        }
    }
    for (name, parameter) in &operation.model.operation_context_params {
        if let Some(value) = path::find(&parameter.path, input) {
            values.insert(name.clone(), value);
        }
    }
    customization::parameters(operation, input, &mut values);
    values
}

/// Whether two inputs of the operation may have two endpoints.
pub(super) fn depend_on_input(operation: &Operation) -> bool {
    !operation.model.operation_context_params.is_empty()
        || operation.schema.input_members().iter().any(|member| member.context_param.is_some())
}

fn configured(sdk: &SdkConfig, built_in: BuiltIn, region: &str, custom: Option<&str>) -> Option<Value> {
    match built_in {
        BuiltIn::Region => Some(region.into()),
        BuiltIn::UseFips => Some(sdk.use_fips().unwrap_or(false).into()),
        BuiltIn::UseDualStack => Some(sdk.use_dual_stack().unwrap_or(false).into()),
        BuiltIn::Endpoint => custom.map(Value::from),
        BuiltIn::S3ForcePathStyle => Some(custom.is_some().into()),
        BuiltIn::UseArnRegion => s3_switch(sdk, "AWS_S3_USE_ARN_REGION", "s3_use_arn_region"),
        BuiltIn::S3DisableMultiRegionAccessPoints => {
            s3_switch(sdk, "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "s3_disable_multiregion_access_points")
        }
        BuiltIn::AccountIdEndpointMode => Some(account_mode(sdk).into()),
        // The account is known when the credentials are: see `route`.
        BuiltIn::AccountId | BuiltIn::Other => None,
    }
}

/// A switch of S3, from the environment or the profile.
fn s3_switch(sdk: &SdkConfig, env: &'static str, profile: &'static str) -> Option<Value> {
    let key = ServiceConfigKey::builder().service_id("S3").env(env).profile(profile).build().ok()?;
    let value = sdk.service_config()?.load_config(key)?;
    value.trim().to_lowercase().parse::<bool>().ok().map(Value::from)
}

/// `disabled`, or `preferred` until the credentials are known (`required` is held against them then).
fn account_mode(sdk: &SdkConfig) -> &'static str {
    match sdk.account_id_endpoint_mode() {
        Some(AccountIdEndpointMode::Disabled) => "disabled",
        _ => "preferred",
    }
}
