//! Each action: the calls it makes, what it waits for, how it fails.

use std::time::Duration;

use engine::{CallFault, Cause, Execution, ExecutionStatus, FaultKind, StepStatus};
use serde_json::{Value, json};

use crate::host::{Answer, Scripted, fault, run, try_run};

fn step(text: &str) -> String {
    format!("mainSteps:\n  - name: only\n{text}")
}

fn instances(states: &[&str]) -> Answer {
    let one = |(index, state): (usize, &&str)| json!({"InstanceId": format!("i-{index}"), "State": {"Name": state}});
    Ok(json!({"Reservations": [{"Instances": states.iter().enumerate().map(one).collect::<Vec<_>>()}]}))
}

fn checks(instance: &str, system: &str) -> Answer {
    Ok(json!({"InstanceStatuses": [{
        "InstanceId": "i-0",
        "InstanceState": {"Name": "running"},
        "InstanceStatus": {"Status": instance},
        "SystemStatus": {"Status": system}
    }]}))
}

fn failure(execution: &Execution) -> (&Cause, &str) {
    let failure = execution.failure.as_ref().unwrap();
    (&failure.cause, &failure.message)
}

const API: &str = "    action: aws:executeAwsApi
    outputs:
      - Name: Type
        Selector: $.Reservations[0].Instances[0].InstanceType
        Type: String
      - Name: Ids
        Selector: $..InstanceId
        Type: StringList
    inputs:
      Service: ec2
      Api: DescribeInstances
      InstanceIds: [i-0]
";

#[tokio::test]
async fn an_api_call_passes_its_input_on_and_selects_its_outputs() {
    let answer = json!({"Reservations": [{"Instances": [{"InstanceId": "i-0", "InstanceType": "t3.large"}]}]});
    let host = Scripted::new().answers("DescribeInstances", [Ok(answer)]);
    let execution = run(&step(API), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Success);
    let call = &host.calls()[0];
    assert_eq!((call.service.as_str(), &call.input), ("ec2", &json!({"InstanceIds": ["i-0"]})));
    assert_eq!(call.idempotency_key, "exec-1/only#1/1");
    assert_eq!(call.timeout, Some(Duration::from_secs(25)));
    assert_eq!(json!(execution.steps[0].outputs), json!({"Type": "t3.large", "Ids": ["i-0"]}));
}

#[tokio::test]
async fn an_output_that_is_not_there_is_absent_and_the_step_succeeds() {
    let host = Scripted::new().answers("DescribeInstances", [Ok(json!({"Reservations": []}))]);
    let execution = run(&step(API), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Success);
    assert_eq!(json!(execution.steps[0].outputs), json!({"Ids": []}));
}

#[tokio::test]
async fn an_output_of_the_wrong_type_fails_the_step_without_a_second_call() {
    let text =
        step(&API.replace("Type: String\n", "Type: Integer\n").replace("inputs:", "maxAttempts: 3\n    inputs:"));
    let answer = json!({"Reservations": [{"Instances": [{"InstanceId": "i-0", "InstanceType": "t3.large"}]}]});
    let host = Scripted::new().answers("DescribeInstances", [Ok(answer)]);
    let execution = run(&text, &host).await;
    assert_eq!(failure(&execution).0, &Cause::Output);
    assert_eq!(host.calls().len(), 1);
}

#[tokio::test]
async fn a_fault_of_a_call_is_the_cause_of_the_failure() {
    let host = Scripted::new().answers("DescribeInstances", [fault(FaultKind::Denied, "UnauthorizedOperation")]);
    let execution = run(&step(API), &host).await;
    assert_eq!((execution.status, execution.steps[0].status), (ExecutionStatus::Failed, StepStatus::Failed));
    let (Cause::Call { fault }, message) = failure(&execution) else { panic!("{:?}", execution.failure) };
    assert_eq!(fault.code, "UnauthorizedOperation");
    assert!(message.contains("UnauthorizedOperation: said so"), "{message}");
}

#[tokio::test]
async fn attempts_are_repeated_up_to_the_limit_with_growing_pauses() {
    let text = step(&API.replace("inputs:", "maxAttempts: 3\n    inputs:"));
    let refused = || fault(FaultKind::Refused, "IncorrectState");
    let host = Scripted::new().answers("DescribeInstances", [refused(), refused(), refused()]);
    let execution = run(&text, &host).await;
    assert_eq!((execution.steps[0].attempts, host.sleeps()), (3, vec![2, 4]));
    let keys: Vec<String> = host.calls().into_iter().map(|call| call.idempotency_key).collect();
    assert_eq!(keys, ["exec-1/only#1/1", "exec-1/only#1/2", "exec-1/only#1/3"]);
}

#[tokio::test]
async fn an_attempt_after_one_without_answer_is_the_same_effect() {
    let text = step(&API.replace("inputs:", "maxAttempts: 4\n    inputs:"));
    let script = [
        fault(FaultKind::NoAnswer, "Transport"),
        fault(FaultKind::ServiceFault, "InternalError"),
        fault(FaultKind::Refused, "Busy"),
        Ok(json!({})),
    ];
    let host = Scripted::new().answers("DescribeInstances", script);
    assert_eq!(run(&text, &host).await.status, ExecutionStatus::Success);
    let keys: Vec<String> = host.calls().into_iter().map(|call| call.idempotency_key).collect();
    assert_eq!(keys, ["exec-1/only#1/1", "exec-1/only#1/1", "exec-1/only#1/1", "exec-1/only#1/4"]);
}

#[tokio::test]
async fn a_call_that_was_never_sent_is_not_repeated() {
    let text = step(&API.replace("inputs:", "maxAttempts: 3\n    inputs:"));
    let host = Scripted::new().answers("DescribeInstances", [fault(FaultKind::InvalidInput, "InvalidInput")]);
    assert_eq!(run(&text, &host).await.steps[0].attempts, 1);
}

#[tokio::test]
async fn a_call_that_was_interrupted_is_not_made_again_and_fails_its_step_though_its_time_is_over() {
    let text = step(&API.replace("inputs:", "maxAttempts: 3\n    timeoutSeconds: 10\n    inputs:"));
    let host = Scripted::new().call_takes(Duration::from_secs(10));
    let host = host.answers("DescribeInstances", [fault(FaultKind::NoAnswer, CallFault::INTERRUPTED)]);
    let execution = run(&text, &host).await;
    assert_eq!((host.calls().len(), execution.steps[0].attempts), (1, 1));
    assert_eq!((execution.status, execution.steps[0].status), (ExecutionStatus::Failed, StepStatus::Failed));
}

#[tokio::test]
async fn a_call_without_answer_in_the_steps_own_time_is_a_time_out() {
    let text = step(&API.replace("inputs:", "timeoutSeconds: 10\n    inputs:"));
    let host = Scripted::new().call_takes(Duration::from_secs(10));
    let host = host.answers("DescribeInstances", [fault(FaultKind::NoAnswer, "Timeout")]);
    let execution = run(&text, &host).await;
    assert_eq!((execution.status, execution.steps[0].status), (ExecutionStatus::TimedOut, StepStatus::TimedOut));
    assert_eq!(host.calls()[0].timeout, Some(Duration::from_secs(10)));
}

fn property(action: &str, extra: &str) -> String {
    step(&format!(
        "    action: aws:{action}
{extra}    inputs:
      Service: ec2
      Api: DescribeInstances
      InstanceIds: [i-0]
      PropertySelector: $.Reservations[0].Instances[0].State.Name
      DesiredValues: [running, stopped]
"
    ))
}

#[tokio::test]
async fn an_assert_looks_once_and_fails_with_what_it_saw() {
    for (answer, expected) in [
        (instances(&["running"]), None),
        (instances(&["stopped"]), None),
        (instances(&["pending"]), Some(json!("pending"))),
        (Ok(json!({})), Some(Value::Null)),
    ] {
        let host = Scripted::new().answers("DescribeInstances", [answer]);
        let execution = run(&property("assertAwsResourceProperty", ""), &host).await;
        let seen = execution.failure.map(|failure| match failure.cause {
            Cause::Property { seen } => seen,
            other => panic!("{other:?}"),
        });
        assert_eq!((seen, host.calls().len()), (expected, 1));
    }
}

#[tokio::test]
async fn the_selector_and_the_desired_values_are_not_part_of_the_call() {
    let host = Scripted::new().answers("DescribeInstances", [instances(&["running"])]);
    run(&property("assertAwsResourceProperty", ""), &host).await;
    assert_eq!(host.calls()[0].input, json!({"InstanceIds": ["i-0"]}));
}

#[tokio::test]
async fn a_wait_looks_until_it_sees_a_desired_value() {
    let script = [instances(&["pending"]), Ok(json!({})), instances(&["pending"]), instances(&["running"])];
    let host = Scripted::new().answers("DescribeInstances", script);
    let execution = run(&property("waitForAwsResourceProperty", ""), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Success);
    assert_eq!(host.sleeps(), [2, 4, 8]);
}

#[tokio::test]
async fn a_wait_goes_on_after_throttling_and_faults_of_aws_but_not_after_a_refusal() {
    let script = [
        fault(FaultKind::Throttled, "RequestLimitExceeded"),
        fault(FaultKind::ServiceFault, "InternalError"),
        fault(FaultKind::NoAnswer, "Transport"),
        fault(FaultKind::Refused, "InvalidInstanceID.NotFound"),
    ];
    let host = Scripted::new().answers("DescribeInstances", script);
    let execution = run(&property("waitForAwsResourceProperty", ""), &host).await;
    assert_eq!((execution.status, host.calls().len()), (ExecutionStatus::Failed, 4));
    assert_eq!(host.warnings().len(), 3);
}

#[tokio::test]
async fn a_wait_ends_at_its_deadline_with_a_last_look() {
    let host = Scripted::new().always("DescribeInstances", instances(&["pending"]));
    let execution = run(&property("waitForAwsResourceProperty", "    timeoutSeconds: 15\n"), &host).await;
    assert_eq!((execution.status, execution.steps[0].status), (ExecutionStatus::TimedOut, StepStatus::TimedOut));
    assert_eq!(failure(&execution).0, &Cause::TimedOut { seconds: 15, seen: json!("pending") });
    assert_eq!(host.sleeps(), [2, 4, 8, 1]);
}

#[tokio::test]
async fn a_wait_without_a_time_lasts_an_hour_and_each_attempt_has_its_own() {
    let host = Scripted::new().always("DescribeInstances", instances(&["pending"]));
    let execution = run(&property("waitForAwsResourceProperty", "    maxAttempts: 2\n"), &host).await;
    let slept: u64 = host.sleeps().iter().sum();
    assert_eq!((execution.steps[0].attempts, slept), (2, 3600 + 2 + 3600));
}

#[tokio::test]
async fn a_sleep_sleeps_once_and_not_beyond_the_steps_time() {
    let host = Scripted::new();
    let text = step("    action: aws:sleep\n    inputs:\n      Duration: PT10M\n");
    assert_eq!(run(&text, &host).await.status, ExecutionStatus::Success);
    assert_eq!(host.sleeps(), [600]);

    let host = Scripted::new();
    let text = step("    action: aws:sleep\n    timeoutSeconds: 5\n    inputs:\n      Duration: PT10M\n");
    assert_eq!(run(&text, &host).await.status, ExecutionStatus::TimedOut);
    assert_eq!(host.sleeps(), [5]);
}

#[tokio::test]
async fn a_sleep_until_a_time_starts_from_the_steps_start() {
    let host = Scripted::new();
    let text = step("    action: aws:sleep\n    inputs:\n      Timestamp: '2026-11-22T10:01:30Z'\n");
    run(&text, &host).await;
    assert_eq!(host.sleeps(), [90]);
}

fn change(inputs: &str) -> String {
    step(&format!("    action: aws:changeInstanceState\n    inputs:\n      InstanceIds: [i-0]\n{inputs}"))
}

#[tokio::test]
async fn running_means_started_and_both_status_checks_passed() {
    let host = Scripted::new()
        .answers("StartInstances", [Ok(json!({}))])
        .answers("DescribeInstances", [instances(&["stopped"]), instances(&["pending"]), instances(&["running"])])
        .answers(
            "DescribeInstanceStatus",
            [checks("initializing", "initializing"), checks("ok", "initializing"), checks("ok", "ok")],
        );
    let execution = run(&change("      DesiredState: running\n"), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Success);
    let apis = host.apis();
    assert_eq!(apis[..2], ["StartInstances", "DescribeInstances"]);
    assert_eq!(apis.len(), 7);
    let status = host.calls().into_iter().find(|call| call.api == "DescribeInstanceStatus").unwrap();
    assert_eq!(status.input, json!({"InstanceIds": ["i-0"], "IncludeAllInstances": true}));
}

#[tokio::test]
async fn stopped_and_terminated_wait_for_the_state_only() {
    for (state, api) in [("stopped", "StopInstances"), ("terminated", "TerminateInstances")] {
        let host = Scripted::new().answers(api, [Ok(json!({}))]);
        let host = host.answers("DescribeInstances", [instances(&["running"]), instances(&[state])]);
        let execution = run(&change(&format!("      DesiredState: {state}\n")), &host).await;
        assert_eq!(execution.status, ExecutionStatus::Success);
        assert_eq!(host.apis(), [api, "DescribeInstances", "DescribeInstances"]);
    }
}

#[tokio::test]
async fn force_is_for_stopping_and_checking_changes_nothing() {
    let host = Scripted::new().answers("StopInstances", [Ok(json!({}))]);
    let host = host.answers("DescribeInstances", [instances(&["stopped"])]);
    run(&change("      DesiredState: stopped\n      Force: true\n"), &host).await;
    assert_eq!(host.calls()[0].input, json!({"InstanceIds": ["i-0"], "Force": true}));

    let host = Scripted::new().answers("DescribeInstances", [instances(&["running"]), instances(&["stopped"])]);
    run(&change("      DesiredState: stopped\n      CheckStateOnly: true\n"), &host).await;
    assert_eq!(host.apis(), ["DescribeInstances", "DescribeInstances"]);
}

#[tokio::test]
async fn an_instance_that_cannot_get_there_any_more_fails_at_once() {
    let host = Scripted::new()
        .answers("StartInstances", [Ok(json!({}))])
        .answers("DescribeInstances", [instances(&["pending"]), instances(&["stopped"])]);
    let execution = run(&change("      DesiredState: running\n"), &host).await;
    assert!(failure(&execution).1.contains("i-0 is stopped and cannot become running"), "{:?}", execution.failure);

    let host = Scripted::new().answers("StopInstances", [Ok(json!({}))]);
    let host = host.answers("DescribeInstances", [instances(&["terminated"])]);
    let execution = run(&change("      DesiredState: stopped\n"), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Failed);
}

#[tokio::test]
async fn all_instances_must_be_there() {
    let two = change("      DesiredState: stopped\n").replace("[i-0]", "[i-0, i-1]");
    let host = Scripted::new().answers("StopInstances", [Ok(json!({}))]).answers(
        "DescribeInstances",
        [instances(&["stopped"]), instances(&["stopped", "stopping"]), instances(&["stopped", "stopped"])],
    );
    assert_eq!(run(&two, &host).await.status, ExecutionStatus::Success);
    assert_eq!(host.sleeps().len(), 2);
}

#[tokio::test]
async fn inputs_of_the_wrong_type_fail_before_any_call() {
    let text = "parameters:\n  Ids: {type: String}\n".to_owned()
        + &change("      DesiredState: stopped\n").replace("[i-0]", "'{{ Ids }}'");
    let host = Scripted::new();
    let execution = try_run(&text, json!({"Ids": "i-0"}), &host).await.unwrap();
    assert_eq!(failure(&execution).0, &Cause::Inputs);
    assert!(host.calls().is_empty());
}

#[tokio::test]
async fn an_unresolved_reference_never_reaches_ec2_as_an_instance_id() {
    let text = "mainSteps:
  - name: find
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeInstances}
    outputs:
      - {Name: Id, Selector: '$.Reservations[0].Instances[0].InstanceId', Type: String}
  - name: stop
    action: aws:changeInstanceState
    inputs: {InstanceIds: ['{{ find.Id }}'], DesiredState: stopped}
";
    let host = Scripted::new().answers("DescribeInstances", [Ok(json!({"Reservations": []}))]);
    let execution = run(text, &host).await;
    assert_eq!((execution.status, host.calls().len()), (ExecutionStatus::Failed, 1));
    assert_eq!(host.warnings(), ["{{ find.Id }} has no value and stays as text"]);
}
