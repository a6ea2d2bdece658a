//! SNS topics: moto carries messages to queues, the bus carries them to functions.
//!
//! Comes in: a message for a topic. Goes out: moto's own delivery and the bus's. Never: a topic made up.

use serde_json::json;

use super::moto::Moto;
use crate::bus::Bus;

/// Publishes on behalf of AWS (an alarm's action). A topic that moto does not have is told to the log: AWS drops the
/// message too.
pub async fn publish(moto: &Moto, bus: &Bus, topic_arn: &str, subject: Option<&str>, message: &str) {
    let mut input = json!({ "TopicArn": topic_arn, "Message": message });
    if let Some(subject) = subject {
        // SNS takes no more than 100 characters.
        input["Subject"] = json!(subject.chars().take(100).collect::<String>());
    }
    match moto.call("sns", "Publish", input).await {
        Ok(_) => bus.notify(topic_arn, subject, message),
        Err(error) => tracing::warn!(topic_arn, error = &error as &dyn std::error::Error, "a notification was dropped"),
    }
}
