//! aws:loop: items and conditions, ways out, failures, what can be read of it and when.

use engine::{Cause, Execution, ExecutionStatus, FaultKind, StepStatus};
use serde_json::{Value, json};

use crate::host::{Scripted, fault, run, try_run};

/// The steps that were run, with the iteration of those in a loop: `each body/1 body/2 after`.
fn ran(execution: &Execution) -> String {
    let ran = execution.steps.iter().filter(|step| step.status != StepStatus::Pending);
    let words = ran.map(|step| match &step.parent {
        None => step.name.clone(),
        Some(parent) => format!("{}/{}", step.name, parent.iteration),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A loop `each` with these inputs and these steps in it, and a step `after` it.
fn each(inputs: &str, body: &str) -> String {
    let indent =
        |text: &str, by: usize| -> String { text.lines().map(|line| format!("{:by$}{line}\n", "", by = by)).collect() };
    format!(
        "mainSteps:
  - name: each
    action: aws:loop
    inputs:
{}      Steps:
{}  - name: after
    action: aws:executeAwsApi
    isEnd: true
    inputs: {{Service: s3, Api: PutAfter}}
  - name: rescue
    action: aws:executeAwsApi
    inputs: {{Service: s3, Api: PutRescue}}
",
        indent(inputs, 6),
        indent(body, 8)
    )
}

const BODY: &str = "- name: body
  action: aws:executeAwsApi
  inputs: {Service: s3, Api: PutBody, Item: '{{ each.CurrentIteratorValue }}', At: '{{ each.CurrentIteration }}'}
";

fn host() -> Scripted {
    let ok = || Ok(json!({}));
    Scripted::new().always("PutBody", ok()).always("PutMore", ok()).always("PutAfter", ok()).always("PutRescue", ok())
}

#[tokio::test]
async fn a_loop_over_items_runs_its_body_for_each_in_order() {
    let host = host();
    let execution = run(&each("Iterators: [a, b]", BODY), &host).await;
    assert_eq!(ran(&execution), "each body/1 body/2 after");
    assert_eq!(execution.status, ExecutionStatus::Success);
    let inputs: Vec<Value> = host.calls()[..2].iter().map(|call| call.input.clone()).collect();
    assert_eq!(inputs, [json!({"Item": "a", "At": 1}), json!({"Item": "b", "At": 2})]);
    let record = execution.step("each").unwrap();
    assert_eq!(json!(record.outputs), json!({"CurrentIteration": 2, "CurrentIteratorValue": "b"}));
    assert_eq!(record.next_step.as_deref(), Some("after"));
    let parent = json!(execution.step("body").unwrap().parent);
    assert_eq!(parent, json!({"step": "each", "action": "aws:loop", "iteration": 2, "iteratorValue": "b"}));
}

#[tokio::test]
async fn a_step_outside_a_loop_says_nothing_of_a_parent() {
    let execution = run(&each("Iterators: [a]", BODY), &host()).await;
    assert!(json!(execution.step("after").unwrap()).get("parent").is_none());
}

#[tokio::test]
async fn items_come_in_the_declared_type_and_from_references() {
    for (inputs, parameters, items) in [
        ("Iterators: [1, 2]\nIteratorDataType: Integer", json!({}), json!([1, 2])),
        ("Iterators: ['1', '2']\nIteratorDataType: Integer", json!({}), json!([1, 2])),
        ("Iterators: [true]\nIteratorDataType: Boolean", json!({}), json!([true])),
        ("Iterators: [{a: 1}]\nIteratorDataType: StringMap", json!({}), json!([{"a": 1}])),
        ("Iterators: '{{ Names }}'", json!({"Names": ["x", "y"]}), json!(["x", "y"])),
        ("Iterators: ['{{ Names }}', z]", json!({"Names": ["x", "y"]}), json!(["x", "y", "z"])),
        ("Iterators: '{{ Maps }}'\nIteratorDataType: StringMap", json!({"Maps": [{"k": "v"}]}), json!([{"k": "v"}])),
        ("Iterators: [a, b, c]\nMaxIterations: 2", json!({}), json!(["a", "b"])),
        ("Iterators: '{{ Names }}'", json!({"Names": []}), json!([])),
    ] {
        let host = host();
        let text = format!(
            "parameters:\n  Names: {{type: StringList, default: []}}\n  Maps: {{type: MapList, default: []}}\n{}",
            each(inputs, BODY)
        );
        let execution = try_run(&text, parameters, &host).await.unwrap();
        assert_eq!(execution.status, ExecutionStatus::Success, "{inputs}");
        let seen: Vec<Value> = host.calls().iter().filter_map(|call| call.input.get("Item").cloned()).collect();
        assert_eq!(json!(seen), items, "{inputs}");
    }
}

#[tokio::test]
async fn a_loop_that_cannot_begin_fails_by_its_own_on_failure() {
    let many = format!("Iterators: '{{{{ Names }}}}'\nMaxIterations: {}", 5);
    for (inputs, parameters) in [
        (many.as_str(), json!({"Names": vec!["x"; 101]})),
        ("Iterators: '{{ Names }}'\nIteratorDataType: Integer", json!({"Names": ["x"]})),
        ("Iterators: '{{ Missing }}'", json!({})),
        ("Iterators: [a]\nMaxIterations: '{{ Most }}'", json!({"Most": 101})),
    ] {
        let text = format!(
            "parameters:
  Names: {{type: StringList, default: []}}
  Most: {{type: Integer, default: 1}}
  Missing: {{type: String, default: none}}\n{}",
            each(inputs, BODY).replace("    action: aws:loop\n", "    action: aws:loop\n    onFailure: step:rescue\n")
        );
        let execution = try_run(&text, parameters, &host()).await.unwrap();
        assert_eq!(ran(&execution), "each rescue", "{inputs}");
        assert_eq!(execution.failure.unwrap().cause, Cause::Inputs, "{inputs}");
    }
}

#[tokio::test]
async fn a_loop_with_a_condition_runs_at_least_once_and_until_it_no_longer_holds() {
    let body = "- name: look
  action: aws:executeAwsApi
  isEnd: true
  inputs: {Service: s3, Api: GetThing}
  outputs: [{Name: State, Selector: $.State, Type: String}]
";
    let inputs = "LoopCondition: {Variable: '{{ look.State }}', StringEquals: wait}";
    for (states, limit, times) in [
        (&["done"][..], "", 1),
        (&["wait", "wait", "done"], "", 3),
        (&["wait", "wait", "wait"], "\nMaxIterations: 2", 2),
    ] {
        let answers = states.iter().map(|state| Ok(json!({ "State": state })));
        let host = Scripted::new().answers("GetThing", answers).always("PutAfter", Ok(json!({})));
        let execution = run(&each(&format!("{inputs}{limit}"), body), &host).await;
        assert_eq!(execution.status, ExecutionStatus::Success, "reaching the limit is no failure");
        assert_eq!(execution.steps.iter().filter(|step| step.name == "look").count(), times);
        let record = execution.step("each").unwrap();
        assert_eq!(record.inputs["LoopCondition"]["Variable"], "{{ look.State }}", "as written");
        assert!(!record.outputs.contains_key("CurrentIteratorValue"));
    }
}

#[tokio::test]
async fn a_condition_without_an_end_stops_at_a_hundred() {
    let host = host();
    let inputs = "LoopCondition: {Variable: '{{ each.CurrentIteration }}', NumericGreater: 0}";
    let execution =
        run(&each(inputs, "- name: body\n  action: aws:executeAwsApi\n  inputs: {Service: s3, Api: PutBody}\n"), &host)
            .await;
    assert_eq!(host.apis().iter().filter(|api| *api == "PutBody").count(), 100);
    assert_eq!(execution.status, ExecutionStatus::Success);
}

#[tokio::test]
async fn a_condition_that_cannot_be_compared_fails_the_loop() {
    let inputs = "LoopCondition: {Variable: '{{ each.CurrentIteration }}', StringEquals: one}";
    let execution = run(
        &each(inputs, "- name: body\n  action: aws:executeAwsApi\n  inputs: {Service: s3, Api: PutBody}\n"),
        &host(),
    )
    .await;
    let failure = execution.failure.unwrap();
    assert_eq!((failure.step.as_str(), failure.cause), ("each", Cause::Condition));
}

#[tokio::test]
async fn a_jump_to_a_step_that_ends_goes_on_with_the_next_item_and_a_jump_outside_leaves_the_loop() {
    let body = "- name: choose
  action: aws:branch
  inputs:
    Choices:
      - {NextStep: skip, Variable: '{{ each.CurrentIteratorValue }}', StringEquals: skip}
      - {NextStep: rescue, Variable: '{{ each.CurrentIteratorValue }}', StringEquals: leave}
- name: body
  action: aws:executeAwsApi
  isEnd: true
  inputs: {Service: s3, Api: PutBody}
- name: skip
  action: aws:branch
  isEnd: true
  inputs: {Choices: [{NextStep: body, Variable: a, StringEquals: b}]}
";
    // The last one leads backward; what counts is that it is never taken.
    let body = body.replace("NextStep: body, Variable: a", "NextStep: after, Variable: a");
    let execution = run(&each("Iterators: [skip, go, leave, never]", &body), &host()).await;
    assert_eq!(ran(&execution), "each choose/1 skip/1 choose/2 body/2 choose/3 rescue");
    let record = execution.step("each").unwrap();
    assert_eq!((record.status, record.next_step.as_deref()), (StepStatus::Exited, Some("rescue")));
    assert_eq!(execution.status, ExecutionStatus::Success);
}

#[tokio::test]
async fn a_failure_in_the_body_is_the_runs_as_if_there_were_no_loop() {
    for (extra, path, status, of_loop) in [
        ("", "each body/1", ExecutionStatus::Failed, StepStatus::Failed),
        ("  onFailure: Continue\n", "each body/1 body/2 after", ExecutionStatus::Success, StepStatus::Success),
        (
            "  onFailure: Continue\n  isCritical: true\n",
            "each body/1 body/2 after",
            ExecutionStatus::Failed,
            StepStatus::Success,
        ),
        ("  onFailure: step:rescue\n", "each body/1 rescue", ExecutionStatus::Failed, StepStatus::Exited),
        (
            "  onFailure: step:rescue\n  isCritical: false\n",
            "each body/1 rescue",
            ExecutionStatus::Success,
            StepStatus::Exited,
        ),
    ] {
        let host = Scripted::new()
            .always("PutBody", fault(FaultKind::Refused, "No"))
            .always("PutAfter", Ok(json!({})))
            .always("PutRescue", Ok(json!({})));
        // The loop's own onFailure is for its own failures only.
        let text = each("Iterators: [a, b]", &format!("{BODY}{extra}"));
        let text = text.replace("    action: aws:loop\n", "    action: aws:loop\n    onFailure: step:after\n");
        let execution = run(&text, &host).await;
        assert_eq!((ran(&execution).as_str(), execution.status), (path, status), "{extra}");
        assert_eq!(execution.step("each").unwrap().status, of_loop, "{extra}");
        if let Some(failure) = &execution.failure {
            assert_eq!(failure.step, "body");
        }
    }
}

#[tokio::test]
async fn outputs_of_a_body_are_of_one_iteration_and_the_last_ones_stay() {
    let body = "- name: choose
  action: aws:branch
  inputs:
    Choices: [{NextStep: use, Variable: '{{ each.CurrentIteration }}', NumericEquals: 2}]
- name: find
  action: aws:executeAwsApi
  inputs: {Service: s3, Api: GetThing}
  outputs: [{Name: Id, Selector: $.Id, Type: String}]
- name: use
  action: aws:executeAwsApi
  inputs: {Service: s3, Api: PutBody, Id: '{{ find.Id }}'}
";
    let text = each("Iterators: [a, b, c]", body).replace("Api: PutAfter", "Api: PutAfter, Id: '{{ find.Id }}'");
    let host = host().answers("GetThing", [Ok(json!({"Id": "1"})), Ok(json!({"Id": "3"}))]);
    run(&text, &host).await;
    let ids: Vec<Value> = host.calls().iter().filter_map(|call| call.input.get("Id").cloned()).collect();
    assert_eq!(ids, [json!("1"), json!("{{ find.Id }}"), json!("3"), json!("3")]);
}

#[tokio::test]
async fn loops_in_loops_keep_their_places_and_operations_apart() {
    let body = "- name: inner
  action: aws:loop
  inputs:
    Iterators: [x, y]
    Steps:
      - name: body
        action: aws:executeAwsApi
        inputs: {Service: s3, Api: PutBody, Pair: '{{ each.CurrentIteratorValue }}{{ inner.CurrentIteratorValue }}'}
";
    let host = host();
    let execution = run(&each("Iterators: [a, b]", body), &host).await;
    assert_eq!(ran(&execution), "each inner/1 body/1 body/2 inner/2 body/1 body/2 after");
    let pairs: Vec<Value> = host.calls().iter().filter_map(|call| call.input.get("Pair").cloned()).collect();
    assert_eq!(json!(pairs), json!(["ax", "ay", "bx", "by"]));
    let calls = host.operations().into_iter().filter(|operation| operation.ends_with("/call"));
    let expected = [
        "each#1/1:inner#1/1:body#1/1/call",
        "each#1/1:inner#1/2:body#1/1/call",
        "each#1/2:inner#1/1:body#1/1/call",
        "each#1/2:inner#1/2:body#1/1/call",
        "after#1/1/call",
    ];
    assert_eq!(calls.collect::<Vec<_>>(), expected);
    let mut keys: Vec<String> = host.calls().iter().map(|call| call.idempotency_key.clone()).collect();
    keys.dedup();
    assert_eq!(keys.len(), 5, "each call is an effect of its own");
    assert_eq!(keys[0], "exec-1/each#1/1:inner#1/1:body#1/1");
}

#[tokio::test]
async fn a_way_back_inside_a_body_ends_with_its_iteration() {
    let body = "- name: body
  action: aws:executeAwsApi
  onFailure: step:undo
  isCritical: false
  isEnd: true
  inputs: {Service: s3, Api: PutBody}
- name: undo
  action: aws:executeAwsApi
  inputs: {Service: s3, Api: PutMore}
";
    let host = Scripted::new()
        .always("PutBody", fault(FaultKind::Refused, "No"))
        .always("PutMore", Ok(json!({})))
        .cancel_at("each#1/2:body#1/cancelled");
    let execution = run(&each("Iterators: [a, b, c]", body), &host).await;
    assert_eq!(ran(&execution), "each body/1 undo/1 body/2");
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    let asked = host.operations().into_iter().filter(|operation| operation.ends_with("cancelled"));
    let expected = ["each#1/cancelled", "each#1/1:body#1/cancelled", "each#1/2:body#1/cancelled"];
    assert_eq!(asked.collect::<Vec<_>>(), expected, "the way back is not asked");
}

#[tokio::test]
async fn a_loop_is_cancelled_at_a_step_of_its_body_and_follows_that_steps_on_cancel() {
    let inside =
        "  onCancel: step:more\n- name: more\n  action: aws:executeAwsApi\n  inputs: {Service: s3, Api: PutMore}\n";
    for (extra, path) in [
        ("", "each body/1 body/2"),
        ("  onCancel: step:rescue\n", "each body/1 body/2 rescue"),
        (inside, "each body/1 more/1 body/2 more/2"),
    ] {
        let host = host().cancel_at("each#1/2:body#1/cancelled");
        let execution = run(&each("Iterators: [a, b, c]", &format!("{BODY}{extra}")), &host).await;
        assert_eq!((ran(&execution).as_str(), execution.status), (path, ExecutionStatus::Cancelled), "{extra}");
        assert_eq!(execution.step("each").unwrap().status, StepStatus::Cancelled);
        assert_eq!(execution.step("body").unwrap().status, StepStatus::Cancelled);
    }
}

#[tokio::test]
async fn a_loop_on_the_way_back_runs_to_its_end() {
    let text = "mainSteps:
  - name: change
    action: aws:executeAwsApi
    onFailure: step:each
    inputs: {Service: s3, Api: PutChange}
  - name: each
    action: aws:loop
    inputs:
      Iterators: [a, b]
      Steps:
        - {name: body, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: PutBody}}
";
    let host = host().always("PutChange", fault(FaultKind::Refused, "No")).cancel_at("change#1/end");
    let execution = run(text, &host).await;
    assert_eq!((ran(&execution).as_str(), execution.status), ("change each body/1 body/2", ExecutionStatus::Failed));
}

#[tokio::test]
async fn a_loops_time_is_over_between_two_iterations() {
    let body = "- {name: body, action: 'aws:sleep', inputs: {Duration: PT40S}}\n";
    let text = each("Iterators: [a, b, c]", body).replace(
        "    action: aws:loop\n",
        "    action: aws:loop\n    timeoutSeconds: 60\n    onFailure: step:rescue\n",
    );
    let execution = run(&text, &host()).await;
    assert_eq!(ran(&execution), "each body/1 body/2 rescue");
    assert_eq!(execution.step("each").unwrap().status, StepStatus::TimedOut);
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
}

#[tokio::test]
async fn an_action_that_does_not_run_here_is_refused_inside_a_loop_too() {
    let body = "- {name: ask, action: 'aws:approve', inputs: {Approvers: [kim]}}\n";
    let host = host();
    let error = try_run(&each("Iterators: [a]", body), json!({}), &host).await.unwrap_err().to_string();
    assert!(error.contains("step ask: aws:approve does not run here (asking for an approval is not in"), "{error}");
    assert!(host.operations().is_empty());
}
