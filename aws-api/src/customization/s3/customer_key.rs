//! Keys that the caller keeps (SSE-C): they travel as base64, with their MD5.
//!
//! Comes in: an input. Goes out: the same with both. Never: a key encoded twice.

use aws_smithy_types::base64;
use md5::{Digest, Md5};
use serde_json::{Map, Value};

use crate::value::bytes;

/// Encodes the keys of an input, unless the caller gave the MD5 and so did it.
pub(super) fn encode(input: &mut Map<String, Value>) {
    for (key, md5) in
        [("SSECustomerKey", "SSECustomerKeyMD5"), ("CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5")]
    {
        if input.contains_key(md5) {
            continue;
        }
        if let Some(raw) = input.get(key).and_then(bytes) {
            let (encoded, sum) = (base64::encode(&raw), base64::encode(Md5::digest(&raw)));
            input.insert(key.to_owned(), encoded.into());
            input.insert(md5.to_owned(), sum.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encoded(key: Value) -> Map<String, Value> {
        let mut input = Map::from_iter([("SSECustomerKey".to_owned(), key)]);
        encode(&mut input);
        input
    }

    #[test]
    fn a_customer_key_is_encoded_once_and_gets_its_md5() {
        let mut input = encoded(json!("key"));
        assert_eq!(input["SSECustomerKey"], "a2V5");
        assert_eq!(input["SSECustomerKeyMD5"], "PG4LipwVIkqCKLmpjKFTHQ==");
        let again = input.clone();
        encode(&mut input);
        assert_eq!(input, again);
    }

    #[test]
    fn a_key_of_any_bytes_can_be_given() {
        let input = encoded(json!({"$base64": "/wA="}));
        assert_eq!(input["SSECustomerKey"], "/wA=");
        assert_eq!(input["SSECustomerKeyMD5"], "4Oi/r7sGiVY7L7p4nJezzA==");
    }
}
