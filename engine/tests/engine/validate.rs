//! Findings: each rule with a document that breaks it, and where it says so.

use std::collections::BTreeSet;

use engine::{Findings, Severity};

pub(crate) fn check(text: &str) -> Findings {
    match engine::parse(text, "x.yaml") {
        Ok(document) => engine::validate(&document),
        Err(findings) => findings,
    }
}

/// A document with these lines after the version; line 1 is the version.
fn found(rest: &str) -> Vec<(&'static str, u32, u32)> {
    let findings = check(&format!("schemaVersion: '0.3'\n{rest}"));
    findings.iter().map(|finding| (finding.rule, finding.line, finding.column)).collect()
}

const STEP: &str = "mainSteps:\n- {name: a, action: 'aws:sleep', inputs: {Duration: PT1S}}\n";

#[test]
fn a_good_document_has_no_findings() {
    assert_eq!(found(STEP), []);
}

#[test]
fn a_document_of_another_kind_is_named_so() {
    let rules = |text: &str| check(text).errors().map(|finding| finding.rule).collect::<Vec<_>>();
    assert_eq!(rules("- a\n"), ["not-a-mapping"]);
    assert_eq!(rules(""), ["not-a-mapping"]);
    assert_eq!(rules(STEP), ["schema-version"]);
    assert_eq!(rules(&format!("schemaVersion: '2.2'\n{STEP}")), ["schema-version"]);
}

#[test]
fn columns_point_at_the_value_or_at_the_key_that_is_wrong() {
    let text = "mainSteps:\n- name: a\n  action: aws:sleeep\n  inputs: {Duration: PT1S, duration: x}\n";
    assert_eq!(found(text), [("unknown-action", 4, 11)]);
    let text = "mainSteps:\n- name: a\n  action: aws:sleep\n  inputs: {Duration: PT1S, duration: x}\n";
    assert_eq!(found(text), [("unknown-input", 5, 28)]);
}

#[test]
fn faults_of_shape_and_faults_across_steps_are_told_together() {
    let text = "mainSteps:
- name: a
  action: aws:executeAwsApi
  nextStep: nowhere
  inputs: {Service: ec2, Api: X, Id: '{{ Missing }}'}
- name: a
  action: aws:unknown
  maxAttempts: many
  inputs: {}
- action: aws:pause
  inputs: {}
parameters: []
";
    let rules: Vec<&str> = found(text).into_iter().map(|(rule, _, _)| rule).collect();
    for rule in
        ["unknown-step", "undeclared-parameter", "duplicate-step", "unknown-action", "wrong-type", "missing-key"]
    {
        assert!(rules.contains(&rule), "{rule} in {rules:?}");
    }
}

#[test]
fn a_finding_reads_as_one_line_with_place_step_and_hint() {
    let text = "schemaVersion: 0.3\nmainSteps:\n- {name: a, action: 'aws:Sleep', inputs: {Duration: PT1S}, nextStep: B}\n- {name: b, action: 'aws:pause', inputs: {}}\n";
    insta::assert_snapshot!(check(text).to_string(), @r"
    x.yaml:1:16: error[schema-version]: schemaVersion is the number 0.3, not text; quote it: '0.3'
    x.yaml:3:21: error[unknown-action]: step a: there is no action aws:Sleep; it is spelt aws:sleep
    x.yaml:3:70: error[unknown-step]: step a: there is no step B; it is spelt b
    x.yaml:4:3: warning[unreachable-step]: step b: no step leads to b
    ");
}

#[test]
fn the_rules_of_loops_are_checked() {
    let text = "mainSteps:
- name: outer
  action: aws:loop
  inputs:
    Iterators: [x]
    Steps:
    - {name: inner, action: 'aws:sleep', inputs: {Duration: PT1S}, onFailure: 'step:after'}
    - name: use
      action: aws:executeAwsApi
      isEnd: true
      inputs: {Service: ec2, Api: X, V: '{{ outer.CurrentIteratorValue }}'}
- {name: after, action: 'aws:sleep', inputs: {Duration: PT1S}, nextStep: last}
- {name: last, action: 'aws:sleep', inputs: {Duration: PT1S}}
";
    assert_eq!(found(text), []);
    let into = text.replace("nextStep: last", "nextStep: use");
    assert!(found(&into).iter().any(|(rule, line, _)| *rule == "jump-into-loop" && *line == 13), "{:?}", found(&into));
    let both = text.replace("Iterators: [x]", "LoopCondition: {Variable: a, StringEquals: b}\n    Iterators: [x]");
    assert!(found(&both).iter().any(|(rule, _, _)| *rule == "exclusive-inputs"));
}

#[test]
fn warnings_do_not_refuse_a_document() {
    let findings = check(&format!("schemaVersion: '0.3'\n{}", STEP.replace("inputs", "isEnd: 'true', inputs")));
    assert!(!findings.has_errors());
    assert_eq!(findings.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Warning]);
}

#[test]
fn api_calls_are_those_of_all_steps_each_once() {
    let text = "schemaVersion: '0.3'
parameters:
  Ami: {type: String, default: '{{ ssm:/ami }}'}
mainSteps:
- {name: stop, action: 'aws:changeInstanceState', inputs: {InstanceIds: [i-1], DesiredState: stopped}}
- {name: look, action: 'aws:assertAwsResourceProperty', inputs: {Service: ec2, Api: DescribeInstances, InstanceIds: [i-1], PropertySelector: $, DesiredValues: [x]}}
- {name: tag, action: 'aws:createTags', inputs: {ResourceIds: [i-1], Tags: []}}
- {name: rest, action: 'aws:sleep', inputs: {Duration: PT1S}}
";
    let calls = engine::api_calls(&engine::parse(text, "x").unwrap());
    let names: Vec<String> = calls.iter().map(|(service, api, _)| format!("{service}:{api}")).collect();
    assert_eq!(names, ["ssm:GetParameter", "ec2:StopInstances", "ec2:DescribeInstances", "ec2:CreateTags"]);
}

#[test]
fn defaults_that_grow_without_bound_are_refused_before_they_do() {
    let chain = |levels: usize, times: usize| {
        let mut text = "schemaVersion: '0.3'\nparameters:\n  P0: {type: String, default: xxxxxxxxxx}\n".to_owned();
        for level in 1..=levels {
            let default = format!("{{{{ P{} }}}}", level - 1).repeat(times);
            text.push_str(&format!("  P{level}: {{type: String, default: '{default}'}}\n"));
        }
        check(&(text + STEP)).errors().map(|finding| finding.rule).collect::<BTreeSet<_>>()
    };
    assert!(chain(8, 1).is_empty());
    assert!(chain(9, 1).contains("default-expansion"), "too deep");
    assert!(chain(5, 20).contains("default-expansion"), "too large");
    assert!(chain(60, 2).contains("default-expansion"), "both");
}
