//! Signed links: who may decide on which plan, until when.
//!
//! Comes in: keys, claims, a token, the time. Goes out: a token, or the claims of one.
//! Never: claims of a token whose every byte is not as it was signed. Pure.
//!
//! A token is base64url of HMAC-SHA256 (32 bytes) and the payload it is over, a JSON list: version, key id, approval,
//! approver, plan hash, expiry in epoch seconds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use thiserror::Error;

use super::keys::{Key, Keys};

/// The shape of the payload.
const VERSION: u8 = 1;
/// So that what another program signs with the same key is no link of ours.
const PURPOSE: &[u8] = b"kintsugi approval link\n";
const MAC: usize = 32;
/// No link of ours comes near it; what is longer is not looked at.
const LONGEST: usize = 2048;

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Id of the approval.
    pub approval: String,
    /// Who decides with it.
    pub approver: String,
    /// Hash of the plan it is for.
    pub plan: String,
    /// From then on it is worth nothing. Whole seconds.
    pub expires: Timestamp,
}

/// Why a token is not a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Not a token of ours.
    #[error("this is not a link for an approval")]
    Malformed,
    /// Signed with a key that is not in use any more, or never was.
    #[error("the key that signed this link is not in use any more")]
    UnknownKey,
    /// Changed, or never signed by us.
    #[error("the signature of this link is not ours")]
    BadSignature,
    /// Its time is over.
    #[error("this link has expired")]
    Expired,
}

/// Where an approver decides: the page with the token of the approver's own link.
#[must_use]
pub fn address(page: &str, token: &str) -> String {
    format!("{page}/?token={token}")
}

type Payload = (u8, String, String, String, String, i64);

/// Makes the token of a link, signed with the current key.
#[must_use]
pub fn sign(keys: &Keys, claims: &Claims) -> String {
    let key = keys.current();
    let Claims { approval, approver, plan, expires } = claims;
    let payload = serde_json::json!([VERSION, key.id(), approval, approver, plan, expires.as_second()]).to_string();
    let mut token = mac(key, payload.as_bytes()).finalize().into_bytes().to_vec();
    token.extend_from_slice(payload.as_bytes());
    URL_SAFE_NO_PAD.encode(token)
}

/// The claims of a token.
///
/// # Errors
/// [`LinkError`]; nothing of the token is to be believed then.
pub fn verify(keys: &Keys, token: &str, now: Timestamp) -> Result<Claims, LinkError> {
    let bytes = Some(token).filter(|token| token.len() <= LONGEST).and_then(|token| URL_SAFE_NO_PAD.decode(token).ok());
    let bytes = bytes.ok_or(LinkError::Malformed)?;
    let (signature, payload) = bytes.split_at_checked(MAC).ok_or(LinkError::Malformed)?;
    let read: Payload = serde_json::from_slice(payload).map_err(|_| LinkError::Malformed)?;
    let (version, key, approval, approver, plan, expires) = read;
    let expires = Timestamp::from_second(expires).map_err(|_| LinkError::Malformed)?;
    if version != VERSION {
        return Err(LinkError::Malformed);
    }
    let key = keys.find(&key).ok_or(LinkError::UnknownKey)?;
    // Compares in constant time.
    mac(key, payload).verify_slice(signature).map_err(|_| LinkError::BadSignature)?;
    if now >= expires {
        return Err(LinkError::Expired);
    }
    Ok(Claims { approval, approver, plan, expires })
}

fn mac(key: &Key, payload: &[u8]) -> Hmac<Sha256> {
    key.mac().chain_update(PURPOSE).chain_update(payload)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key(version: &str) -> Key {
        Key::new(version, &format!("{version}: thirty-two characters and some more")).unwrap()
    }

    fn keys(current: &str, previous: Option<&str>) -> Keys {
        Keys::new(key(current), previous.map(key))
    }

    fn claims() -> Claims {
        Claims { approval: "0a1b".into(), approver: "kim".into(), plan: "c0ffee".into(), expires: at(1000) }
    }

    #[test]
    fn a_link_says_what_was_signed_until_it_expires() {
        let keys = keys("one", None);
        let token = sign(&keys, &claims());
        assert_eq!(verify(&keys, &token, at(999)), Ok(claims()));
        assert_eq!(verify(&keys, &token, at(1000)), Err(LinkError::Expired));
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{token}");
    }

    #[test]
    fn the_previous_key_still_verifies_and_never_signs() {
        let before = keys("one", None);
        let token = sign(&before, &claims());
        let rotated = keys("two", Some("one"));
        assert_eq!(verify(&rotated, &token, at(0)), Ok(claims()));
        assert_eq!(verify(&before, &sign(&rotated, &claims()), at(0)), Err(LinkError::UnknownKey));
        assert_eq!(verify(&keys("three", Some("two")), &token, at(0)), Err(LinkError::UnknownKey));
    }

    #[test]
    fn a_key_of_the_same_name_with_another_secret_does_not_verify() {
        let ours = keys("one", None);
        let theirs = Keys::new(Key::new("one", &"x".repeat(64)).unwrap(), None);
        assert_eq!(verify(&ours, &sign(&theirs, &claims()), at(0)), Err(LinkError::BadSignature));
    }

    #[test]
    fn what_is_no_link_is_malformed_whatever_it_is() {
        let keys = keys("one", None);
        let bare = |text: &str| URL_SAFE_NO_PAD.encode([&[0; MAC], text.as_bytes()].concat());
        for token in [
            String::new(),
            "a".into(),
            "é".into(),
            "=".repeat(10),
            "A".repeat(LONGEST + 1),
            bare(""),
            bare("[1]"),
            bare(r#"[2,"k","a","b","c",1]"#),
            bare(r#"[1,"k","a","b","c",9223372036854775807]"#),
            bare(r#"[1,"k","a","b","c",1,2]"#),
        ] {
            assert_eq!(verify(&keys, &token, at(0)), Err(LinkError::Malformed), "{token}");
        }
    }

    proptest! {
        #[test]
        fn any_changed_byte_makes_a_link_worthless(place in any::<prop::sample::Index>(), other in any::<u8>()) {
            let keys = keys("two", Some("one"));
            let token = sign(&keys, &claims());
            let mut bytes = token.clone().into_bytes();
            let place = place.index(bytes.len());
            prop_assume!(bytes[place] != other);
            bytes[place] = other;
            let changed = String::from_utf8_lossy(&bytes);
            prop_assert!(verify(&keys, &changed, at(0)).is_err(), "{changed}");
        }

        #[test]
        fn any_flipped_bit_of_what_is_signed_is_seen(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let keys = keys("one", None);
            let mut bytes = URL_SAFE_NO_PAD.decode(sign(&keys, &claims())).unwrap();
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            prop_assert!(verify(&keys, &URL_SAFE_NO_PAD.encode(bytes), at(0)).is_err());
        }

        #[test]
        fn claims_of_any_text_come_back_as_they_were(approval in ".*", approver in ".*", plan in ".*") {
            prop_assume!(approval.len() + approver.len() + plan.len() < 200);
            let keys = keys("one", None);
            let claims = Claims { approval, approver, plan, expires: at(1000) };
            prop_assert_eq!(verify(&keys, &sign(&keys, &claims), at(0)), Ok(claims));
        }

        #[test]
        fn no_text_makes_it_fall(token in ".*") {
            prop_assert!(verify(&keys("one", None), &token, at(0)).is_err());
        }
    }
}
