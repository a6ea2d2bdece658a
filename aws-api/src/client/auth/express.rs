//! S3's sessions: calls on a directory bucket are signed with credentials of the bucket's own, which live five minutes.
//!
//! Comes in: the answer of `CreateSession`.
//! Goes out: credentials for one bucket, kept until shortly before their end; the way they sign.
//! Never: a session of one bucket used for another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_runtime::auth::SigV4SessionTokenNameOverride;
use aws_runtime::auth::sigv4::SigV4Signer;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityCacheLocation, IdentityFuture, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;

use crate::client::temporary;

pub(in crate::client) const SCHEME_ID: AuthSchemeId = AuthSchemeId::new("sigv4-s3express");

/// A session is renewed when it has less left than this: longer than a call may take.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);

type Slot = Arc<AsyncMutex<Option<Credentials>>>;

/// The sessions of a client, by bucket.
#[derive(Debug, Default)]
pub(in crate::client) struct Sessions(Mutex<HashMap<String, Slot>>);

impl Sessions {
    /// The bucket's session; `create` asks for a new one, once for all who wait.
    pub(in crate::client) async fn of<E>(
        &self,
        bucket: &str,
        now: SystemTime,
        create: impl AsyncFnOnce() -> Result<Credentials, E>,
    ) -> Result<Credentials, E> {
        let slot = {
            let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sessions.entry(bucket.to_owned()).or_default())
        };
        let mut session = slot.lock().await;
        let lasts = |c: &&Credentials| c.expiry().is_some_and(|end| end > now + RENEWED_BEFORE);
        if let Some(credentials) = session.as_ref().filter(lasts) {
            return Ok(credentials.clone());
        }
        let credentials = create().await?;
        *session = Some(credentials.clone());
        Ok(credentials)
    }
}

/// The credentials in the answer of `CreateSession`.
pub(in crate::client) fn credentials(output: &Value) -> Option<Credentials> {
    temporary(&output["Credentials"], "S3Express").map(|builder| builder.build())
}

/// The session of one call, where the signer finds it.
#[derive(Debug)]
pub(in crate::client) struct Session(pub(in crate::client) Credentials);

impl Storable for Session {
    type Storer = StoreReplace<Self>;
}

/// The header of a session's token has a name of its own.
pub(in crate::client) fn token_header() -> SigV4SessionTokenNameOverride {
    SigV4SessionTokenNameOverride::new(|_, _| Ok(Some("x-amz-s3session-token")))
}

#[derive(Debug, Default)]
pub(super) struct Scheme(SigV4Signer);

impl AuthScheme for Scheme {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        &self.0
    }
}

/// Takes the session from the call.
#[derive(Debug)]
pub(super) struct OfTheCall;

impl ResolveIdentity for OfTheCall {
    fn resolve_identity<'a>(&'a self, _components: &'a RuntimeComponents, config: &'a ConfigBag) -> IdentityFuture<'a> {
        let session = config.load::<Session>().map(|session| Identity::from(session.0.clone()));
        IdentityFuture::ready(session.ok_or_else(|| "the call has no session of its bucket".into()))
    }

    fn cache_location(&self) -> IdentityCacheLocation {
        // Kept by `Sessions`.
        IdentityCacheLocation::IdentityResolver
    }
}
