//! Reads from moto what a rule looks at.
//!
//! Comes in: perhaps one resource. Goes out: resources by id, as the APIs describe them.
//! Never: a judgement; the families of rules judge.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::moto::{Moto, MotoError};

/// Security groups by id.
pub(super) async fn security_groups(moto: &Moto, only: Option<&str>) -> Result<BTreeMap<String, Value>, MotoError> {
    let mut found = BTreeMap::new();
    let mut token = Value::Null;
    loop {
        let input = if token.is_null() { json!({}) } else { json!({ "NextToken": token }) };
        let mut page = moto.call("ec2", "DescribeSecurityGroups", input).await?;
        for group in page["SecurityGroups"].as_array_mut().map(std::mem::take).into_iter().flatten() {
            let id = group["GroupId"].as_str().unwrap_or_default().to_owned();
            if only.is_none_or(|only| only == id) {
                found.insert(id, group);
            }
        }
        token = page["NextToken"].take();
        if token.as_str().is_none_or(str::is_empty) {
            return Ok(found);
        }
    }
}

/// Buckets by name, with ACL, policy and public access block.
pub(super) async fn buckets(moto: &Moto, only: Option<&str>) -> Result<BTreeMap<String, Value>, MotoError> {
    let listed = moto.call("s3", "ListBuckets", json!({})).await?;
    let names = listed["Buckets"].as_array().into_iter().flatten().filter_map(|bucket| bucket["Name"].as_str());
    let mut found = BTreeMap::new();
    for name in names.filter(|name| only.is_none_or(|only| only == *name)) {
        if let Some(bucket) = bucket(moto, name).await? {
            found.insert(name.to_owned(), bucket);
        }
    }
    Ok(found)
}

/// `None` for a bucket that was deleted meanwhile.
async fn bucket(moto: &Moto, name: &str) -> Result<Option<Value>, MotoError> {
    let input = json!({ "Bucket": name });
    let Some(acl) = moto.find("s3", "GetBucketAcl", input.clone(), &["NoSuchBucket"]).await? else { return Ok(None) };
    let policy = moto.find("s3", "GetBucketPolicy", input.clone(), &["NoSuchBucketPolicy", "NoSuchBucket"]).await?;
    let block = moto
        .find("s3", "GetPublicAccessBlock", input, &["NoSuchPublicAccessBlockConfiguration", "NoSuchBucket"])
        .await?;
    let policy = policy.map(|output| match &output["Policy"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        decoded => decoded.clone(),
    });
    let block = block.map(|mut output| output["PublicAccessBlockConfiguration"].take());
    Ok(Some(json!({ "Name": name, "Acl": acl, "Policy": policy, "PublicAccessBlock": block })))
}
