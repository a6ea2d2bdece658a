//! Telling approvers that they are asked, each with the link of their own.
//!
//! Comes in: a stored approval. Goes out: one SNS message and one webhook for each approver, as far as they are set up.
//! Never: the link of one approver to another; silence when too few could be told for anybody to agree.
//!
//! SNS: one topic. A message has the attribute `approver`, and each subscription a filter on it, so that a message
//! reaches its approver alone. Webhooks: an address under an approver's name gets that approver's link; the one under
//! `*` is a room of many, and gets none.

mod addresses;
mod mail;
mod slack;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use self::addresses::Addresses;
use super::link::{self, Claims};
use super::request::Approval;
use crate::aws::Services;
use crate::host::post_json;
use crate::telemetry::chain;

/// Slack answers within seconds; a message that takes longer is not worth a run.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells every approver.
///
/// # Errors
/// There are no keys or no page, or so few could be told that a group cannot agree.
pub(super) async fn tell(services: &Services, approval: &Approval) -> Result<(), String> {
    let settings = &services.settings.approvals;
    let page = settings.url.as_deref().ok_or("there is no page on which to decide (KINTSUGI_APPROVAL_URL)")?;
    let keys = services.keyring.to_sign(services).await.map_err(|error| chain(&error))?;
    let addresses = Addresses::read(services).await.unwrap_or_else(|problem| {
        warn(approval, "webhooks", &problem);
        Addresses::default()
    });
    let (mut reached, mut problems) = (Vec::new(), Vec::new());
    for approver in approval.policy.approvers() {
        let token = link::sign(&keys, &claims(approval, approver, approval.expires_at));
        match one(services, approval, approver, &link::address(page, &token), &addresses).await {
            Ok(()) => reached.push(approver.to_owned()),
            Err(problem) => {
                warn(approval, approver, &problem);
                problems.push(format!("{approver}: {problem}"));
            }
        }
    }
    if let Some(room) = addresses.room()
        && let Err(problem) = post(services, room, &slack::message(approval, None)).await
    {
        warn(approval, "*", &problem);
    }
    enough(approval, &reached).map_err(|group| format!("too few of {group} could be told: {}", problems.join("; ")))
}

/// What an approver's link says.
fn claims(approval: &Approval, approver: &str, expires: Timestamp) -> Claims {
    let (id, plan) = (approval.id.clone(), approval.plan_hash.clone());
    Claims { approval: id, approver: approver.to_owned(), plan, expires }
}

/// By every way there is; one that works is enough.
async fn one(
    services: &Services,
    approval: &Approval,
    approver: &str,
    link: &str,
    addresses: &Addresses,
) -> Result<(), String> {
    let mut tried = Vec::new();
    if let Some(topic) = &services.settings.approvals.topic {
        tried.push(publish(services, topic, approval, approver, link).await);
    }
    if let Some(address) = addresses.of(approver) {
        tried.push(post(services, address, &slack::message(approval, Some(link))).await);
    }
    let problems: Vec<String> = tried.iter().filter_map(|way| way.clone().err()).collect();
    match tried.iter().any(Result::is_ok) {
        true => Ok(()),
        false if problems.is_empty() => Err("there is no way to tell".to_owned()),
        false => Err(problems.join("; ")),
    }
}

async fn publish(
    services: &Services,
    topic: &str,
    approval: &Approval,
    approver: &str,
    link: &str,
) -> Result<(), String> {
    let input = json!({
        "TopicArn": topic,
        "Subject": mail::subject(approval),
        "Message": mail::text(approval, approver, link),
        "MessageAttributes": {"approver": {"DataType": "String", "StringValue": approver}},
    });
    services.call("sns", "Publish", input).await.map(drop).map_err(|error| chain(&error))
}

async fn post(services: &Services, address: &str, message: &serde_json::Value) -> Result<(), String> {
    post_json(address, message, PATIENCE, services.settings.webhooks_to_loopback).await
}

/// The first group that cannot agree because too few of it know.
fn enough<'a>(approval: &'a Approval, reached: &[String]) -> Result<(), &'a str> {
    let too_few = approval.policy.groups.iter().find(|group| {
        let known = group.approvers.iter().filter(|approver| reached.contains(approver)).count();
        usize::try_from(group.minimum).is_ok_and(|minimum| known < minimum)
    });
    too_few.map_or(Ok(()), |group| Err(group.name.as_str()))
}

fn warn(approval: &Approval, whom: &str, problem: &str) {
    tracing::warn!(target: "kintsugi", approval = approval.id, whom, problem, "could not be told");
}
