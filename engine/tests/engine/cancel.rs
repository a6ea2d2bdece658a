//! Being asked to stop.

use engine::{ExecutionStatus, FaultKind, StepStatus};
use serde_json::json;

use crate::host::{Scripted, fault, run};

const TEXT: &str = "mainSteps:
  - name: change
    action: aws:executeAwsApi
    inputs: {Service: s3, Api: PutThing}
  - name: wait
    action: aws:waitForAwsResourceProperty
    onCancel: step:undo
    isEnd: true
    inputs: {Service: s3, Api: GetThing, PropertySelector: $.Ready, DesiredValues: ['True']}
  - name: undo
    action: aws:executeAwsApi
    inputs: {Service: s3, Api: DeleteThing}
  - name: confirm
    action: aws:executeAwsApi
    inputs: {Service: s3, Api: GetThing}
";

fn host(cancel_at: &str) -> Scripted {
    Scripted::new()
        .always("PutThing", Ok(json!({})))
        .always("GetThing", Ok(json!({"Ready": false})))
        .always("DeleteThing", Ok(json!({})))
        .cancel_at(cancel_at)
}

#[tokio::test]
async fn before_the_first_step_nothing_is_done() {
    let host = host("change#1/cancelled");
    let execution = run(TEXT, &host).await;
    assert_eq!((execution.status, host.apis()), (ExecutionStatus::Cancelled, vec![]));
    assert_eq!(execution.steps[0].status, StepStatus::Cancelled);
    assert_eq!(execution.steps[0].attempts, 0);
}

#[tokio::test]
async fn at_a_step_its_way_back_is_followed_to_its_end() {
    let host = host("wait#1/cancelled");
    let execution = run(TEXT, &host).await;
    assert_eq!(host.apis(), ["PutThing", "DeleteThing", "GetThing"]);
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    let statuses: Vec<StepStatus> = execution.steps.iter().map(|step| step.status).collect();
    use StepStatus::{Cancelled, Success};
    assert_eq!(statuses, [Success, Cancelled, Success, Success]);
}

#[tokio::test]
async fn a_waiting_step_is_cancelled_between_two_looks() {
    let host = host("wait#1/1/2/cancelled");
    let execution = run(TEXT, &host).await;
    assert_eq!(host.apis(), ["PutThing", "GetThing", "GetThing", "DeleteThing", "GetThing"]);
    assert_eq!((execution.status, execution.steps[1].attempts), (ExecutionStatus::Cancelled, 1));
}

#[tokio::test]
async fn the_way_back_is_not_cancelled_again_not_even_in_its_own_waits_and_attempts() {
    let wait = "action: aws:waitForAwsResourceProperty
    inputs: {Service: s3, Api: GetOther, PropertySelector: $.Ready, DesiredValues: ['True']}";
    let text = TEXT.replace("action: aws:executeAwsApi\n    inputs: {Service: s3, Api: GetThing}", wait);
    let text = text.replace(
        "inputs: {Service: s3, Api: DeleteThing}",
        "maxAttempts: 2\n    inputs: {Service: s3, Api: DeleteThing}",
    );
    let host = host("wait#1/cancelled")
        .answers("DeleteThing", [fault(FaultKind::Refused, "Busy")])
        .answers("GetOther", [Ok(json!({"Ready": false})), Ok(json!({"Ready": true}))]);
    let execution = run(&text, &host).await;
    assert_eq!(host.apis(), ["PutThing", "DeleteThing", "DeleteThing", "GetOther", "GetOther"]);
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    let asked = host.operations().into_iter().filter(|operation| operation.ends_with("cancelled"));
    assert_eq!(asked.collect::<Vec<_>>(), ["change#1/cancelled", "wait#1/cancelled"]);
}

#[tokio::test]
async fn the_way_back_that_began_with_a_failure_is_walked_to_its_end_too() {
    let text = TEXT.replace(
        "inputs: {Service: s3, Api: PutThing}",
        "onFailure: step:undo\n    inputs: {Service: s3, Api: PutThing}",
    );
    let host = Scripted::new()
        .always("PutThing", fault(FaultKind::Refused, "NoRoom"))
        .always("GetThing", Ok(json!({})))
        .always("DeleteThing", Ok(json!({})))
        .cancel_at("undo#1/cancelled");
    let execution = run(&text, &host).await;
    assert_eq!(host.apis(), ["PutThing", "DeleteThing", "GetThing"]);
    assert_eq!(execution.status, ExecutionStatus::Failed);
}

#[tokio::test]
async fn a_run_that_is_to_complete_ends_the_running_step_and_follows_no_on_cancel() {
    let ready = Scripted::new()
        .always("PutThing", Ok(json!({})))
        .answers("GetThing", [Ok(json!({"Ready": false})), Ok(json!({"Ready": true}))])
        .complete_at("wait#1/cancelled");
    let execution = run(&TEXT.replace("isEnd: true", "nextStep: confirm"), &ready).await;
    assert_eq!((execution.status, ready.apis()), (ExecutionStatus::Cancelled, vec!["PutThing".to_owned()]));
    let waiting = Scripted::new()
        .always("PutThing", Ok(json!({})))
        .answers("GetThing", [Ok(json!({"Ready": false})), Ok(json!({"Ready": true}))])
        .complete_at("wait#1/1/1/look");
    let execution = run(&TEXT.replace("isEnd: true", "nextStep: confirm"), &waiting).await;
    assert_eq!(waiting.apis(), ["PutThing", "GetThing", "GetThing"], "the wait ends as it would");
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    use StepStatus::{Cancelled, Pending, Success};
    let statuses: Vec<StepStatus> = execution.steps.iter().map(|step| step.status).collect();
    assert_eq!(statuses, [Success, Success, Cancelled, Pending]);
}
