//! The event that tells of a changed compliance.
//!
//! Comes in: a rule, a resource, the new and the old result. Goes out: `Config Rules Compliance Change`.
//! Never: an event for a result that is as before; the caller compares.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::rule::{Evaluation, Rule};
use crate::bus::event;
use crate::clock;
use crate::gateway::{ACCOUNT, REGION};

/// The event. `old` is absent when the resource is evaluated for the first time.
#[must_use]
pub fn compliance_change(
    rule: &Rule,
    resource_id: &str,
    new: &Evaluation,
    old: Option<&Evaluation>,
    now: Timestamp,
) -> Value {
    let resource_type = rule.managed.resource_type;
    let mut detail = json!({
        "resourceId": resource_id,
        "awsRegion": REGION,
        "awsAccountId": ACCOUNT,
        "configRuleName": rule.name,
        "recordVersion": "1.0",
        "configRuleARN": rule.arn(),
        "messageType": "ComplianceChangeNotification",
        "newEvaluationResult": result(rule, resource_id, new),
    });
    if let Some(old) = old {
        detail["oldEvaluationResult"] = result(rule, resource_id, old);
    }
    detail["notificationCreationTime"] = Value::from(clock::millis(now));
    detail["resourceType"] = Value::from(resource_type);
    event::event("aws.config", "Config Rules Compliance Change", now, &[], detail)
}

fn result(rule: &Rule, resource_id: &str, evaluation: &Evaluation) -> Value {
    json!({
        "evaluationResultIdentifier": {
            "evaluationResultQualifier": {
                "configRuleName": rule.name,
                "resourceType": rule.managed.resource_type,
                "resourceId": resource_id,
            },
            "orderingTimestamp": clock::millis(evaluation.ordering),
        },
        "complianceType": evaluation.compliance.word(),
        "resultRecordedTime": clock::millis(evaluation.recorded),
        "configRuleInvokedTime": clock::millis(evaluation.invoked),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::config::rule::Compliance;
    use crate::shapes::{paths, reference};

    #[test]
    fn the_event_has_the_shape_aws_config_sends() {
        let definition =
            json!({"ConfigRuleName": "r", "Source": {"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"}});
        let now = Timestamp::UNIX_EPOCH;
        let rule = Rule::new(&definition, now).unwrap();
        let evaluation = |compliance| Evaluation { compliance, ordering: now, invoked: now, recorded: now };
        let (new, old) = (evaluation(Compliance::NonCompliant), evaluation(Compliance::Compliant));
        for (file, old) in [
            ("config-eventbridge-compliance-change.json", Some(&old)),
            ("config-eventbridge-compliance-first-evaluation.json", None),
        ] {
            let Some(wanted) = reference(file) else { return };
            assert_eq!(paths(&compliance_change(&rule, "sg-1", &new, old, now)), paths(&wanted), "{file}");
        }
    }
}
