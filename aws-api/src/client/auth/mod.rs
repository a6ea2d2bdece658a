//! How a call is signed, and with whose credentials.
//!
//! Comes in: the SDK's configuration, a service, an operation, and what its endpoint asks for.
//! Goes out: the way of signing, the SDK's signing settings and identity parts.
//! Never: a credential of our own, nor one in a message.

mod bearer;
mod choice;
pub(super) mod express;
mod version2;

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
#[cfg(feature = "sigv4a")]
use aws_runtime::auth::sigv4a::{SCHEME_ID as SIGV4A, SigV4aAuthScheme};
use aws_runtime::auth::{PayloadSigningOverride, SigV4OperationSigningConfig, SigningOptions};
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
use aws_smithy_runtime::client::identity::no_auth::NoAuthIdentityResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeId, AuthSchemeOption, AuthSchemeOptionResolverParams, AuthSchemeOptionsFuture, ResolveAuthSchemeOptions,
    SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

pub(super) use self::choice::choose;
use crate::models::{Operation, Service};

/// The signing settings of an operation.
pub(super) fn signing(service: &Service, operation: &Operation) -> SigV4OperationSigningConfig {
    let s3 = service.metadata().is_s3_family();
    let mut options = SigningOptions::default();
    options.double_uri_encode = !s3;
    options.normalize_uri_path = !s3;
    options.content_sha256_header = s3;
    if operation.model.has_unsigned_body() {
        options.payload_override = Some(PayloadSigningOverride::unsigned_payload().to_signable_body());
    }
    SigV4OperationSigningConfig { signing_options: options, ..Default::default() }
}

/// Adds every way of signing that a call may be told to take, and where its identity comes from.
pub(super) fn add(components: &mut RuntimeComponentsBuilder, sdk: &SdkConfig, service: &Service) {
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(AsChosen)));
    let none = || SharedCredentialsProvider::new(NoProvider);
    let credentials = sdk.credentials_provider().unwrap_or_else(none);
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_identity_resolver(SCHEME_ID, credentials.clone());
    #[cfg(feature = "sigv4a")]
    {
        components.push_auth_scheme(SharedAuthScheme::new(SigV4aAuthScheme::new()));
        components.set_identity_resolver(SIGV4A, credentials.clone());
    }
    components.push_auth_scheme(SharedAuthScheme::new(version2::Scheme));
    components.set_identity_resolver(version2::SCHEME_ID, credentials);
    components.push_auth_scheme(SharedAuthScheme::new(express::Scheme::default()));
    components.set_identity_resolver(express::SCHEME_ID, SharedIdentityResolver::new(express::OfTheCall));
    components.push_auth_scheme(SharedAuthScheme::new(NoAuthScheme::default()));
    components.set_identity_resolver(NO_AUTH_SCHEME_ID, SharedIdentityResolver::new(NoAuthIdentityResolver::new()));
    if let Some(tokens) = bearer::tokens(sdk, service) {
        components.push_auth_scheme(SharedAuthScheme::new(bearer::Scheme));
        components.set_identity_resolver(bearer::SCHEME_ID, tokens);
    }
}

/// Takes the way of signing from the parameters, where the call put it.
#[derive(Debug)]
struct AsChosen;

impl ResolveAuthSchemeOptions for AsChosen {
    fn resolve_auth_scheme_options_v2<'a>(
        &'a self,
        params: &'a AuthSchemeOptionResolverParams,
        _cfg: &'a ConfigBag,
        _runtime_components: &'a RuntimeComponents,
    ) -> AuthSchemeOptionsFuture<'a> {
        let chosen = params.get::<AuthSchemeId>().cloned().ok_or_else(|| "the call was not prepared".into());
        let option = chosen.and_then(|id| Ok(vec![AuthSchemeOption::builder().scheme_id(id).build()?]));
        AuthSchemeOptionsFuture::ready(option)
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
