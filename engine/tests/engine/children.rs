//! aws:executeAutomation: one child.

use engine::{Cause, ExecutionStatus, Progress, RunError, StepStatus};
use serde_json::{Value, json};

use crate::host::{Scripted, fault, run, try_run};
use crate::typed::{failure, outputs, step};

const CHILD: &str = "parameters:
  Id: {type: String}
  Sizes: {type: StringList, default: []}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: x, Api: GetThing, Id: '{{ Id }}', Sizes: '{{ Sizes }}', By: '{{ automation:EXECUTION_ID }}'}
    outputs:
      - {Name: A, Selector: $.A, Type: String}
      - {Name: B, Selector: $.B, Type: StringList}
outputs: [look.B, look.A]
";
const CALL: &str = "{DocumentName: child, RuntimeParameters: {Id: t-1, Sizes: [s, m]}}";

fn child(answers: impl IntoIterator<Item = crate::host::Answer>) -> Scripted {
    Scripted::new().document("child", CHILD).answers("GetThing", answers)
}

fn parent(more: &str) -> String {
    step("aws:executeAutomation", more, CALL)
}

#[tokio::test]
async fn a_child_runs_with_its_parameters_and_gives_its_outputs_in_its_own_order() {
    let host = child([Ok(json!({"A": "a", "B": ["b1", "b2"]}))]);
    let execution = run(&parent(""), &host).await;
    let given = outputs(&execution);
    assert_eq!((&given["Output"], &given["Status"]), (&json!(["b1", "b2", "a"]), &json!("Success")));
    let input = &host.calls()[0].input;
    assert_eq!((&input["Id"], &input["Sizes"]), (&json!("t-1"), &json!(["s", "m"])));
    assert_eq!(input["By"], given["ExecutionId"]);
    assert_ne!(given["ExecutionId"], "exec-1");
    assert!(host.calls()[0].idempotency_key.starts_with(given["ExecutionId"].as_str().unwrap()));
}

#[tokio::test]
async fn a_child_that_fails_fails_the_step_and_says_which_of_its_steps() {
    let host = child([fault(engine::FaultKind::Denied, "AccessDenied")]);
    let execution = run(&parent(""), &host).await;
    let (cause, message) = failure(&execution);
    assert!(message.starts_with("child is Failed: step look (aws:executeAwsApi) failed: "), "{message}");
    let given = &execution.step("only").unwrap().outputs;
    let Cause::Child { executions, .. } = cause else { panic!("{cause:?}") };
    assert_eq!(executions[given["ExecutionId"].as_str().unwrap()], ExecutionStatus::Failed);
    assert_eq!(given["Status"], "Failed");
}

#[tokio::test]
async fn another_attempt_is_another_child() {
    let host = child([fault(engine::FaultKind::Refused, "Busy"), Ok(json!({"A": "a", "B": []}))]);
    let execution = run(&parent("    maxAttempts: 2\n"), &host).await;
    assert_eq!(outputs(&execution)["Output"], json!(["a"]));
    assert_ne!(host.calls()[0].input["By"], host.calls()[1].input["By"]);
}

#[tokio::test]
async fn a_child_that_was_cut_off_gets_no_other_attempt_and_says_so() {
    let host =
        child([fault(engine::FaultKind::NoAnswer, engine::CallFault::INTERRUPTED), Ok(json!({"A": "a", "B": []}))]);
    let execution = run(&parent("    maxAttempts: 2\n"), &host).await;
    assert_eq!((host.calls().len(), execution.status), (1, ExecutionStatus::Failed));
    assert!(matches!(failure(&execution).0, Cause::Child { cut_off: true, .. }) && execution.is_cut_off());
}

#[tokio::test]
async fn parameters_that_the_child_does_not_take_fail_the_step() {
    let host = child([]);
    let text = parent("").replace("Id: t-1", "Ids: t-1");
    let execution = run(&text, &host).await;
    let (cause, message) = failure(&execution);
    assert_eq!(cause, &Cause::Inputs);
    assert!(message.contains("parameter Ids: is not declared") && message.contains("Id: is required"), "{message}");
}

#[tokio::test]
async fn a_child_that_is_not_there_or_broken_is_refused_before_the_first_step() {
    let text = format!(
        "mainSteps:\n  - {{name: first, action: 'aws:sleep', inputs: {{Duration: PT1S}}}}\n{}",
        &parent("")["mainSteps:\n".len()..]
    );
    let broken = Scripted::new().document("child", "mainSteps:\n  - {name: a, action: 'aws:nope', inputs: {}}\n");
    let inner = step("aws:executeAutomation", "", "{DocumentName: grandchild}");
    for (host, expected) in [
        (Scripted::new().able(engine::Ability::Child), "step only: there is no document child: not in the script"),
        (broken, "step only: child:3:"),
        (Scripted::new().document("child", &inner), "step only/only: there is no document grandchild"),
    ] {
        let Err(RunError::Children(problems)) = try_run(&text, json!({}), &host).await else { panic!("it ran") };
        assert!(problems[0].to_string().starts_with(expected), "{}", problems[0]);
        assert!(host.operations().iter().all(|operation| operation.starts_with("documents/")));
    }
}

#[tokio::test]
async fn a_child_whose_name_is_known_only_then_is_refused_then() {
    let text = format!(
        "parameters: {{Name: {{type: String}}}}\n{}",
        parent("").replace("DocumentName: child", "DocumentName: '{{ Name }}'")
    );
    let host = child([]);
    let execution = try_run(&text, json!({"Name": "other"}), &host).await.unwrap();
    assert_eq!(failure(&execution), (&Cause::Inputs, "there is no document other: not in the script"));
}

#[tokio::test]
async fn runbooks_run_inside_each_other_five_deep_and_no_deeper() {
    let text = "parameters: {Left: {type: String}}
mainSteps:
  - name: enough
    action: aws:branch
    inputs:
      Choices: [{NextStep: leaf, Variable: '{{ Left }}', StringEquals: 'x'}]
      Default: only
  - name: only
    action: aws:executeAutomation
    isEnd: true
    inputs: {DocumentName: self, RuntimeParameters: {Left: '{{ Left }}'}}
  - {name: leaf, action: 'aws:executeAwsApi', inputs: {Service: x, Api: PutThing}}
";
    let host = Scripted::new().document("self", text);
    let execution = try_run(text, json!({"Left": "y"}), &host).await.unwrap();
    let message = failure(&execution).1;
    assert_eq!(message.matches("self is Failed").count(), 5, "{message}");
    assert!(message.ends_with("runbooks run inside each other 5 deep at most"), "{message}");
}

#[tokio::test]
async fn a_cancelled_parent_cancels_its_child_which_follows_its_own_on_cancel() {
    let text = "mainSteps:
  - {name: slow, action: 'aws:waitForAwsResourceProperty', timeoutSeconds: 600, onCancel: 'step:undo', inputs: {Service: x, Api: GetThing, PropertySelector: $.A, DesiredValues: [b]}}
  - {name: undo, action: 'aws:executeAwsApi', inputs: {Service: x, Api: PutThing}}
";
    let host = Scripted::new()
        .document("child", text)
        .always("GetThing", Ok(json!({"A": "a"})))
        .answers("PutThing", [Ok(Value::Null)])
        .cancel_at("only#1/1/1:slow#1/1/2/cancelled");
    let text = parent("").replace(", RuntimeParameters: {Id: t-1, Sizes: [s, m]}", "");
    let execution = run(&text, &host).await;
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    assert_eq!(execution.step("only").unwrap().status, StepStatus::Cancelled);
    assert_eq!(host.apis(), ["GetThing", "GetThing", "PutThing"]);
}

#[tokio::test]
async fn a_child_has_no_more_time_than_its_parents_step() {
    let text = "mainSteps:
  - {name: slow, action: 'aws:waitForAwsResourceProperty', timeoutSeconds: 600, inputs: {Service: x, Api: GetThing, PropertySelector: $.A, DesiredValues: [b]}}
  - {name: after, action: 'aws:executeAwsApi', inputs: {Service: x, Api: PutThing}}
";
    let host = Scripted::new().document("child", text).always("GetThing", Ok(json!({"A": "a"})));
    let text = parent("    timeoutSeconds: 60\n").replace(", RuntimeParameters: {Id: t-1, Sizes: [s, m]}", "");
    let execution = run(&text, &host).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    assert!(!host.apis().contains(&"PutThing".to_owned()));
    assert_eq!(host.sleeps().iter().sum::<u64>(), 60);
}

#[tokio::test]
async fn the_way_back_of_a_child_has_its_own_time_when_that_of_its_parents_step_is_over() {
    let text = "mainSteps:
  - {name: slow, action: 'aws:waitForAwsResourceProperty', onCancel: 'step:rest', inputs: {Service: x, Api: GetThing, PropertySelector: $.A, DesiredValues: [b]}}
  - {name: rest, action: 'aws:assertAwsResourceProperty', inputs: {Service: x, Api: GetThing, PropertySelector: $.A, DesiredValues: [a]}}
  - {name: settle, action: 'aws:waitForAwsResourceProperty', timeoutSeconds: 120, inputs: {Service: x, Api: GetThing, PropertySelector: $.A, DesiredValues: [b]}}
";
    let host = Scripted::new().document("child", text).always("GetThing", Ok(json!({"A": "a"})));
    let text = parent("    timeoutSeconds: 60\n").replace(", RuntimeParameters: {Id: t-1, Sizes: [s, m]}", "");
    run(&text, &host).await;
    let looks = host.sleeps().iter().filter(|pause| **pause == 0).count();
    assert_eq!((host.sleeps().iter().sum::<u64>(), looks), (60 + 120, 0), "{:?}", host.sleeps());
}

#[tokio::test]
async fn other_accounts_and_regions_are_refused_before_the_first_step() {
    let text = parent("").replace("DocumentName", "TargetLocations: [{Accounts: ['1'], Regions: [r]}], DocumentName");
    let host = child([]);
    let Err(RunError::Unsupported(steps)) = try_run(&text, json!({}), &host).await else { panic!("it ran") };
    assert!(steps[0].to_string().contains("TargetLocations"), "{}", steps[0]);
    assert!(host.operations().is_empty());
}

#[tokio::test]
async fn people_know_the_steps_of_a_child_by_their_parents() {
    let host = child([Ok(json!({"A": "a", "B": []}))]);
    run(&parent(""), &host).await;
    let started = |progress: &Progress| matches!(progress, Progress::StepStarted { step, .. } if step == "only/look");
    assert!(host.told().iter().any(started), "{:?}", host.told());
}

#[tokio::test]
async fn tags_are_warned_about_because_there_is_no_execution_of_ssm_to_tag() {
    let host = child([Ok(json!({"A": "a", "B": []}))]);
    let text = parent("").replace("DocumentName", "Tags: [{Key: a, Value: b}], DocumentName");
    outputs(&run(&text, &host).await);
    assert!(host.warnings()[0].starts_with("Tags are for executions of SSM Automation"));
}
