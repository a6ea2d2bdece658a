//! Bytes in JSON: a text is its UTF-8 bytes, as boto3 takes it; other bytes are `{"$base64": "AP8="}`.
//!
//! Comes in: a value where the model has a blob.
//! Goes out: its bytes, or nothing if it is neither form.
//! Never: a text taken for base64. It would be decoded or not by the accident of its letters.

use std::borrow::Cow;

use aws_smithy_types::base64;
use serde_json::Value;
#[cfg(test)]
use serde_json::json;

/// The one member of bytes written as base64.
const BASE64: &str = "$base64";

/// The bytes a value means; `None` if it means none.
pub(crate) fn bytes(value: &Value) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.as_bytes())),
        Value::Object(members) if members.len() == 1 => {
            let text = members.get(BASE64)?.as_str()?;
            base64::decode(text).ok().map(Cow::Owned)
        }
        _ => None,
    }
}

/// Bytes as a value that [`bytes`] reads.
#[cfg(test)]
pub(crate) fn from_bytes(bytes: &[u8]) -> Value {
    json!({ BASE64: base64::encode(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_bytes_even_if_it_looks_like_base64() {
        assert_eq!(bytes(&json!("aGk=")).unwrap().as_ref(), b"aGk=");
        assert_eq!(bytes(&json!("é")).unwrap().as_ref(), "é".as_bytes());
    }

    #[test]
    fn bytes_that_are_no_text_are_written_as_base64() {
        assert_eq!(bytes(&json!({"$base64": "AP8="})).unwrap().as_ref(), [0, 255]);
        assert_eq!(bytes(&from_bytes(&[1, 2, 3])).unwrap().as_ref(), [1, 2, 3]);
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for value in [json!(1), json!({"$base64": "?"}), json!({"$base64": "AA==", "more": 1}), json!({}), json!([1])] {
            assert_eq!(bytes(&value), None, "{value}");
        }
    }
}
