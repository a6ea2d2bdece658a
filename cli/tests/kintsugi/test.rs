//! `kintsugi test`: cases that pass, cases that do not and say why, files that are wrong.

use serde_json::Value;

use crate::aws::{models, root, there};
use crate::tool::{Desk, Done};

/// One read, a choice, a write; a loop and people are in the templates' own cases.
const RUNBOOK: &str = "schemaVersion: '0.3'
parameters:
  Id: {type: String}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeInstances, InstanceIds: ['{{ Id }}']}
    outputs: [{Name: State, Selector: '$.Reservations[0].Instances[0].State.Name', Type: String}]
  - name: choose
    action: aws:branch
    isEnd: true
    inputs: {Choices: [{NextStep: stop, Variable: '{{ look.State }}', StringEquals: running}]}
  - name: stop
    action: aws:executeAwsApi
    onFailure: step:start
    isEnd: true
    inputs: {Service: ec2, Api: StopInstances, InstanceIds: ['{{ Id }}']}
  - name: start
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: StartInstances, InstanceIds: ['{{ Id }}']}
outputs: [look.State]
";

/// The account of most cases here.
const DEFAULTS: &str = "defaults:
  parameters: {Id: i-1}
  state: {power: running}
  answers:
    - call: ec2:DescribeInstances
      answer: {Reservations: [{Instances: [{State: {Name: '{{ state.power }}'}}]}]}
    - {call: ec2:StopInstances, set: {power: stopped}}
";

fn desk(cases: &str) -> Option<Desk> {
    let desk = Desk::new();
    desk.file("stop.yaml", RUNBOOK);
    desk.file("stop.cases.yaml", &format!("{DEFAULTS}cases:\n{cases}"));
    there(&models()).then_some(desk)
}

fn tested(cases: &str) -> Option<Done> {
    desk(cases).map(|desk| desk.kintsugi(&["test", "stop.yaml"]))
}

#[test]
fn the_projects_runbooks_pass_their_cases_which_come_to_every_step_and_path() {
    if !there(&models()) {
        return;
    }
    let folder = root().join("runbooks");
    let files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .filter(|name| {
            !["/bindings.yaml", "/resources.yaml", "/ssm-documents.yaml", ".cases.yaml"]
                .iter()
                .any(|end| name.ends_with(end))
        })
        .collect();
    assert_eq!(files.len(), shared::catalogue::RUNBOOKS.len(), "a runbook without cases? {files:?}");
    let mut words = vec!["test", "--min-coverage", "100"];
    words.extend(files.iter().map(String::as_str));
    let done = Desk::new().kintsugi(&words);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    eprintln!("{}", done.out.lines().last().unwrap());
}

#[test]
fn everything_that_is_not_as_expected_is_said_at_once() {
    let Some(done) = tested(
        "  - name: a running instance is stopped
    expect:
      status: Failed
      steps: [look, choose, start]
      writes: [ec2:StartInstances, ec2:StopInstances: {InstanceIds: [i-2]}]
      calls: [ec2:StopInstances, ec2:DescribeInstances]
      outputs: {look.State: [stopped]}
      failure: {step: stop}
      state: {power: running}
  - name: a stopped instance is left alone
    state: {power: stopped}
    expect: {status: Success, writes: []}
",
    ) else {
        return;
    };
    assert_eq!(done.code, Some(1));
    insta::assert_snapshot!(done.out);
}

#[test]
fn what_a_case_does_not_answer_is_named_with_what_comes_near() {
    let Some(done) = tested(
        "  - name: a call without an answer
    answers:
      - {call: ec2:StopInstances, error: Throttling}
      - {call: ec2:StartInstances, when: {power: stopped}, input: {InstanceIds: [i-2]}}
      - {call: ec2:StartInstances, error: Throttling, times: 0}
    expect: {status: Success}
  - name: an answer that AWS never gives
    answers:
      - {call: ec2:DescribeInstances, answer: {Reservation: [], Reservations: running}}
    expect: {status: Success}
  - name: names that there are not
    cancel: {before: sto}
    answers:
      - {call: ec2:StartInstances}
    expect: {status: Success, steps: [lok], calls: [ec2:StopInstance]}
",
    ) else {
        return;
    };
    assert_eq!(done.code, Some(1));
    insta::assert_snapshot!(done.out);
}

#[test]
fn paths_that_no_case_comes_to_are_named_and_may_fail_the_run() {
    let cases = "  - {name: one, state: {power: stopped}, expect: {status: Success}}\n";
    let Some(desk) = desk(cases) else { return };
    let done = desk.kintsugi(&["test", "stop.cases.yaml", "--coverage"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    insta::assert_snapshot!(done.out);
    let done = desk.kintsugi(&["test", "stop.yaml", "--min-coverage", "51"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("stop.yaml: cases come to 2 of 4 steps, 50 %"), "{done:?}");
}

#[test]
fn results_are_json_and_junit_too() {
    let Some(desk) = desk(
        "  - {name: good, expect: {status: Success}}
  - {name: '<bad> & \"worse\"', expect: {status: Failed}}
",
    ) else {
        return;
    };
    let done = desk.kintsugi(&["test", "stop.yaml", "--json", "--junit", "results.xml"]);
    assert_eq!(done.code, Some(1));
    let results: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&results["passed"], &results["failed"]), (&1.into(), &1.into()));
    let case = &results["runbooks"][0]["cases"][0];
    assert_eq!(case["steps"], serde_json::json!(["look", "choose", "stop"]));
    assert_eq!(case["calls"][1]["api"], "StopInstances");
    let xml = std::fs::read_to_string(desk.path().join("results.xml")).unwrap();
    insta::assert_snapshot!(xml);
}

#[test]
fn a_filter_that_fits_no_case_is_not_a_success() {
    let Some(desk) = desk("  - {name: one, expect: {status: Success}}\n") else { return };
    assert_eq!(desk.kintsugi(&["test", "stop.yaml", "--filter", "on"]).code, Some(0));
    let done = desk.kintsugi(&["test", "stop.yaml", "--filter", "two"]);
    assert_eq!(done.code, Some(2), "{done:?}");
}

#[test]
fn a_file_of_cases_that_is_wrong_says_where() {
    for (cases, words) in [
        ("  - {name: a, expct: {status: Success}}\n", "stop.cases.yaml:9: cases[0].expct: unknown field `expct`"),
        ("  - {name: a}\n", "case \"a\": expect is missing"),
        ("  - {name: a, expect: {}}\n", "expect needs either status or refused"),
        ("  - {name: a, expect: {status: Fine}}\n", "unknown variant `Fine`"),
        ("  - {name: a, cancel: {}, expect: {status: Success}}\n", "exactly one of before, during and after"),
        ("  - {name: a, answers: [{call: Stop}], expect: {status: Success}}\n", "service:Operation"),
        ("  []\n", "there are no cases"),
    ] {
        let Some(done) = tested(cases) else { return };
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
}

#[test]
fn a_runbook_without_cases_says_which_file_is_missing() {
    let desk = Desk::new();
    desk.file("stop.yaml", RUNBOOK);
    let done = desk.kintsugi(&["test", "stop.yaml"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.err.contains("stop.cases.yaml cannot be read"), "{done:?}");
}

/// A loop over a child runbook, a pause and a webhook.
const PARENT: &str = "schemaVersion: '0.3'
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: [i-1, i-2]
      Steps:
        - name: stop
          action: aws:executeAutomation
          inputs: {DocumentName: Stop, RuntimeParameters: {Id: ['{{ each.CurrentIteratorValue }}']}}
  - {name: hold, action: 'aws:pause', timeoutSeconds: 3600, onFailure: 'step:page', inputs: {}}
  - {name: nap, action: 'aws:sleep', isEnd: true, inputs: {Duration: P1D}}
  - {name: page, action: 'aws:invokeWebhook', inputs: {IntegrationName: pager, Body: held too long}}
";

const PARENT_CASES: &str = "defaults:
  state: {power: running}
  answers:
    - call: ec2:DescribeInstances
      answer: {Reservations: [{Instances: [{State: {Name: '{{ state.power }}'}}]}]}
    - call: ec2:StopInstances
  documents: {Stop: stop.yaml}
  webhooks: {pager: {status: 202}}
cases:
  - name: every instance is stopped and somebody goes on
    pauses: {hold: {decision: resumed, after: 60}}
    expect:
      status: Success
      writes: [ec2:StopInstances: {InstanceIds: [i-1]}, ec2:StopInstances: {InstanceIds: [i-2]}]
      within: 90000
  - name: nobody goes on
    pauses: {hold: nobody}
    expect: {status: TimedOut, failure: {step: hold}}
";

#[test]
fn children_loops_pauses_and_webhooks_are_run_as_everything_else() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.file("stop.yaml", RUNBOOK);
    desk.file("parent.yaml", PARENT);
    desk.file("parent.cases.yaml", PARENT_CASES);
    let done = desk.kintsugi(&["test", "parent.yaml", "--min-coverage", "100"]);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
}
