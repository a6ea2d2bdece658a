//! Forms: `Action=StopInstances&InstanceId.1=i-1`.
//!
//! Comes in: an encoded form. Goes out: its fields in order, decoded. Never: structure; `InstanceId.1` stays a name.

use serde_json::{Map, Value};

/// The fields of a form or a query string. A field without `=` has an empty value.
#[must_use]
pub(crate) fn members(text: &str) -> Map<String, Value> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), Value::from(decode(value)))
        })
        .collect()
}

/// Percent-decodes; `+` is a blank. What is no valid escape stays as it is.
#[must_use]
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_stay() {
        let cases = [
            ("a%20b", "a b"),
            ("a+b", "a b"),
            ("%C3%BC", "ü"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%2", "%2"),
            ("%é", "%é"),
        ];
        for (text, decoded) in cases {
            assert_eq!(decode(text), decoded, "{text}");
        }
        assert_eq!(
            members("a=1&b&&c=%3D"),
            Map::from_iter([("a".into(), "1".into()), ("b".into(), "".into()), ("c".into(), "=".into())])
        );
    }
}
