//! Another account: credentials of a role there, asked for once and kept until shortly before their end.
//!
//! Comes in: a role and what names the session ([`AssumeRole`]).
//! Goes out: a client that calls as that role.
//! Never: a session without a name; credentials in a message; a call of STS while the old credentials last.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_credential_types::{Credentials, CredentialsBuilder};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{CallOptions, Client, outcome};
use crate::error::ApiError;

/// The role to assume, and what the session is called. Two equal values are one session.
///
/// STS takes few characters in names and tags: others become `-`, and what is too long is cut.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AssumeRole {
    role_arn: String,
    session_name: String,
    external_id: Option<String>,
    tags: Vec<(String, String)>,
    duration: Option<Duration>,
}

/// The longest name of a session.
const LONGEST_NAME: usize = 64;

impl AssumeRole {
    /// The role, and the name under which CloudTrail shows its calls: 2 to 64 characters `A-Z a-z 0-9 _=,.@-`.
    pub fn new(role_arn: impl Into<String>, session_name: &str) -> Self {
        let (role_arn, session_name) = (role_arn.into(), session_name_of(session_name));
        Self { role_arn, session_name, external_id: None, tags: Vec::new(), duration: None }
    }

    /// What the role's owner gave us, so that nobody else can make us use it.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// A tag of the session; policies and CloudTrail see it. The role must allow `sts:TagSession`.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.push((tag_text(key, 128), tag_text(value, 256)));
        self
    }

    /// How long the credentials last: 15 minutes to the role's own limit; an hour if not given.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The role.
    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// The name of the session, as STS is given it.
    pub fn session_name(&self) -> &str {
        &self.session_name
    }

    fn input(&self) -> Value {
        let mut input = Map::new();
        input.insert("RoleArn".into(), self.role_arn.as_str().into());
        input.insert("RoleSessionName".into(), self.session_name.as_str().into());
        if let Some(id) = &self.external_id {
            input.insert("ExternalId".into(), id.as_str().into());
        }
        if let Some(duration) = self.duration {
            input.insert("DurationSeconds".into(), duration.as_secs().into());
        }
        if !self.tags.is_empty() {
            let tags: Value = self.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            input.insert("Tags".into(), tags);
        }
        Value::Object(input)
    }
}

impl fmt::Debug for AssumeRole {
    /// Without the external id, which is a secret between two accounts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumeRole")
            .field("role_arn", &self.role_arn)
            .field("session_name", &self.session_name)
            .field("tags", &self.tags)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

fn session_name_of(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_=,.@-".contains(c);
    let name: String = name.trim().chars().map(|c| if allowed(c) { c } else { '-' }).take(LONGEST_NAME).collect();
    if name.len() < 2 { format!("{name}{}", &"--"[name.len()..]) } else { name }
}

fn tag_text(text: &str, longest: usize) -> String {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    text.chars().map(|c| if allowed(c) { c } else { '-' }).take(longest).collect()
}

/// The clients of other accounts, so that asking for the same role again is the same session.
#[derive(Default)]
pub(super) struct Roles(Mutex<Vec<(AssumeRole, Client)>>);

/// Sessions named after incidents come and go: only the last ones are kept.
const KEPT: usize = 32;

impl Client {
    /// A client that calls as the role, in the same Region, over the same connections. STS is asked when the first
    /// call is made, and again shortly before the credentials end; however many calls wait, it is asked once. The
    /// same role and session give the same client.
    ///
    /// Where STS refuses, each call ends with [`crate::NoAnswer::Role`].
    #[must_use]
    pub fn in_account(&self, role: &AssumeRole) -> Self {
        let mut roles = self.inner.roles.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = roles.iter().find(|(known, _)| known == role) {
            return client.clone();
        }
        // A client of its own, not a clone of this one, which keeps the new client: they would keep each other.
        let sts = Self::with(Arc::clone(&self.inner.models), self.inner.sdk.clone());
        let client = Self::with(Arc::clone(&self.inner.models), as_role(&self.inner.sdk, Provider::new(sts, role)));
        if roles.len() == KEPT {
            roles.remove(0);
        }
        roles.push((role.clone(), client.clone()));
        client
    }
}

fn as_role(sdk: &SdkConfig, provider: Provider) -> SdkConfig {
    // Its load waits for STS and its retries; the time limit of the call that waits is the shorter one.
    let cache = IdentityCache::lazy().load_timeout(super::DEFAULT_TIMEOUT).build();
    sdk.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).identity_cache(cache).build()
}

/// Asks STS.
#[derive(Debug)]
struct Provider {
    sts: Client,
    role: AssumeRole,
}

/// STS's refusal, on its way through the SDK's layers to the caller.
#[derive(Debug, Clone, Error)]
#[error("the role {role_arn} could not be assumed")]
pub(super) struct RoleRefused {
    pub(super) role_arn: String,
    #[source]
    pub(super) source: Arc<ApiError>,
}

impl Provider {
    fn new(sts: Client, role: &AssumeRole) -> Self {
        Self { sts, role: role.clone() }
    }

    async fn ask(&self) -> Result<Credentials, ApiError> {
        let output = self.sts.call("sts", "AssumeRole", self.role.input(), CallOptions::default()).await?;
        let builder = temporary(&output["Credentials"], "AssumeRole")
            .ok_or_else(|| outcome::without_credentials("sts", "AssumeRole"))?;
        let account = output["AssumedRoleUser"]["Arn"].as_str().and_then(|arn| arn.split(':').nth(4));
        let mut credentials = match account.filter(|account| !account.is_empty()) {
            Some(account) => builder.account_id(account).build(),
            None => builder.build(),
        };
        credentials
            .get_property_mut_or_default::<Vec<AwsCredentialFeature>>()
            .push(AwsCredentialFeature::CredentialsStsAssumeRole);
        Ok(credentials)
    }
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
    where
        Self: 'a,
    {
        ProvideCredentialsFuture::new(async {
            self.ask().await.map_err(|error| {
                let role_arn = self.role.role_arn.clone();
                CredentialsError::provider_error(RoleRefused { role_arn, source: Arc::new(error) })
            })
        })
    }
}

/// The credentials that AWS hands out for a time: `{AccessKeyId, SecretAccessKey, SessionToken, Expiration}`.
pub(super) fn temporary(given: &Value, provider: &'static str) -> Option<CredentialsBuilder> {
    let text = |name: &str| given[name].as_str();
    let expiration = DateTime::from_str(text("Expiration")?, Format::DateTimeWithOffset).ok()?;
    Some(
        Credentials::builder()
            .access_key_id(text("AccessKeyId")?)
            .secret_access_key(text("SecretAccessKey")?)
            .session_token(text("SessionToken")?)
            .expiry(SystemTime::try_from(expiration).ok()?)
            .provider_name(provider),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_is_made_one_that_sts_takes() {
        let name = |given: &str| AssumeRole::new("arn", given).session_name;
        assert_eq!(name("kintsugi i-0abc: CPU > 80 %"), "kintsugi-i-0abc--CPU---80--");
        assert_eq!(name("é"), "--");
        assert_eq!(name(""), "--");
        assert_eq!(name("a"), "a-");
        assert_eq!(name(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn a_tag_is_made_one_that_sts_takes() {
        let role = AssumeRole::new("arn", "s").tag("kintsugi:incident", "ü i-1; \u{7}").tag("k", &"v".repeat(300));
        let tags = &role.input()["Tags"];
        assert_eq!(tags[0], json!({"Key": "kintsugi:incident", "Value": "ü i-1- -"}));
        assert_eq!(tags[1]["Value"].as_str().map(str::len), Some(256));
    }

    #[test]
    fn credentials_without_an_end_are_none() {
        let mut given = json!({"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"});
        assert!(temporary(&given, "test").is_none());
        given["Expiration"] = "2026-11-22T17:44:05Z".into();
        let credentials = temporary(&given, "test").unwrap().build();
        assert_eq!(credentials.expiry(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_369_445)));
    }
}
