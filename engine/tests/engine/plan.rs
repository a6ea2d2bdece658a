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
async fn the_time_of_day_is_no_part_of_a_plan_it_is_known_when_the_run_begins() {
    let text = TEXT.replace("Token: 't-{{ read.Size }}'", "At: '{{ global:DATE_TIME }} {{ global:DATE }}'");
    let made = async |host: Scripted| plan(&text, json!({"Id": "i"}), &host).await;
    let (first, later) = (made(small()).await, made(small().later(3600)).await);
    let at = first.writes().next().map(|step| step.input["At"].clone());
    assert_eq!((at, first.hash), (Some(json!("<known after it begins> 2026-11-22")), later.hash));
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

/// A loop over instances that reads, decides and changes.
const LOOP: &str = "parameters:
  Ids: {type: StringList}
variables:
  Done: {type: String, default: none}
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: ['{{ Ids }}']
      Steps:
        - name: look
          action: aws:executeAwsApi
          inputs: {Service: rds, Api: DescribeThing, Name: '{{ each.CurrentIteratorValue }}'}
          outputs: [{Name: Size, Selector: $.Size, Type: Integer}]
        - name: judge
          action: aws:branch
          isEnd: true
          inputs: {Choices: [{NextStep: change, Variable: '{{ look.Size }}', NumericLesser: 4}]}
        - name: change
          action: aws:executeAwsApi
          onFailure: step:undo
          inputs: {Service: rds, Api: ModifyThing, Name: '{{ each.CurrentIteratorValue }}', Size: 4}
        - name: keep
          action: aws:updateVariable
          inputs: {Name: 'variable:Done', Value: '{{ each.CurrentIteratorValue }}'}
  - name: tell
    action: aws:executeAwsApi
    isEnd: true
    inputs: {Service: rds, Api: PutNote, Text: 'done {{ variable:Done }}'}
  - name: undo
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: PutBack}
";

#[tokio::test]
async fn a_loop_that_only_reads_is_planned_round_by_round_as_it_is_now() {
    let sizes = [Ok(json!({"Size": 4})), Ok(json!({"Size": 8}))];
    let host = Scripted::new().answers("DescribeThing", sizes);
    let plan = plan(LOOP, json!({"Ids": ["a", "b"]}), &host).await;
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   each   loop    for each of a, b
    2   look   read    rds:DescribeThing  Name a  Size = 4  [each, round 1]
    3   judge  branch  ends: no choice holds  [each, round 1]
    4   look   read    rds:DescribeThing  Name b  Size = 8  [each, round 2]
    5   judge  branch  ends: no choice holds  [each, round 2]
    6   tell   write   rds:PutNote  Text done none
    "#);
}

#[tokio::test]
async fn what_one_item_is_refused_is_not_taken_for_the_next_one() {
    let text = "parameters: {Ids: {type: StringList}}
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: '{{ Ids }}'
      Steps:
        - name: look
          action: aws:executeAwsApi
          onFailure: Continue
          inputs: {Service: rds, Api: DescribeThing, Name: '{{ each.CurrentIteratorValue }}'}
";
    let host = Scripted::new().answers("DescribeThing", [fault(FaultKind::Refused, "NotFound"), Ok(json!({}))]);
    let plan = plan(text, json!({"Ids": ["gone", "there"]}), &host).await;
    let failed: Vec<bool> =
        plan.steps.iter().map(|step| step.note.as_deref().unwrap_or_default().starts_with("fails")).collect();
    assert_eq!(failed, [false, true, false], "{plan}");
}

#[tokio::test]
async fn a_loop_that_changes_something_is_planned_for_each_known_item_and_its_way_back_apart() {
    let host = Scripted::new().always("DescribeThing", Ok(json!({"Size": 2})));
    let first = plan(LOOP, json!({"Ids": ["a", "b"]}), &host).await;
    insta::assert_snapshot!(first.to_string(), @r#"
    1   each    loop    for each of a, b
    2   look    read    rds:DescribeThing  Name a  read then  [each, round 1]
    3   judge   branch  decided then: to change if {{ look.Size }} NumericLesser 4  [each, round 1]
    4   change  write   rds:ModifyThing  Name a  Size 2 -> 4  [each, round 1]  [when {{ look.Size }} NumericLesser 4]
    5   keep    set     variable:Done is then a  [each, round 1]  [when {{ look.Size }} NumericLesser 4]
    6   look    read    rds:DescribeThing  Name b  read then  [each, round 2]
    7   judge   branch  decided then: to change if {{ look.Size }} NumericLesser 4  [each, round 2]
    8   change  write   rds:ModifyThing  Name b  Size 4  [each, round 2]  [when {{ look.Size }} NumericLesser 4]
    9   keep    set     variable:Done is then b  [each, round 2]  [when {{ look.Size }} NumericLesser 4]
    10  tell    write   rds:PutNote  Text done <known after keep>
    if a step fails or the run is cancelled:
        undo    write   rds:PutBack  [when change does not succeed]
    "#);
    let text = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), first);
    let host = Scripted::new().always("DescribeThing", Ok(json!({"Size": 2})));
    let other = plan(LOOP, json!({"Ids": ["b", "a"]}), &host).await;
    assert_ne!(first.hash, other.hash, "the order of the items counts");
}

#[tokio::test]
async fn a_loop_whose_items_are_known_later_or_that_has_a_condition_is_planned_once() {
    let text = "mainSteps:
  - name: make
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: CreateThings}
    outputs: [{Name: Ids, Selector: $.Ids, Type: StringList}]
  - name: each
    action: aws:loop
    inputs:
      Iterators: '{{ make.Ids }}'
      Steps:
        - name: choose
          action: aws:branch
          inputs: {Choices: [{NextStep: after, Variable: '{{ each.CurrentIteratorValue }}', StringEquals: last}]}
        - {name: change, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutThing, Id: '{{ each.CurrentIteratorValue }}'}}
  - name: middle
    action: aws:loop
    inputs:
      LoopCondition: {Variable: '{{ look.State }}', StringEquals: busy}
      MaxIterations: 3
      Steps:
        - {name: rest, action: 'aws:sleep', inputs: {Duration: PT5S}}
        - {name: look, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: GetThing}, outputs: [{Name: State, Selector: $.State, Type: String}]}
  - {name: after, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutNote}}
";
    let plan = plan(text, json!({}), &Scripted::new()).await;
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   make    write   rds:CreateThings
    2   each    loop    for each of <known after make>
    3   choose  branch  decided then: to after if {{ each.CurrentIteratorValue }} StringEquals "last", else to change  [each, each round]
    4   change  write   rds:PutThing  Id <known after each>  [each, each round]  [when choose takes no other way]
    5   middle  loop    once, and again while {{ look.State }} StringEquals "busy", at most 3 times  [when each ends by itself]
    6   rest    sleep   for PT5S  [middle, each round]
    7   look    read    rds:GetThing  read then  [middle, each round]
    8   after   write   rds:PutNote
    "#);
}

#[tokio::test]
async fn people_are_waited_for_in_a_plan_and_not_asked() {
    let text = "mainSteps:
  - {name: ask, action: 'aws:approve', onFailure: 'step:tell', inputs: {Approvers: [kim, lee], MinRequiredApprovals: 2, Message: 'May I?'}}
  - {name: hold, action: 'aws:pause', inputs: {}}
  - {name: change, action: 'aws:executeAwsApi', isEnd: true, inputs: {Service: rds, Api: PutThing, Who: '{{ ask.ApproverDecisions }}'}}
  - {name: tell, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutNote}}
";
    let host = Scripted::new().able(engine::Ability::Approve).able(engine::Ability::Pause);
    let plan = plan(text, json!({}), &host).await;
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   ask     ask     2 of kim, lee: May I?
    2   hold    pause   until a person lets it go on
    3   change  write   rds:PutThing  Who <known after ask>
    if a step fails or the run is cancelled:
        tell    write   rds:PutNote  [when ask does not succeed]
    "#);
    assert!(host.asked().is_empty() && host.calls().is_empty());
}

#[tokio::test]
async fn what_an_approval_tells_a_topic_is_a_change_of_the_plan() {
    let text = "parameters:
  Topic: {type: String, default: ''}
mainSteps:
  - {name: ask, action: 'aws:approve', inputs: {Approvers: [kim], NotificationArn: '{{ Topic }}'}}
";
    let host = || Scripted::new().able(engine::Ability::Approve);
    let silent = plan(text, json!({}), &host()).await;
    assert_eq!(silent.writes().count(), 0, "{silent}");
    let told = plan(text, json!({"Topic": "arn:aws:sns:eu-west-1:111122223333:AutomationKim"}), &host()).await;
    insta::assert_snapshot!(told.to_string(), @r#"
    1   ask  write   sns:Publish  TopicArn arn:aws:sns:eu-west-1:111122223333:AutomationKim  tells the topic who is waited for
    2   ask  ask     1 of kim
    "#);
    assert_ne!(silent.hash, told.hash);
}

#[tokio::test]
async fn a_plan_shows_the_first_lines_of_a_script() {
    let text = "mainSteps:
  - name: s
    action: aws:executeScript
    inputs:
      Runtime: python3.11
      Handler: main
      InputPayload: {Id: i-1}
      Script: |
        def main(events, context):
        \treturn {'a': '\x1b'}
        3
        4
        5
        6
        7
        8
        9
        10
  - {name: short, action: 'aws:executeScript', inputs: {Runtime: python3.11, Handler: main, Script: 'def main(e, c): pass'}}
";
    let plan = plan(text, json!({}), &Scripted::new().able(engine::Ability::Script)).await;
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   s      write   aws:executeScript  Runtime python3.11  Handler main  InputPayload {"Id":"i-1"}  Script of 10 lines
                       | def main(events, context):
                       |     return {'a': '\u{1b}'}
                       | 3
                       | 4
                       | 5
                       | 6
                       | 7
                       | 8
                       | ... 2 more lines
    2   short  write   aws:executeScript  Runtime python3.11  Handler main  Script of 1 line
                       | def main(e, c): pass
    "#);
}

#[tokio::test]
async fn a_variable_is_known_in_a_plan_until_a_step_that_nobody_sees_may_change_it() {
    let text = "variables:
  State: {type: String, default: old}
mainSteps:
  - {name: set, action: 'aws:updateVariable', inputs: {Name: 'variable:State', Value: 'new-{{ variable:State }}'}}
  - {name: first, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutThing, State: '{{ variable:State }}'}}
";
    let plan = plan(text, json!({}), &Scripted::new()).await;
    assert_eq!(plan.steps[1].input, json!({"State": "new-old"}));
    let later = format!(
        "{text}  - {{name: again, action: 'aws:updateVariable', inputs: {{Name: 'variable:State', Value: x}}}}\n"
    );
    let plan = self::plan(&later, json!({}), &Scripted::new()).await;
    assert_eq!(
        plan.steps[1].input,
        json!({"State": "<known after again>"}),
        "never a value that may be another by then"
    );
}
