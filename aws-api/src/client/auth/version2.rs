//! Signature version 2, which SimpleDB and Import/Export still ask for: the form itself is signed.
//!
//! Comes in: a form as the query protocol writes it, and credentials.
//! Goes out: the form with who signed it, when, and the signature.
//! Never: another protocol's body.

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::{DateTime, base64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(super) const SCHEME_ID: AuthSchemeId = AuthSchemeId::new("sigv2");

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
        components: &RuntimeComponents,
        _config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let credentials = identity.data::<Credentials>().ok_or("credentials were expected")?;
        let now = components.time_source().unwrap_or_default().now();
        let timestamp = DateTime::from_secs(DateTime::from(now).secs()).fmt(Format::DateTime)?;
        let form = std::str::from_utf8(request.body().bytes().ok_or("a form was expected")?)?;
        let signed = signed(request.method(), request.uri(), form, credentials, &timestamp)?;
        *request.body_mut() = SdkBody::from(signed);
        Ok(())
    }
}

/// The form, sorted as it is signed, with its signature at the end.
fn signed(method: &str, uri: &str, form: &str, credentials: &Credentials, timestamp: &str) -> Result<String, BoxError> {
    let mut pairs: Vec<String> = form.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let mut add = |name: &str, value: &str| pairs.push(format!("{name}={}", quote(value)));
    add("AWSAccessKeyId", credentials.access_key_id());
    add("SignatureVersion", "2");
    add("SignatureMethod", "HmacSHA256");
    add("Timestamp", timestamp);
    if let Some(token) = credentials.session_token() {
        add("SecurityToken", token);
    }
    pairs.sort_by(|a, b| name(a).cmp(name(b)));
    let form = pairs.join("&");
    let (host, path) = host_and_path(uri);
    let mut mac = Hmac::<Sha256>::new_from_slice(credentials.secret_access_key().as_bytes())
        .map_err(|_| "the secret key cannot be used")?;
    mac.update(format!("{method}\n{host}\n{path}\n{form}").as_bytes());
    let signature = base64::encode(mac.finalize().into_bytes());
    Ok(format!("{form}&Signature={}", quote(&signature)))
}

fn name(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

fn host_and_path(uri: &str) -> (&str, &str) {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, "/"),
    }
}

fn quote(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same form, key and time through botocore's `SigV2Auth`.
    #[test]
    fn the_signature_is_the_one_botocore_makes() {
        let credentials = Credentials::new("AKID", "SECRET", Some("to/ken=".to_owned()), None, "test");
        let form = "Action=ListDomains&Version=2009-04-15&NextToken=a%20b%2F~";
        let signed = signed("POST", "https://sdb.amazonaws.com", form, &credentials, "2026-11-22T17:44:05Z").unwrap();
        assert_eq!(
            signed,
            "AWSAccessKeyId=AKID&Action=ListDomains&NextToken=a%20b%2F~&SecurityToken=to%2Fken%3D&\
             SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=2026-11-22T17%3A44%3A05Z&Version=2009-04-15&\
             Signature=fQbEzwOYQeZw5lFFlwumNeQOMf470Z6p9KIzY7FGsfM%3D"
        );
    }

    #[test]
    fn host_and_path_are_what_is_signed() {
        assert_eq!(host_and_path("http://127.0.0.1:5000/"), ("127.0.0.1:5000", "/"));
        assert_eq!(host_and_path("https://sdb.amazonaws.com"), ("sdb.amazonaws.com", "/"));
    }
}
