//! Calls that carry a bearer token instead of a signature (`codecatalyst`, and `bedrock` where a token is set).
//!
//! Comes in: the configuration's token provider, or the token of `AWS_BEARER_TOKEN_<SERVICE>`.
//! Goes out: the `Authorization` header.
//! Never: a token in a message, nor one sent to another service than its own.

use aws_config::SdkConfig;
use aws_credential_types::Token;
use aws_credential_types::provider::token::SharedTokenProvider;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::service_config::ServiceConfigKey;

use crate::models::Service;

pub(super) const SCHEME_ID: AuthSchemeId = AuthSchemeId::new("httpBearerAuth");

const VARIABLE: &str = "AWS_BEARER_TOKEN";

/// Where tokens for the service come from: its own, else the configuration's provider.
pub(super) fn tokens(sdk: &SdkConfig, service: &Service) -> Option<SharedTokenProvider> {
    let own = token_of_service(sdk, service).map(|token| SharedTokenProvider::new(Token::new(token, None)));
    own.or_else(|| sdk.token_provider())
}

/// The token that is meant for this service alone.
pub(super) fn token_of_service(sdk: &SdkConfig, service: &Service) -> Option<String> {
    let name = service.metadata().signing_name();
    let key = ServiceConfigKey::builder().service_id(name).env(VARIABLE).profile("bearer_token").build().ok()?;
    sdk.service_config()?.load_config(key)
}

/// `AWS_BEARER_TOKEN_BEDROCK`
pub(super) fn variable(service: &Service) -> String {
    let name = service.metadata().signing_name().replace(['-', ' '], "_").to_uppercase();
    format!("{VARIABLE}_{name}")
}

#[derive(Debug)]
pub(super) struct Scheme;

impl AuthScheme for Scheme {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl Sign for Scheme {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        _endpoint: AuthSchemeEndpointConfig<'_>,
        _components: &RuntimeComponents,
        _config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let token = identity.data::<Token>().ok_or("a bearer token was expected")?;
        // The header's own error would show the token.
        let said = request.headers_mut().try_insert("authorization", format!("Bearer {}", token.token()));
        said.map(|_| ()).map_err(|_| "the bearer token has characters that a header cannot carry".into())
    }
}
