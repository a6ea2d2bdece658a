//! Addresses and host names as endpoint rules see them.
//!
//! Comes in: text. Goes out: its parts, or whether it may stand in a host name. Never: a lookup.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

/// Longest label of a host name.
const LABEL: usize = 63;

pub(super) fn parse(text: &str) -> Option<Value> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme, "http" | "https") || rest.contains('?') {
        return None;
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host(authority)?;
    let is_ip = host.parse::<Ipv4Addr>().is_ok() || host.trim_matches(['[', ']']).parse::<Ipv6Addr>().is_ok();
    let normalized = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
    Some(json!({
        "scheme": scheme,
        "authority": authority,
        "path": path,
        "normalizedPath": normalized,
        "isIp": is_ip,
    }))
}

/// The authority without its port, which must be one.
fn host(authority: &str) -> Option<&str> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => port.parse::<u16>().ok().map(|_| host),
        _ => Some(authority),
    }
}

/// RFC 3986's unreserved characters stay.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

pub(super) fn is_host_label(text: &str, allow_dots: bool) -> bool {
    if allow_dots { text.split('.').all(is_label) } else { is_label(text) }
}

fn is_label(text: &str) -> bool {
    (1..=LABEL).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether S3 serves the bucket under its own host name.
pub(super) fn is_hostable_bucket(bucket: &str, allow_dots: bool) -> bool {
    (3..=LABEL).contains(&bucket.len())
        && !bucket.bytes().any(|b| b.is_ascii_uppercase())
        && bucket.parse::<Ipv4Addr>().is_err()
        && is_host_label(bucket, allow_dots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_parts() {
        let parsed = parse("http://127.0.0.1:5000/path").unwrap();
        assert_eq!(parsed["authority"], "127.0.0.1:5000");
        assert_eq!(parsed["normalizedPath"], "/path/");
        assert_eq!(parsed["isIp"], true);
        assert_eq!(parse("https://[::1]:80").unwrap()["isIp"], true);
        assert_eq!(parse("https://example.com").unwrap()["isIp"], false);
    }

    #[test]
    fn what_has_a_query_or_another_scheme_is_no_endpoint() {
        assert_eq!(parse("https://example.com?x"), None);
        assert_eq!(parse("ftp://example.com"), None);
        assert_eq!(parse("https://example.com:port"), None);
    }

    #[test]
    fn a_bucket_like_an_address_or_with_capitals_has_no_host_name() {
        assert!(is_hostable_bucket("my-bucket", false));
        assert!(is_hostable_bucket("my.bucket", true));
        for bucket in ["my.bucket", "My-bucket", "ab", "-bucket"] {
            assert!(!is_hostable_bucket(bucket, false), "{bucket}");
        }
        assert!(!is_hostable_bucket("192.168.0.1", true));
    }
}
