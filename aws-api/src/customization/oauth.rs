//! sso-oidc: OAuth 2 says what is wrong in `error_description`, where AWS says `message`.
//!
//! Comes in: an error response. Goes out: its words. Never: AWS's own words replaced.

use serde_json::Value;

/// What the body says is wrong, if AWS itself says nothing.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let words = |name: &str| body.get(name).and_then(Value::as_str).filter(|words| !words.is_empty());
    if words("Message").or(words("message")).is_some() {
        return None;
    }
    words("error_description").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_the_message_where_there_is_no_other() {
        let body = br#"{"error": "authorization_pending", "error_description": "not yet"}"#;
        assert_eq!(message(body).as_deref(), Some("not yet"));
        assert_eq!(message(br#"{"message": "AWS", "error_description": "not yet"}"#), None);
        assert_eq!(message(b"no JSON"), None);
    }
}
