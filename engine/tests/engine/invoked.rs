//! Functions, state machines and webhooks.

use std::time::Duration;

use engine::{Cause, ExecutionStatus, FaultKind, StepStatus, WebhookAnswer};
use serde_json::{Value, json};

use crate::host::{Answer, Scripted, fault, refused, run};
use crate::typed::{failure, outputs, step};

/// What Lambda answers for a function that returns this text; base64 is small enough to do by hand.
fn returned(text: &str) -> Answer {
    Ok(json!({"StatusCode": 200, "Payload": base64(text), "LogResult": "bG9n"}))
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            encoded.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    encoded
}

const INVOKE: &str = "{FunctionName: mend, InputPayload: {id: i-1}, LogType: Tail}";

#[tokio::test]
async fn a_function_is_invoked_and_its_result_can_be_selected_from_either_way() {
    let more = "    outputs:
      - {Name: Direct, Selector: $.status, Type: String}
      - {Name: Under, Selector: $.Payload.status, Type: String}
";
    let host = Scripted::new().answers("Invoke", [returned(r#"{"status":"ok"}"#)]);
    let execution = run(&step("aws:invokeLambdaFunction", more, INVOKE), &host).await;
    let expected = json!({
        "StatusCode": 200, "LogResult": "bG9n", "Payload": r#"{"status":"ok"}"#, "Direct": "ok", "Under": "ok"
    });
    assert_eq!(outputs(&execution), expected);
    let call = &host.calls()[0];
    let expected = json!({"FunctionName": "mend", "LogType": "Tail", "Payload": r#"{"id":"i-1"}"#});
    assert_eq!((&call.input, call.timeout), (&expected, Some(Duration::from_secs(300))));
}

#[tokio::test]
async fn a_function_that_returns_text_gives_that_text() {
    let host = Scripted::new().answers("Invoke", [returned(r#""snap-1""#)]);
    let execution = run(&step("aws:invokeLambdaFunction", "", INVOKE), &host).await;
    assert_eq!(outputs(&execution)["Payload"], "snap-1");
}

#[tokio::test]
async fn an_event_has_a_status_code_and_no_payload() {
    let answer = Ok(json!({"StatusCode": 202, "Payload": ""}));
    let host = Scripted::new().answers("Invoke", [answer]);
    let inputs = INVOKE.replace("LogType: Tail", "InvocationType: Event");
    let execution = run(&step("aws:invokeLambdaFunction", "", &inputs), &host).await;
    assert_eq!(outputs(&execution), json!({"StatusCode": 202}));
}

#[tokio::test]
async fn a_function_that_fails_fails_the_step_and_says_how() {
    let error = base64(r#"{"errorType":"KeyError","errorMessage":"'id'"}"#);
    let answer = Ok(json!({"StatusCode": 200, "FunctionError": "Unhandled", "Payload": error}));
    let host = Scripted::new().answers("Invoke", [answer]);
    let execution = run(&step("aws:invokeLambdaFunction", "", INVOKE), &host).await;
    assert_eq!(failure(&execution).1, "the function failed (Unhandled): KeyError: 'id'");
    assert_eq!(execution.step("only").unwrap().outputs["FunctionError"], "Unhandled");
    let host = Scripted::new().answers("Invoke", [refused("ResourceNotFoundException", "no mend")]);
    let execution = run(&step("aws:invokeLambdaFunction", "", INVOKE), &host).await;
    assert!(failure(&execution).1.contains("no mend"));
}

#[tokio::test]
async fn payloads_have_a_limit_both_ways() {
    let large = "x".repeat(200 * 1024);
    let host = Scripted::new().answers("Invoke", [returned(&format!("\"{large}\""))]);
    let execution = run(&step("aws:invokeLambdaFunction", "", INVOKE), &host).await;
    assert_eq!(failure(&execution), (&Cause::Output, "the function's answer has 204802 bytes; 204800 are possible"));
    let text = "mainSteps:
  - {name: look, action: 'aws:executeAwsApi', inputs: {Service: x, Api: GetX}, outputs: [{Name: P, Selector: $.P, Type: String}]}
  - {name: only, action: 'aws:invokeLambdaFunction', inputs: {FunctionName: mend, InputPayload: {x: '{{ look.P }}'}}}
";
    let host = Scripted::new().answers("GetX", [Ok(json!({ "P": large }))]);
    assert_eq!(failure(&run(text, &host).await).1, "the payload has 204808 bytes; 204800 are possible");
    assert_eq!(host.apis(), ["GetX"]);
}

#[tokio::test]
async fn a_function_has_five_minutes_and_never_more() {
    let host =
        Scripted::new().call_takes(Duration::from_secs(300)).answers("Invoke", [fault(FaultKind::NoAnswer, "T")]);
    let execution = run(&step("aws:invokeLambdaFunction", "    timeoutSeconds: 900\n", INVOKE), &host).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    assert_eq!(host.calls()[0].timeout, Some(Duration::from_secs(300)));
}

const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:mend";
const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:mend:";

fn start() -> String {
    step("aws:executeStateMachine", "", &format!("{{stateMachineArn: '{MACHINE}', input: '{{\"a\": 1}}'}}"))
}

fn machine(status: &str) -> Answer {
    Ok(json!({
        "executionArn": format!("{EXECUTION}n"), "name": "n", "status": status, "input": "{}", "output": "{\"b\":2}",
        "startDate": "2026-11-22T10:00:00Z", "stateMachineArn": MACHINE, "error": "E", "cause": "because"
    }))
}

fn starting() -> Scripted {
    Scripted::new().answers("StartExecution", [Ok(json!({"executionArn": format!("{EXECUTION}n")}))])
}

#[tokio::test]
async fn a_state_machine_is_started_under_a_name_of_its_own_and_waited_for() {
    let looks = [fault(FaultKind::Refused, "ExecutionDoesNotExist"), machine("RUNNING"), machine("SUCCEEDED")];
    let host = starting().answers("DescribeExecution", looks);
    let execution = run(&start(), &host).await;
    let given = outputs(&execution);
    assert_eq!(
        (&given["status"], &given["output"], &given["name"]),
        (&json!("SUCCEEDED"), &json!("{\"b\":2}"), &json!("n"))
    );
    let input = &host.calls()[0].input;
    assert_eq!((&input["input"], input["name"].as_str().map(str::len)), (&json!("{\"a\": 1}"), Some(32)));
    assert_eq!(host.calls()[1].input, json!({"executionArn": format!("{EXECUTION}n")}));
}

#[tokio::test]
async fn a_state_machine_that_does_not_succeed_says_error_and_cause() {
    for status in ["FAILED", "TIMED_OUT", "ABORTED"] {
        let host = starting().answers("DescribeExecution", [machine(status)]);
        let execution = run(&start(), &host).await;
        assert_eq!(failure(&execution).1, format!("the execution n is {status}: E: because"));
        assert_eq!(execution.step("only").unwrap().outputs["status"], status);
    }
}

#[tokio::test]
async fn an_execution_of_an_earlier_try_is_found_again_and_one_of_the_documents_name_is_not() {
    let exists = || Scripted::new().answers("StartExecution", [refused("ExecutionAlreadyExists", "there is one")]);
    let host = exists().answers("DescribeExecution", [machine("SUCCEEDED")]);
    outputs(&run(&start(), &host).await);
    let calls = host.calls();
    let name = calls[0].input["name"].as_str().unwrap();
    assert_eq!(calls[1].input["executionArn"], format!("{EXECUTION}{name}"));
    let execution = run(&start().replace("input:", "name: mine, input:"), &exists()).await;
    assert!(failure(&execution).1.contains("there is one"));
}

#[tokio::test]
async fn a_cancelled_state_machine_is_stopped_and_one_whose_time_ran_out_is_left() {
    let host = || starting().always("DescribeExecution", machine("RUNNING")).always("StopExecution", Ok(Value::Null));
    let cancelled = host().cancel_at("only#1/1/2/cancelled");
    let execution = run(&start(), &cancelled).await;
    assert_eq!(execution.step("only").unwrap().status, StepStatus::Cancelled);
    assert_eq!(cancelled.apis().last().unwrap(), "StopExecution");
    let slow = host();
    let execution = run(&start().replace("    inputs", "    timeoutSeconds: 60\n    inputs"), &slow).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    assert!(!slow.apis().contains(&"StopExecution".to_owned()));
}

#[tokio::test]
async fn a_state_machine_that_cannot_be_stopped_is_told() {
    let host = starting()
        .always("DescribeExecution", machine("RUNNING"))
        .answers("StopExecution", [refused("AccessDeniedException", "no")])
        .cancel_at("only#1/1/1/cancelled");
    let execution = run(&start(), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    assert!(host.warnings()[0].starts_with("it could not be stopped and goes on: "), "{:?}", host.warnings());
}

fn hook(status: u16, body: &str) -> Scripted {
    Scripted::new().webhooks([Ok(WebhookAnswer { status, body: body.into() })])
}

#[tokio::test]
async fn a_webhook_gets_the_body_and_gives_its_answer() {
    let host = hook(202, "thanks");
    let execution = run(&step("aws:invokeWebhook", "", "{IntegrationName: chat, Body: '{\"text\": 1}'}"), &host).await;
    assert_eq!(outputs(&execution), json!({"Response": "thanks", "ResponseCode": 202}));
    let request = &host.webhook_requests()[0];
    assert_eq!((request.integration.as_str(), request.body.as_deref()), ("chat", Some("{\"text\": 1}")));
    assert_eq!(request.timeout, Duration::from_secs(25));
    let host = hook(200, "");
    outputs(&run(&step("aws:invokeWebhook", "", "{IntegrationName: chat}"), &host).await);
    assert_eq!(host.webhook_requests()[0].body, None);
}

#[tokio::test]
async fn every_answer_but_2xx_fails_the_step_and_is_an_output_all_the_same() {
    for status in [199, 301, 404, 500] {
        let host = hook(status, "no such hook");
        let execution = run(&step("aws:invokeWebhook", "", "{IntegrationName: chat}"), &host).await;
        assert_eq!(failure(&execution).1, format!("the webhook answered {status}: no such hook"));
        assert_eq!(execution.step("only").unwrap().outputs["ResponseCode"], status);
    }
}

#[tokio::test]
async fn a_webhook_that_does_not_answer_fails_the_step_or_its_time_runs_out() {
    let lost = || fault(FaultKind::NoAnswer, "TimedOut").unwrap_err();
    let host = Scripted::new().webhooks([Err(lost())]);
    let execution = run(&step("aws:invokeWebhook", "", "{IntegrationName: chat}"), &host).await;
    assert!(matches!(failure(&execution).0, Cause::Call { fault } if fault.code == "TimedOut"));
    let execution = run(
        &step("aws:invokeWebhook", "", "{IntegrationName: chat}"),
        &Scripted::new().webhooks([Err(lost())]).cancel_at("only#1/cancelled"),
    )
    .await;
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
}

#[tokio::test]
async fn a_host_without_webhooks_refuses_the_document_before_its_first_step() {
    let host = Scripted::new();
    let text = step("aws:invokeWebhook", "", "{IntegrationName: chat}");
    let error = crate::host::try_run(&text, json!({}), &host).await.unwrap_err();
    assert!(error.to_string().contains("calling a webhook"), "{error}");
    assert!(host.operations().is_empty());
}
