//! Listings: XML cannot carry every character a key may have, so boto3 asks S3 to encode them, and decodes.
//!
//! Comes in: an input, later the output. Goes out: a wish for encoded keys; decoded ones.
//! Never: a key decoded that the caller asked to have encoded.

use serde_json::{Map, Value};

use crate::customization::unquote_plus;

/// What S3 encodes of a listing, and which of its lists have an encoded `Key` or `Prefix`.
struct Encoded {
    api: &'static str,
    members: &'static [&'static str],
    lists: &'static [(&'static str, &'static str)],
}

const KEYS: &[(&str, &str)] = &[("Contents", "Key"), ("CommonPrefixes", "Prefix")];
const VERSIONS: &[(&str, &str)] = &[("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix")];
const ENCODED: [Encoded; 3] = [
    Encoded { api: "ListObjects", members: &["Delimiter", "Marker", "NextMarker"], lists: KEYS },
    Encoded { api: "ListObjectsV2", members: &["Delimiter", "Prefix", "StartAfter"], lists: KEYS },
    Encoded {
        api: "ListObjectVersions",
        members: &["KeyMarker", "NextKeyMarker", "Prefix", "Delimiter"],
        lists: VERSIONS,
    },
];

/// Asks for encoded keys; true if the caller did not.
pub(super) fn ask(api: &str, input: &mut Map<String, Value>) -> bool {
    let asks = ENCODED.iter().any(|encoded| encoded.api == api) && !input.contains_key("EncodingType");
    if asks {
        input.insert("EncodingType".to_owned(), "url".into());
    }
    asks
}

/// Decodes what S3 says it encoded.
pub(in crate::customization) fn decode(api: &str, output: &mut Value) {
    let Some(encoded) = ENCODED.iter().find(|encoded| encoded.api == api) else { return };
    if output.get("EncodingType").and_then(Value::as_str) != Some("url") {
        return;
    }
    encoded.members.iter().for_each(|member| decode_member(output, member));
    for (list, member) in encoded.lists {
        let items = output.get_mut(*list).and_then(Value::as_array_mut);
        items.into_iter().flatten().for_each(|item| decode_member(item, member));
    }
}

fn decode_member(object: &mut Value, member: &str) {
    if let Some(Value::String(text)) = object.get_mut(member) {
        *text = unquote_plus(text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_in_listings_are_decoded() {
        let mut output = json!({
            "EncodingType": "url", "Prefix": "a+b", "NextContinuationToken": "a+b",
            "Contents": [{"Key": "a%2Fb", "ETag": "%2F"}], "CommonPrefixes": [{"Prefix": "%C3%BC"}],
        });
        decode("ListObjectsV2", &mut output);
        assert_eq!(
            output,
            json!({
                "EncodingType": "url", "Prefix": "a b", "NextContinuationToken": "a+b",
                "Contents": [{"Key": "a/b", "ETag": "%2F"}], "CommonPrefixes": [{"Prefix": "ü"}],
            })
        );
    }

    #[test]
    fn keys_that_s3_did_not_encode_stay() {
        let listing = json!({"Contents": [{"Key": "a%2Fb"}]});
        let mut output = listing.clone();
        decode("ListObjectsV2", &mut output);
        assert_eq!(output, listing);
    }

    #[test]
    fn the_callers_own_wish_is_kept() {
        let mut input = Map::from_iter([("EncodingType".to_owned(), "url".into())]);
        assert!(!ask("ListObjects", &mut input));
        assert!(ask("ListObjects", &mut Map::new()));
        assert!(!ask("ListBuckets", &mut Map::new()));
    }
}
