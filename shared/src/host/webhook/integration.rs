//! What an integration is: an address, headers, a payload. All of it may be secret.
//!
//! Comes in: a parameter of SSM's Parameter Store, decrypted. Goes out: something that can be sent, or what is wrong
//! with it. Never: a word of its value in a message.

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::address;

/// Headers that belong to the connection, not to the message.
const OURS: [&str; 6] = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te"];
/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// Anything shorter is a word, not a secret.
const SHORTEST_SECRET: usize = 8;

/// An integration that can be called.
pub(super) struct Integration {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) payload: Option<String>,
}

impl Integration {
    /// `loopback`: plain HTTP to this machine is possible, for tests.
    pub(super) fn read(parameter: &Value, loopback: bool) -> Result<Self, String> {
        if parameter["Type"] != "SecureString" {
            return Err("the integration's parameter is not a SecureString".to_owned());
        }
        let value = parameter["Value"].as_str().unwrap_or_default();
        // serde's messages repeat what they found.
        let value: Map<String, Value> = serde_json::from_str(value)
            .map_err(|_| "the integration's value is not JSON with url, headers and payload".to_owned())?;
        let url = value.get("url").and_then(Value::as_str).unwrap_or_default();
        Ok(Self {
            url: checked(url, loopback)?,
            headers: headers(value.get("headers"))?,
            payload: match value.get("payload") {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            },
        })
    }

    /// An answer may repeat what it was asked with.
    pub(super) fn without_secrets(&self, answer: String) -> String {
        let headers = self.headers.values().filter_map(|value| value.to_str().ok());
        let path = self.url.path_segments().into_iter().flatten().chain(self.url.query());
        // `Bearer TOKEN`: the token alone, too.
        let words = headers.flat_map(|value| [value, value.rsplit(' ').next().unwrap_or(value)]);
        let mut secrets: Vec<&str> = words.chain(path).filter(|text| text.len() >= SHORTEST_SECRET).collect();
        secrets.retain(|text| *text != "application/json");
        secrets.sort_by_key(|text| std::cmp::Reverse(text.len()));
        secrets.into_iter().fold(answer, |answer, secret| answer.replace(secret, HIDDEN))
    }
}

pub(super) fn checked(url: &str, loopback: bool) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|_| "the integration's url is no address".to_owned())?;
    let here = loopback && address::is_loopback(&url);
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err("the integration's url must be https".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the integration's url has a user or password in it; use headers".to_owned());
    }
    address::literal(&url, loopback)?;
    Ok(url)
}

fn headers(given: Option<&Value>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let wrong = || "the integration's headers must be names with texts".to_owned();
    match given {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => {
            for (name, value) in given {
                let name: HeaderName = name.parse().map_err(|_| wrong())?;
                if OURS.contains(&name.as_str()) {
                    return Err(format!("the integration's headers have {name}, which is not possible"));
                }
                let mut value = HeaderValue::from_str(value.as_str().ok_or_else(wrong)?).map_err(|_| wrong())?;
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        Some(_) => return Err(wrong()),
    }
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Integration, String> {
        Integration::read(&json!({"Type": "SecureString", "Value": value.to_string()}), false)
    }

    #[test]
    fn an_integration_has_an_address_headers_and_a_payload() {
        let headers = json!({"Authorization": "Bearer abcdefgh"});
        let value =
            json!({"description": "d", "url": "https://example.com/x", "headers": headers, "payload": {"a": 1}});
        let read = read(value).unwrap();
        assert_eq!(read.payload.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!((read.headers.len(), read.url.as_str()), (2, "https://example.com/x"));
        assert!(!format!("{:?}", read.headers).contains("abcdefgh"));
    }

    #[test]
    fn what_cannot_be_called_is_refused_without_a_word_of_it() {
        for value in [
            json!("s3cr3t-token"),
            json!({"url": "http://s3cr3t.example.com"}),
            json!({"url": "https://s3cr3t:s3cr3t@example.com"}),
            json!({"url": "s3cr3t"}),
            json!({"url": "https://169.254.169.254/s3cr3t"}),
            json!({"url": "https://example.com", "headers": {"Host": "s3cr3t"}}),
            json!({"url": "https://example.com", "headers": {"X": 1, "Y": "s3cr3t"}}),
            json!({"url": "https://example.com", "headers": ["s3cr3t"]}),
        ] {
            let message = read(value.clone()).err().unwrap_or_else(|| panic!("{value} was accepted"));
            assert!(!message.contains("s3cr3t"), "{message}");
        }
        let plain = json!({"Type": "String", "Value": r#"{"url": "https://example.com"}"#});
        assert!(Integration::read(&plain, false).is_err());
    }

    #[test]
    fn an_answer_that_repeats_the_secrets_does_not_keep_them() {
        let headers = json!({"Authorization": "Bearer tok-12345678", "X-Key": "k-87654321"});
        let read =
            read(json!({"url": "https://example.com/hooks/T0KEN-IN-PATH?sig=abcdef", "headers": headers})).unwrap();
        let answer = "got Bearer tok-12345678, tok-12345678, k-87654321 at /hooks/T0KEN-IN-PATH?sig=abcdef, ok";
        assert_eq!(read.without_secrets(answer.into()), "got ***, ***, *** at /hooks/***?***, ok");
    }
}
