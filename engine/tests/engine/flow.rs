//! Where a run goes: order, branches, failures, the end and its status.

use engine::{Cause, Execution, ExecutionStatus, FaultKind, RunError, StepStatus};
use serde_json::{Value, json};

use crate::host::{Scripted, fault, run, try_run};

/// Steps `name: extra keys`; `fail…` fails, the others succeed, each with a call of its own.
async fn steps(list: &[(&str, &str)]) -> Execution {
    let mut text = "mainSteps:\n".to_owned();
    let mut host = Scripted::new();
    for (name, extra) in list {
        let api = format!("Put{name}");
        text.push_str(&format!(
            "  - name: {name}\n    action: aws:executeAwsApi\n    inputs: {{Service: s3, Api: {api}}}\n"
        ));
        for key in extra.split(';').map(str::trim).filter(|key| !key.is_empty()) {
            text.push_str(&format!("    {key}\n"));
        }
        let answer = if name.starts_with("fail") { fault(FaultKind::Refused, "No") } else { Ok(json!({})) };
        host = host.always(&api, answer);
    }
    run(&text, &host).await
}

fn ran(execution: &Execution) -> String {
    let ran = execution.steps.iter().filter(|step| step.status != StepStatus::Pending);
    ran.map(|step| step.name.as_str()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_order_after_success() {
    for (list, path) in [
        (&[("a", ""), ("b", ""), ("c", "")][..], "a b c"),
        (&[("a", "nextStep: c"), ("b", ""), ("c", "")], "a c"),
        (&[("a", "isEnd: true"), ("b", "")], "a"),
        (&[("a", "nextStep: c; isEnd: false"), ("b", "isEnd: true"), ("c", "nextStep: b")], "a c b"),
    ] {
        let execution = steps(list).await;
        assert_eq!((ran(&execution).as_str(), execution.status), (path, ExecutionStatus::Success));
        assert_eq!(execution.steps.len(), list.len(), "steps that were not run are there as Pending");
    }
}

#[tokio::test]
async fn failures_and_the_final_status() {
    use ExecutionStatus::{Failed, Success};
    for (list, path, status) in [
        (&[("fail", ""), ("b", "")][..], "fail", Failed),
        (&[("fail", "isCritical: false"), ("b", "")], "fail", Failed),
        (&[("fail", "onFailure: Continue"), ("b", "")], "fail b", Success),
        (&[("fail", "onFailure: Continue; isCritical: true"), ("b", "")], "fail b", Failed),
        (&[("fail", "onFailure: Continue; isEnd: true"), ("b", "")], "fail", Success),
        (&[("fail", "onFailure: Continue; nextStep: c"), ("b", ""), ("c", "")], "fail c", Success),
        (&[("fail", "onFailure: step:c"), ("b", ""), ("c", "")], "fail c", Failed),
        (&[("fail", "onFailure: step:c; isCritical: false"), ("b", ""), ("c", "")], "fail c", Success),
        (&[("fail", "onFailure: step:c; isEnd: true"), ("b", ""), ("c", "")], "fail c", Failed),
        (&[("a", "onFailure: step:c; isEnd: true"), ("b", ""), ("c", "")], "a", Success),
        (&[("fail", "isEnd: true")], "fail", Failed),
        (
            &[("fail", "onFailure: step:c; isCritical: false"), ("b", ""), ("c", ""), ("fail2", "")],
            "fail c fail2",
            Failed,
        ),
    ] {
        let execution = steps(list).await;
        assert_eq!((ran(&execution).as_str(), execution.status), (path, status), "{list:?}");
    }
}

#[tokio::test]
async fn an_abort_that_is_not_critical_can_be_read_as_no_failure() {
    let text = "mainSteps:
  - {name: fail, action: 'aws:executeAwsApi', isCritical: false, inputs: {Service: s3, Api: PutThing}}
  - {name: never, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: PutThing}}
";
    for (abort_forgives, status) in [(false, ExecutionStatus::Failed), (true, ExecutionStatus::Success)] {
        let host = Scripted::new().always("PutThing", fault(FaultKind::Refused, "No"));
        let readings = engine::Readings { abort_forgives, ..engine::Readings::default() };
        let context = engine::Context { readings, ..crate::host::context() };
        let document = crate::host::document(text);
        let execution = engine::run(&document, serde_json::Map::new(), &context, &host).await.unwrap();
        assert_eq!((ran(&execution).as_str(), execution.status), ("fail", status));
        assert_eq!(execution.failure.is_some(), !abort_forgives);
    }
}

#[tokio::test]
async fn the_failure_told_is_the_first_that_counts() {
    let execution = steps(&[("fail1", "onFailure: Continue"), ("fail2", "onFailure: step:fail3"), ("fail3", "")]).await;
    assert_eq!(execution.failure.as_ref().unwrap().step, "fail2");
    assert_eq!(execution.failures().count(), 3);
    assert_eq!(execution.step("fail1").unwrap().failure.as_ref().unwrap().attempts, 1);
}

fn branch(choices: &str, extra: &str) -> String {
    format!(
        "parameters:
  Size: {{type: Integer, default: 3}}
  Name: {{type: String, default: web}}
mainSteps:
  - name: choose
    action: aws:branch
{extra}    inputs:
      Choices:
{choices}
  - name: next
    action: aws:sleep
    isEnd: true
    inputs: {{Duration: PT1S}}
  - name: other
    action: aws:sleep
    isEnd: true
    inputs: {{Duration: PT1S}}
"
    )
}

#[tokio::test]
async fn a_branch_takes_the_first_true_choice() {
    let both = "        - {NextStep: other, Variable: '{{ Size }}', NumericGreater: 2}
        - {NextStep: next, Variable: '{{ Name }}', StringEquals: web}";
    let nested = "        - NextStep: other
          And:
            - {Variable: '{{ Name }}', StartsWith: w}
            - Not: {Variable: '{{ Size }}', NumericEquals: 4}";
    let reference = "        - {NextStep: other, Variable: web, StringEquals: '{{ Name }}'}";
    for choices in [both, nested, reference] {
        let execution = run(&branch(choices, ""), &Scripted::new()).await;
        assert_eq!(ran(&execution), "choose other", "{choices}");
    }
}

#[tokio::test]
async fn a_branch_without_a_true_choice_falls_through_as_documented() {
    let none = "        - {NextStep: other, Variable: '{{ Name }}', StringEquals: db}";
    let default = format!("{none}\n      Default: other");
    let unresolved = "        - {NextStep: other, Variable: '{{ late.Value }}', StringEquals: db}";
    for (choices, extra, path) in [
        (none, "", "choose next"),
        (default.as_str(), "", "choose other"),
        (default.as_str(), "    isEnd: true\n", "choose other"),
        (none, "    isEnd: true\n", "choose"),
        (none, "    nextStep: other\n", "choose other"),
    ] {
        let execution = run(&branch(choices, extra), &Scripted::new()).await;
        assert_eq!(ran(&execution), path, "{choices} {extra}");
    }
    let text = format!("schemaVersion: '0.3'\n{}", branch(unresolved, ""));
    assert!(engine::parse(&text, "x").map(|document| engine::validate(&document)).unwrap().has_errors());
}

#[tokio::test]
async fn a_comparison_of_the_wrong_types_fails_the_step() {
    let choices = "        - {NextStep: other, Not: {Variable: '{{ Name }}', NumericGreater: 2}}";
    let execution = run(&branch(choices, ""), &Scripted::new()).await;
    assert_eq!(execution.failure.unwrap().cause, Cause::Condition);
}

#[tokio::test]
async fn outputs_feed_later_steps_with_their_types() {
    let text = "parameters:
  Extra: {type: StringList}
mainSteps:
  - name: find
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeInstances}
    outputs:
      - {Name: Ids, Selector: '$..InstanceId', Type: StringList}
      - {Name: Count, Selector: '$.Count', Type: Integer}
      - {Name: Tags, Selector: '$.Tags', Type: MapList}
  - name: use
    action: aws:executeAwsApi
    inputs:
      Service: ec2
      Api: PutThing
      Ids: ['{{ find.Ids }}', '{{ Extra }}', fixed]
      Count: '{{ find.Count }}'
      Tags: '{{find.Tags}}'
      Text: 'n={{ find.Count }} ids={{ find.Ids }} in {{ global:REGION }}/{{global:ACCOUNT_ID}} {{ global:DATE_TIME }}'
      Id: '{{ automation:EXECUTION_ID }}'
      Nothing: '{{ find.Absent }}'
outputs:
  - find.Ids
  - find.Count
  - find.Absent
  - use.Anything
";
    let answer = json!({"L": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}], "Count": 2, "Tags": [{"Key": "a"}]});
    let host = Scripted::new().answers("DescribeInstances", [Ok(answer)]).answers("PutThing", [Ok(json!({}))]);
    let execution = try_run(text, json!({"Extra": ["x"]}), &host).await.unwrap();
    let expected = json!({
        "Ids": ["i-1", "i-2", "x", "fixed"],
        "Count": 2,
        "Tags": [{"Key": "a"}],
        "Text": "n=2 ids=[\"i-1\",\"i-2\"] in eu-west-1/123456789012 2026-11-22_10.00.00",
        "Id": "exec-1",
        "Nothing": "{{ find.Absent }}",
    });
    assert_eq!(host.calls()[1].input, expected);
    let outputs = json!({"find.Ids": ["i-1", "i-2"], "find.Count": ["2"], "find.Absent": [], "use.Anything": []});
    assert_eq!(json!(execution.outputs), outputs);
}

#[tokio::test]
async fn an_output_of_a_step_that_did_not_succeed_says_so() {
    let text = "mainSteps:
  - name: find
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeInstances}
    outputs:
      - {Name: Id, Selector: $.Id, Type: String}
outputs: [find.Id]
";
    let host = Scripted::new().answers("DescribeInstances", [fault(FaultKind::Denied, "No")]);
    let execution = run(text, &host).await;
    let text = &execution.outputs["find.Id"][0];
    assert!(text.starts_with("No output available yet"), "{text}");
}

#[tokio::test]
async fn an_action_that_does_not_run_here_is_refused_before_anything_is_done() {
    let text = "mainSteps:
  - {name: first, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: PutThing}, isEnd: true}
  - {name: undo, action: 'aws:shareSQLMedia', inputs: {}}
";
    let reached = text.replace("isEnd: true", "onFailure: 'step:undo'");
    let host = Scripted::new();
    let Err(RunError::Unsupported(steps)) = try_run(&reached, json!({}), &host).await else { panic!("not refused") };
    assert_eq!((steps[0].step.as_str(), steps[0].action.as_str()), ("undo", "aws:shareSQLMedia"));
    assert!(steps[0].to_string().contains("SSM Automation"));
    assert!(host.operations().is_empty());

    let host = Scripted::new().answers("PutThing", [Ok(json!({}))]);
    assert!(try_run(text, json!({}), &host).await.is_ok(), "a step that no step leads to is no reason");
}

#[tokio::test]
async fn a_reference_in_a_limit_is_resolved() {
    let text = "parameters:
  Tries: {type: Integer}
mainSteps:
  - name: try
    action: aws:executeAwsApi
    maxAttempts: '{{ Tries }}'
    inputs: {Service: s3, Api: PutThing}
";
    let host = Scripted::new().always("PutThing", fault(FaultKind::Refused, "No"));
    let execution = try_run(text, json!({"Tries": 3}), &host).await.unwrap();
    assert_eq!(execution.steps[0].attempts, 3);
    let execution = try_run(text, json!({"Tries": -1}), &Scripted::new()).await.unwrap();
    assert_eq!(execution.failure.unwrap().cause, Cause::Inputs);
}

#[tokio::test]
async fn variables_are_read_with_their_defaults() {
    let text = "variables:
  Settings: {type: StringMap, default: '{\"a\": 1}'}
  Names: {type: StringList, default: [x, y]}
  Unset: {type: String}
mainSteps:
  - name: use
    action: aws:executeAwsApi
    inputs:
      Service: s3
      Api: PutThing
      Settings: '{{ variable:Settings }}'
      Names: ['{{ variable:Names }}']
      Unset: '{{ variable:Unset }}'
";
    let host = Scripted::new().answers("PutThing", [Ok(json!({}))]);
    run(text, &host).await;
    let expected = json!({"Settings": {"a": 1}, "Names": ["x", "y"], "Unset": "{{ variable:Unset }}"});
    assert_eq!(host.calls()[0].input, expected);
}

#[tokio::test]
async fn the_record_survives_json_and_says_when_and_with_what() {
    let execution = steps(&[("a", ""), ("fail", ""), ("c", "")]).await;
    let text = serde_json::to_string(&execution).unwrap();
    assert_eq!(serde_json::from_str::<Execution>(&text).unwrap(), execution);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["steps"][0]["inputs"], json!({"Service": "s3", "Api": "Puta"}));
    assert_eq!(value["steps"][0]["nextStep"], "fail");
    assert_eq!(value["steps"][2]["status"], "Pending");
    assert_eq!(value["failure"]["cause"]["kind"], "call");
    assert_eq!(value["failure"]["cause"]["fault"]["code"], "No");
}

#[test]
fn a_run_and_a_plan_can_be_moved_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let document = crate::host::document("mainSteps:\n  - {name: a, action: 'aws:sleep', inputs: {Duration: PT1S}}\n");
    let (context, host) = (crate::host::context(), Scripted::new());
    is_send(&engine::run(&document, serde_json::Map::new(), &context, &host));
    is_send(&engine::plan(&document, serde_json::Map::new(), &context, &host));
}
