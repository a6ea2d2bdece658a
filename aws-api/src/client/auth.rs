//! How a call is signed, and with whose credentials.
//!
//! Comes in: the SDK's configuration, a service and an operation.
//! Goes out: the SDK's signing settings and identity parts.
//! Never: a credential of our own, nor one in a message.

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{PayloadSigningOverride, SigV4OperationSigningConfig, SigningOptions};
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
use aws_smithy_runtime::client::identity::no_auth::NoAuthIdentityResolver;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{SharedAuthScheme, SharedAuthSchemeOptionResolver};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;

use crate::error::{InvalidCall, Unsupported};
use crate::models::{Operation, Service};

/// The signing settings of an operation.
pub(super) fn signing(service: &Service, operation: &Operation) -> Result<SigV4OperationSigningConfig, InvalidCall> {
    let metadata = service.metadata();
    let version = metadata.signature_version.as_deref().unwrap_or("v4");
    if !matches!(version, "v4" | "s3" | "s3v4") && !operation.model.is_anonymous() {
        return Err(InvalidCall::Unsupported {
            service: operation.service().to_owned(),
            api: operation.name().to_owned(),
            reason: Unsupported::Signature(version.to_owned()),
        });
    }
    let s3 = metadata.is_s3_family();
    let mut options = SigningOptions::default();
    options.double_uri_encode = !s3;
    options.normalize_uri_path = !s3;
    options.content_sha256_header = s3;
    if operation.model.has_unsigned_body() {
        options.payload_override = Some(PayloadSigningOverride::unsigned_payload().to_signable_body());
    }
    Ok(SigV4OperationSigningConfig { signing_options: options, ..Default::default() })
}

/// Adds the scheme by which the operation is signed, and where its credentials come from.
pub(super) fn add(components: &mut RuntimeComponentsBuilder, sdk: &SdkConfig, operation: &Operation) {
    let scheme = if operation.model.is_anonymous() { NO_AUTH_SCHEME_ID } else { SCHEME_ID };
    let options = StaticAuthSchemeOptionResolver::new(vec![scheme]);
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(options)));
    if operation.model.is_anonymous() {
        components.push_auth_scheme(SharedAuthScheme::new(NoAuthScheme::default()));
        components.set_identity_resolver(NO_AUTH_SCHEME_ID, SharedIdentityResolver::new(NoAuthIdentityResolver::new()));
    } else {
        let none = || SharedCredentialsProvider::new(NoProvider);
        components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
        components.set_identity_resolver(SCHEME_ID, sdk.credentials_provider().unwrap_or_else(none));
    }
}

/// Stands where the configuration has no credentials provider, so that the call fails with the usual error.
#[derive(Debug)]
struct NoProvider;

impl ProvideCredentials for NoProvider {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
    where
        Self: 'a,
    {
        let reason = "the configuration has no credentials provider";
        ProvideCredentialsFuture::ready(Err(CredentialsError::not_loaded(reason)))
    }
}
