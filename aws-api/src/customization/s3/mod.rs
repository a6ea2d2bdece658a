//! s3: buckets, copy sources, customer keys, keys in listings, and answers that are not what they seem.
//!
//! Comes in: inputs, outputs, responses. Goes out: the same as boto3 makes them. Never: a body changed.

mod answer;
mod bucket;
mod copy_source;
mod customer_key;
mod listing;

use serde_json::{Map, Value};

pub(super) use answer::{empty_location_is_null, is_disguised_error, keep_expires};
pub(super) use listing::decode as decode_listing;

use crate::input::{Finding, Problem};

/// Changes an input; true if listings will come with encoded keys because we asked for it.
pub(super) fn before(api: &str, input: &mut Map<String, Value>) -> bool {
    customer_key::encode(input);
    copy_source::encode(input);
    listing::ask(api, input)
}

/// What boto3 refuses beyond the model.
pub(super) fn check(input: &Map<String, Value>) -> Vec<Finding> {
    bucket::check(input).into_iter().chain(beyond_ascii(input)).collect()
}

/// Where a bucket lies can be asked in any Region, but by path only: a name is signed for its own Region. An ARN is no
/// part of a path.
pub(super) fn parameters(api: &str, input: &Map<String, Value>, parameters: &mut Map<String, Value>) {
    let is_arn = || input.get("Bucket").and_then(Value::as_str).is_some_and(|bucket| bucket.starts_with("arn:"));
    if api == "GetBucketLocation" {
        parameters.insert("ForcePathStyle".to_owned(), true.into());
    } else if is_arn() {
        parameters.insert("ForcePathStyle".to_owned(), false.into());
    }
}

/// Metadata travels in headers, which S3 reads as ASCII.
fn beyond_ascii(input: &Map<String, Value>) -> Vec<Finding> {
    let entries = input.get("Metadata").and_then(Value::as_object);
    let wrong = entries
        .into_iter()
        .flatten()
        .filter(|(key, value)| !key.is_ascii() || value.as_str().is_some_and(|value| !value.is_ascii()));
    wrong.map(|(key, _)| Finding { path: format!("Metadata.{key}"), problem: Problem::NotAscii }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_location_of_a_bucket_is_asked_by_path_and_an_arn_never_is() {
        let style = |api: &str, bucket: &str| {
            let (mut made, input) = (Map::new(), Map::from_iter([("Bucket".to_owned(), bucket.into())]));
            parameters(api, &input, &mut made);
            made.get("ForcePathStyle").and_then(Value::as_bool)
        };
        let arn = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine";
        assert_eq!(style("GetBucketLocation", "my-bucket"), Some(true));
        assert_eq!(style("GetBucketPolicy", arn), Some(false));
        assert_eq!(style("GetBucketPolicy", "my-bucket"), None);
    }

    #[test]
    fn metadata_beyond_ascii_is_refused() {
        let Value::Object(input) = json!({"Metadata": {"a": "b", "c": "ü", "ö": "d"}}) else { panic!() };
        let paths: Vec<String> = check(&input).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["Metadata.c", "Metadata.ö"]);
    }
}
