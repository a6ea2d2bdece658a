//! How a call ended, from the SDK's words to ours.
//!
//! Comes in: the orchestrator's error.
//! Goes out: [`ApiError`].
//! Never: a retry; those are over.

use std::error::Error;

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};

use super::role::RoleRefused;
use crate::endpoint::EndpointError;
use crate::error::{ApiError, InvalidCall, NoAnswer, ServiceError};
use crate::models::Operation;
use crate::protocol::Fault;

pub(super) fn api_error(sdk: &SdkConfig, operation: &Operation, error: SdkError<Fault, HttpResponse>) -> ApiError {
    let (service, api) = (operation.service().to_owned(), operation.name().to_owned());
    match error {
        SdkError::ServiceError(context) => service_error(service, api, context.into_err()).into(),
        SdkError::ResponseError(_) => NoAnswer::Unreadable { service, api, source: cause(error) }.into(),
        other => {
            let source = cause(other);
            if let Some(refused) = find::<RoleRefused>(source.as_ref()) {
                let RoleRefused { role_arn, source } = refused.clone();
                NoAnswer::Role { service, api, role_arn, source }.into()
            } else if let Some(refused) = find::<EndpointError>(source.as_ref()) {
                let region = sdk.region().map(|region| region.as_ref().to_owned()).unwrap_or_default();
                InvalidCall::NoEndpoint { service, api, region, source: refused.clone() }.into()
            } else if find::<CredentialsError>(source.as_ref()).is_some() {
                NoAnswer::Credentials { service, api, source }.into()
            } else {
                NoAnswer::Connection { service, api, source }.into()
            }
        }
    }
}

/// An answer that went well but holds no credentials, though it must.
pub(super) fn without_credentials(service: &str, api: &str) -> ApiError {
    let (service, api) = (service.to_owned(), api.to_owned());
    NoAnswer::Unreadable { service, api, source: "it holds no credentials".into() }.into()
}

/// The SDK's own layer says nothing that ours does not.
fn cause(error: SdkError<Fault, HttpResponse>) -> Box<dyn Error + Send + Sync> {
    error.into_source().unwrap_or_else(|error| error.into())
}

/// The first error of this type among the error and its causes.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    error.downcast_ref().or_else(|| error.source().and_then(find))
}

fn service_error(service: String, api: String, fault: Fault) -> ServiceError {
    let code = ProvideErrorMetadata::code(&fault).unwrap_or_default();
    let modelled = fault.retryable_error_kind();
    let throttled =
        THROTTLING_ERRORS.contains(&code) || modelled == Some(ErrorKind::ThrottlingError) || fault.http_status == 429;
    let transient = TRANSIENT_ERRORS.contains(&code) || matches!(fault.http_status, 500 | 502 | 503 | 504);
    let (code, message) = (code.to_owned(), fault.message().unwrap_or_default().to_owned());
    let retryable = throttled || transient || modelled.is_some();
    let said = fault.into_said();
    ServiceError {
        service,
        api,
        code,
        message,
        throttled,
        retryable,
        side: said.side(),
        request_id: said.request_id,
        http_status: said.http_status,
        fields: said.fields,
    }
}
