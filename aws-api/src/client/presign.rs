//! The URL by which a service in another Region is asked in the caller's name, signed before the call itself.
//!
//! Comes in: the input of a copy from another Region.
//! Goes out: the same with the signed URL, as boto3 makes it.
//! Never: a request; the service uses the URL.

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use serde_json::{Map, Value};

use super::address;
use crate::customization;
use crate::error::{ApiError, InvalidCall, NoAnswer};
use crate::models::{Operation, Service};

/// As long as boto3's: long enough for a copy that waits in a queue.
const VALID_FOR: Duration = Duration::from_secs(3600);

/// Adds the signed URL where the input asks for a copy from another Region and has none.
pub(super) async fn add(
    sdk: &SdkConfig,
    service: &Service,
    operation: &Operation,
    input: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let Some(copy) = customization::copy(operation, input) else { return Ok(()) };
    let here = sdk.region().ok_or(InvalidCall::NoRegion)?.as_ref();
    let there = sdk.to_builder().region(Region::new(copy.source.clone())).build();
    let address = address::resolve(&there, service, operation, input)?;
    let form = form(operation, input, here).map_err(|e| unsigned(operation, e))?;
    let url = format!("{}/?{form}", address.route.endpoint.url().trim_end_matches('/'));
    let credentials = credentials(sdk, operation).await?;
    let (name, now) = (service.metadata().signing_name(), sdk.time_source().unwrap_or_default().now());
    let signed = signed(&url, (&copy.source, name), now, credentials);
    copy.fill(input, signed.map_err(|e| unsigned(operation, e))?, here);
    Ok(())
}

/// The call as a query: what the other Region is asked, and where the copy goes.
fn form(operation: &Operation, input: &Map<String, Value>, destination: &str) -> Result<String, BoxedError> {
    let request = operation.wire.request(&operation.schema, input)?;
    let form = std::str::from_utf8(request.body().bytes().unwrap_or_default())?;
    Ok(format!("{form}&DestinationRegion={destination}"))
}

async fn credentials(sdk: &SdkConfig, operation: &Operation) -> Result<Credentials, ApiError> {
    let failed = |source: BoxedError| NoAnswer::Credentials {
        service: operation.service().to_owned(),
        api: operation.name().to_owned(),
        source,
    };
    let provider = sdk.credentials_provider();
    let provider = provider.ok_or_else(|| failed("the configuration has no credentials provider".into()))?;
    provider.provide_credentials().await.map_err(|e| failed(e.into()).into())
}

type BoxedError = Box<dyn Error + Send + Sync>;

/// The URL with its signature, for a Region and a signing name.
fn signed(
    url: &str,
    (region, name): (&str, &str),
    now: SystemTime,
    credentials: Credentials,
) -> Result<String, BoxedError> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(VALID_FOR);
    let identity = Identity::from(credentials);
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(name)
        .time(now)
        .settings(settings)
        .build()?;
    let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (_, added) = sign(request, &parameters.into())?.into_parts().0.into_parts();
    let added: Vec<String> = added.iter().map(|(name, value)| format!("&{name}={}", quoted(value))).collect();
    Ok(format!("{url}{}", added.concat()))
}

/// A value of the signature as it stands in a URL.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn unsigned(operation: &Operation, source: BoxedError) -> InvalidCall {
    InvalidCall::Unserialisable { service: operation.service().to_owned(), api: operation.name().to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://rds.us-east-1.amazonaws.com/?Action=CopyDBSnapshot&Version=2014-10-31\
        &TargetDBSnapshotIdentifier=a%20b&DestinationRegion=eu-west-1";

    fn signature(token: Option<&str>) -> (Vec<String>, String) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_369_445);
        let credentials = Credentials::new("AKID", "SECRET", token.map(str::to_owned), None, "test");
        let url = signed(URL, ("us-east-1", "rds"), now, credentials).unwrap();
        let added = url.strip_prefix(URL).unwrap();
        let (others, signature): (Vec<&str>, Vec<&str>) =
            added.split('&').filter(|p| !p.is_empty()).partition(|p| !p.starts_with("X-Amz-Signature="));
        (others.into_iter().map(str::to_owned).collect(), signature.concat())
    }

    /// Signatures that botocore's SigV4QueryAuth makes of the same URL at the same second.
    #[test]
    fn the_signature_is_botocores() {
        let (added, signed) = signature(None);
        let expected = [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=AKID%2F20261122%2Fus-east-1%2Frds%2Faws4_request",
            "X-Amz-Date=20261122T174405Z",
            "X-Amz-Expires=3600",
            "X-Amz-SignedHeaders=host",
        ];
        assert_eq!(added, expected);
        assert_eq!(signed, "X-Amz-Signature=4b4611a6039e1fba652b7cbc591faa6f0e1f1b0a848ebb579860f72a070be414");
        let (added, signed) = signature(Some("TOKEN/+="));
        assert!(added.contains(&"X-Amz-Security-Token=TOKEN%2F%2B%3D".to_owned()), "{added:?}");
        assert_eq!(signed, "X-Amz-Signature=513ff0aefac13080bd08f5ccdb2579fe379a5418a7571c8baafbe36d87c27614");
    }
}
