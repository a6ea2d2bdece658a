//! Plans of runbooks that run others: their steps, their reads, never their writes.

use engine::{FaultKind, Plan, PlanKind, RunError};
use serde_json::{Value, json};

use crate::host::{Scripted, context, document, fault, object};

/// Fails the test if anything was called that is not a read.
async fn plan(text: &str, parameters: Value, host: &Scripted) -> Plan {
    let plan = engine::plan(&document(text), object(parameters), &context(), host).await;
    let plan = plan.unwrap_or_else(|error| panic!("{error}"));
    let verbs = ["Describe", "Get", "List"];
    for api in host.apis() {
        assert!(verbs.iter().any(|verb| api.starts_with(verb)), "{api} is a write");
    }
    assert!(host.sleeps().is_empty() && host.asked().is_empty());
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    plan
}

/// A runbook that reads, changes and looks; with a way back.
const MEND: &str = "parameters:
  Id: {type: String, allowedPattern: '^[a-z-]+$'}
  Size: {type: Integer, default: 4}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: DescribeThing, Name: '{{ Id }}'}
    outputs: [{Name: Size, Selector: $.Size, Type: Integer}]
  - name: change
    action: aws:executeAwsApi
    onFailure: step:restore
    inputs: {Service: rds, Api: ModifyThing, Name: '{{ Id }}', Size: '{{ Size }}', Token: 't-{{ look.Size }}'}
    outputs: [{Name: Job, Selector: $.Job, Type: String}]
  - name: confirm
    action: aws:executeAwsApi
    isEnd: true
    inputs: {Service: rds, Api: GetJob, Job: '{{ change.Job }}'}
  - {name: restore, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: ModifyThing, Name: '{{ Id }}', Size: '{{ look.Size }}'}}
";

const DEPLOY: &str = "parameters: {Which: {type: String, default: mend}}
mainSteps:
  - {name: deploy, action: 'aws:executeAutomation', inputs: {DocumentName: '{{ Which }}', RuntimeParameters: {Id: x}}}
  - {name: note, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutNote, Text: '{{ deploy.Output }}'}}
";

fn small() -> Scripted {
    Scripted::new().document("mend", MEND).always("DescribeThing", Ok(json!({"Size": 2})))
}

fn steps(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.step.as_str()).collect()
}

#[tokio::test]
async fn the_steps_of_another_runbook_are_listed_beneath_the_step_that_runs_it() {
    let host = small();
    let plan = plan(DEPLOY, json!({}), &host).await;
    assert_eq!(host.apis(), ["DescribeThing"]);
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   deploy          run     DocumentName mend  RuntimeParameters {"Id":"x"}
    2   deploy/look     read    rds:DescribeThing  Name x  Size = 2
    3   deploy/change   write   rds:ModifyThing  Name x  Size 2 -> 4  Token t-2
    4   deploy/confirm  read    rds:GetJob  Job <known after deploy/change>  read then
    5   note            write   rds:PutNote  Text <known after deploy>
    if a step fails or the run is cancelled:
        deploy/restore  write   rds:ModifyThing  Name x  Size 2  [when change does not succeed]
    "#);
    let writes: Vec<&str> = plan.writes().map(|step| step.step.as_str()).collect();
    assert_eq!(writes, ["deploy/change", "note"], "the step itself changes nothing");
    assert_eq!(plan.steps[0].kind, PlanKind::Runbook);
    assert_eq!(json!(plan.steps[2].before), json!({"Size": 2}));
}

#[tokio::test]
async fn what_an_earlier_step_tells_a_runbook_is_known_after_that_step() {
    let text = "mainSteps:
  - name: make
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: CreateThing}
    outputs: [{Name: Id, Selector: $.Id, Type: String}, {Name: Size, Selector: $.Size, Type: Integer}]
  - name: choose
    action: aws:branch
    inputs: {Choices: [{NextStep: deploy, Variable: '{{ make.Id }}', StringEquals: x}]}
    isEnd: true
  - {name: deploy, action: 'aws:executeAutomation', inputs: {DocumentName: mend, RuntimeParameters: {Id: 't-{{ make.Id }}', Size: '{{ make.Size }}'}}}
";
    let host = small();
    let plan = plan(text, json!({}), &host).await;
    assert!(host.calls().is_empty(), "after a change nothing is read");
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   make            write   rds:CreateThing
    2   choose          branch  decided then: to deploy if {{ make.Id }} StringEquals "x"
    3   deploy          run     DocumentName mend  RuntimeParameters {"Id":"t-<known after make>","Size":"<known after make>"}  [when {{ make.Id }} StringEquals "x"]
    4   deploy/look     read    rds:DescribeThing  Name <known after make>  read then  [when {{ make.Id }} StringEquals "x"]
    5   deploy/change   write   rds:ModifyThing  Name <known after make>  Size <known after make>  Token t-<known after deploy/look>  [when {{ make.Id }} StringEquals "x"]
    6   deploy/confirm  read    rds:GetJob  Job <known after deploy/change>  read then  [when {{ make.Id }} StringEquals "x"]
    if a step fails or the run is cancelled:
        deploy/restore  write   rds:ModifyThing  Name <known after make>  Size <known after deploy/look>  [when {{ make.Id }} StringEquals "x" and change does not succeed]
    "#);
}

#[tokio::test]
async fn the_hash_counts_the_steps_of_another_runbook() {
    let first = plan(DEPLOY, json!({}), &small()).await;
    let again = plan(DEPLOY, json!({}), &small()).await;
    let host = Scripted::new().document("mend", MEND).always("DescribeThing", Ok(json!({"Size": 3})));
    let world = plan(DEPLOY, json!({}), &host).await;
    let host = small().document("mend", &MEND.replace("default: 4", "default: 5"));
    let edited = plan(DEPLOY, json!({}), &host).await;
    assert_eq!(first.hash, again.hash);
    assert_ne!(first.hash, world.hash);
    assert_ne!(first.hash, edited.hash);
}

#[tokio::test]
async fn a_runbook_that_is_not_there_or_has_errors_or_refuses_its_parameters_fails_the_plan() {
    let host = || small().document("bad", "mainSteps:\n  - {name: odd, action: 'aws:none', inputs: {}}\n");
    for (which, expected) in [
        ("gone", "fails: there is no document gone: not in the script"),
        ("bad", "fails: bad: the document has errors:"),
    ] {
        let plan = plan(DEPLOY, json!({"Which": which}), &host()).await;
        let failing = plan.failing().unwrap();
        assert_eq!(failing.step, "deploy");
        assert!(failing.note.as_ref().unwrap().starts_with(expected), "{plan}");
        assert_eq!(steps(&plan), ["deploy"], "the run ends there");
    }
    let wrong = plan(&DEPLOY.replace("Id: x", "Id: X9"), json!({}), &small()).await;
    let note = wrong.failing().unwrap().note.clone().unwrap();
    assert_eq!(note, "fails: mend: the parameters do not fit:\nparameter Id: does not match ^[a-z-]+$");
    let literal = DEPLOY.replace("'{{ Which }}'", "gone");
    let refused = engine::plan(&document(&literal), object(json!({})), &context(), &small()).await;
    assert!(matches!(refused, Err(RunError::Children(_))), "one that is named literally refuses the plan as the run");
}

#[tokio::test]
async fn a_runbook_that_was_seen_to_fail_takes_the_parents_way_of_a_failure() {
    let text = "mainSteps:
  - {name: deploy, action: 'aws:executeAutomation', onFailure: 'step:look', isEnd: true, inputs: {DocumentName: mend, RuntimeParameters: {Id: x}}}
  - {name: look, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: GetNote}}
";
    let none = || {
        let host = Scripted::new().document("mend", MEND);
        let host = host.always("DescribeThing", fault(FaultKind::Refused, "NotFound"));
        host.always("GetNote", Ok(json!({})))
    };
    let host = none();
    let plan = plan(text, json!({}), &host).await;
    assert_eq!(host.apis(), ["DescribeThing", "GetNote"], "nothing was changed, so reading goes on");
    assert_eq!(steps(&plan), ["deploy", "deploy/look", "look"]);
    assert_eq!(plan.steps[0].note.as_deref(), Some("fails: mend fails at deploy/look"));
    assert!(plan.steps[0].fails && plan.steps[1].fails);
    let allowed = text.replace("onFailure: 'step:look', isEnd: true", "onFailure: Continue");
    let plan = self::plan(&allowed, json!({}), &none()).await;
    assert_eq!(plan.failing(), None, "it may fail");
}

#[tokio::test]
async fn runbooks_in_runbooks_are_planned_five_deep() {
    let inner = "parameters: {Which: {type: String}}
mainSteps:
  - {name: inner, action: 'aws:executeAutomation', inputs: {DocumentName: '{{ Which }}', RuntimeParameters: {Which: '{{ Which }}'}}}
";
    let text = inner.replace("inner", "outer");
    let plan = plan(&text, json!({"Which": "self"}), &Scripted::new().document("self", inner)).await;
    let deepest = plan.steps.last().unwrap();
    assert_eq!((deepest.step.as_str(), plan.steps.len()), ("outer/inner/inner/inner/inner/inner", 6));
    assert_eq!(deepest.note.as_deref(), Some("fails: runbooks run inside each other 5 deep at most"));
    assert!(plan.failing().is_some());
}

#[tokio::test]
async fn runbooks_that_multiply_are_not_listed_without_end() {
    let step = |name: &str| {
        format!(
            "  - {{name: {name}, action: 'aws:executeAutomation', inputs: {{DocumentName: '{{{{ Which }}}}', RuntimeParameters: {{Which: '{{{{ Which }}}}'}}}}}}\n"
        )
    };
    let many: String = (0..9).map(|number| step(&format!("s{number}"))).collect();
    let text = format!(
        "parameters: {{Which: {{type: String}}}}\nmainSteps:\n  - {{name: w, action: 'aws:executeAwsApi', inputs: {{Service: rds, Api: PutNote}}}}\n{many}"
    );
    let plan = plan(&text, json!({"Which": "self"}), &Scripted::new().document("self", &text)).await;
    // Steps beneath steps count at each level.
    assert!((100..1200).contains(&plan.steps.len()), "{}", plan.steps.len());
    let last = plan.steps.last().unwrap();
    assert_eq!(last.note.as_deref(), Some("its steps are not listed: there are too many"));
    assert_eq!(last.kind, PlanKind::Write, "what is not listed may change something");
}

#[tokio::test]
async fn a_runbook_nobody_can_name_yet_is_a_change() {
    let text = "mainSteps:
  - name: make
    action: aws:executeAwsApi
    inputs: {Service: rds, Api: CreateThing}
    outputs: [{Name: Id, Selector: $.Id, Type: String}, {Name: All, Selector: $.All, Type: StringMap}]
  - {name: deploy, action: 'aws:executeAutomation', inputs: {DocumentName: '{{ make.Id }}'}}
  - {name: again, action: 'aws:executeAutomation', inputs: {DocumentName: mend, RuntimeParameters: '{{ make.All }}'}}
";
    let plan = plan(text, json!({}), &small()).await;
    let told: Vec<_> = plan.writes().map(|step| (step.step.as_str(), step.note.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("make", None),
            ("deploy", Some("its runbook is known after make")),
            ("again", Some("its parameters are known after make"))
        ]
    );
}

fn many(targets: &str) -> String {
    format!(
        "mainSteps:
  - {{name: deploy, action: 'aws:executeAutomation', inputs: {{DocumentName: mend, {targets}}}}}
"
    )
}

#[tokio::test]
async fn each_target_has_steps_of_its_own() {
    let host = small();
    let targets = "TargetParameterName: Id, Targets: [{Key: ParameterValues, Values: [a, b]}]";
    let plan = plan(&many(targets), json!({}), &host).await;
    assert_eq!(host.apis(), ["DescribeThing"], "the second runs when the first has changed something");
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   deploy            run     DocumentName mend  TargetParameterName Id  Targets [{"Key":"ParameterValues","Values":["a","b"]}]  for each of 2 targets
    2   deploy#1/look     read    rds:DescribeThing  Name a  Size = 2
    3   deploy#1/change   write   rds:ModifyThing  Name a  Size 2 -> 4  Token t-2
    4   deploy#1/confirm  read    rds:GetJob  Job <known after deploy#1/change>  read then
    5   deploy#2/look     read    rds:DescribeThing  Name b  read then
    6   deploy#2/change   write   rds:ModifyThing  Name b  Size 4  Token t-<known after deploy#2/look>
    7   deploy#2/confirm  read    rds:GetJob  Job <known after deploy#2/change>  read then
    if a step fails or the run is cancelled:
        deploy#1/restore  write   rds:ModifyThing  Name a  Size 2  [when change does not succeed]
        deploy#2/restore  write   rds:ModifyThing  Name b  Size <known after deploy#2/look>  [when change does not succeed]
    "#);
}

#[tokio::test]
async fn of_many_targets_ten_are_planned_and_the_others_named() {
    let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let arns = |letters: &[&str]| {
        let items = letters.iter().map(|id| json!({"ResourceARN": format!("arn:aws:rds:r:1:db:{id}")}));
        Ok(json!({"ResourceTagMappingList": items.collect::<Vec<_>>()}))
    };
    let text = many("TargetParameterName: Id, Targets: [{Key: 'tag:Env', Values: [prod]}]");
    let host = small().always("GetResources", arns(&letters));
    let first = plan(&text, json!({}), &host).await;
    assert_eq!(host.apis(), ["GetResources", "DescribeThing"]);
    assert_eq!((first.steps.len(), first.steps[30].step.as_str()), (31, "deploy#10/confirm"));
    let note = first.steps[0].note.as_deref();
    assert_eq!(note, Some(r#"for each of 12 targets, and 2 more: {"Id":["k"]}, {"Id":["l"]}"#));
    let other = [&letters[..11], &["m"]].concat();
    let other = plan(&text, json!({}), &small().always("GetResources", arns(&other))).await;
    assert_ne!(first.hash, other.hash, "the hash counts those that are not planned");
}

#[tokio::test]
async fn targets_that_are_found_after_a_change_are_planned_once() {
    let text = "mainSteps:
  - {name: tag, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: PutTags}}
  - {name: deploy, action: 'aws:executeAutomation', inputs: {DocumentName: mend, TargetParameterName: Id, Targets: [{Key: 'tag:Env', Values: [prod]}]}}
";
    let host = small();
    let plan = plan(text, json!({}), &host).await;
    assert!(host.calls().is_empty());
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   tag               write   rds:PutTags
    2   deploy            run     DocumentName mend  TargetParameterName Id  Targets [{"Key":"tag:Env","Values":["prod"]}]  for each target that is found then
    3   deploy#1/look     read    rds:DescribeThing  Name <known after deploy>  read then
    4   deploy#1/change   write   rds:ModifyThing  Name <known after deploy>  Size 4  Token t-<known after deploy#1/look>
    5   deploy#1/confirm  read    rds:GetJob  Job <known after deploy#1/change>  read then
    if a step fails or the run is cancelled:
        deploy#1/restore  write   rds:ModifyThing  Name <known after deploy>  Size <known after deploy#1/look>  [when change does not succeed]
    "#);
}

#[tokio::test]
async fn as_many_targets_may_fail_as_the_step_allows() {
    let targets = "TargetMaps: [{Id: X1}, {Id: a}, {Id: X2}, {Id: b}]";
    let none = plan(&many(targets), json!({}), &small()).await;
    assert_eq!(steps(&none), ["deploy"], "the first error stops the starting");
    assert!(none.failing().is_some());
    let two = plan(&many(&format!("{targets}, MaxErrors: '2'")), json!({}), &small()).await;
    assert_eq!(two.failing(), None);
    assert_eq!(two.writes().count(), 2);
    assert!(two.steps[0].note.as_ref().unwrap().contains("child 1: mend: the parameters do not fit"), "{two}");
}

#[tokio::test]
async fn a_runbook_on_the_way_back_or_in_a_loop_is_planned_where_it_stands() {
    let text = "mainSteps:
  - name: each
    action: aws:loop
    onFailure: step:undo
    inputs:
      Iterators: [a, b]
      Steps:
        - {name: deploy, action: 'aws:executeAutomation', inputs: {DocumentName: mend, RuntimeParameters: {Id: '{{ each.CurrentIteratorValue }}'}}}
  - {name: done, action: 'aws:sleep', isEnd: true, inputs: {Duration: PT1S}}
  - {name: undo, action: 'aws:executeAutomation', inputs: {DocumentName: mend, RuntimeParameters: {Id: z}}}
";
    let plan = plan(text, json!({}), &small()).await;
    insta::assert_snapshot!(plan.to_string(), @r#"
    1   each            loop    for each of a, b
    2   deploy          run     DocumentName mend  RuntimeParameters {"Id":"a"}  [each, round 1]
    3   deploy/look     read    rds:DescribeThing  Name a  read then  [each, round 1]
    4   deploy/change   write   rds:ModifyThing  Name a  Size 4  Token t-<known after deploy/look>  [each, round 1]
    5   deploy/confirm  read    rds:GetJob  Job <known after deploy/change>  read then  [each, round 1]
    6   deploy          run     DocumentName mend  RuntimeParameters {"Id":"b"}  [each, round 2]
    7   deploy/look     read    rds:DescribeThing  Name b  read then  [each, round 2]
    8   deploy/change   write   rds:ModifyThing  Name b  Size 4  Token t-<known after deploy/look>  [each, round 2]
    9   deploy/confirm  read    rds:GetJob  Job <known after deploy/change>  read then  [each, round 2]
    10  done            sleep   for PT1S
    if a step fails or the run is cancelled:
        undo            run     DocumentName mend  RuntimeParameters {"Id":"z"}  [when each does not succeed]
        undo/look       read    rds:DescribeThing  Name z  read then  [when each does not succeed]
        undo/change     write   rds:ModifyThing  Name z  Size 4  Token t-<known after undo/look>  [when each does not succeed]
        undo/confirm    read    rds:GetJob  Job <known after undo/change>  read then  [when each does not succeed]
        deploy/restore  write   rds:ModifyThing  Name a  Size <known after deploy/look>  [each, round 1]  [when change does not succeed]
        deploy/restore  write   rds:ModifyThing  Name b  Size <known after deploy/look>  [each, round 2]  [when change does not succeed]
        undo/restore    write   rds:ModifyThing  Name z  Size <known after undo/look>  [when each does not succeed and change does not succeed]
    "#);
}

#[tokio::test]
async fn a_write_of_one_runbook_hides_what_was_there_from_the_next() {
    let text = "mainSteps:
  - {name: first, action: 'aws:executeAutomation', inputs: {DocumentName: mend, RuntimeParameters: {Id: x}}}
  - {name: second, action: 'aws:executeAwsApi', inputs: {Service: rds, Api: ModifyThing, Name: x, Size: 9}}
";
    let plan = plan(text, json!({}), &small()).await;
    let befores: Vec<_> = plan.writes().map(|step| step.before.is_some()).collect();
    assert_eq!(befores, [true, false]);
}
