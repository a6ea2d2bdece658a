//! Findings: each rule with a document that breaks it, and where it says so.

use std::collections::BTreeSet;

use engine::{Findings, Severity};

fn check(text: &str) -> Findings {
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
fn every_rule_is_found_where_it_is_broken_and_not_in_its_valid_neighbour() {
    let two = |first: &str, second: &str| {
        let sleep = "action: 'aws:sleep', inputs: {Duration: PT1S}";
        format!("mainSteps:\n- {{name: a, {sleep}, {first}}}\n- {{name: b, {sleep}, {second}}}\n")
    };
    let api = |extra: &str| {
        format!("mainSteps:\n- name: a\n  action: aws:executeAwsApi\n  inputs: {{Service: ec2, Api: X{extra}}}\n")
    };
    let script = |inputs: &str| format!("mainSteps:\n- name: a\n  action: aws:executeScript\n  inputs: {{{inputs}}}\n");
    let choice =
        |choice: &str| format!("mainSteps:\n- name: a\n  action: aws:branch\n  inputs: {{Choices: [{choice}]}}\n");
    let loop_of = |more: &str| {
        format!(
            "mainSteps:\n- name: a\n  action: aws:loop\n  inputs:\n    {more}\n    Steps: [{{name: b, action: 'aws:pause', inputs: {{}}}}]\n"
        )
    };
    let cases = [
        ("[]".to_owned(), "syntax", 3),
        (format!("Description: x\n{STEP}"), "unknown-key", 2),
        ("mainSteps: []\n".to_owned(), "no-steps", 2),
        ("mainSteps: {}\n".to_owned(), "wrong-type", 2),
        (STEP.replace("name: a", "name: a-b"), "step-name", 3),
        (STEP.replace("name: a, ", ""), "missing-key", 3),
        (STEP.replace(", inputs: {Duration: PT1S}", ""), "missing-key", 3),
        (STEP.replace("aws:sleep", "aws:executeAPI"), "unknown-action", 3),
        (STEP.replace("PT1S", "1s"), "sleep", 3),
        (STEP.replace("Duration", "duration"), "unknown-input", 3),
        (STEP.replace("inputs", "isEnd: yes, inputs"), "wrong-type", 3),
        (STEP.replace("inputs", "isEnd: 'true', inputs"), "boolean-as-text", 3),
        (STEP.replace("inputs", "maxAttempts: 0, inputs"), "wrong-type", 3),
        (STEP.replace("inputs", "onFailure: continue, inputs"), "on-failure", 3),
        (STEP.replace("inputs", "precondition: {}, inputs"), "unknown-key", 3),
        (two("nextStep: c", "isEnd: true"), "unknown-step", 3),
        (two("nextStep: b, isEnd: true", "isEnd: true"), "end-and-next", 3),
        (two("onFailure: 'step:B'", "isEnd: true"), "unknown-step", 3),
        (two("nextStep: b", "nextStep: a"), "cycle", 4),
        (two("isEnd: false", "onFailure: 'step:a'"), "cycle", 4),
        (two("isEnd: true", "isEnd: true"), "unreachable-step", 4),
        (two("onCancel: 'step:b'", "isEnd: true"), "cancel-target", 3),
        (two("isCritical: false", "isEnd: true"), "not-critical-abort", 3),
        (api(", P: '{{ Missing }}'"), "undeclared-parameter", 5),
        (api(", P: '{{ b.Out }}'"), "unknown-step", 5),
        (api(", P: '{{ a.Out }}'"), "reference-too-early", 5),
        (api(", P: '{{ variable:V }}'"), "undeclared-variable", 5),
        (api(", P: '{{ global:TIME }}'"), "unknown-global", 5),
        (api(", P: '{{ automation:ID }}'"), "unknown-global", 5),
        (api(", P: '{{ ssm:x }}'"), "ssm-reference", 5),
        (api("").replace("ec2", "EC2"), "spelling", 5),
        (api("").replace("Api: X", "Api: describe_x"), "spelling", 5),
        (api("").replace(", Api: X", ""), "missing-input", 5),
        (format!("{}  outputs: [{{Name: O, Selector: $.a}}]\n", api("")), "output-without-type", 6),
        (format!("{}  outputs: [{{Name: O, Selector: a.b, Type: String}}]\n", api("")), "selector-root", 6),
        (format!("{}  outputs: [{{Name: O, Selector: '$.a[', Type: String}}]\n", api("")), "selector", 6),
        (format!("{}  outputs: [{{Name: O, Selector: $.a, Type: Text}}]\n", api("")), "unknown-type", 6),
        (format!("{STEP}outputs: [a.Out]\n"), "undeclared-output", 4),
        (format!("{STEP}outputs: [aOut]\n"), "output-name", 4),
        (format!("parameters:\n  a_b: {{type: String}}\n{STEP}"), "parameter-name", 3),
        (format!("parameters:\n  A: {{type: Text}}\n{STEP}"), "unknown-type", 3),
        (format!("parameters:\n  A: {{type: Integer, default: x}}\n{STEP}"), "default-type", 3),
        (format!("parameters:\n  A: {{type: String, allowedPattern: '('}}\n{STEP}"), "pattern", 3),
        (
            format!("parameters:\n  A: {{type: String, allowedValues: [a], default: b}}\n{STEP}"),
            "default-not-allowed",
            3,
        ),
        (format!("parameters:\n  A: {{type: String, default: '{{{{ A }}}}'}}\n{STEP}"), "self-reference", 3),
        (format!("variables:\n  A: {{type: Integer, default: x}}\n{STEP}"), "default-type", 3),
        (format!("description: !Sub x\n{STEP}"), "yaml-tag", 2),
        (format!("description: 0123\n{STEP}"), "leading-zero", 2),
        (format!("description: a\ndescription: b\n{STEP}"), "duplicate-key", 3),
        (format!("description: '{}'\n{STEP}", "x".repeat(65_536)), "document-size", 1),
        ("x".repeat(300_000), "document-too-large", 1),
        ("a: &x [*x]\n".to_owned(), "alias-cycle", 2),
        ("a: &x [1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned() + &bomb(), "alias-expansion", 7),
        (format!("a: {}\n", "[".repeat(70)), "nesting", 2),
        (format!("{STEP}---\na: b\n"), "several-documents", 4),
        ("[a]: b\n".to_owned(), "key-not-text", 2),
        (format!("description: [a,\nb]\n{STEP}"), "indentation", 3),
        (STEP.replace("aws:sleep", "aws:shareSQLMedia"), "private-action", 3),
        (STEP.replace("'aws:sleep', inputs: {Duration: PT1S}", "'aws:approve', inputs: {Approvers: []}"), "approve", 3),
        (
            STEP.replace("'aws:sleep', inputs: {Duration: PT1S}", "'aws:updateVariable', inputs: {Name: V, Value: 1}"),
            "update-variable",
            3,
        ),
        (
            STEP.replace(
                "'aws:sleep', inputs: {Duration: PT1S}",
                "'aws:createStack', maxAttempts: 2, inputs: {StackName: s, TemplateBody: b, TemplateURL: u}",
            ),
            "repeated-create",
            3,
        ),
        (two("onCancel: 'b'", "isEnd: true"), "on-cancel", 3),
        (two("isEnd: false", "name: a").replace("name: b, ", ""), "duplicate-step", 4),
        (
            format!(
                "{}  outputs: [{{Name: O, Selector: $.a, Type: String}}, {{Name: O, Selector: $.b, Type: String}}]\n",
                api("")
            ),
            "duplicate-output",
            6,
        ),
        (api("").replace("Api: X", "Api: '{{ global:REGION }}'"), "dynamic-api", 5),
        (
            api(", PropertySelector: $.a, DesiredValues: [b]").replace("executeAwsApi", "waitForAwsResourceProperty"),
            "wait-without-timeout",
            3,
        ),
        (script("Runtime: PowerShell 7.0, Handler: h, Script: x"), "handler-with-powershell", 5),
        (script("Runtime: python3.7, Handler: h, Script: x"), "deprecated-runtime", 5),
        (script("Runtime: python3.11, Handler: h, Attachment: x.zip"), "attachment", 5),
        (choice("{NextStep: a, Variable: x, StringNotEquals: y}"), "unknown-operator", 5),
        (choice("{Variable: x, StringEquals: y}"), "condition", 5),
        (loop_of("MaxIterations: 2"), "exclusive-inputs", 6),
        (
            format!("{}- {{name: c, action: 'aws:pause', inputs: {{}}, nextStep: b}}\n", loop_of("Iterators: [x]")),
            "jump-into-loop",
            8,
        ),
        (
            "mainSteps:
- {name: a, action: 'aws:branch', inputs: {Choices: [{NextStep: b, Variable: x, StringEquals: x}], Default: c}}
- {name: b, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: X}, isEnd: true}
- {name: c, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: X, P: '{{ b.x }}'}}
"
            .to_owned(),
            "reference-elsewhere",
            5,
        ),
        (format!("parameters:\n  A: {{type: String, default: '{{{{ s.x }}}}'}}\n{STEP}"), "default-reference", 3),
        (
            format!(
                "parameters:\n  A: {{type: String, default: '{{{{ B }}}}'}}\n  B: {{type: String, default: '{{{{ A }}}}'}}\n{STEP}"
            ),
            "default-expansion",
            3,
        ),
    ];
    let mut untested: BTreeSet<&str> = engine::RULES.iter().map(|rule| rule.id).collect();
    // Whole documents, see below.
    for rule in ["not-a-mapping", "schema-version"] {
        untested.remove(rule);
    }
    for (text, rule, line) in cases {
        untested.remove(rule);
        let found = found(&text);
        assert!(
            found.iter().any(|(r, l, _)| *r == rule && *l == line),
            "{rule} at {line}: {found:?}\n{}",
            &text[..text.len().min(500)]
        );
    }
    assert!(untested.is_empty(), "rules without a test: {untested:?}");
}

/// Lines of aliases, each of eight of the line before.
fn bomb() -> String {
    let line = |at: char, of: char| format!("{at}: &{at} [{}]\n", vec![format!("*{of}"); 8].join(", "));
    [('b', 'x'), ('c', 'b'), ('d', 'c'), ('e', 'd'), ('f', 'e'), ('g', 'f')].map(|(at, of)| line(at, of)).concat()
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
