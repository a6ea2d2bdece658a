//! s3: copy sources, customer keys, keys in listings, and errors that arrive with HTTP 200.
//!
//! Comes in: inputs, outputs, responses. Goes out: the same as boto3 makes them. Never: a body changed.

use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::base64;
use md5::{Digest, Md5};
use serde_json::{Map, Value};

use super::unquote;
use crate::input::{Finding, Problem};
use crate::models::Operation;

/// Changes an input; true if listings will come with encoded keys because we asked for it.
pub(super) fn before(api: &str, input: &mut Map<String, Value>) -> bool {
    encode_customer_key(input, "SSECustomerKey", "SSECustomerKeyMD5");
    encode_customer_key(input, "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5");
    if let Some(source) = input.get_mut("CopySource") {
        write_copy_source(source);
    }
    let lists = matches!(api, "ListObjects" | "ListObjectsV2" | "ListObjectVersions");
    let asks = lists && !input.contains_key("EncodingType");
    if asks {
        // XML cannot carry every character a key may have.
        input.insert("EncodingType".to_owned(), "url".into());
    }
    asks
}

/// A name that is none would reach the endpoint rules, and an empty one the service itself: `DELETE /`.
pub(super) fn check(input: &Map<String, Value>) -> Vec<Finding> {
    match input.get("Bucket") {
        Some(Value::String(bucket)) if !is_bucket(bucket) => {
            vec![Finding { path: "Bucket".to_owned(), problem: Problem::NotABucket }]
        }
        _ => Vec::new(),
    }
}

fn is_bucket(name: &str) -> bool {
    let is_name = (1..=255).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let is_arn = || name.starts_with("arn:") && (name.contains(":accesspoint") || name.contains(":outpost"));
    is_name || is_arn()
}

/// A customer's key travels as base64 with its MD5, unless the caller did that.
fn encode_customer_key(input: &mut Map<String, Value>, key_member: &str, md5_member: &str) {
    if input.contains_key(md5_member) {
        return;
    }
    if let Some(Value::String(key)) = input.get_mut(key_member) {
        let md5 = base64::encode(Md5::digest(key.as_bytes()));
        *key = base64::encode(key.as_bytes());
        input.insert(md5_member.to_owned(), md5.into());
    }
}

/// `{"Bucket", "Key", "VersionId"}` or a text, percent-encoded.
fn write_copy_source(source: &mut Value) {
    let part = |name: &str| source.get(name).and_then(Value::as_str);
    let written = match (&*source, part("Bucket"), part("Key")) {
        (Value::String(text), ..) => {
            let (path, version) = text.split_once("?versionId=").map_or((text.as_str(), None), |(p, v)| (p, Some(v)));
            with_version(quote(path), version)
        }
        (Value::Object(_), Some(bucket), Some(key)) => {
            let between = if bucket.starts_with("arn:") { "/object/" } else { "/" };
            with_version(quote(&format!("{bucket}{between}{key}")), part("VersionId"))
        }
        // The check says what is wrong with it.
        _ => return,
    };
    *source = written.into();
}

fn with_version(path: String, version: Option<&str>) -> String {
    version.map_or(path.clone(), |version| format!("{path}?versionId={version}"))
}

fn quote(path: &str) -> String {
    let mut quoted = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            quoted.push_str(&format!("%{byte:02X}"));
        }
    }
    quoted
}

/// A bucket in us-east-1 has an empty location: boto3 says that there is none.
pub(super) fn empty_is_null(output: &mut Value, member: &str) {
    if let Some(value) = output.get_mut(member).filter(|value| value.as_str() == Some("")) {
        *value = Value::Null;
    }
}

/// What S3 encodes when asked to: of the listing, and of its elements.
const ENCODED: [&str; 8] =
    ["Delimiter", "KeyMarker", "Marker", "NextKeyMarker", "NextMarker", "Prefix", "StartAfter", "Key"];

pub(super) fn decode_keys(output: &mut Value) {
    decode_members(output);
    for list in ["Contents", "CommonPrefixes", "Versions", "DeleteMarkers"] {
        let items = output.get_mut(list).and_then(Value::as_array_mut);
        items.into_iter().flatten().for_each(decode_members);
    }
}

fn decode_members(object: &mut Value) {
    for member in ENCODED {
        if let Some(Value::String(text)) = object.get_mut(member) {
            *text = unquote(text);
        }
    }
}

/// Long copies answer 200 before they know how they end.
pub(super) fn is_disguised_error(operation: &Operation, response: &Response) -> bool {
    let streams = operation.schema.output_schema.members().iter().any(|m| m.streaming());
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let body = body.trim_start();
    let root = match body.strip_prefix("<?xml") {
        Some(declaration) => declaration.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => body,
    };
    !streams && root.starts_with("<Error>")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other} is not an object"),
        }
    }

    #[test]
    fn a_copy_source_may_be_an_object_or_a_text() {
        for source in [json!({"Bucket": "b", "Key": "a b/ü", "VersionId": "v1"}), json!("b/a b/ü?versionId=v1")] {
            let mut input = object(json!({"CopySource": source}));
            before("CopyObject", &mut input);
            assert_eq!(input["CopySource"], "b/a%20b/%C3%BC?versionId=v1");
        }
    }

    #[test]
    fn a_copy_source_without_a_key_is_left_for_the_check() {
        let mut input = object(json!({"CopySource": {"Bucket": "b"}}));
        before("CopyObject", &mut input);
        assert_eq!(input["CopySource"], json!({"Bucket": "b"}));
    }

    #[test]
    fn a_customer_key_is_encoded_once_and_gets_its_md5() {
        let mut input = object(json!({"SSECustomerKey": "key"}));
        before("PutObject", &mut input);
        assert_eq!(input["SSECustomerKey"], "a2V5");
        assert_eq!(input["SSECustomerKeyMD5"], "PG4LipwVIkqCKLmpjKFTHQ==");
        let again = input.clone();
        before("PutObject", &mut input);
        assert_eq!(input, again);
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        let refused = |bucket: &str| !check(&object(json!({"Bucket": bucket}))).is_empty();
        for bucket in ["", "a/b", "b?", "arn:aws:s3:::bucket"] {
            assert!(refused(bucket), "{bucket:?}");
        }
        for bucket in ["my-bucket", "Old_Bucket.Name", "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine"] {
            assert!(!refused(bucket), "{bucket:?}");
        }
    }

    #[test]
    fn keys_in_listings_are_decoded() {
        let mut output = json!({
            "Prefix": "a+b", "NextContinuationToken": "a+b",
            "Contents": [{"Key": "a%2Fb", "ETag": "%2F"}], "CommonPrefixes": [{"Prefix": "%C3%BC"}],
        });
        decode_keys(&mut output);
        assert_eq!(
            output,
            json!({
                "Prefix": "a b", "NextContinuationToken": "a+b",
                "Contents": [{"Key": "a/b", "ETag": "%2F"}], "CommonPrefixes": [{"Prefix": "ü"}],
            })
        );
    }
}
