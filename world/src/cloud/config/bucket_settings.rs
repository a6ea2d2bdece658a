//! What a bucket does beside letting people in: versions, logs, encryption, TLS; and the account's public access block.
//!
//! Comes in: a bucket as [`super::look::buckets`] sees it with its settings, or the account. Goes out: whether a rule is
//! content. Never: a look at single objects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::look;
use super::managed::{Managed, Resources};
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::ACCOUNT;

/// Rules about a bucket's settings.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "S3_BUCKET_VERSIONING_ENABLED",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: is_versioned,
    },
    Managed {
        identifier: "S3_BUCKET_LOGGING_ENABLED",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: logs,
    },
    Managed {
        identifier: "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: |bucket, _| !bucket["Encryption"].is_null(),
    },
    Managed {
        identifier: "S3_BUCKET_SSL_REQUESTS_ONLY",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: |bucket, _| wants_tls(bucket),
    },
    Managed {
        identifier: "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        resource_type: "AWS::::Account",
        look: |moto, _| Box::pin(account(moto)),
        judge: blocks_all,
    },
];

/// Settings by the name they have here: the API that tells them, and its member. What is not there is null.
const SETTINGS: [(&str, &str, &str); 3] = [
    ("Versioning", "GetBucketVersioning", ""),
    ("Logging", "GetBucketLogging", "LoggingEnabled"),
    ("Encryption", "GetBucketEncryption", "ServerSideEncryptionConfiguration"),
];
const ABSENT: [&str; 2] = ["ServerSideEncryptionConfigurationNotFoundError", "NoSuchBucket"];
const BLOCKS: [&str; 4] = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

/// Buckets by name, with policy and settings.
pub(super) async fn buckets(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let mut found = look::buckets(moto, only).await?;
    for (name, bucket) in &mut found {
        for (setting, api, member) in SETTINGS {
            let mut answer =
                moto.find("s3", api, json!({ "Bucket": name }), &ABSENT).await?.unwrap_or_else(|| json!({}));
            bucket[setting] = if member.is_empty() { answer } else { answer[member].take() };
        }
    }
    Ok(found)
}

async fn account(moto: &Moto) -> Result<Resources, MotoError> {
    let absent = ["NoSuchPublicAccessBlockConfiguration"];
    let input = json!({ "AccountId": ACCOUNT });
    let block = moto.find("s3control", "GetPublicAccessBlock", input, &absent).await?;
    let block = block.map(|mut answer| answer["PublicAccessBlockConfiguration"].take());
    Ok(BTreeMap::from([(ACCOUNT.to_owned(), json!({ "PublicAccessBlock": block }))]))
}

fn is_versioned(bucket: &Value, parameters: &Value) -> bool {
    let with_mfa = is_true(&parameters["isMfaDeleteEnabled"]);
    bucket["Versioning"]["Status"] == "Enabled" && (!with_mfa || bucket["Versioning"]["MFADelete"] == "Enabled")
}

/// Whether it logs, and into the bucket and with the prefix that the rule names, if it does.
fn logs(bucket: &Value, parameters: &Value) -> bool {
    let as_wanted = |wanted: &str, found: &str| {
        let wanted = parameters[wanted].as_str().unwrap_or_default();
        wanted.is_empty() || bucket["Logging"][found] == wanted
    };
    bucket["Logging"]["TargetBucket"].is_string()
        && as_wanted("targetBucket", "TargetBucket")
        && as_wanted("targetPrefix", "TargetPrefix")
}

/// Whether a statement denies everybody everything on the bucket and its objects over plain HTTP, with no other condition.
fn wants_tls(bucket: &Value) -> bool {
    let arn = format!("arn:aws:s3:::{}", bucket["Name"].as_str().unwrap_or_default());
    let whole = [arn.clone(), format!("{arn}/*")];
    many(&bucket["Policy"]["Statement"]).into_iter().any(|statement| {
        let has = |member: &Value, wanted: &[&str]| {
            many(member).into_iter().filter_map(Value::as_str).any(|said| wanted.contains(&said))
        };
        let everybody = has(&statement["Principal"], &["*"]) || has(&statement["Principal"]["AWS"], &["*"]);
        statement["Effect"] == "Deny"
            && everybody
            && has(&statement["Action"], &["s3:*", "*"])
            && whole.iter().all(|arn| has(&statement["Resource"], &[arn]))
            && only_over_plain_http(&statement["Condition"])
    })
}

fn only_over_plain_http(condition: &Value) -> bool {
    [json!("false"), json!(false)].iter().any(|no| *condition == json!({ "Bool": { "aws:SecureTransport": no } }))
}

/// Whether the account's block has every setting that the rule asks for; it asks for all four unless it says otherwise.
fn blocks_all(account: &Value, parameters: &Value) -> bool {
    BLOCKS.iter().all(|setting| {
        let unasked = parameters[*setting].as_str().is_some_and(|said| said.eq_ignore_ascii_case("false"));
        unasked || account["PublicAccessBlock"][*setting] == true
    })
}

/// One, or several in a list.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => vec![],
        one => vec![one],
    }
}

/// A rule's input parameters are text.
fn is_true(parameter: &Value) -> bool {
    *parameter == true || parameter.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(identifier: &str, resource: &Value, parameters: &Value) -> bool {
        (Managed::of(identifier).unwrap().judge)(resource, parameters)
    }

    #[test]
    fn a_bucket_is_judged_by_its_settings() {
        let (none, logs_to) = (json!({}), json!({ "targetBucket": "logs" }));
        let logging = |bucket: &str| json!({ "Logging": { "TargetBucket": bucket, "TargetPrefix": "p/" } });
        let cases = [
            ("S3_BUCKET_VERSIONING_ENABLED", json!({ "Versioning": {} }), &none, false),
            ("S3_BUCKET_VERSIONING_ENABLED", json!({ "Versioning": { "Status": "Suspended" } }), &none, false),
            ("S3_BUCKET_VERSIONING_ENABLED", json!({ "Versioning": { "Status": "Enabled" } }), &none, true),
            (
                "S3_BUCKET_VERSIONING_ENABLED",
                json!({ "Versioning": { "Status": "Enabled" } }),
                &json!({ "isMfaDeleteEnabled": "true" }),
                false,
            ),
            ("S3_BUCKET_LOGGING_ENABLED", json!({ "Logging": null }), &none, false),
            ("S3_BUCKET_LOGGING_ENABLED", logging("logs"), &none, true),
            ("S3_BUCKET_LOGGING_ENABLED", logging("logs"), &logs_to, true),
            ("S3_BUCKET_LOGGING_ENABLED", logging("others"), &logs_to, false),
            ("S3_BUCKET_LOGGING_ENABLED", logging("logs"), &json!({ "targetPrefix": "q/" }), false),
            ("S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", json!({ "Encryption": null }), &none, false),
            ("S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED", json!({ "Encryption": { "Rules": [] } }), &none, true),
        ];
        for (rule, bucket, parameters, expected) in cases {
            assert_eq!(judged(rule, &bucket, parameters), expected, "{rule} {bucket} {parameters}");
        }
    }

    #[test]
    fn tls_is_wanted_by_a_denial_of_everything_to_everybody() {
        let full = json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        });
        let with = |member: &str, value: Value| {
            let mut changed = full.clone();
            changed[member] = value;
            changed
        };
        let cases = [
            (json!({ "Statement": [full] }), true),
            (json!({ "Statement": full }), true),
            (json!({ "Statement": [with("Principal", json!({ "AWS": "*" }))] }), true),
            (json!({ "Statement": [with("Effect", json!("Allow"))] }), false),
            (json!({ "Statement": [with("Principal", json!({ "AWS": "arn:aws:iam::1:root" }))] }), false),
            (json!({ "Statement": [with("Action", json!("s3:GetObject"))] }), false),
            (json!({ "Statement": [with("Resource", json!("arn:aws:s3:::b/*"))] }), false),
            (json!({ "Statement": [with("Condition", json!({ "Bool": { "aws:SecureTransport": "true" } }))] }), false),
            (json!({ "Statement": [with("Condition", Value::Null)] }), false),
            (Value::Null, false),
        ];
        for (policy, expected) in cases {
            let bucket = json!({ "Name": "b", "Policy": policy });
            assert_eq!(judged("S3_BUCKET_SSL_REQUESTS_ONLY", &bucket, &json!({})), expected, "{bucket}");
        }
    }

    #[test]
    fn an_account_blocks_what_the_rule_asks_for() {
        let all: Value = BLOCKS.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
        let mut three = all.clone();
        three["BlockPublicPolicy"] = json!(false);
        let unasked = json!({ "BlockPublicPolicy": "False" });
        let cases = [
            (all, json!({}), true),
            (three.clone(), json!({}), false),
            (three, unasked, true),
            (Value::Null, json!({}), false),
        ];
        for (block, parameters, expected) in cases {
            let account = json!({ "PublicAccessBlock": block });
            let rule = "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC";
            assert_eq!(judged(rule, &account, &parameters), expected, "{account} {parameters}");
        }
    }
}
