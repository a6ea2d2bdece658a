//! Buckets, as the public access rules see them.
//!
//! Comes in: `{"Name", "Acl", "Policy", "PublicAccessBlock"}`, each as S3's API answers, absent where S3 has none.
//! Goes out: whether everybody may read or write, and whether the block is complete. Never: a look at single objects.

use serde_json::Value;

use super::look::buckets;
use super::managed::Managed;
use super::policy;

/// Rules about who may reach a bucket.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "S3_BUCKET_PUBLIC_READ_PROHIBITED",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: |bucket, _| !is_public(bucket, Access::Read),
    },
    Managed {
        identifier: "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: |bucket, _| !is_public(bucket, Access::Write),
    },
    Managed {
        identifier: "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        resource_type: "AWS::S3::Bucket",
        look: |moto, only| Box::pin(buckets(moto, only)),
        judge: |bucket, parameters| is_excluded(bucket, parameters) || blocks_everything(bucket),
    },
];

/// Reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Get and list.
    Read,
    /// Put, delete and change of settings.
    Write,
}

const EVERYBODY: [&str; 2] =
    ["http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"];

/// Whether everybody has this access: by an ACL that the block does not ignore, or by a policy that it does not restrict.
#[must_use]
pub fn is_public(bucket: &Value, access: Access) -> bool {
    let by_acl = !blocks(bucket, "IgnorePublicAcls") && acl_allows(&bucket["Acl"], access);
    let by_policy = !blocks(bucket, "RestrictPublicBuckets") && policy::lets_everybody(&bucket["Policy"], access);
    by_acl || by_policy
}

/// Whether all four settings are on.
#[must_use]
pub fn blocks_everything(bucket: &Value) -> bool {
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
        .into_iter()
        .all(|setting| blocks(bucket, setting))
}

/// Whether the rule's parameter `excludedPublicBuckets` (names with commas) has this bucket.
#[must_use]
pub fn is_excluded(bucket: &Value, parameters: &Value) -> bool {
    let excluded = parameters["excludedPublicBuckets"].as_str().unwrap_or_default();
    bucket["Name"].as_str().is_some_and(|name| excluded.split(',').any(|one| one.trim() == name))
}

fn blocks(bucket: &Value, setting: &str) -> bool {
    bucket["PublicAccessBlock"][setting].as_bool().unwrap_or(false)
}

fn acl_allows(acl: &Value, access: Access) -> bool {
    let permissions = match access {
        Access::Read => ["READ", "READ_ACP", "FULL_CONTROL"],
        Access::Write => ["WRITE", "WRITE_ACP", "FULL_CONTROL"],
    };
    acl["Grants"].as_array().into_iter().flatten().any(|grant| {
        let everybody = grant["Grantee"]["URI"].as_str().is_some_and(|uri| EVERYBODY.contains(&uri));
        everybody && grant["Permission"].as_str().is_some_and(|permission| permissions.contains(&permission))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bucket(acl: &[&str], policy: &Value, block: &[&str]) -> Value {
        let grants: Vec<Value> =
            acl.iter().map(|p| json!({"Grantee": {"Type": "Group", "URI": EVERYBODY[0]}, "Permission": p})).collect();
        let block: Value =
            block.iter().map(|s| ((*s).to_owned(), Value::from(true))).collect::<serde_json::Map<_, _>>().into();
        json!({"Name": "b", "Acl": {"Grants": grants}, "Policy": policy, "PublicAccessBlock": block})
    }

    fn allow(action: &str) -> Value {
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "arn:aws:s3:::b/*"}]})
    }

    #[test]
    fn a_bucket_is_public_by_acl_or_policy_unless_the_block_stops_just_that() {
        let none = Value::Null;
        let cases = [
            (bucket(&[], &none, &[]), false, false),
            (bucket(&["READ"], &none, &[]), true, false),
            (bucket(&["WRITE"], &none, &[]), false, true),
            (bucket(&["FULL_CONTROL"], &none, &[]), true, true),
            (bucket(&["READ"], &none, &["IgnorePublicAcls"]), false, false),
            (bucket(&["READ"], &none, &["BlockPublicAcls"]), true, false),
            (bucket(&[], &allow("s3:GetObject"), &[]), true, false),
            (bucket(&[], &allow("s3:PutObject"), &[]), false, true),
            (bucket(&[], &allow("s3:*"), &[]), true, true),
            (bucket(&[], &allow("s3:GetObject"), &["RestrictPublicBuckets"]), false, false),
            (bucket(&[], &allow("s3:GetObject"), &["BlockPublicPolicy", "IgnorePublicAcls"]), true, false),
        ];
        for (bucket, read, write) in cases {
            assert_eq!(is_public(&bucket, Access::Read), read, "read {bucket}");
            assert_eq!(is_public(&bucket, Access::Write), write, "write {bucket}");
        }
    }

    #[test]
    fn a_grant_to_an_account_is_not_public() {
        let acl =
            json!({"Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "abc"}, "Permission": "FULL_CONTROL"}]});
        assert!(!is_public(&json!({ "Acl": acl }), Access::Read));
        let acl = json!({"Grants": [{"Grantee": {"Type": "Group", "URI": EVERYBODY[1]}, "Permission": "READ"}]});
        assert!(is_public(&json!({ "Acl": acl }), Access::Read));
    }

    #[test]
    fn a_block_is_complete_with_all_four_settings() {
        let all = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        assert!(blocks_everything(&bucket(&[], &Value::Null, &all)));
        assert!(!blocks_everything(&bucket(&[], &Value::Null, &all[..3])));
        assert!(!blocks_everything(&json!({"Name": "b"})));
        assert!(is_excluded(&json!({"Name": "b"}), &json!({"excludedPublicBuckets": "a, b"})));
        assert!(!is_excluded(&json!({"Name": "b"}), &json!({})));
    }
}
