//! IAM's users, policies, password policy and root user, as the rules about them see them.
//!
//! Comes in: what IAM's API says. Goes out: whether it is as a rule wants it, and what AWS Config calls it.
//! Never: a call that changes something.
//!
//! moto has no root user: an IAM user with the path `/root/` stands for it, and its access keys for the root's.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::managed::Managed;
use crate::cloud::moto::{Moto, MotoError};
use crate::gateway::ACCOUNT;

/// Rules about who may enter.
pub const RULES: &[Managed] = &[
    Managed {
        identifier: "IAM_ROOT_ACCESS_KEY_CHECK",
        resource_type: "AWS::::Account",
        look: |moto, _| Box::pin(root(moto)),
        judge: |account, _| list(&account["Keys"]).next().is_none(),
    },
    Managed {
        identifier: "IAM_PASSWORD_POLICY",
        resource_type: "AWS::::Account",
        look: |moto, _| Box::pin(password_policy(moto)),
        judge: is_strong,
    },
    Managed {
        identifier: "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
        resource_type: "AWS::IAM::User",
        look: |moto, only| Box::pin(users(moto, only)),
        judge: |user, _| user["LoginProfile"].is_null() || list(&user["MFADevices"]).next().is_some(),
    },
    Managed {
        identifier: "IAM_USER_UNUSED_CREDENTIALS_CHECK",
        resource_type: "AWS::IAM::User",
        look: |moto, only| Box::pin(users(moto, only)),
        judge: is_used,
    },
    Managed {
        identifier: "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        resource_type: "AWS::IAM::Policy",
        look: |moto, only| Box::pin(policies(moto, only)),
        judge: |policy, _| !list(&policy["Document"]["Statement"]).any(allows_everything),
    },
];

/// Never there, or deleted meanwhile.
const GONE: [&str; 1] = ["NoSuchEntity"];

type Found = Result<BTreeMap<String, Value>, MotoError>;

/// What AWS Config calls users and policies: its id and the name of each; `None` for types it asks moto for.
pub(super) async fn identifiers(moto: &Moto, kind: &str) -> Result<Option<Vec<Value>>, MotoError> {
    let (id, name, all) = match kind {
        "AWS::IAM::User" => ("UserId", "UserName", every(moto, "ListUsers", json!({}), "Users").await?),
        "AWS::IAM::Policy" => {
            ("PolicyId", "PolicyName", every(moto, "ListPolicies", json!({"Scope": "Local"}), "Policies").await?)
        }
        _ => return Ok(None),
    };
    let named = |one: &Value| json!({"resourceType": kind, "resourceId": one[id], "resourceName": one[name]});
    Ok(Some(all.iter().map(named).collect()))
}

async fn root(moto: &Moto) -> Found {
    let mut keys = vec![];
    for user in every(moto, "ListUsers", json!({"PathPrefix": "/root/"}), "Users").await? {
        let of = json!({"UserName": user["UserName"]});
        keys.extend(every(moto, "ListAccessKeys", of, "AccessKeyMetadata").await?);
    }
    Ok(BTreeMap::from([(ACCOUNT.to_owned(), json!({"Keys": keys}))]))
}

async fn password_policy(moto: &Moto) -> Found {
    let policy = moto.find("iam", "GetAccountPasswordPolicy", json!({}), &GONE).await?;
    let policy = policy.map(|mut policy| policy["PasswordPolicy"].take());
    Ok(BTreeMap::from([(ACCOUNT.to_owned(), policy.unwrap_or_default())]))
}

async fn users(moto: &Moto, only: Option<&str>) -> Found {
    let mut found = BTreeMap::new();
    for mut user in every(moto, "ListUsers", json!({}), "Users").await? {
        let id = user["UserId"].as_str().unwrap_or_default().to_owned();
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let of = json!({"UserName": user["UserName"]});
        let profile = moto.find("iam", "GetLoginProfile", of.clone(), &GONE).await?;
        user["LoginProfile"] = profile.map(|mut profile| profile["LoginProfile"].take()).unwrap_or_default();
        user["MFADevices"] = every(moto, "ListMFADevices", of.clone(), "MFADevices").await?.into();
        user["Keys"] = keys(moto, of).await?.into();
        user["Now"] = now().to_string().into();
        found.insert(id, user);
    }
    Ok(found)
}

async fn keys(moto: &Moto, of: Value) -> Result<Vec<Value>, MotoError> {
    let mut keys = every(moto, "ListAccessKeys", of, "AccessKeyMetadata").await?;
    for key in &mut keys {
        let of = json!({"AccessKeyId": key["AccessKeyId"]});
        let used = moto.find("iam", "GetAccessKeyLastUsed", of, &GONE).await?.unwrap_or_default();
        key["LastUsed"] = used["AccessKeyLastUsed"]["LastUsedDate"].clone();
    }
    Ok(keys)
}

async fn policies(moto: &Moto, only: Option<&str>) -> Found {
    let mut found = BTreeMap::new();
    for mut policy in every(moto, "ListPolicies", json!({"Scope": "Local"}), "Policies").await? {
        let id = policy["PolicyId"].as_str().unwrap_or_default().to_owned();
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let of = json!({"PolicyArn": policy["Arn"], "VersionId": policy["DefaultVersionId"]});
        if let Some(version) = moto.find("iam", "GetPolicyVersion", of, &GONE).await? {
            policy["Document"] = decoded(&version["PolicyVersion"]["Document"]);
            found.insert(id, policy);
        }
    }
    Ok(found)
}

fn decoded(document: &Value) -> Value {
    document.as_str().map_or_else(|| document.clone(), |text| serde_json::from_str(text).unwrap_or_default())
}

/// Every entry of a list that comes in pages.
async fn every(moto: &Moto, api: &str, mut input: Value, member: &str) -> Result<Vec<Value>, MotoError> {
    let mut all = vec![];
    loop {
        let Some(mut page) = moto.find("iam", api, input.clone(), &GONE).await? else { return Ok(all) };
        all.extend(page[member].as_array_mut().map(std::mem::take).unwrap_or_default());
        if page["IsTruncated"] != true {
            return Ok(all);
        }
        input["Marker"] = page["Marker"].take();
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    // A policy with one statement, or a statement with one action, may have it without a list.
    let alone = (!value.is_array() && !value.is_null()).then_some(value);
    value.as_array().into_iter().flatten().chain(alone)
}

fn allows_everything(statement: &Value) -> bool {
    let any = |member: &str| list(&statement[member]).any(|one| one == "*");
    statement["Effect"] == "Allow" && any("Action") && any("Resource")
}

/// Kinds of characters that the rule wants unless it says `false`; IAM has the same names.
const KINDS: [&str; 4] =
    ["RequireUppercaseCharacters", "RequireLowercaseCharacters", "RequireSymbols", "RequireNumbers"];

/// What the rule does not say is as AWS's defaults say.
fn is_strong(policy: &Value, parameters: &Value) -> bool {
    let wanted = |name: &str, default| number(&parameters[name]).unwrap_or(default);
    let has = |name: &str| number(&policy[name]).unwrap_or(0);
    let kinds = KINDS.iter().all(|kind| parameters[*kind] == "false" || policy[*kind] == true);
    let age = has("MaxPasswordAge");
    kinds
        && has("MinimumPasswordLength") >= wanted("MinimumPasswordLength", 14)
        && has("PasswordReusePrevention") >= wanted("PasswordReusePrevention", 24)
        && (1..=wanted("MaxPasswordAge", 90)).contains(&age)
}

/// Whether the password and every active key were used, or made, in the last days.
fn is_used(user: &Value, parameters: &Value) -> bool {
    let days = number(&parameters["maxCredentialUsageAge"]).unwrap_or(90);
    let Some(now) = time(&user["Now"]) else { return false };
    let fresh = |dates: [&Value; 2]| {
        let last = dates.into_iter().filter_map(time).max();
        last.is_some_and(|last| now.as_second() - last.as_second() < days * 86_400)
    };
    let profile = &user["LoginProfile"];
    let password = profile.is_null() || fresh([&profile["CreateDate"], &user["PasswordLastUsed"]]);
    let mut active = list(&user["Keys"]).filter(|key| key["Status"] == "Active");
    password && active.all(|key| fresh([&key["CreateDate"], &key["LastUsed"]]))
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

#[expect(clippy::disallowed_methods, reason = "the world has no replay, and moto's dates are of the real clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_statement_that_allows_every_action_on_everything_is_an_administrators() {
        let statement = |effect: &str, action: Value, resource: Value| {
            allows_everything(&json!({"Effect": effect, "Action": action, "Resource": resource}))
        };
        assert!(statement("Allow", json!("*"), json!("*")));
        assert!(statement("Allow", json!(["s3:Get*", "*"]), json!(["*"])));
        assert!(!statement("Deny", json!("*"), json!("*")));
        assert!(!statement("Allow", json!("s3:*"), json!("*")));
        assert!(!statement("Allow", json!("*"), json!("arn:aws:s3:::b")));
    }

    #[test]
    fn a_password_policy_is_strong_when_nothing_is_weaker_than_asked() {
        let strong = json!({"RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true,
            "RequireSymbols": true, "RequireNumbers": true, "MinimumPasswordLength": 16,
            "PasswordReusePrevention": 24, "MaxPasswordAge": 60});
        let judge = |member: &str, value: Value, parameters: Value| {
            let mut policy = strong.clone();
            policy[member] = value;
            is_strong(&policy, &parameters)
        };
        let none = json!({});
        assert!(is_strong(&strong, &none));
        assert!(!is_strong(&Value::Null, &none));
        assert!(!judge("RequireSymbols", json!(false), none.clone()));
        assert!(judge("RequireSymbols", json!(false), json!({"RequireSymbols": "false"})));
        assert!(!judge("MinimumPasswordLength", json!(13), none.clone()));
        assert!(judge("MinimumPasswordLength", json!(8), json!({"MinimumPasswordLength": "8"})));
        assert!(!judge("MaxPasswordAge", json!(91), none.clone()));
        assert!(!judge("MaxPasswordAge", Value::Null, none));
    }

    #[test]
    fn a_credential_is_unused_when_it_is_active_and_neither_new_nor_used_lately() {
        let (now, old, new) = ("2026-06-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-05-01T00:00:00Z");
        let key =
            |status: &str, made: &str, used: Value| json!([{"Status": status, "CreateDate": made, "LastUsed": used}]);
        let cases = [
            (json!({"Now": now}), true),
            (json!({"Now": now, "Keys": key("Active", old, Value::Null)}), false),
            (json!({"Now": now, "Keys": key("Active", old, json!(new))}), true),
            (json!({"Now": now, "Keys": key("Active", new, Value::Null)}), true),
            (json!({"Now": now, "Keys": key("Inactive", old, Value::Null)}), true),
            (json!({"Now": now, "LoginProfile": {"CreateDate": old}}), false),
            (json!({"Now": now, "LoginProfile": {"CreateDate": old}, "PasswordLastUsed": new}), true),
        ];
        for (user, used) in cases {
            assert_eq!(is_used(&user, &json!({})), used, "{user}");
        }
        let month = json!({"maxCredentialUsageAge": "30"});
        assert!(!is_used(&json!({"Now": now, "Keys": key("Active", new, Value::Null)}), &month));
    }
}
