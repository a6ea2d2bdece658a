//! aws:approve and aws:pause: what people are asked, and what becomes of the run.

use engine::{
    Ability, Approval, ApprovalStatus, ApproverDecision, Cause, ExecutionStatus, Progress, Resumption, RunError,
    StepStatus,
};
use serde_json::json;

use crate::host::{Scripted, run, try_run};

const TEXT: &str = "mainSteps:
  - name: ask
    action: aws:approve
    onFailure: step:tell
    onCancel: step:tell
    timeoutSeconds: 9000
    inputs: {Approvers: [kim, 'arn:aws:iam::1:user/lee'], MinRequiredApprovals: 2, Message: May I?}
  - name: change
    action: aws:executeAwsApi
    isEnd: true
    inputs: {Service: s3, Api: PutThing, By: '{{ ask.ApproverDecisions }}', Status: '{{ ask.ApprovalStatus }}'}
  - name: tell
    action: aws:executeAwsApi
    inputs: {Service: s3, Api: PutNote, Status: '{{ ask.ApprovalStatus }}'}
outputs: [ask.ApprovalStatus]
";

fn decision(approver: &str, approved: bool) -> ApproverDecision {
    let comment = (!approved).then(|| "too late".to_owned());
    ApproverDecision { approver: approver.into(), approved, comment, at: "2026-11-22T10:00:00Z".parse().unwrap() }
}

fn approval(status: ApprovalStatus, decisions: &[ApproverDecision]) -> Approval {
    Approval { status, decisions: decisions.to_vec() }
}

fn host(status: ApprovalStatus, decisions: &[ApproverDecision]) -> Scripted {
    let ok = || Ok(json!({}));
    Scripted::new().approvals([approval(status, decisions)]).always("PutThing", ok()).always("PutNote", ok())
}

#[tokio::test]
async fn an_approval_lets_the_run_go_on_and_says_who_agreed() {
    let host = host(ApprovalStatus::Approved, &[decision("kim", true), decision("lee", true)]);
    let execution = run(TEXT, &host).await;
    assert_eq!(execution.status, ExecutionStatus::Success);
    let request = &host.asked()[0];
    assert_eq!((request.step.as_str(), request.minimum, request.timeout.as_secs()), ("ask", 2, 9000));
    assert_eq!(request.message.as_deref(), Some("May I?"));
    assert!(request.cancellable);
    let input = &host.calls()[0].input;
    assert_eq!(input["Status"], "Approved");
    assert_eq!(
        input["By"][0],
        json!({
            "Approver": "kim", "Approved": true, "Comment": null, "At": "2026-11-22T10:00:00Z",
        })
    );
    assert_eq!(execution.outputs["ask.ApprovalStatus"], ["Approved"]);
    assert!(host.told().iter().any(|told| matches!(told, Progress::StepWaiting { step, .. } if step == "ask")));
}

#[tokio::test]
async fn a_rejection_fails_the_step_once_and_for_all_and_later_steps_can_read_it() {
    let host = host(ApprovalStatus::Rejected, &[decision("kim", false)]);
    let execution = run(&TEXT.replace("    timeoutSeconds: 9000\n", "    maxAttempts: 3\n"), &host).await;
    let failure = execution.failure.as_ref().unwrap();
    assert_eq!((execution.status, failure.attempts), (ExecutionStatus::Failed, 1));
    assert_eq!(failure.message, "kim rejected it: too late");
    assert!(matches!(failure.cause, Cause::Rejected { .. }));
    assert_eq!(host.apis(), ["PutNote"]);
    assert_eq!(host.calls()[0].input["Status"], "Rejected");
}

#[tokio::test]
async fn an_approval_nobody_gives_times_out_after_seven_days_unless_the_step_says_otherwise() {
    for (written, seconds) in
        [("", 604_800), ("    timeoutSeconds: 60\n", 60), ("    timeoutSeconds: 9999999\n", 2_592_000)]
    {
        let host = host(ApprovalStatus::TimedOut, &[decision("kim", true)]);
        let execution = run(&TEXT.replace("    timeoutSeconds: 9000\n", written), &host).await;
        assert_eq!(execution.status, ExecutionStatus::TimedOut);
        assert_eq!(execution.steps[0].status, StepStatus::TimedOut);
        assert_eq!(host.asked()[0].timeout.as_secs(), seconds);
        let failure = execution.failure.unwrap();
        assert!(matches!(failure.cause, Cause::TimedOut { seconds: told, .. } if told == seconds), "{failure}");
        let cut = host.warnings().iter().any(|warning| warning.contains("is cut to 2592000"));
        assert_eq!(cut, written.contains("9999999"), "what is cut is told");
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_it_waits_for_people_follows_on_cancel() {
    let host = host(ApprovalStatus::Cancelled, &[]);
    let execution = run(TEXT, &host).await;
    assert_eq!((execution.status, host.apis()), (ExecutionStatus::Cancelled, vec!["PutNote".to_owned()]));
    assert_eq!(execution.steps[0].status, StepStatus::Cancelled);
}

#[tokio::test]
async fn an_approval_on_the_way_back_is_not_to_be_cancelled() {
    let text = "mainSteps:
  - {name: fail, action: 'aws:assertAwsResourceProperty', onFailure: 'step:ask', inputs: {Service: s3, Api: GetThing, PropertySelector: $.x, DesiredValues: [y]}}
  - {name: ask, action: 'aws:approve', inputs: {Approvers: [kim]}}
  - {name: wait, action: 'aws:pause', inputs: {}}
";
    let host = Scripted::new()
        .answers("GetThing", [Ok(json!({}))])
        .approvals([approval(ApprovalStatus::Approved, &[decision("kim", true)])])
        .resumptions([Resumption::Resumed]);
    run(text, &host).await;
    assert!(!host.asked()[0].cancellable);
}

const PAUSE: &str = "mainSteps:
  - {name: wait, action: 'aws:pause', inputs: {}}
  - {name: change, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: PutThing}}
";

#[tokio::test]
async fn a_pause_ends_when_a_person_says_so_or_the_run_is_cancelled() {
    for (resumption, status, calls) in [
        (Resumption::Resumed, ExecutionStatus::Success, 1),
        (Resumption::Cancelled, ExecutionStatus::Cancelled, 0),
        (Resumption::TimedOut, ExecutionStatus::TimedOut, 0),
    ] {
        let host = Scripted::new().resumptions([resumption]).always("PutThing", Ok(json!({})));
        let execution = run(&PAUSE.replace("inputs: {}", "timeoutSeconds: 60, inputs: {}"), &host).await;
        assert_eq!((execution.status, host.calls().len()), (status, calls));
    }
}

#[tokio::test]
async fn a_host_without_people_refuses_before_anything_is_done() {
    let host = Scripted::new().able(Ability::Approve);
    let Err(RunError::Unsupported(refused)) = try_run(PAUSE, json!({}), &host).await else { panic!("it ran") };
    assert_eq!(refused[0].lacks.as_deref(), Some("a pause for a person is not in the script"));
    assert!(host.operations().is_empty());
}

#[tokio::test]
async fn approvers_that_turn_out_to_be_none_fail_the_step() {
    let text = "parameters:
  Who: {type: StringList, default: []}
mainSteps:
  - {name: ask, action: 'aws:approve', inputs: {Approvers: '{{ Who }}'}}
";
    let execution = run(text, &Scripted::new().able(Ability::Approve)).await;
    assert_eq!(execution.failure.unwrap().cause, Cause::Inputs);
}
