//! What AWS Config has recorded of a bucket, as far as runbooks ask for it.
//!
//! Comes in: `BatchGetResourceConfig`'s input. Goes out: items with policy and default encryption, from moto's state now.
//! Never: resources of other types; they are left out, as AWS leaves out what it has not recorded.

use serde_json::{Map, Value, json};

use super::bucket_settings::buckets;
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::respond::AwsError;
use crate::gateway::{ACCOUNT, REGION};

/// Answers `BatchGetResourceConfig`.
pub(super) async fn batch(moto: &Moto, input: &Map<String, Value>) -> Result<Value, AwsError> {
    let keys = input.get("resourceKeys").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut items = vec![];
    for key in keys.iter().filter(|key| key["resourceType"] == "AWS::S3::Bucket") {
        let Some(name) = key["resourceId"].as_str() else { continue };
        let unseen = |error: MotoError| AwsError::new("InternalFailure", error.to_string());
        let found = buckets(moto, Some(name)).await.map_err(unseen)?;
        items.extend(found.get(name).map(|bucket| item(name, bucket)));
    }
    Ok(json!({ "baseConfigurationItems": items, "unprocessedResourceKeys": [] }))
}

/// Settings are JSON in text. A bucket without a policy says so; one without encryption says nothing of it.
fn item(name: &str, bucket: &Value) -> Value {
    let policy = Some(&bucket["Policy"]).filter(|policy| !policy.is_null()).map(Value::to_string);
    let mut settings = json!({ "BucketPolicy": json!({ "policyText": policy }).to_string() });
    if !bucket["Encryption"].is_null() {
        let rule = &bucket["Encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
        let rule = json!({ "sseAlgorithm": rule["SSEAlgorithm"], "kmsMasterKeyID": rule["KMSMasterKeyID"] });
        let said = json!({ "rules": [{ "applyServerSideEncryptionByDefault": rule }] });
        settings["ServerSideEncryptionConfiguration"] = Value::from(said.to_string());
    }
    json!({
        "accountId": ACCOUNT, "awsRegion": REGION, "arn": format!("arn:aws:s3:::{name}"),
        "resourceType": "AWS::S3::Bucket", "resourceId": name, "resourceName": name,
        "supplementaryConfiguration": settings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_without_policy_says_so_and_one_without_encryption_nothing() {
        let bare = item("b", &json!({ "Policy": null, "Encryption": null }));
        assert_eq!(bare["supplementaryConfiguration"], json!({ "BucketPolicy": "{\"policyText\":null}" }));
        let rules = json!([{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } }]);
        let full = item("b", &json!({ "Policy": { "Statement": [] }, "Encryption": { "Rules": rules } }));
        let settings = &full["supplementaryConfiguration"];
        assert!(settings["BucketPolicy"].as_str().unwrap().contains("Statement"));
        assert!(settings["ServerSideEncryptionConfiguration"].as_str().unwrap().contains("AES256"));
    }
}
