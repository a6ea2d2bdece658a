//! A result of AWS Config as the event that told of it. Pure.
//!
//! Comes in: a rule's ARN and an entry of `GetComplianceDetailsByConfigRule`. Goes out: `Config Rules Compliance
//! Change`, without the result before. Never: an entry without its resource or its time.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::guard::found::event_id;

use crate::fault::{config_time, envelope_time, moment, place};

/// The event, and when the result was recorded.
pub(crate) fn event(rule_arn: &str, result: &Value) -> Option<(Value, Timestamp)> {
    let about = &result["EvaluationResultIdentifier"]["EvaluationResultQualifier"];
    let text = |member: &str| about[member].as_str();
    let (rule, kind, id) = (text("ConfigRuleName")?, text("ResourceType")?, text("ResourceId")?);
    let (region, account) = place(rule_arn)?;
    let recorded = moment(&result["ResultRecordedTime"])?;
    let time = |value: &Value| moment(value).map(config_time);
    let event = json!({
        "version": "0",
        "id": event_id(&[account, region, rule, kind, id, &config_time(recorded)]),
        "detail-type": "Config Rules Compliance Change",
        "source": "aws.config",
        "account": account,
        "time": envelope_time(recorded),
        "region": region,
        "resources": [],
        "detail": {
            "resourceId": id,
            "awsRegion": region,
            "awsAccountId": account,
            "configRuleName": rule,
            "recordVersion": "1.0",
            "configRuleARN": rule_arn,
            "messageType": "ComplianceChangeNotification",
            "newEvaluationResult": {
                "evaluationResultIdentifier": {
                    "evaluationResultQualifier": { "configRuleName": rule, "resourceType": kind, "resourceId": id },
                    "orderingTimestamp": time(&result["EvaluationResultIdentifier"]["OrderingTimestamp"]),
                },
                "complianceType": result["ComplianceType"],
                "resultRecordedTime": config_time(recorded),
                "configRuleInvokedTime": time(&result["ConfigRuleInvokedTime"]),
            },
            "notificationCreationTime": config_time(recorded),
            "resourceType": kind,
        },
    });
    Some((event, recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_is_the_one_that_eventbridge_has() {
        let mut real: Value =
            serde_json::from_str(include_str!("../../../events/config/bucket-not-compliant.json")).unwrap();
        let arn = "arn:aws:config:eu-west-1:210987654321:config-rule/config-rule-shop01";
        let result = json!({
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {
                    "ConfigRuleName": "no-public-buckets", "ResourceType": "AWS::S3::Bucket", "ResourceId": "shop-exports",
                },
                "OrderingTimestamp": "2026-03-02T03:19:50.001Z",
            },
            "ComplianceType": "NON_COMPLIANT", "ResultRecordedTime": "2026-03-02T03:20:00.500Z",
            "ConfigRuleInvokedTime": "2026-03-02T03:20:00.100Z",
        });
        let (mut ours, _) = event(arn, &result).unwrap();
        // When EventBridge was told nobody else knows.
        for event in [&mut real, &mut ours] {
            for member in ["id", "time"] {
                event[member] = Value::Null;
            }
            event["detail"]["notificationCreationTime"] = Value::Null;
        }
        assert_eq!(ours, real);
        assert_eq!(event(arn, &json!({})), None);
    }
}
