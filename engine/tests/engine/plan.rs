//! Plans: real reads, no writes, and honest about what is not known.

use engine::{FaultKind, Plan, PlanKind, RunError};
use serde_json::{Value, json};

use crate::host::{Scripted, context, document, fault, object};

async fn plan(text: &str, parameters: Value, host: &Scripted) -> Plan {
    engine::plan(&document(text), object(parameters), &context(), host).await.unwrap_or_else(|error| panic!("{error}"))
}

const TEXT: &str = "parameters:
  Id: {type: String}
mainSteps:
  - name: read
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: DescribeThing, Name: '{{ Id }}'}
    outputs:
      - {Name: Size, Selector: $.Thing.Size, Type: Integer}
  - name: choose
    action: aws:branch
    inputs:
      Choices:
        - {NextStep: done, Variable: '{{ read.Size }}', NumericGreaterOrEquals: 4}
  - name: change
    action: aws:executeAwsApi
    onFailure: step:restore
    inputs: {Service: rds, Api: ModifyThing, Name: '{{ Id }}', Size: 4, Token: 't-{{ read.Size }}'}
    outputs:
      - {Name: Job, Selector: $.Job, Type: String}
  - name: wait
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 60
    onFailure: step:restore
    inputs: {Service: rds, Api: GetJob, Job: '{{ change.Job }}', PropertySelector: $.State, DesiredValues: [done]}
  - name: inspect
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: DescribeThing, Name: '{{ Id }}'}
    outputs:
      - {Name: Health, Selector: $.Thing.Health, Type: String}
  - name: judge
    action: aws:branch
    inputs:
      Choices:
        - {NextStep: restore, Variable: '{{ inspect.Health }}', StringEquals: bad}
      Default: done
  - name: restore
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: ModifyThing, Name: '{{ Id }}', Size: '{{ read.Size }}'}
  - name: done
    action: aws:sleep
    isEnd: true
    inputs: {Duration: PT1S}
";

fn small() -> Scripted {
    Scripted::new().answers("DescribeThing", [Ok(json!({"Thing": {"Size": 2, "Health": "good"}}))])
}

#[tokio::test]
async fn a_plan_reads_until_the_first_change_and_marks_the_rest() {
    let host = small();
    let plan = plan(TEXT, json!({"Id": "x"}), &host).await;
    assert_eq!(host.apis(), ["DescribeThing"]);
    assert!(host.sleeps().is_empty());
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   read     read    rds:DescribeThing  Name x  Size = 2
    2   choose   branch  to change: no choice holds
    3   change   write   rds:ModifyThing  Name x  Size 2 -> 4  Token t-2
    4   wait     wait    rds:GetJob  Job <known after change>  waits until $.State is done
    5   inspect  read    rds:DescribeThing  Name x  read then
    6   judge    branch  decided then: to restore if {{ inspect.Health }} StringEquals "bad", else to done
    7   restore  write   rds:ModifyThing  Name x  Size 2  [when {{ inspect.Health }} StringEquals "bad"]
    8   done     sleep   for PT1S
    "#);
    let change = plan.writes().next().unwrap();
    assert_eq!(change.input, json!({"Name": "x", "Size": 4, "Token": "t-2"}));
    assert_eq!(json!(change.before), json!({"Size": 2}));
    assert!(plan.undo.is_empty(), "the way back is also a way forward here");
}

#[tokio::test]
async fn a_decided_branch_leaves_one_way() {
    let host = Scripted::new().answers("DescribeThing", [Ok(json!({"Thing": {"Size": 8}}))]);
    let plan = plan(TEXT, json!({"Id": "x"}), &host).await;
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!((steps, plan.writes().count()), (vec!["read", "choose", "done"], 0));
}

#[tokio::test]
async fn a_read_that_is_refused_fails_in_the_plan_as_it_would_in_the_run() {
    let host = Scripted::new().answers("DescribeThing", [fault(FaultKind::Refused, "NotFound")]);
    let plan = plan(TEXT, json!({"Id": "x"}), &host).await;
    assert_eq!((plan.steps.len(), plan.undo.len()), (1, 0));
    assert!(plan.steps[0].note.as_ref().unwrap().starts_with("fails: "), "{plan}");
}

#[tokio::test]
async fn a_read_without_an_answer_leaves_everything_after_it_unknown() {
    let host = Scripted::new().answers("DescribeThing", [fault(FaultKind::Throttled, "Throttling")]);
    let plan = plan(TEXT, json!({"Id": "x"}), &host).await;
    let change = plan.steps.iter().find(|step| step.step == "change").unwrap();
    assert_eq!(change.input["Token"], "t-<known after read>");
    assert_eq!(change.when.as_deref(), Some("choose takes no other way"));
}

#[tokio::test]
async fn the_hash_changes_with_the_world_and_with_nothing_else() {
    let first = plan(TEXT, json!({"Id": "x"}), &small()).await;
    let again = plan(TEXT, json!({"Id": "x"}), &small()).await;
    let other = plan(TEXT, json!({"Id": "y"}), &small()).await;
    let host = Scripted::new().answers("DescribeThing", [Ok(json!({"Thing": {"Size": 3}}))]);
    let changed = plan(TEXT, json!({"Id": "x"}), &host).await;
    assert_eq!(first.hash, again.hash);
    assert_eq!(first.hash.len(), 64);
    assert_ne!(first.hash, other.hash);
    assert_ne!(first.hash, changed.hash);
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), first);
}

#[tokio::test]
async fn an_assert_that_does_not_hold_takes_the_way_of_a_failure() {
    let text = "mainSteps:
  - name: check
    action: aws:assertAwsResourceProperty
    onFailure: step:fallback
    isEnd: true
    inputs: {Service: rds, Api: GetThing, PropertySelector: $.State, DesiredValues: [good]}
  - {name: fallback, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutThing}}
";
    let host = Scripted::new().answers("GetThing", [Ok(json!({"State": "bad"}))]);
    let plan = plan(text, json!({}), &host).await;
    assert_eq!(plan.steps[0].note.as_deref(), Some("fails: $.State is good, but there is bad"));
    assert_eq!((plan.steps[1].kind, plan.steps[1].step.as_str()), (PlanKind::Write, "fallback"));
}

#[tokio::test]
async fn a_write_in_an_asserts_clothes_is_not_called() {
    let text = "mainSteps:
  - name: odd
    action: aws:assertAwsResourceProperty
    inputs: {Service: rds, Api: DeleteThing, PropertySelector: $.State, DesiredValues: [gone]}
";
    let host = Scripted::new();
    let plan = plan(text, json!({}), &host).await;
    assert_eq!((plan.steps[0].kind, host.calls().len()), (PlanKind::Write, 0));
}

#[tokio::test]
async fn what_a_run_refuses_a_plan_refuses() {
    let text = "mainSteps:\n  - {name: ask, action: 'aws:approve', inputs: {Approvers: [kim]}}\n";
    let refused = engine::plan(&document(text), object(json!({})), &context(), &Scripted::new()).await;
    assert!(matches!(refused, Err(RunError::Unsupported(_))));
    let refused = engine::plan(&document(TEXT), object(json!({})), &context(), &Scripted::new()).await;
    assert!(matches!(refused, Err(RunError::Parameters(_))));
}
