//! The keys that links are signed with: one secret of AWS Secrets Manager, in its current and its previous version.
//!
//! Comes in: the secret. Goes out: [`Keys`], kept in the process for a while; the claims of a token.
//! Never: a key in a log, an error or anything that is written.
//!
//! Rotation: a new version of the secret becomes AWSCURRENT and signs from then on. The one before is AWSPREVIOUS and
//! verifies what it has signed; at the next rotation it is gone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_api::ApiError;
use hmac::{Hmac, KeyInit};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::link::{self, Claims, LinkError};
use crate::aws::Services;
use crate::telemetry::chain;

/// How long keys are believed when links are verified. A rotation is noticed after it at the latest, and before that by
/// the first link of the new key.
const BELIEVED: Duration = Duration::from_secs(300);
/// A token of an unknown key asks for the keys again, but not more often than this: anybody can make up tokens.
const ASKED_AGAIN: Duration = Duration::from_secs(10);
/// Shorter secrets can be guessed.
const SHORTEST: usize = 32;

/// One version of the secret.
#[derive(Clone)]
pub struct Key {
    id: String,
    mac: Hmac<Sha256>,
}

impl Key {
    /// The key of a secret's version. `None` if the secret is shorter than 32 bytes.
    #[must_use]
    pub fn new(version: &str, secret: &str) -> Option<Self> {
        let mac = Hmac::new_from_slice(secret.as_bytes()).ok().filter(|_| secret.len() >= SHORTEST)?;
        let id = Sha256::digest(version).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { id, mac })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// The key that signs, and the one before it.
#[derive(Debug, Clone)]
pub struct Keys {
    current: Key,
    previous: Option<Key>,
}

impl Keys {
    /// Keys as they are.
    #[must_use]
    pub fn new(current: Key, previous: Option<Key>) -> Self {
        Self { current, previous }
    }

    pub(super) fn current(&self) -> &Key {
        &self.current
    }

    pub(super) fn find(&self, id: &str) -> Option<&Key> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(|key| key.id == id)
    }
}

/// There are no keys.
#[derive(Debug, Error)]
pub enum KeysError {
    /// Nothing says where they are.
    #[error("no secret for approvals is set up (KINTSUGI_APPROVAL_SECRET)")]
    NotSetUp,
    /// Secrets Manager does not give them.
    #[error("the secret for approvals cannot be read: {0}")]
    Unreadable(String),
    /// What it holds is no key.
    #[error("the secret for approvals must be text of at least {SHORTEST} bytes")]
    Unusable,
}

/// Why a token cannot be believed.
#[derive(Debug, Error)]
pub enum NotVerified {
    /// The token's fault.
    #[error("the link is not valid")]
    Link(#[from] LinkError),
    /// Not the token's.
    #[error("the link cannot be checked")]
    Keys(#[from] KeysError),
}

/// Keys kept by this process. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Keyring(Arc<Mutex<Option<Kept>>>);

/// Keys, and when they were fetched.
type Kept = (Instant, Arc<Keys>);

impl Keyring {
    /// The keys to sign with, read now: what a link was signed with must live as long as it can, which is until the
    /// rotation after the next.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn to_sign(&self, services: &Services) -> Result<Arc<Keys>, KeysError> {
        self.not_older_than(services, Duration::ZERO).await
    }

    /// The keys to verify with, read at most so often.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn keys(&self, services: &Services) -> Result<Arc<Keys>, KeysError> {
        self.not_older_than(services, BELIEVED).await
    }

    /// The claims of a token. A key that is not known may be newer than what is kept: the keys are read again then.
    ///
    /// # Errors
    /// [`NotVerified`].
    pub async fn verify(&self, services: &Services, token: &str, now: Timestamp) -> Result<Claims, NotVerified> {
        match link::verify(self.keys(services).await?.as_ref(), token, now) {
            Err(LinkError::UnknownKey) => {
                let keys = self.not_older_than(services, ASKED_AGAIN).await?;
                Ok(link::verify(&keys, token, now)?)
            }
            other => Ok(other?),
        }
    }

    async fn not_older_than(&self, services: &Services, age: Duration) -> Result<Arc<Keys>, KeysError> {
        let mut kept = self.0.lock().await;
        if let Some((_, keys)) = kept.as_ref().filter(|(read, _)| read.elapsed() < age) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(read(services).await?);
        *kept = Some((Instant::now(), Arc::clone(&keys)));
        Ok(keys)
    }
}

async fn read(services: &Services) -> Result<Keys, KeysError> {
    let secret = services.settings.approvals.secret.as_deref().ok_or(KeysError::NotSetUp)?;
    let current = version(services, secret, "AWSCURRENT").await?.ok_or(KeysError::Unusable)?;
    let previous = version(services, secret, "AWSPREVIOUS").await?;
    Ok(Keys::new(current, previous))
}

/// `None` where there is no such version: the secret was never rotated.
async fn version(services: &Services, secret: &str, stage: &str) -> Result<Option<Key>, KeysError> {
    let input = json!({"SecretId": secret, "VersionStage": stage});
    let answer = match services.call("secretsmanager", "GetSecretValue", input).await {
        Ok(answer) => answer,
        Err(ApiError::Service(error)) if stage == "AWSPREVIOUS" && error.code == "ResourceNotFoundException" => {
            return Ok(None);
        }
        Err(error) => return Err(KeysError::Unreadable(chain(&error))),
    };
    let (text, id) = (answer["SecretString"].as_str(), answer["VersionId"].as_str());
    let key = text.zip(id).and_then(|(text, id)| Key::new(id, text));
    key.map(Some).ok_or(KeysError::Unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_its_name_and_never_itself() {
        let secret = "hunter2 hunter2 hunter2 hunter2 hunter2";
        let keys = Keys::new(Key::new("a-version", secret).unwrap(), Key::new("another", secret));
        let shown = format!("{keys:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("a-version"), "{shown}");
        assert!(keys.previous.is_some());
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_no_key() {
        assert!(Key::new("v", &"x".repeat(31)).is_none());
        assert!(Key::new("v", &"x".repeat(32)).is_some());
    }
}
