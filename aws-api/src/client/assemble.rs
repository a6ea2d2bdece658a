//! Puts the SDK's orchestrator together for one operation: signing, retries, time-outs, user agent.
//!
//! Comes in: the SDK's configuration, a service and an operation.
//! Goes out: [`Orchestrated`], used for every call of that operation.
//! Never: anything that depends on an input; that comes with [`Prepared`].

use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::AuthSchemeAndEndpointOrchestrationV2;
use aws_smithy_runtime::client::orchestrator::operation::{Operation as SdkOperation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::endpoint::{EndpointResolverParams, SharedEndpointResolver};
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError, SensitiveOutput};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugin, StaticRuntimePlugin};
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};

use super::auth::express;
use super::route::Given;
use super::unshown::{Unshown, UnshownBody};
use super::{Prepared, auth, checksum};
use crate::customization;
use crate::error::InvalidCall;
use crate::models::{Operation, Service};
use crate::protocol::Fault;

/// An operation ready to be invoked, as often as wanted.
pub(super) type Orchestrated = SdkOperation<Prepared, Unshown, Fault>;

/// Gives the configuration the parts that all operations must share, where it lacks them: connections and the
/// cache of credentials.
pub(super) fn with_shared_parts(sdk: SdkConfig) -> SdkConfig {
    let mut builder = sdk.to_builder();
    if sdk.identity_cache().is_none() {
        builder = builder.identity_cache(IdentityCache::lazy().build());
    }
    if sdk.http_client().is_none() {
        let plugin = default_http_client_plugin_v2(sdk.behavior_version().unwrap_or_else(BehaviorVersion::latest));
        let components = plugin.as_ref().map(|p| p.runtime_components(&RuntimeComponentsBuilder::new("aws-api")));
        builder.set_http_client(components.and_then(|components| components.http_client()));
    }
    builder.build()
}

/// Which errors make the client send a request again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resend {
    /// All that the SDK's standard mode calls retryable.
    Standard,
    /// Those that say that nothing was done: slow down, and a clock that is wrong.
    NothingDone,
}

/// Puts the orchestrator together.
pub(super) fn assemble(
    sdk: &SdkConfig,
    service: &Service,
    operation: &Arc<Operation>,
    resend: Resend,
) -> Result<Orchestrated, InvalidCall> {
    let metadata = service.metadata();
    let plugin = StaticRuntimePlugin::new()
        .with_config(config(sdk, service, operation)?.freeze())
        .with_runtime_components(components(sdk, service));
    let builder = SdkOperation::builder()
        .service_name(metadata.service_id.clone())
        .operation_name(operation.name().to_owned())
        .standard_retry(sdk.retry_config().unwrap_or(&RetryConfig::standard()))
        .timeout_config(sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .retry_classifier(ServiceClockSkewClassifier::<Fault>::new())
        .interceptor(AddressOfInput)
        .interceptor(ServiceClockSkewInterceptor::new())
        .interceptor(RequestInfoInterceptor::new())
        .interceptor(UserAgentInterceptor::new())
        .interceptor(InvocationIdInterceptor::new())
        .interceptor(RecursionDetectionInterceptor::new())
        .interceptor(UnshownBody)
        .with_connection_poisoning()
        .runtime_plugin(plugin);
    let reader = Arc::clone(operation);
    let builder = with_environment(with_classifiers(builder, resend), sdk);
    Ok(builder
        .serializer(|prepared: Prepared| Ok::<Request, BoxError>(prepared.request))
        .deserializer(move |response: &HttpResponse| read(&reader, response))
        .build())
}

fn read(operation: &Operation, response: &HttpResponse) -> Result<Unshown, OrchestratorError<Fault>> {
    if customization::is_disguised_error(operation, response) {
        let fault = operation.wire.fault(&operation.schema, response).in_disguise();
        return Err(OrchestratorError::operation(fault));
    }
    if response.status().is_success() {
        checksum::verify(operation, response).map_err(OrchestratorError::other)?;
        let mut output = operation.wire.output(&operation.schema, response).map_err(OrchestratorError::other)?;
        customization::output(operation, response, &mut output);
        Ok(Unshown(output))
    } else {
        let fault = operation.wire.fault(&operation.schema, response);
        Err(OrchestratorError::operation(customization::fault(operation, response, fault)))
    }
}

fn with_classifiers(builder: OperationBuilder, resend: Resend) -> OperationBuilder {
    match resend {
        Resend::Standard => builder
            .retry_classifier(TransientErrorClassifier::<Fault>::new())
            .retry_classifier(ModeledAsRetryableClassifier::<Fault>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Fault>::new())
            .retry_classifier(HttpStatusCodeClassifier::default()),
        Resend::NothingDone => {
            let slow_down = AwsErrorCodeClassifier::<Fault>::builder().transient_errors(&[][..]);
            builder.retry_classifier(slow_down.build())
        }
    }
}

fn with_environment(mut builder: OperationBuilder, sdk: &SdkConfig) -> OperationBuilder {
    builder = builder.behavior_version(sdk.behavior_version().unwrap_or_else(BehaviorVersion::latest));
    if let Some(client) = sdk.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(sleep) = sdk.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = sdk.time_source() {
        builder = builder.time_source(time);
    }
    builder
}

fn config(sdk: &SdkConfig, service: &Service, operation: &Operation) -> Result<Layer, InvalidCall> {
    let region = sdk.region().ok_or(InvalidCall::NoRegion)?.as_ref();
    let mut layer = Layer::new("aws-api");
    layer.store_put(AuthSchemeAndEndpointOrchestrationV2);
    // What the builder asks for; each call brings its own.
    layer.store_put(EndpointResolverParams::new(()));
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(Region::new(region.to_owned()));
    layer.store_put(SigningRegion::from(Region::new(region.to_owned())));
    layer.store_put(SigningName::from(service.metadata().signing_name().to_owned()));
    layer.store_put(auth::signing(service, operation));
    layer.store_put(ApiMetadata::new("kintsugi", env!("CARGO_PKG_VERSION")));
    if let Some(name) = sdk.app_name() {
        layer.store_put(name.clone());
    }
    if operation.schema.sensitive_output {
        layer.store_put(SensitiveOutput);
    }
    Ok(layer)
}

fn components(sdk: &SdkConfig, service: &Service) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new("aws-api");
    components.set_endpoint_resolver(Some(SharedEndpointResolver::new(Given)));
    components.set_identity_cache(sdk.identity_cache());
    auth::add(&mut components, sdk, service);
    components
}

/// Hands what was decided for this input to the orchestrator: where it goes and how it is signed.
#[derive(Debug)]
struct AddressOfInput;

#[dyn_dispatch_hint]
impl Intercept for AddressOfInput {
    fn name(&self) -> &'static str {
        "AddressOfInput"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let prepared = context.input().downcast_ref::<Prepared>().ok_or("the call was not prepared")?;
        let state = cfg.interceptor_state();
        state.store_put(EndpointResolverParams::new(prepared.address.route.clone()));
        state.store_put(AuthSchemeOptionResolverParams::new(prepared.address.scheme.clone()));
        if let Some(prefix) = prepared.address.prefix.clone() {
            state.store_put(prefix);
        }
        if let Some(session) = prepared.session.clone() {
            state.store_put(express::Session(session));
            state.store_put(express::token_header());
        }
        Ok(())
    }
}
