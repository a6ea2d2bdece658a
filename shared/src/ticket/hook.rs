//! An address that takes a POST and tells nothing: what a webhook of one's own and Slack's have in common.
//!
//! Comes in: a secret with the address, a body. Goes out: whether it was taken. What became of a ticket is in our memory
//! alone. Never: a word of the address in a message; an address that only this machine or its cloud's metadata service
//! answers at.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use sha2::Sha256;

use super::desk::{Check, Found, Known, State};
use super::error::TicketError;
use super::http::{Answer, Keeper, Secret, Shape, read, unreachable};
use crate::aws::Services;
use crate::host::{may_be_posted_to, post_to_hook};
use crate::settings::HookSettings;
use crate::telemetry::chain;

/// A request may take this long; several of one ticket must fit into one attempt.
const REQUEST: Duration = Duration::from_secs(8);

static SHAPE: Shape = Shape { says: r#"it must be JSON with "url", a non-empty text"#, one_of: &[&["url"]] };

/// One address.
pub(super) struct Hook {
    desk: &'static str,
    credentials: Keeper,
    loopback: bool,
    /// Whether the text of a good answer says that it was taken.
    says_yes: fn(&str) -> bool,
}

impl Hook {
    pub(super) fn new(
        services: &Services,
        desk: &'static str,
        settings: &HookSettings,
        says_yes: fn(&str) -> bool,
    ) -> Self {
        let credentials = Keeper::new(services.clone(), settings.credentials.clone(), &SHAPE);
        Self { desk, credentials, loopback: services.settings.webhooks_to_loopback, says_yes }
    }

    /// Sends. `once` is the same for every attempt to tell the same thing.
    pub(super) async fn send(&self, body: &Value, once: &str) -> Result<(), TicketError> {
        let (secret, body) = (self.credentials.get().await?, body.to_string());
        let mut answer = self.post(&body, once, &secret).await?;
        // An address or a key that was withdrawn may have a successor.
        if matches!(answer.status, 401 | 403 | 404 | 410)
            && let Some(fresh) = self.credentials.successor(&secret).await?
        {
            answer = self.post(&body, once, &fresh).await?;
        }
        let text = answer.accepted()?;
        let unreadable =
            || TicketError::Unreadable { desk: self.desk, problem: "it does not say that it was taken".into() };
        (self.says_yes)(&text).then_some(()).ok_or_else(unreadable)
    }

    async fn post(&self, body: &str, once: &str, secret: &Secret) -> Result<Answer, TicketError> {
        let headers = headers(body, once, secret.text("key")).map_err(|problem| self.credentials.unusable(problem))?;
        let address = secret.text("url").unwrap_or_default();
        let sent = post_to_hook(address, headers, body.to_owned(), REQUEST, self.loopback).await;
        let answer = sent.map_err(|problem| self.credentials.unusable(&problem))?;
        read(self.desk, &[], answer.map_err(|error| unreachable(self.desk, error))?).await
    }

    /// Nothing is sent: whoever listens there would hear it.
    pub(super) async fn check(&self) -> Vec<Check> {
        let usable = self.credentials.get().await.and_then(|secret| {
            let address = secret.text("url").unwrap_or_default();
            may_be_posted_to(address, self.loopback).map_err(|problem| self.credentials.unusable(&problem))
        });
        vec![match usable {
            Ok(()) => Check::right("credentials", "there is an address; whether it takes messages only a ticket shows"),
            Err(error) => Check::wrong("credentials", format!("{} (KINTSUGI_TICKET_CREDENTIALS)", chain(&error))),
        }]
    }
}

fn headers(body: &str, once: &str, key: Option<&str>) -> Result<HeaderMap, &'static str> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let text = |value: String| HeaderValue::from_str(&value).map_err(|_| "a header could not be made of it");
    headers.insert("idempotency-key", text(once.to_owned())?);
    if let Some(key) = key {
        headers.insert("x-kintsugi-signature", text(format!("sha256={}", signature(body, key)?))?);
    }
    Ok(headers)
}

fn signature(body: &str, key: &str) -> Result<String, &'static str> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| "the key cannot sign")?;
    mac.update(body.as_bytes());
    Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A ticket at a desk that tells nothing is as we left it.
pub(super) fn remembered(known: Option<&Known>) -> Option<Found> {
    let known = known?;
    let state = if known.closed { State::Done } else { State::Open };
    Some(Found { id: known.id.clone(), state, urgency: known.urgency, silenced: false, closed: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_signed_where_there_is_a_key() {
        let signed = headers("Hi There", "once", Some("key")).unwrap();
        // As OpenSSL has it: printf 'Hi There' | openssl dgst -sha256 -hmac key
        let expected = "sha256=e75865ac3fe73a8074997001fcdf339dbb878200ace6efa70f0ee1b2df3a3cf6";
        assert_eq!(signed["x-kintsugi-signature"].to_str().unwrap(), expected);
        assert!(!headers("Hi There", "once", None).unwrap().contains_key("x-kintsugi-signature"));
    }

    #[test]
    fn no_name_begins_a_header_of_its_own() {
        for once in ["a\r\nx-evil: 1", "a\nb", "a\0b", "a\rb"] {
            assert!(headers("{}", once, Some("key")).is_err(), "{once:?}");
        }
    }
}
