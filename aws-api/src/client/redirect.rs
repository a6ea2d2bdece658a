//! Buckets of another Region: S3 says in which Region they lie, and the call goes there, as boto3 does.
//!
//! Comes in: S3's refusals, with the Region they name.
//! Goes out: the Region of a bucket, kept for the calls that follow.
//! Never: a Region that cannot stand in a host name; a second try in the Region that has just refused.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::{Map, Value};

use crate::models::Operation;
use crate::protocol::Fault;

/// The Regions of buckets that lie elsewhere than the configuration says.
#[derive(Debug, Default)]
pub(super) struct Regions(Mutex<HashMap<String, Region>>);

/// Buckets whose Region is remembered; then all are forgotten, and S3 tells it again.
const MOST: usize = 1024;

impl Regions {
    /// The configuration with the Region of the bucket, where that is known to be another.
    pub(super) fn configuration(&self, sdk: &SdkConfig, bucket: &str) -> Option<SdkConfig> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned();
        known.map(|region| sdk.to_builder().region(region).build())
    }

    /// Keeps the Region that S3 has named for a bucket; false if the call was made there.
    pub(super) fn learn(&self, bucket: &str, told: Region, asked: Option<&Region>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        let elsewhere = asked != Some(&told);
        known.insert(bucket.to_owned(), told);
        elsewhere
    }
}

/// The bucket a call is about, if its Region may be another than the configuration's. An ARN names its own; a directory
/// bucket has its zone in its name; where a new bucket shall lie is for the caller to say.
pub(super) fn bucket_of<'i>(operation: &Operation, input: &'i Map<String, Value>) -> Option<&'i str> {
    if operation.service() != "s3" || operation.name() == "CreateBucket" {
        return None;
    }
    let bucket = input.get("Bucket")?.as_str()?;
    (!bucket.starts_with("arn:") && !bucket.ends_with("--x-s3")).then_some(bucket)
}

/// The Region in which S3 wants to be asked, if its answer means that.
pub(super) fn told(error: &SdkError<Fault, HttpResponse>) -> Option<Region> {
    let SdkError::ServiceError(answer) = error else { return None };
    let said = answer.err();
    let code = said.meta.code().unwrap_or_default();
    let moved = matches!(said.http_status, 301 | 302 | 307)
        || matches!(code, "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException")
        // Answers to HEAD have no body, and no code but their status.
        || code == "400";
    let region = said.bucket_region.as_deref().filter(|region| moved && is_region(region))?;
    Some(Region::new(region.to_owned()))
}

/// It becomes part of a host name to which credentials are sent.
fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_place_of_a_region_is_not_always_one() {
        for (text, is) in [
            ("eu-central-1", true),
            ("us-gov-west-1", true),
            ("", false),
            ("evil.example.com/", false),
            ("eu-west-1@evil", false),
            ("EU-WEST-1", false),
        ] {
            assert_eq!(is_region(text), is, "{text}");
        }
    }

    #[test]
    fn a_bucket_that_refuses_in_its_own_region_is_not_asked_again() {
        let (regions, here) = (Regions::default(), Region::new("eu-west-1"));
        assert!(regions.learn("b", Region::new("eu-central-1"), Some(&here)));
        assert!(!regions.learn("b", Region::new("eu-central-1"), Some(&Region::new("eu-central-1"))));
    }
}
