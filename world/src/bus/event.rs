//! EventBridge's envelope.
//!
//! Comes in: what happened. Goes out: the event as a rule's target receives it. Never: a detail of its own.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock;
use crate::gateway::{ACCOUNT, REGION};
use crate::ids;

/// An event of an AWS service on the default bus.
#[must_use]
pub fn event(source: &str, detail_type: &str, at: Timestamp, resources: &[String], detail: Value) -> Value {
    json!({
        "version": "0",
        "id": ids::uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": clock::seconds(at),
        "region": REGION,
        "resources": resources,
        "detail": detail,
    })
}

/// SNS's envelope for Lambda around one message.
#[must_use]
pub fn sns(topic_arn: &str, subject: Option<&str>, message: &str, at: Timestamp) -> Value {
    let subscription = format!("{topic_arn}:{}", ids::uuid_of(topic_arn));
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": ids::uuid(),
            "TopicArn": topic_arn,
            "Subject": subject,
            "Message": message,
            "Timestamp": clock::millis(at),
            "SignatureVersion": "1",
            "Signature": "LOCAL",
            "SigningCertUrl": format!("https://sns.{REGION}.amazonaws.com/SimpleNotificationService-LOCAL.pem"),
            "UnsubscribeUrl": format!("https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"),
            "MessageAttributes": {},
        },
    }] })
}
