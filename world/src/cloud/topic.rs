//! SNS topics: moto carries messages to queues, the bus carries them to functions.
//!
//! Comes in: a message for a topic. Goes out: moto's own delivery and the bus's. Never: a topic made up.

use serde_json::json;

use super::moto::{Moto, MotoError};
use crate::bus::Bus;

/// Publishes on behalf of AWS (an alarm's action). A topic that moto does not have is told to the log: AWS drops the
/// message too.
pub async fn publish(moto: &Moto, bus: &Bus, topic_arn: &str, subject: Option<&str>, message: &str) {
    let mut input = json!({ "TopicArn": topic_arn, "Message": message });
    if let Some(subject) = subject {
        // SNS takes no more than 100 characters.
        input["Subject"] = json!(subject.chars().take(100).collect::<String>());
    }
    let published = async {
        moto.call("sns", "Publish", input).await?;
        notify(moto, bus, topic_arn, subject, message).await
    };
    match published.await {
        Ok(()) => {}
        Err(error) => tracing::warn!(topic_arn, error = &error as &dyn std::error::Error, "a notification was dropped"),
    }
}

/// Sends a message that moto has taken to the functions that listen: by the template, or by a subscription made since.
///
/// # Errors
/// When moto's subscriptions cannot be read.
pub async fn notify(
    moto: &Moto,
    bus: &Bus,
    topic_arn: &str,
    subject: Option<&str>,
    message: &str,
) -> Result<(), MotoError> {
    let listed = moto.call("sns", "ListSubscriptionsByTopic", json!({ "TopicArn": topic_arn })).await?;
    let subscriptions = listed["Subscriptions"].as_array().into_iter().flatten();
    let functions = subscriptions.filter(|one| one["Protocol"] == "lambda").filter_map(|one| one["Endpoint"].as_str());
    bus.notify(topic_arn, subject, message, functions);
    Ok(())
}
