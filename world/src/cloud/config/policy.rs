//! Whether a bucket policy lets everybody in, by S3's meaning of "public".
//!
//! Comes in: a bucket policy as JSON. Goes out: whether some statement allows everybody this access.
//! Never: a Deny taken into account; S3 does not either when it calls a policy public.

use serde_json::Value;

use super::bucket::Access;

/// Condition keys which, with values that name something, make a grant to everybody a grant to somebody.
const RESTRICTING: [&str; 17] = [
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "aws:vpcsourceip",
];

/// Whether some statement of the policy allows everybody to read or to write.
#[must_use]
pub fn lets_everybody(policy: &Value, access: Access) -> bool {
    list(&policy["Statement"]).any(|statement| is_open(statement) && allows(statement, access))
}

/// Whether a statement allows everybody something, of any service.
#[must_use]
pub fn is_open(statement: &Value) -> bool {
    statement["Effect"] == "Allow" && is_everybody(statement) && !is_restricted(&statement["Condition"])
}

/// Whether S3 would call the policy public at all: what `BlockPublicPolicy` refuses.
#[must_use]
pub fn is_public(policy: &Value) -> bool {
    lets_everybody(policy, Access::Read) || lets_everybody(policy, Access::Write)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice).iter().filter(|value| !value.is_null())
}

fn is_everybody(statement: &Value) -> bool {
    // NotPrincipal with Allow is everybody but a few.
    if !statement["NotPrincipal"].is_null() {
        return true;
    }
    let principal = &statement["Principal"];
    principal == "*" || list(&principal["AWS"]).any(|one| one == "*")
}

fn is_restricted(condition: &Value) -> bool {
    condition.as_object().into_iter().flatten().any(|(operator, keys)| {
        let positive = !operator.to_lowercase().contains("not")
            && !operator.to_lowercase().ends_with("ifexists")
            && operator != "Null";
        positive
            && keys.as_object().into_iter().flatten().any(|(key, values)| {
                RESTRICTING.contains(&key.to_lowercase().as_str())
                    && list(values).all(|value| names_something(key, value))
            })
    })
}

/// `*`, `0.0.0.0/0` and the like name everything.
fn names_something(key: &str, value: &Value) -> bool {
    let Some(value) = value.as_str() else { return false };
    if key.eq_ignore_ascii_case("aws:SourceIp") {
        // S3 calls anything wider than /8 (IPv4) or /32 (IPv6) everybody.
        let length = value.split_once('/').and_then(|(_, length)| length.parse::<u8>().ok());
        let widest = if value.contains(':') { 32 } else { 8 };
        return length.is_none_or(|length| length >= widest);
    }
    !value.contains(['*', '?', '$'])
}

const READING: [&str; 5] = ["get", "list", "head", "describe", "select"];

fn allows(statement: &Value, access: Access) -> bool {
    if !statement["NotAction"].is_null() {
        return true;
    }
    list(&statement["Action"]).filter_map(Value::as_str).any(|action| {
        let verb = action.split_once(':').map_or(action, |(_, verb)| verb).to_lowercase();
        let reads = READING.iter().any(|reading| verb.starts_with(reading));
        verb.starts_with('*') || (reads == (access == Access::Read))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(change: Value) -> Value {
        let mut statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"});
        for (key, value) in change.as_object().unwrap() {
            statement[key] = value.clone();
        }
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    #[test]
    fn a_policy_is_public_when_a_statement_allows_everybody() {
        let cases = [
            ("everybody", json!({}), true),
            ("everybody as AWS", json!({"Principal": {"AWS": "*"}}), true),
            ("everybody in a list", json!({"Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}}), true),
            ("everybody but one", json!({"Principal": null, "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}), true),
            ("an account", json!({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}), false),
            ("a service", json!({"Principal": {"Service": "cloudtrail.amazonaws.com"}}), false),
            ("a denial", json!({"Effect": "Deny"}), false),
            ("one organisation", json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}), false),
            ("any organisation", json!({"Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}}), true),
            ("an office", json!({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}), false),
            ("all addresses", json!({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}), true),
            ("all but an office", json!({"Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}), true),
            ("only over TLS", json!({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}), true),
            ("any action", json!({"Action": ["s3:*"]}), true),
            ("all but an action", json!({"Action": null, "NotAction": "s3:DeleteBucket"}), true),
        ];
        for (name, change, public) in cases {
            assert_eq!(lets_everybody(&policy(change), Access::Read), public, "{name}");
        }
    }

    #[test]
    fn a_single_statement_need_not_be_a_list() {
        let policy = json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject"}});
        assert!(lets_everybody(&policy, Access::Write));
        assert!(!lets_everybody(&policy, Access::Read));
        assert!(is_public(&policy));
        assert!(!is_public(&Value::Null));
    }
}
