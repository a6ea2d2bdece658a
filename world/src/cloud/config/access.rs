//! Keys, functions and Security Hub, as the rules about them see them.
//!
//! Comes in: what KMS, Lambda and Security Hub say. Goes out: whether a key rotates, who may call a function, whether the
//! hub is on. Never: a look at an identity's own policies.

use serde_json::{Value, json};

use super::managed::{Managed, Resources};
use super::policy;
use crate::cloud::moto::{Moto, MotoError};

/// Rules about keys, functions and the account's Security Hub.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "CMK_BACKING_KEY_ROTATION_ENABLED",
        resource_type: "AWS::KMS::Key",
        look: |moto, only| Box::pin(keys(moto, only)),
        judge: |rotation, _| rotation["KeyRotationEnabled"] == true,
    },
    Managed {
        identifier: "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED",
        resource_type: "AWS::Lambda::Function",
        look: |moto, only| Box::pin(functions(moto, only)),
        judge: |policy, _| !is_public(policy),
    },
    Managed {
        identifier: "SECURITYHUB_ENABLED",
        resource_type: "AWS::::Account",
        look: |moto, _| Box::pin(account(moto)),
        judge: |hub, _| hub["HubArn"].is_string(),
    },
];

/// Whether everybody may call the function, or Amazon S3 for the buckets of everybody.
fn is_public(of_function: &Value) -> bool {
    let statements = of_function["Statement"].as_array().into_iter().flatten();
    statements.into_iter().any(|statement| policy::is_open(statement) || is_for_any_bucket(statement))
}

fn is_for_any_bucket(statement: &Value) -> bool {
    let named = |(key, _): (&String, &Value)| key.eq_ignore_ascii_case("aws:SourceAccount");
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    let of_account = conditions.flat_map(|(_, keys)| keys.as_object().into_iter().flatten()).any(named);
    statement["Effect"] == "Allow" && statement["Principal"]["Service"] == "s3.amazonaws.com" && !of_account
}

/// Symmetric keys of ours, made by KMS and in use; the rule does not apply to others.
async fn keys(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let listed = moto.call("kms", "ListKeys", json!({ "Limit": 1000 })).await?;
    let mut found = Resources::new();
    let ids = listed["Keys"].as_array().into_iter().flatten().filter_map(|key| key["KeyId"].as_str());
    for id in ids.filter(|id| only.is_none_or(|only| only == *id)) {
        let input = json!({ "KeyId": id });
        let described = moto.call("kms", "DescribeKey", input.clone()).await?;
        if rotatable(&described["KeyMetadata"]) {
            found.insert(id.to_owned(), moto.call("kms", "GetKeyRotationStatus", input).await?);
        }
    }
    Ok(found)
}

fn rotatable(key: &Value) -> bool {
    let wanted =
        [("KeyManager", "CUSTOMER"), ("KeyState", "Enabled"), ("Origin", "AWS_KMS"), ("KeySpec", "SYMMETRIC_DEFAULT")];
    wanted.into_iter().all(|(member, value)| key[member] == value)
}

/// The resource policy of each function.
async fn functions(moto: &Moto, only: Option<&str>) -> Result<Resources, MotoError> {
    let names = match only {
        Some(only) => vec![only.to_owned()],
        None => function_names(moto).await?,
    };
    let mut found = Resources::new();
    for name in names {
        let input = json!({ "FunctionName": name });
        let gone = ["ResourceNotFoundException"];
        if moto.find("lambda", "GetFunctionConfiguration", input.clone(), &gone).await?.is_none() {
            continue;
        }
        let policy = moto.find("lambda", "GetPolicy", input, &gone).await?.unwrap_or_default();
        found.insert(name, serde_json::from_str(policy["Policy"].as_str().unwrap_or("{}")).unwrap_or_default());
    }
    Ok(found)
}

async fn function_names(moto: &Moto) -> Result<Vec<String>, MotoError> {
    let listed = moto.call("lambda", "ListFunctions", json!({})).await?;
    let functions = listed["Functions"].as_array().into_iter().flatten();
    Ok(functions.filter_map(|function| function["FunctionName"].as_str().map(str::to_owned)).collect())
}

async fn account(moto: &Moto) -> Result<Resources, MotoError> {
    let hub = moto.find("securityhub", "DescribeHub", json!({}), &["InvalidAccessException"]).await?;
    Ok(Resources::from([(crate::gateway::ACCOUNT.to_owned(), hub.unwrap_or_default())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_public_when_everybody_or_any_bucket_may_call_it() {
        let s3 = json!({"Service": "s3.amazonaws.com"});
        let account = json!({"StringEquals": {"AWS:SourceAccount": "123456789012"}});
        let url = json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}});
        let bucket = json!({"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::orders"}});
        let cases = [
            ("everybody", json!("*"), Value::Null, true),
            ("everybody as AWS", json!({"AWS": "*"}), Value::Null, true),
            ("everybody by a URL", json!("*"), url, true),
            ("everybody of an account", json!("*"), account.clone(), false),
            ("everybody from a source", json!("*"), bucket.clone(), false),
            ("an account", json!({"AWS": "arn:aws:iam::123456789012:root"}), Value::Null, false),
            ("a service", json!({"Service": "events.amazonaws.com"}), Value::Null, false),
            ("any bucket", s3.clone(), Value::Null, true),
            ("a bucket of whoever has its name", s3.clone(), bucket, true),
            ("a bucket of an account", s3, account, false),
        ];
        for (name, principal, condition, public) in cases {
            let statement = json!({"Effect": "Allow", "Principal": principal, "Condition": condition});
            assert_eq!(is_public(&json!({"Statement": [statement]})), public, "{name}");
        }
        assert!(!is_public(&json!({})));
        assert!(!is_public(&json!({"Statement": [{"Effect": "Deny", "Principal": "*"}]})));
    }

    #[test]
    fn a_key_can_rotate_when_kms_made_it_for_us_and_it_is_symmetric() {
        let key = json!({"KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT"});
        assert!(rotatable(&key));
        let others =
            [("KeyManager", "AWS"), ("KeyState", "PendingDeletion"), ("Origin", "EXTERNAL"), ("KeySpec", "RSA_2048")];
        for (member, value) in others {
            let mut other = key.clone();
            other[member] = json!(value);
            assert!(!rotatable(&other), "{member} {value}");
        }
    }
}
