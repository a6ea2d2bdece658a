//! Names of buckets and ARNs that stand for them.
//!
//! Comes in: an input. Goes out: what boto3 refuses in it. Never: a name that only S3 could refuse.

use serde_json::{Map, Value};

use crate::input::{Finding, Problem};

/// A name that is none would reach the endpoint rules, and an empty one the service itself: `DELETE /`.
pub(super) fn check(input: &Map<String, Value>) -> Option<Finding> {
    let bucket = input.get("Bucket")?.as_str()?;
    let fits = is_name(bucket) || is_arn(bucket);
    (!fits).then(|| Finding { path: "Bucket".to_owned(), problem: Problem::NotABucket })
}

fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

/// Whether a text is the ARN of an access point, of an Object Lambda's, or of one on an Outpost.
pub(super) fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else { return false };
    let is_region = |least| region.len() >= least && region.bytes().all(is_region_letter);
    let is_ours = arn == "arn" && partition.starts_with("aws");
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let resource: Vec<&str> = resource.split([':', '/']).collect();
    let fits = match (service, &resource[..]) {
        ("s3" | "s3-object-lambda", ["accesspoint", name]) => is_region(0) && is_label(name, b"-."),
        ("s3-outposts", ["outpost", id, "accesspoint", name]) => {
            is_region(1) && is_label(id, b"-") && is_label(name, b"-")
        }
        _ => false,
    };
    is_ours && is_account && fits
}

fn is_region_letter(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn is_label(text: &str, besides: &[u8]) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || besides.contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bucket: &str) -> bool {
        check(&Map::from_iter([("Bucket".to_owned(), bucket.into())])).is_some()
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        for bucket in [
            "",
            "a/b",
            "b?",
            "bücket",
            "arn:aws:s3:::bucket",
            "arn:aws:s3:eu-west-1:1234:accesspoint/mine",
            "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1",
        ] {
            assert!(refused(bucket), "{bucket:?}");
        }
    }

    #[test]
    fn names_and_arns_of_access_points_are_buckets() {
        for bucket in [
            "my-bucket",
            "Old_Bucket.Name",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine",
            "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:mine",
            "arn:aws:s3::123456789012:accesspoint:mine.mrap",
            "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/mine",
            "arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/mine",
        ] {
            assert!(!refused(bucket), "{bucket:?}");
        }
    }
}
