//! aws:approve: people decide whether the run goes on.
//!
//! Takes Approvers, MinRequiredApprovals, Message, NotificationArn; gives ApprovalStatus and ApproverDecisions.
//! Time-out 7 days, at most 30. Never: a decision of its own; a no fails the step, and is not asked again.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{Answer, Call, Run, Runs, Spec, is_dynamic};
use crate::document::Step;
use crate::host::{Ability, Approval, ApprovalRequest, ApprovalStatus};
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:approve",
    required: &["Approvers"],
    optional: Some(&["NotificationArn", "Message", "MinRequiredApprovals"]),
    outputs: &["ApprovalStatus", "ApproverDecisions"],
    timeout: Some(604_800),
    longest: Some(2_592_000),
    needs: Some(Ability::Approve),
    cancel_target: false,
    check,
    calls,
    runs: Runs::Here(&Approve),
};

/// AWS's limit.
const MOST_APPROVERS: usize = 10;
/// Characters of a message.
const LONGEST_MESSAGE: usize = 4096;

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    check_approvers(step, spot, reporter);
    let message = step.inputs.get("Message").and_then(Value::as_str).unwrap_or_default();
    if message.chars().count() > LONGEST_MESSAGE {
        let message = format!("Message has more than {LONGEST_MESSAGE} characters");
        reporter.error("approve", &spot.key("Message"), message);
    }
    let topic = step.inputs.get("NotificationArn").filter(|topic| !is_dynamic(topic)).and_then(Value::as_str);
    if topic.is_some_and(|topic| !topic.is_empty() && !topic_name(topic).starts_with("Automation")) {
        let hint = "SSM notifies topics whose names begin with Automation";
        reporter.warning("approve", &spot.key("NotificationArn"), "the topic's name does not begin so").hint(hint);
    }
}

fn check_approvers(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let Some(Value::Array(approvers)) = step.inputs.get("Approvers") else { return };
    // One reference may stand for several approvers.
    if approvers.iter().any(is_dynamic) {
        return;
    }
    if approvers.is_empty() || approvers.len() > MOST_APPROVERS {
        let message = format!("{} approvers are named; one to ten are possible", approvers.len());
        reporter.error("approve", &spot.key("Approvers"), message);
    }
    let least = step.inputs.get("MinRequiredApprovals").and_then(Value::as_u64);
    if least.is_some_and(|least| least == 0 || least > approvers.len() as u64) {
        let message = "MinRequiredApprovals must be from 1 to the number of approvers";
        reporter.error("approve", &spot.key("MinRequiredApprovals"), message);
    }
}

fn topic_name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}

/// Telling the topic.
fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    match inputs.get("NotificationArn") {
        None | Some(Value::Null) => Vec::new(),
        Some(topic) => vec![("sns".into(), "Publish".into(), json!({ "TopicArn": topic }))],
    }
}

struct Approve;

#[async_trait]
impl Run for Approve {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let asked = Asked::read(attempt.inputs()).map_err(Stop::inputs)?;
        let approval = attempt.approve(|timeout, cancellable, step| ApprovalRequest {
            step,
            approvers: asked.approvers,
            minimum: asked.minimum,
            message: asked.message,
            notification_arn: asked.topic,
            timeout,
            cancellable,
        });
        outcome(approval.await?)
    }
}

fn outcome(approval: Approval) -> Result<Answer, Stop> {
    let decisions = json!(approval.decisions);
    let root = |status: &str| json!({ "ApprovalStatus": status, "ApproverDecisions": decisions });
    match approval.status {
        ApprovalStatus::Approved => Ok(Answer::of(root("Approved"))),
        ApprovalStatus::Rejected => {
            let no = approval.decisions.iter().find(|decision| !decision.approved);
            let who = no.map_or("an approver", |no| no.approver.as_str());
            let reason = no.and_then(|no| no.comment.as_deref()).map(|said| format!(": {said}")).unwrap_or_default();
            let cause = Cause::Rejected { decisions: decisions.clone() };
            Err(Stop::failed(cause, format!("{who} rejected it{reason}")).with_outputs(root("Rejected")))
        }
        ApprovalStatus::TimedOut => Err(Stop::TimedOut { seconds: 0, seen: decisions }),
        ApprovalStatus::Cancelled => Err(Stop::Cancelled),
    }
}

/// The inputs, checked.
#[derive(Debug, PartialEq)]
struct Asked {
    approvers: Vec<String>,
    minimum: u32,
    message: Option<String>,
    topic: Option<String>,
}

impl Asked {
    fn read(inputs: &Map<String, Value>) -> Result<Self, String> {
        let text = |key: &str| match inputs.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(_) => Err(format!("{key} must be text")),
        };
        let approvers = approvers(inputs.get("Approvers"))?;
        let minimum = match inputs.get("MinRequiredApprovals") {
            None | Some(Value::Null) => 1,
            Some(value) => least(value, approvers.len())?,
        };
        let message = text("Message")?;
        if message.as_ref().is_some_and(|message| message.chars().count() > LONGEST_MESSAGE) {
            return Err(format!("Message has more than {LONGEST_MESSAGE} characters"));
        }
        Ok(Self { approvers, minimum, message, topic: text("NotificationArn")? })
    }
}

/// Each once, though a document may name one twice: an approver counts once.
fn approvers(value: Option<&Value>) -> Result<Vec<String>, String> {
    let wrong = || "Approvers must be a list of one to ten names or ARNs".to_owned();
    let items = value.and_then(Value::as_array).ok_or_else(wrong)?;
    let mut approvers: Vec<String> = Vec::new();
    for item in items {
        // An unresolved reference is text too, and nobody's name.
        let name = item.as_str().map(str::trim).filter(|name| !name.is_empty() && !name.contains("{{"));
        let name = name.ok_or_else(wrong)?.to_owned();
        if !approvers.contains(&name) {
            approvers.push(name);
        }
    }
    if approvers.is_empty() || approvers.len() > MOST_APPROVERS { Err(wrong()) } else { Ok(approvers) }
}

fn least(value: &Value, approvers: usize) -> Result<u32, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let within = number.filter(|number| *number >= 1 && *number as usize <= approvers);
    within.ok_or_else(|| format!("MinRequiredApprovals is {value}, not from 1 to {approvers}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inputs: Value) -> Result<Asked, String> {
        Asked::read(inputs.as_object().unwrap())
    }

    #[test]
    fn inputs_say_who_decides_and_how_many_must() {
        let asked =
            read(json!({"Approvers": ["kim", "lee", "kim"], "MinRequiredApprovals": 2, "Message": ""})).unwrap();
        let expected = Asked { approvers: vec!["kim".into(), "lee".into()], minimum: 2, message: None, topic: None };
        assert_eq!(asked, expected);
        assert_eq!(read(json!({"Approvers": ["kim"]})).unwrap().minimum, 1);
    }

    #[test]
    fn approvers_that_cannot_decide_are_refused() {
        for inputs in [
            json!({"Approvers": []}),
            json!({"Approvers": "kim"}),
            json!({"Approvers": ["{{ Who }}"]}),
            json!({"Approvers": (0..11).map(|n| n.to_string()).collect::<Vec<_>>()}),
            json!({"Approvers": ["kim"], "MinRequiredApprovals": 0}),
            json!({"Approvers": ["kim", "kim"], "MinRequiredApprovals": 2}),
            json!({"Approvers": ["kim"], "MinRequiredApprovals": "1"}),
            json!({"Approvers": ["kim"], "Message": "x".repeat(4097)}),
        ] {
            assert!(read(inputs.clone()).is_err(), "{inputs}");
        }
    }
}
