//! Values that mean harm in a run: they are values, and never templates; and no pattern, loop or child is without end.

use std::time::{Duration, Instant};

use engine::{ExecutionStatus, RunError};
use serde_json::{Value, json};

use crate::host::{Scripted, context, document, object, run, try_run};

/// What would happen if a value were read as a document is.
const TRAP: &str = "{{ Secret }} {{automation:EXECUTION_ID}} {{ global:REGION }} {{ssm:/x}} {{ look.Found }}";

#[tokio::test]
async fn a_value_with_references_is_handed_on_as_it_is_wherever_it_came_from() {
    let text = "parameters:
  Name: {type: String}
  Names: {type: StringList}
  Secret: {type: String, default: hunter2}
variables:
  Kept: {type: String, default: none}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: DescribeThing, Name: '{{ Name }}', List: '{{ Names }}', Text: 'a {{ Name }} b'}
    outputs: [{Name: Found, Selector: $.Thing.Name, Type: String}, {Name: Map, Selector: $.Thing, Type: StringMap}]
  - {name: keep, action: 'aws:updateVariable', inputs: {Name: 'variable:Kept', Value: '{{ look.Found }}'}}
  - name: choose
    action: aws:branch
    inputs:
      Choices: [{NextStep: change, Variable: '{{ variable:Kept }}', StringEquals: '{{ look.Found }}'}]
  - name: each
    action: aws:loop
    inputs:
      Iterators: '{{ Names }}'
      Steps:
        - {name: inside, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: GetThing, It: '{{ each.CurrentIteratorValue }}'}}
  - name: change
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: ModifyThing, Name: '{{ look.Found }}', Kept: '{{ variable:Kept }}', Map: '{{ look.Map }}'}
outputs: [look.Found]
";
    let host = Scripted::new()
        .answers("DescribeThing", [Ok(json!({"Thing": {"Name": TRAP}}))])
        .answers("ModifyThing", [Ok(json!({}))]);
    let given = json!({"Name": TRAP, "Names": [TRAP, "b"]});
    let execution = engine::run(&document(text), object(given), &context(), &host).await.unwrap();
    assert_eq!(execution.status, ExecutionStatus::Success, "{execution:?}");
    let calls = host.calls();
    assert_eq!(
        calls[0].input,
        json!({"Name": TRAP, "List": [TRAP, "b"], "Text": format!("a {TRAP} b")}),
        "not a word of it was looked up"
    );
    let last = &calls.last().unwrap().input;
    assert_eq!(*last, json!({"Name": TRAP, "Kept": TRAP, "Map": {"Name": TRAP}}));
    assert!(!format!("{execution:?}").contains("hunter2 "), "and the parameter it names stayed where it was");
}

#[tokio::test]
async fn a_loop_over_values_with_references_hands_each_on_as_it_is() {
    let text = "parameters:
  Names: {type: StringList}
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: '{{ Names }}'
      Steps:
        - {name: inside, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutThing, It: '{{ each.CurrentIteratorValue }}'}}
";
    let host = Scripted::new().always("PutThing", Ok(json!({})));
    let given = json!({"Names": [TRAP, "{{ each.CurrentIteration }}"]});
    engine::run(&document(text), object(given), &context(), &host).await.unwrap();
    let seen: Vec<Value> = host.calls().into_iter().map(|call| call.input["It"].clone()).collect();
    assert_eq!(seen, [json!(TRAP), json!("{{ each.CurrentIteration }}")]);
}

#[tokio::test]
async fn a_child_gets_values_with_references_as_they_are() {
    let child = "parameters:
  Id: {type: String}
  Secret: {type: String, default: hunter2}
mainSteps:
  - {name: put, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutThing, Id: '{{ Id }}'}}
";
    let parent = "parameters:
  Id: {type: String}
mainSteps:
  - {name: call, action: 'aws:executeAutomation', inputs: {DocumentName: child, RuntimeParameters: {Id: '{{ Id }}'}}}
";
    let host = Scripted::new().document("child", child).answers("PutThing", [Ok(json!({}))]);
    engine::run(&document(parent), object(json!({"Id": TRAP})), &context(), &host).await.unwrap();
    assert_eq!(host.calls().last().unwrap().input["Id"], TRAP);
}

#[tokio::test]
async fn a_runbook_that_runs_itself_ends_at_the_depth_that_is_allowed() {
    let text = "mainSteps:
  - {name: again, action: 'aws:executeAutomation', inputs: {DocumentName: child}}
";
    let host = Scripted::new().document("child", text);
    let begun = Instant::now();
    match try_run(text, json!({}), &host).await {
        Ok(execution) => assert_ne!(execution.status, ExecutionStatus::Success, "{execution:?}"),
        Err(RunError::Children(_)) => {}
        Err(other) => panic!("{other}"),
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn loops_in_loops_are_refused_or_end() {
    let text = "mainSteps:
  - name: a
    action: aws:loop
    inputs:
      LoopCondition: {Variable: '1', StringEquals: '1'}
      MaxIterations: 1000000
      Steps:
        - {name: b, action: 'aws:sleep', inputs: {Duration: PT1S}}
";
    let host = Scripted::new();
    let begun = Instant::now();
    if let Ok(execution) = try_run(text, json!({}), &host).await {
        assert_ne!(execution.status, ExecutionStatus::Success, "{execution:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(host.sleeps().len() <= 100, "{}", host.sleeps().len());
}

/// Patterns whose time grows with each letter in engines that try every way.
#[tokio::test]
async fn a_pattern_that_could_try_every_way_gives_up_in_time() {
    for pattern in ["(a+)+b", "(a|aa)+b", "(.*a){20}b", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(a*)*\1b", "(?=(a+)+b).*"] {
        let text = format!(
            "parameters:\n  A: {{type: String, allowedPattern: '{pattern}'}}\nmainSteps:\n  - {{name: s, action: 'aws:sleep', inputs: {{Duration: PT1S}}}}\n"
        );
        let begun = Instant::now();
        let given = object(json!({"A": "a".repeat(4000)}));
        let refused = engine::run(&document(&text), given, &context(), &Scripted::new()).await;
        assert!(matches!(refused, Err(RunError::Parameters(_))), "{pattern}: {refused:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{pattern}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn an_answer_as_large_as_a_service_may_give_is_a_value_like_another() {
    let large = "x".repeat(5_000_000);
    let text = "mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: DescribeThing}
    outputs: [{Name: A, Selector: $.A, Type: String}]
";
    let host = Scripted::new().answers("DescribeThing", [Ok(json!({"A": large, "B": {"C": [large]}}))]);
    assert_eq!(run(text, &host).await.status, ExecutionStatus::Success);
}
