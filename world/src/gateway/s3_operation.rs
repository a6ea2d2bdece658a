//! Which S3 operation a REST request is.
//!
//! Comes in: method, path-style URI and body. Goes out: the operation's name, and bucket, key and small XML bodies
//! as input. Never: the content of objects.

use axum::http::{Method, Uri};
use serde_json::{Map, Value};

use super::form;

/// Bucket sub-resources: query name, then what boto3 calls GET, PUT and DELETE of it.
const BUCKET: [(&str, &str, &str, &str); 19] = [
    ("publicAccessBlock", "GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"),
    ("acl", "GetBucketAcl", "PutBucketAcl", ""),
    ("policyStatus", "GetBucketPolicyStatus", "", ""),
    ("policy", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
    ("tagging", "GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging"),
    ("versioning", "GetBucketVersioning", "PutBucketVersioning", ""),
    ("encryption", "GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"),
    ("ownershipControls", "GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"),
    ("location", "GetBucketLocation", "", ""),
    ("logging", "GetBucketLogging", "PutBucketLogging", ""),
    ("lifecycle", "GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
    ("website", "GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"),
    ("cors", "GetBucketCors", "PutBucketCors", "DeleteBucketCors"),
    ("notification", "GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration", ""),
    ("replication", "GetBucketReplication", "PutBucketReplication", "DeleteBucketReplication"),
    ("object-lock", "GetObjectLockConfiguration", "PutObjectLockConfiguration", ""),
    ("accelerate", "GetBucketAccelerateConfiguration", "PutBucketAccelerateConfiguration", ""),
    ("versions", "ListObjectVersions", "", ""),
    ("uploads", "ListMultipartUploads", "", ""),
];

/// Object sub-resources, likewise.
const OBJECT: [(&str, &str, &str, &str); 5] = [
    ("acl", "GetObjectAcl", "PutObjectAcl", ""),
    ("tagging", "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"),
    ("uploadId", "ListParts", "UploadPart", "AbortMultipartUpload"),
    ("retention", "GetObjectRetention", "PutObjectRetention", ""),
    ("attributes", "GetObjectAttributes", "", ""),
];

/// Configurations are a few hundred bytes; anything larger is not worth a line in the journal.
const BODY_LIMIT: usize = 4096;

/// Names the operation.
#[must_use]
pub(crate) fn name(method: &Method, uri: &Uri, body: &[u8]) -> (String, Map<String, Value>) {
    let path = form::decode(&uri.path().trim_start_matches('/').replace('+', "%2B"));
    let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
    let query = form::members(uri.query().unwrap_or_default());
    let mut input = Map::new();
    let place = match (bucket, key) {
        ("", _) => &[][..],
        (_, "") => &BUCKET[..],
        _ => &OBJECT[..],
    };
    let sub_resource = place.iter().find(|(name, ..)| query.contains_key(*name));
    for (member, value) in [("Bucket", bucket), ("Key", key)] {
        if !value.is_empty() {
            input.insert(member.to_owned(), Value::from(value));
        }
    }
    if key.is_empty() && !body.is_empty() && body.len() <= BODY_LIMIT {
        input.insert("Body".to_owned(), Value::from(String::from_utf8_lossy(body)));
    }
    let operation = sub_resource.and_then(|(_, get, put, delete)| match *method {
        Method::GET => Some(*get),
        Method::PUT => Some(*put),
        Method::DELETE => Some(*delete),
        _ => None,
    });
    let operation = operation.filter(|name| !name.is_empty()).or_else(|| plain(method, bucket, key, &query));
    (operation.map_or_else(|| format!("{method} {}", uri.path()), str::to_owned), input)
}

fn plain(method: &Method, bucket: &str, key: &str, query: &Map<String, Value>) -> Option<&'static str> {
    Some(match (method.as_str(), bucket, key) {
        ("GET", "", _) => "ListBuckets",
        ("GET", _, "") if query.contains_key("list-type") => "ListObjectsV2",
        ("GET", _, "") => "ListObjects",
        ("HEAD", _, "") => "HeadBucket",
        ("PUT", _, "") => "CreateBucket",
        ("DELETE", _, "") => "DeleteBucket",
        ("POST", _, "") if query.contains_key("delete") => "DeleteObjects",
        ("GET", ..) => "GetObject",
        ("HEAD", ..) => "HeadObject",
        ("PUT", ..) => "PutObject",
        ("DELETE", ..) => "DeleteObject",
        ("POST", ..) if query.contains_key("uploads") => "CreateMultipartUpload",
        ("POST", ..) if query.contains_key("uploadId") => "CompleteMultipartUpload",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_name_the_operation() {
        let cases = [
            ("GET", "/", "ListBuckets"),
            ("GET", "/?x-id=ListBuckets", "ListBuckets"),
            ("PUT", "/b", "CreateBucket"),
            ("HEAD", "/b/", "HeadBucket"),
            ("GET", "/b?list-type=2", "ListObjectsV2"),
            ("GET", "/b?publicAccessBlock", "GetPublicAccessBlock"),
            ("PUT", "/b?publicAccessBlock=", "PutPublicAccessBlock"),
            ("GET", "/b?policyStatus", "GetBucketPolicyStatus"),
            ("DELETE", "/b?policy", "DeleteBucketPolicy"),
            ("POST", "/b?delete", "DeleteObjects"),
            ("PUT", "/b/k/acl", "PutObject"),
            ("PUT", "/b/k?acl", "PutObjectAcl"),
            ("PUT", "/b/k?partNumber=1&uploadId=2", "UploadPart"),
            ("POST", "/b/k?uploads", "CreateMultipartUpload"),
            ("PATCH", "/b/k", "PATCH /b/k"),
        ];
        for (method, uri, operation) in cases {
            assert_eq!(name(&method.parse().unwrap(), &uri.parse().unwrap(), b"").0, operation, "{method} {uri}");
        }
    }

    #[test]
    fn bucket_and_key_are_decoded_and_an_object_is_not_kept() {
        let (_, input) = name(&Method::PUT, &"/b/a+b%20c".parse().unwrap(), b"content");
        assert_eq!(Value::Object(input), serde_json::json!({"Bucket": "b", "Key": "a+b c"}));
        let (_, input) = name(&Method::PUT, &"/b?policy".parse().unwrap(), b"{}");
        assert_eq!(Value::Object(input), serde_json::json!({"Bucket": "b", "Body": "{}"}));
    }
}
