//! What is wrong with which resource, since when, told by which event.
//!
//! Comes in: the facts an event parser found. Goes out: one [`Incident`], the same for every delivery of the
//! same fault. Never: a guess about the resource; what the event does not name stays absent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// An AWS resource as AWS Config would name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// CloudFormation's type name, for example `AWS::EC2::Instance`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id within type, account and Region, for example `i-0abc`.
    pub id: String,
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

/// How the event reached us. The same fault may arrive by several of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// An EventBridge rule.
    EventBridge,
    /// An SNS notification.
    Sns,
    /// CloudWatch invoked the function as an alarm action.
    AlarmAction,
}

/// One fault, as far as the event tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Equal for every delivery and repetition of the same fault: 16 hexadecimal digits of SHA-256 over
    /// account, Region, what noticed it and the resource. Holds no time, so a repeat is recognised as one.
    pub fingerprint: String,
    /// AWS account id, 12 digits.
    pub account: String,
    /// Region code, for example `eu-west-1`.
    pub region: String,
    /// ARN or name of what noticed the fault: the alarm, the Config rule, the automation.
    pub noticed_by: String,
    /// The resource at fault, if the event names exactly one.
    pub resource: Option<Resource>,
    /// One line for people.
    pub summary: String,
    /// When AWS saw the fault begin.
    pub since: Option<Timestamp>,
    /// The event's own id: EventBridge's, or the notification's of SNS. An alarm action has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How the event came.
    pub delivery: Delivery,
    /// The binding that wants the event, where the event alone decides that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<String>,
    /// What the binding takes from the event, by path.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub given: Map<String, Value>,
}

/// The partition of a Region.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The name in an alarm's ARN.
pub(crate) fn alarm_name(arn: &str) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.split_once(":alarm:").map(|(_, name)| name)).flatten()
}

impl Incident {
    /// The partition of its Region: `aws`, `aws-cn`, `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }

    /// Whether a text can be a fingerprint.
    #[must_use]
    pub fn is_fingerprint(text: &str) -> bool {
        text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }

    /// The fingerprint of a fault. `parts` in a fixed order; what is unknown goes in as an empty string.
    #[must_use]
    pub fn fingerprint(account: &str, region: &str, noticed_by: &str, resource: Option<&Resource>) -> String {
        let resource = resource.map(|r| format!("{}/{}", r.kind, r.id)).unwrap_or_default();
        digest(&[account, region, noticed_by, &resource].join("\u{1f}"))
    }
}

/// A short name of any text: 16 hexadecimal digits.
#[must_use]
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_parts_apart_even_when_they_run_together() {
        let bucket = Resource { kind: "AWS::S3::Bucket".into(), id: "b".into() };
        let one = Incident::fingerprint("1", "eu-west-1", "rule", Some(&bucket));
        assert_ne!(one, Incident::fingerprint("1", "eu-west-1r", "ule", Some(&bucket)));
        assert_ne!(one, Incident::fingerprint("1", "eu-west-1", "rule", None));
        assert_eq!(one.len(), 16);
    }
}
