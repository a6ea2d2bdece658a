//! The resources that a call's input names.
//!
//! Comes in: an IAM action, the call it is for, and what is known of its input. Goes out: ARNs, or `*`.
//! Never: a guess. Where IAM knows no resource for an action, or the input names none, it is for all.

use serde_json::{Map, Value};

use super::known::{Known, Place};
use super::rules::{RULES, Rule};

/// The resources of an action, at least one.
pub(super) fn of_action(action: &str, api: &str, input: &Map<String, Value>, known: &Known) -> Vec<String> {
    let Some((service, name)) = action.split_once(':') else { return everything() };
    if service == "s3" {
        return bucket(name, api, input, known);
    }
    let rule = RULES.iter().find(|rule| rule.service == service && rule.covers(name));
    let mut arns: Vec<String> = rule.map(|rule| rule.arns(input, known)).unwrap_or_default();
    arns.sort();
    arns.dedup();
    if arns.is_empty() { everything() } else { arns }
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

impl Rule {
    fn covers(&self, name: &str) -> bool {
        self.actions.iter().any(|action| match (action.strip_prefix('*'), action.strip_suffix('*')) {
            (Some(end), _) => name.ends_with(end),
            (_, Some(start)) => name.starts_with(start),
            _ => *action == name,
        })
    }

    fn arns(&self, input: &Map<String, Value>, known: &Known) -> Vec<String> {
        let mut arns = Vec::new();
        for (member, pattern) in self.named {
            let value = input.iter().find(|(name, value)| name.eq_ignore_ascii_case(member) && !value.is_null());
            for text in value.map(|(_, value)| known.texts(value)).into_iter().flatten() {
                arns.extend(arn(pattern, &text, self.service, &known.place));
            }
        }
        // A resource that may be any there is makes the limit void.
        if arns.is_empty() || arns.iter().any(|arn| arn == "*") {
            return Vec::new();
        }
        arns.extend(self.also.iter().filter_map(|pattern| arn(pattern, "*", self.service, &known.place)));
        let all = arns.clone();
        let includes = |other: &String, arn: &String| {
            other.strip_suffix('*').is_some_and(|start| other != arn && arn.starts_with(start))
        };
        arns.retain(|arn| !all.iter().any(|other| includes(other, arn)));
        arns
    }
}

/// The ARN of a value. `None` where the value has no ARN that a policy could name.
fn arn(pattern: &str, value: &str, service: &str, place: &Place) -> Option<String> {
    let value = value.trim();
    if value.starts_with("arn:") {
        return Some(value.to_owned());
    }
    let Place { partition, region, account, .. } = place;
    match (service, value) {
        // A policy names a key, never its alias.
        ("kms", alias) if alias.starts_with("alias/") => {
            return Some(format!("arn:{partition}:kms:{region}:{account}:key/*"));
        }
        ("sqs", url) if url.starts_with("https://") => return queue(url, place),
        _ => {}
    }
    if pattern == "{}" {
        let template = place.sub && value.starts_with("${");
        return Some(match service {
            _ if template => value.to_owned(),
            // What sts names is a role, of any account.
            "sts" => format!("arn:{partition}:iam::*:role/*"),
            _ => format!("arn:{partition}:{service}:*:*:*"),
        });
    }
    let (head, resource) = split(pattern);
    let head = head.replace(":R:", &format!(":{region}:")).replace(":A", &format!(":{account}"));
    // The slash of a path is that of the ARN already.
    let value = if resource.ends_with("parameter/{}") { value.trim_start_matches('/') } else { value };
    Some(format!("arn:{partition}:{head}:{}", resource.replace("{}", value)))
}

/// Service, Region and account; then the resource.
fn split(pattern: &str) -> (&str, &str) {
    let third = pattern.match_indices(':').nth(2).map_or(pattern.len(), |(at, _)| at);
    (&pattern[..third], pattern.get(third + 1..).unwrap_or_default())
}

/// `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`
fn queue(url: &str, place: &Place) -> Option<String> {
    let mut parts = url.rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    Some(format!("arn:{}:sqs:{}:{account}:{name}", place.partition, place.region))
}

/// A bucket, or what is in it.
fn bucket(name: &str, api: &str, input: &Map<String, Value>, known: &Known) -> Vec<String> {
    let partition = &known.place.partition;
    let of_object =
        ["GetObject", "PutObject", "DeleteObject", "RestoreObject", "AbortMultipart", "ListMultipartUploadParts"];
    let of_object = of_object.iter().any(|start| name.starts_with(start));
    let texts = |member: &str| input.get(member).filter(|value| !value.is_null()).map(|value| known.texts(value));
    if api == "CopyObject" && name.starts_with("GetObject") {
        let sources = texts("CopySource").unwrap_or_else(everything);
        return sources
            .iter()
            .map(|source| format!("arn:{partition}:s3:::{}", source.trim_start_matches('/')))
            .collect();
    }
    let Some(buckets) = texts("Bucket") else { return everything() };
    let keys = texts("Key").unwrap_or_else(everything);
    let keys = if of_object { keys.iter().map(|key| format!("/{key}")).collect() } else { vec![String::new()] };
    let pairs =
        buckets.iter().flat_map(|bucket| keys.iter().map(move |key| format!("arn:{partition}:s3:::{bucket}{key}")));
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(action: &str, input: Value) -> Vec<String> {
        let place = Place::of(Some("eu-west-1"), Some("123456789012"), false);
        let known = Known { place, ..Known::default() };
        of_action(action, action.split(':').nth(1).unwrap(), input.as_object().unwrap(), &known)
    }

    #[test]
    fn what_the_input_names_is_the_resource() {
        for (action, input, arn) in [
            ("ec2:StopInstances", json!({"InstanceIds": ["i-1"]}), "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"),
            ("ec2:DeregisterImage", json!({"ImageId": "ami-1"}), "arn:aws:ec2:eu-west-1::image/ami-1"),
            ("ec2:CreateTags", json!({"Resources": ["i-1"]}), "arn:aws:ec2:eu-west-1:*:*/i-1"),
            ("s3:PutBucketPolicy", json!({"Bucket": "b"}), "arn:aws:s3:::b"),
            ("s3:GetObject", json!({"Bucket": "b", "Key": "k/l"}), "arn:aws:s3:::b/k/l"),
            (
                "iam:AttachRolePolicy",
                json!({"RoleName": "r", "PolicyArn": "arn:p"}),
                "arn:aws:iam::123456789012:role/r",
            ),
            ("sns:Publish", json!({"TopicArn": "arn:aws:sns:a:b:c"}), "arn:aws:sns:a:b:c"),
            (
                "sqs:SetQueueAttributes",
                json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q"}),
                "arn:aws:sqs:eu-west-1:1:q",
            ),
            ("ssm:GetParameter", json!({"Name": "/a/b"}), "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b"),
            (
                "cloudformation:DeleteStack",
                json!({"StackName": "s"}),
                "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/*",
            ),
            ("kms:EnableKey", json!({"KeyId": "alias/x"}), "arn:aws:kms:eu-west-1:123456789012:key/*"),
            (
                "logs:PutRetentionPolicy",
                json!({"logGroupName": "/g"}),
                "arn:aws:logs:eu-west-1:123456789012:log-group:/g:*",
            ),
            ("dynamodb:UpdateTable", json!({"TableName": "t"}), "arn:aws:dynamodb:eu-west-1:123456789012:table/t"),
        ] {
            assert_eq!(named(action, input), [arn], "{action}");
        }
    }

    #[test]
    fn a_role_that_is_not_known_yet_is_any_role() {
        assert_eq!(named("sts:AssumeRole", json!({"RoleArn": "{{ Role }}"})), ["arn:aws:iam::*:role/*"]);
    }

    #[test]
    fn what_cannot_be_limited_is_for_all_resources() {
        assert_eq!(named("ec2:DescribeInstances", json!({"InstanceIds": ["i-1"]})), ["*"]);
        assert_eq!(named("s3:ListAllMyBuckets", json!({})), ["*"]);
        assert_eq!(named("ec2:StopInstances", json!({})), ["*"]);
        assert_eq!(named("ec2:RevokeSecurityGroupIngress", json!({"GroupName": "g"})), ["*"]);
    }

    #[test]
    fn one_call_may_need_several_resources() {
        let made = named("ec2:CreateImage", json!({"InstanceId": "i-1"}));
        assert_eq!(made.len(), 3, "{made:?}");
        let sent = named("ssm:SendCommand", json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"]}));
        assert_eq!(
            sent,
            ["arn:aws:ec2:eu-west-1:123456789012:instance/i-1", "arn:aws:ssm:eu-west-1:*:document/AWS-RunShellScript"]
        );
    }

    #[test]
    fn every_rule_makes_an_arn_of_six_parts() {
        let place = Place::of(Some("eu-west-1"), Some("123456789012"), false);
        for rule in RULES {
            for pattern in rule.named.iter().map(|(_, pattern)| pattern).chain(rule.also) {
                let made = arn(pattern, "x", rule.service, &place).unwrap();
                assert!(made.splitn(6, ':').count() == 6 && !made.contains(['{', '}']), "{made}");
                assert!(!made.contains(":R:") && !made.contains(":A:"), "{made}");
            }
        }
    }
}
