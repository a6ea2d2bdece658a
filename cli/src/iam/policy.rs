//! A policy: actions with the same resources in one statement, reads and writes apart.
//!
//! Comes in: actions, whether they read, their resources. Goes out: IAM policy JSON, always in the same order.
//! Never: a wildcard action, or an action twice for the same resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Grants so far.
#[derive(Debug, Default)]
pub(super) struct Policy {
    /// For each action: whether a write needs it, and its resources.
    grants: BTreeMap<String, (bool, BTreeSet<String>)>,
}

impl Policy {
    /// An action that a read and a write need is one of a write.
    pub(super) fn grant(&mut self, action: &str, write: bool, resources: Vec<String>) {
        let (writes, known) = self.grants.entry(action.to_owned()).or_default();
        *writes |= write;
        known.extend(resources);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    pub(super) fn to_json(&self) -> Value {
        let mut statements: BTreeMap<(u8, Vec<String>), Vec<&str>> = BTreeMap::new();
        for (action, (write, resources)) in &self.grants {
            let kind = match (action.as_str(), write) {
                ("iam:PassRole", _) => 2,
                (_, true) => 1,
                (_, false) => 0,
            };
            statements.entry((kind, narrow(resources))).or_default().push(action);
        }
        let mut seen = BTreeMap::new();
        let statements: Vec<Value> = statements
            .into_iter()
            .map(|((kind, resources), actions)| {
                let sid = sid(kind, &actions, resources == ["*"], &mut seen);
                let resource = if let [one] = resources.as_slice() { json!(one) } else { json!(resources) };
                json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
            })
            .collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }
}

/// All resources include each.
fn narrow(resources: &BTreeSet<String>) -> Vec<String> {
    if resources.contains("*") { vec!["*".to_owned()] } else { resources.iter().cloned().collect() }
}

/// `Read`, `WriteEc2`: what it does and on which service's resources; a number where that is not unique.
fn sid(kind: u8, actions: &[&str], all: bool, seen: &mut BTreeMap<String, usize>) -> String {
    let word = ["Read", "Write", "PassRole"][usize::from(kind.min(2))];
    let services: BTreeSet<&str> = actions.iter().filter_map(|action| action.split(':').next()).collect();
    let service = match (services.first(), services.len()) {
        (Some(service), 1) if !all && kind < 2 => service,
        _ => "",
    };
    let letters = service.chars().filter(char::is_ascii_alphanumeric);
    let service: String = letters.enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect();
    let sid = format!("{word}{service}");
    let count = seen.entry(sid.clone()).or_insert(0);
    *count += 1;
    if *count == 1 { sid } else { format!("{sid}{count}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_on_the_same_resources_share_a_statement_and_sids_are_unique() {
        let mut policy = Policy::default();
        policy.grant("s3:GetBucketPolicy", false, vec!["arn:aws:s3:::a".into()]);
        policy.grant("s3:PutBucketPolicy", true, vec!["arn:aws:s3:::a".into()]);
        policy.grant("s3:PutBucketAcl", true, vec!["arn:aws:s3:::a".into()]);
        policy.grant("s3:PutObject", true, vec!["arn:aws:s3:::a/*".into()]);
        policy.grant("ec2:DescribeInstances", false, vec!["*".into(), "arn:x".into()]);
        let policy = policy.to_json();
        let statements = policy["Statement"].as_array().unwrap();
        let sids: Vec<_> = statements.iter().map(|statement| statement["Sid"].as_str().unwrap()).collect();
        assert_eq!(sids, ["Read", "ReadS3", "WriteS3", "WriteS32"]);
        assert_eq!(statements[0]["Resource"], "*");
        assert_eq!(statements[2]["Action"], json!(["s3:PutBucketAcl", "s3:PutBucketPolicy"]));
    }
}
