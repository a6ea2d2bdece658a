//! CloudTrail's trails, as the rules about them see them.
//!
//! Comes in: `DescribeTrails` and whether each logs. Goes out: whether it is as a rule wants it.
//! Never: a look at what a trail has delivered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::managed::Managed;
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::ACCOUNT;

/// Rules about trails.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "MULTI_REGION_CLOUD_TRAIL_ENABLED",
        resource_type: "AWS::::Account",
        look: |moto, _| Box::pin(account(moto)),
        judge: |account, parameters| {
            let mut trails = account["Trails"].as_array().into_iter().flatten();
            trails.any(|trail| covers_every_region(trail, parameters))
        },
    },
    Managed {
        identifier: "CLOUD_TRAIL_ENCRYPTION_ENABLED",
        resource_type: "AWS::CloudTrail::Trail",
        look: |moto, only| Box::pin(trails(moto, only)),
        judge: |trail, _| has(trail, "KmsKeyId"),
    },
    Managed {
        identifier: "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED",
        resource_type: "AWS::CloudTrail::Trail",
        look: |moto, only| Box::pin(trails(moto, only)),
        judge: |trail, _| has(trail, "CloudWatchLogsLogGroupArn"),
    },
];

type Found = Result<BTreeMap<String, Value>, MotoError>;

/// Trails by name.
async fn trails(moto: &Moto, only: Option<&str>) -> Found {
    let mut listed = moto.call("cloudtrail", "DescribeTrails", json!({"includeShadowTrails": false})).await?;
    let listed = listed["trailList"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let mut found = BTreeMap::new();
    for mut trail in listed {
        let name = trail["Name"].as_str().unwrap_or_default().to_owned();
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let of = json!({"Name": name});
        // `None` for one that was deleted meanwhile.
        if let Some(status) = moto.find("cloudtrail", "GetTrailStatus", of, &["TrailNotFoundException"]).await? {
            trail["IsLogging"] = status["IsLogging"].clone();
            found.insert(name, trail);
        }
    }
    Ok(found)
}

/// `DescribeTrails` of the trails named, by name or ARN: moto answers with all.
pub(in crate::cloud) async fn named(moto: &Moto, names: &[Value]) -> Result<Value, MotoError> {
    let mut all = moto.call("cloudtrail", "DescribeTrails", json!({})).await?;
    if let Some(trails) = all["trailList"].as_array_mut() {
        trails.retain(|trail| names.contains(&trail["Name"]) || names.contains(&trail["TrailARN"]));
    }
    Ok(all)
}

async fn account(moto: &Moto) -> Found {
    let all: Vec<Value> = trails(moto, None).await?.into_values().collect();
    Ok(BTreeMap::from([(ACCOUNT.to_owned(), json!({"Trails": all}))]))
}

/// Whether it logs, in every Region, to the bucket that the rule wants, if it wants one.
fn covers_every_region(trail: &Value, parameters: &Value) -> bool {
    let wanted = parameters["s3BucketName"].as_str().filter(|name| !name.is_empty());
    trail["IsLogging"] == true
        && trail["IsMultiRegionTrail"] == true
        && wanted.is_none_or(|wanted| trail["S3BucketName"] == wanted)
}

fn has(trail: &Value, member: &str) -> bool {
    trail[member].as_str().is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_counts_when_it_logs_in_every_region_to_the_bucket_that_is_wanted() {
        let trail = |logs: bool, all: bool| json!({"IsLogging": logs, "IsMultiRegionTrail": all, "S3BucketName": "b"});
        let cases = [
            (trail(true, true), json!({}), true),
            (trail(false, true), json!({}), false),
            (trail(true, false), json!({}), false),
            (trail(true, true), json!({"s3BucketName": "b"}), true),
            (trail(true, true), json!({"s3BucketName": "c"}), false),
        ];
        for (trail, parameters, right) in cases {
            assert_eq!(covers_every_region(&trail, &parameters), right, "{trail} {parameters}");
        }
    }

    #[test]
    fn nothing_and_an_empty_text_are_no_key() {
        for (key, there) in [(json!("arn:aws:kms:eu-west-1:1:key/k"), true), (json!(""), false), (Value::Null, false)] {
            assert_eq!(has(&json!({"KmsKeyId": key}), "KmsKeyId"), there);
        }
    }
}
