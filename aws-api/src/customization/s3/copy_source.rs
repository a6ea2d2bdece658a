//! `CopySource`, which travels in a header and therefore percent-encoded.
//!
//! Comes in: a text or `{"Bucket", "Key", "VersionId"}`. Goes out: the encoded text. Never: an encoded version id.

use serde_json::{Map, Value};

use super::bucket;

/// Encodes the copy source, if there is one that can be.
pub(super) fn encode(input: &mut Map<String, Value>) {
    let Some(source) = input.get_mut("CopySource") else { return };
    let part = |name: &str| source.get(name).and_then(Value::as_str);
    let written = match (&*source, part("Bucket"), part("Key")) {
        (Value::String(text), ..) => {
            let (path, version) = text.split_once("?versionId=").map_or((text.as_str(), None), |(p, v)| (p, Some(v)));
            with_version(quote(path), version)
        }
        (Value::Object(_), Some(bucket), Some(key)) => {
            let between = if bucket::is_arn(bucket) { "/object/" } else { "/" };
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encoded(source: Value) -> Value {
        let mut input = Map::from_iter([("CopySource".to_owned(), source)]);
        encode(&mut input);
        input["CopySource"].take()
    }

    #[test]
    fn a_copy_source_may_be_an_object_or_a_text() {
        for source in [json!({"Bucket": "b", "Key": "a b/ü", "VersionId": "v1"}), json!("b/a b/ü?versionId=v1")] {
            assert_eq!(encoded(source), "b/a%20b/%C3%BC?versionId=v1");
        }
    }

    #[test]
    fn an_object_behind_an_access_point_is_named_by_its_arn() {
        let arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine";
        let expected = "arn%3Aaws%3As3%3Aeu-west-1%3A123456789012%3Aaccesspoint/mine/object/k";
        assert_eq!(encoded(json!({"Bucket": arn, "Key": "k"})), expected);
    }

    #[test]
    fn a_copy_source_without_a_key_is_left_for_the_check() {
        assert_eq!(encoded(json!({"Bucket": "b"})), json!({"Bucket": "b"}));
    }
}
