//! How bad it is if a plan goes wrong: from what it writes, by a small table.
//!
//! Comes in: the writes of a plan. Goes out: the worst class of them, and why. Never: a guess to the better; what the
//! table does not know to be harmless is not called low, and what is no API call is called high. Pure.

use super::request::{Change, Risk};

/// Beginnings of names of operations, and what they may cost. The first that fits counts.
const OPERATIONS: [(Risk, &str, &str); 24] = [
    (Risk::Low, "CreateTags", "labels only"),
    (Risk::Low, "TagResource", "labels only"),
    (Risk::Low, "AddTags", "labels only"),
    (Risk::Low, "UntagResource", "labels only"),
    (Risk::Low, "DeleteTags", "labels only"),
    (Risk::Low, "RemoveTags", "labels only"),
    (Risk::High, "DeletePublicAccessBlock", "may open it to the world"),
    (Risk::High, "DeleteAccountPublicAccessBlock", "may open it to the world"),
    (Risk::High, "Delete", "deletes"),
    (Risk::High, "Terminate", "destroys"),
    (Risk::High, "Purge", "deletes"),
    (Risk::High, "Deregister", "takes out of service"),
    (Risk::High, "Stop", "interrupts"),
    (Risk::High, "Reboot", "interrupts"),
    (Risk::High, "Failover", "interrupts"),
    (Risk::High, "Disable", "switches off"),
    (Risk::High, "Authorize", "lets others in"),
    (Risk::High, "PutBucketPolicy", "may open it to the world"),
    (Risk::High, "PutBucketAcl", "may open it to the world"),
    (Risk::High, "AddPermission", "lets others in"),
    (Risk::High, "Attach", "may give rights or join networks"),
    (Risk::High, "PutRolePolicy", "gives rights"),
    (Risk::High, "Restore", "overwrites"),
    (Risk::High, "Send", "runs commands, or tells others"),
];

/// Whether an operation makes anything public whatever its name says.
const PUBLIC: [&str; 3] = ["0.0.0.0/0", "::/0", "public-read"];

/// The class of a plan, and a line for each write that made it so.
#[must_use]
pub fn of(writes: &[Change]) -> (Risk, Vec<String>) {
    let classes: Vec<(Risk, String)> = writes.iter().map(of_one).collect();
    let worst = classes.iter().map(|(risk, _)| *risk).max().unwrap_or(Risk::Low);
    let mut reasons: Vec<String> = Vec::new();
    for (_, reason) in classes.into_iter().filter(|(risk, _)| *risk == worst) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (worst, reasons)
}

fn of_one(write: &Change) -> (Risk, String) {
    let said = |risk: Risk, why: &str| {
        let call = write.service.as_ref().map_or(write.api.clone(), |service| format!("{service}:{}", write.api));
        (risk, format!("{}: {call} {why}", write.step))
    };
    if write.service.is_none() {
        return said(Risk::High, "may do anything");
    }
    if opens(write) {
        return said(Risk::High, "opens it to the world");
    }
    match OPERATIONS.iter().find(|(_, beginning, _)| name(&write.api).starts_with(&name(beginning))) {
        Some((risk, _, why)) => said(*risk, why),
        // A pair that may be put back: nothing the table calls worse.
        None => said(Risk::Medium, "changes it"),
    }
}

/// What takes access away names the world too.
fn opens(write: &Change) -> bool {
    let takes = ["revoke", "delete", "remove"].iter().any(|verb| name(&write.api).starts_with(verb));
    let input = write.input.to_string();
    !takes && PUBLIC.iter().any(|world| input.contains(world))
}

/// `StopInstances` and `stop_instances` are one operation.
fn name(api: &str) -> String {
    api.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn write(service: &str, api: &str, input: Value) -> Change {
        let service = Some(service.to_owned()).filter(|service| !service.is_empty());
        Change { step: "s".into(), service, api: api.into(), input, before: None, when: None }
    }

    #[test]
    fn what_interrupts_destroys_or_opens_is_high_and_labels_are_low() {
        let cases = [
            ("ec2", "CreateTags", json!({}), Risk::Low),
            ("s3", "PutPublicAccessBlock", json!({}), Risk::Medium),
            ("s3", "DeletePublicAccessBlock", json!({}), Risk::High),
            ("ec2", "ModifyInstanceAttribute", json!({}), Risk::Medium),
            ("ec2", "StartInstances", json!({}), Risk::Medium),
            ("ec2", "StopInstances", json!({}), Risk::High),
            ("ec2", "stop_instances", json!({}), Risk::High),
            ("ec2", "TerminateInstances", json!({}), Risk::High),
            ("rds", "DeleteDBInstance", json!({}), Risk::High),
            ("ec2", "RevokeSecurityGroupIngress", json!({"CidrIp": "0.0.0.0/0"}), Risk::Medium),
            ("ec2", "ModifySecurityGroupRules", json!({"CidrIpv4": "0.0.0.0/0"}), Risk::High),
            ("ec2", "AuthorizeSecurityGroupIngress", json!({"CidrIp": "10.0.0.0/8"}), Risk::High),
            ("s3", "PutObjectAcl", json!({"ACL": "public-read"}), Risk::High),
            ("", "aws:executeScript", json!({}), Risk::High),
        ];
        for (service, api, input, expected) in cases {
            assert_eq!(of(&[write(service, api, input)]).0, expected, "{api}");
        }
    }

    #[test]
    fn the_worst_write_is_the_risk_of_the_plan_and_only_it_is_the_reason() {
        let writes = [write("ec2", "StopInstances", json!({})), write("ec2", "CreateTags", json!({}))];
        assert_eq!(of(&writes), (Risk::High, vec!["s: ec2:StopInstances interrupts".to_owned()]));
        assert_eq!(of(&[]), (Risk::Low, vec![]));
    }
}
