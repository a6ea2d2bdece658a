//! aws:approve of a runbook, by the same links, page and store.
//!
//! Comes in: the step's request: Approvers, MinRequiredApprovals, Message, NotificationArn. Goes out: the engine's answer.
//! Never: a link to the runbook's own topic, where others read along.

use engine::{ApprovalRequest, ApprovalStatus, ApproverDecision, HostError, Progress};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::ask::{Announce, ask, id};
use super::policy::{Group, OnTimeout, Policy};
use super::request::{Approval, Risk, State};
use crate::aws::Services;
use crate::host::RunHost;
use crate::telemetry::chain;

/// Asks the approvers of a step.
pub(crate) async fn approve(
    host: &dyn RunHost,
    services: &Services,
    op: &str,
    request: ApprovalRequest,
) -> Result<engine::Approval, HostError> {
    let question = question(host.execution(), &services.region(), op, &request);
    let announce = announce(services.clone(), request.clone());
    Ok(match ask(host, services, op, question, announce).await? {
        Ok(approval) => answer(&approval),
        Err(problem) => {
            // For the runbook it is as if nobody had answered: its way on from there is the one it planned.
            let message = format!("nobody was asked: {problem}");
            host.engine().report(Progress::Warning { step: Some(request.step), message });
            engine::Approval { status: ApprovalStatus::TimedOut, decisions: vec![] }
        }
    })
}

fn question(execution: &str, region: &str, op: &str, request: &ApprovalRequest) -> Approval {
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION/durable-execution/...
    let arn: Vec<&str> = execution.splitn(8, ':').collect();
    let part = |index: usize| arn.get(index).copied().unwrap_or_default().to_owned();
    let group = Group { name: "approvers".into(), minimum: request.minimum, approvers: request.approvers.clone() };
    let said = request.message.clone().unwrap_or_default();
    let what = format!("step {} of a runbook", request.step);
    let hash = Sha256::digest(format!("{execution}\u{1f}{op}\u{1f}{said}"));
    // When it is asked is said when it is asked.
    Approval {
        id: id(execution, op),
        function: part(6),
        execution: execution.to_owned(),
        summary: if said.is_empty() { what.clone() } else { said.clone() },
        resource: None,
        account: part(4),
        region: region.to_owned(),
        change: format!("go on after {what}"),
        plan: vec![format!("{what} asks: {said}")],
        writes: vec![],
        plan_hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        risk: Risk::High,
        risk_reasons: vec!["the runbook's author wants it approved".to_owned()],
        cost: None,
        policy: Policy { groups: vec![group], within: request.timeout.as_secs().max(1), on_timeout: OnTimeout::Deny },
        decisions: vec![],
        state: State::Open,
        asked_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
        callback: String::new(),
        told: false,
    }
}

/// The runbook's topic hears that somebody is asked, without a link. That it cannot be told is no reason not to wait.
fn announce(services: Services, request: ApprovalRequest) -> Announce {
    Box::new(move |approval| {
        Box::pin(async move {
            let Some(topic) = &request.notification_arn else { return Ok(()) };
            let subject: String = format!("Approval needed: {}", request.step).chars().take(100).collect();
            let message = format!(
                "{}\n\nStep {} of execution {} waits until {} for {} of: {}.\n",
                approval.summary,
                request.step,
                approval.execution,
                approval.expires_at,
                request.minimum,
                request.approvers.join(", ")
            );
            let input = json!({"TopicArn": topic, "Subject": subject, "Message": message});
            if let Err(error) = services.call("sns", "Publish", input).await {
                tracing::warn!(target: "kintsugi", topic, error = chain(&error), "could not be told");
            }
            Ok(())
        })
    })
}

fn answer(approval: &Approval) -> engine::Approval {
    let status = match approval.state {
        State::Approved => ApprovalStatus::Approved,
        State::Rejected => ApprovalStatus::Rejected,
        State::Open | State::Expired | State::Void => ApprovalStatus::TimedOut,
    };
    let decisions = approval.decisions.iter().map(|decision| ApproverDecision {
        approver: decision.approver.clone(),
        approved: decision.approved,
        comment: decision.reason.clone(),
        at: decision.at,
    });
    engine::Approval { status, decisions: decisions.collect() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::approval::request::Decision;

    const EXECUTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:run-runbook:3/durable-execution/a/b";

    fn request() -> ApprovalRequest {
        ApprovalRequest {
            step: "ask".into(),
            approvers: vec!["kim".into(), "arn:aws:iam::123456789012:user/lee".into()],
            minimum: 2,
            message: Some("May I?".into()),
            notification_arn: None,
            timeout: Duration::from_secs(600),
            cancellable: true,
        }
    }

    #[test]
    fn a_step_s_approvers_are_one_group_of_which_so_many_must_agree_in_its_time() {
        let asked = question(EXECUTION, "eu-west-1", "ask#1/approve", &request());
        let group = &asked.policy.groups[0];
        assert_eq!((group.minimum, asked.policy.within, asked.policy.approvers().count()), (2, 600, 2));
        assert_eq!((asked.function.as_str(), asked.account.as_str()), ("run-runbook", "123456789012"));
        assert_eq!(asked.summary, "May I?");
    }

    #[test]
    fn another_visit_of_the_step_or_another_message_is_another_question() {
        let of = |op: &str, request: &ApprovalRequest| {
            let asked = question(EXECUTION, "eu-west-1", op, request);
            (asked.id, asked.plan_hash)
        };
        let first = of("ask#1/approve", &request());
        assert_eq!(first, of("ask#1/approve", &request()), "a replay asks the same");
        assert_ne!(first.0, of("ask#2/approve", &request()).0);
        let other = ApprovalRequest { message: Some("May I, really?".into()), ..request() };
        assert_ne!(first.1, of("ask#1/approve", &other).1);
    }

    #[test]
    fn only_a_stored_yes_of_enough_people_lets_a_run_go_on() {
        let mut asked = question(EXECUTION, "eu-west-1", "ask#1/approve", &request());
        let at = Timestamp::UNIX_EPOCH;
        asked.decisions = vec![Decision { approver: "kim".into(), approved: true, reason: Some("fine".into()), at }];
        for (state, expected) in [
            (State::Approved, ApprovalStatus::Approved),
            (State::Rejected, ApprovalStatus::Rejected),
            (State::Expired, ApprovalStatus::TimedOut),
            (State::Open, ApprovalStatus::TimedOut),
            (State::Void, ApprovalStatus::TimedOut),
        ] {
            asked.state = state;
            let answer = answer(&asked);
            assert_eq!(answer.status, expected, "{state}");
            assert_eq!(answer.decisions[0].comment.as_deref(), Some("fine"));
        }
    }
}
