//! Each rule with a document that breaks it, where it says so, and the smallest change that makes the document valid.

use std::collections::BTreeSet;

use engine::{Level, Severity};

use crate::validate::check;

/// A document that breaks a rule, and its valid neighbour.
struct Case {
    rule: &'static str,
    /// Where the rule is told.
    line: u32,
    broken: String,
    valid: String,
}

/// `broken`, and the same with `from` replaced by `to`.
fn case(rule: &'static str, line: u32, broken: &str, from: &str, to: &str) -> Case {
    assert!(broken.contains(from), "{rule}: {from:?} is not in\n{broken}");
    Case { rule, line, broken: broken.to_owned(), valid: broken.replacen(from, to, 1) }
}

/// One step of this action, its inputs in braces; the step is line 3.
fn step(action: &str, inputs: &str) -> String {
    format!("schemaVersion: '0.3'\nmainSteps:\n- {{name: a, action: 'aws:{action}', inputs: {{{inputs}}}}}\n")
}

/// A pause, and what stands before it from line 2 on.
fn with(lines: &str) -> String {
    format!("schemaVersion: '0.3'\n{lines}\nmainSteps:\n- {{name: a, action: 'aws:pause', inputs: {{}}}}\n")
}

/// An API call with one member; the inputs are line 3 too.
fn call(member: &str) -> String {
    step("executeAwsApi", &format!("Service: ec2, Api: X, {member}"))
}

/// Two steps, lines 3 and 4, with these keys.
fn two(first: &str, second: &str) -> String {
    let sleep = "action: 'aws:sleep', inputs: {Duration: PT1S}";
    format!("schemaVersion: '0.3'\nmainSteps:\n- {{name: a, {sleep}, {first}}}\n- {{name: b, {sleep}, {second}}}\n")
}

fn loop_of(inputs: &str, after: &str) -> String {
    format!(
        "schemaVersion: '0.3'
mainSteps:
- name: a
  action: aws:loop
  inputs:
    {inputs}
    Steps:
    - {{name: b, action: 'aws:pause', inputs: {{}}}}
{after}"
    )
}

fn text() -> Vec<Case> {
    let bomb = |letters: &str| {
        let line = |at: char, of: char| format!("  {at}: &{at} [{}]\n", vec![format!("*{of}"); 8].join(", "));
        let lines = letters.chars().zip(letters.chars().skip(1)).map(|(of, at)| line(at, of)).collect::<String>();
        format!("schemaVersion: '0.3'\ndescription: &a text\nvariables:\n{lines}mainSteps: []\n")
    };
    vec![
        case("syntax", 3, &with("description: x"), "mainSteps:", "mainSteps: :"),
        case("duplicate-key", 3, &with("description: a\ndescription: b"), "description: b", "outputs: []"),
        case("key-not-text", 2, &with("parameters: {[a]: {type: String}}"), "[a]", "A"),
        case("merge-key", 3, &with("parameters:\n  A: {<<: {type: String}}"), "<<: {type: String}", "type: String"),
        case("yaml-tag", 2, &with("description: !Sub x"), "!Sub", ""),
        case("leading-zero", 2, &with("parameters: {A: {type: Integer, default: 012}}"), "012", "12"),
        case("alias-cycle", 2, &with("outputs: &x [*x]"), "&x [*x]", "[]"),
        case("alias-expansion", 9, &bomb("abcdefg"), "text", "text"),
        case(
            "nesting",
            2,
            &with(&format!("outputs: {}{}", "[".repeat(70), "]".repeat(70))),
            &format!("{}{}", "[".repeat(70), "]".repeat(70)),
            "[]",
        ),
        case("several-documents", 5, &format!("{}---\na: b\n", with("description: x")), "---\na: b\n", ""),
        case(
            "indentation",
            3,
            "schemaVersion: '0.3'\nmainSteps: [{name: a,\naction: 'aws:pause', inputs: {}}]\n",
            "\naction",
            "\n  action",
        ),
        case("document-size", 1, &with(&format!("description: {}", "x".repeat(65_600))), &"x".repeat(65_600), "x"),
        case(
            "document-too-large",
            1,
            &with(&format!("description: {}", "x".repeat(300_000))),
            &"x".repeat(300_000),
            "x",
        ),
    ]
}

fn shape() -> Vec<Case> {
    vec![
        case("not-a-mapping", 1, "- a\n", "- a\n", &with("description: x")),
        case("schema-version", 1, &with("description: x").replace("'0.3'", "0.3"), "0.3", "'0.3'"),
        case(
            "no-steps",
            2,
            "schemaVersion: '0.3'\nmainSteps: []\n",
            "[]",
            "[{name: a, action: 'aws:pause', inputs: {}}]",
        ),
        case("unknown-key", 2, &with("Description: x"), "Description", "description"),
        case("missing-key", 3, &step("pause", "").replace("name: a, ", ""), "action", "name: a, action"),
        case("wrong-type", 2, &with("description: [x]"), "[x]", "x"),
        case("unknown-type", 2, &with("parameters: {A: {type: Text}}"), "Text", "String"),
        case("parameter-name", 2, &with("parameters: {A_b: {type: String}}"), "A_b", "Ab"),
        case("step-name", 3, &step("pause", "").replace("name: a", "name: a-b"), "a-b", "a_b"),
        case(
            "duplicate-step",
            4,
            &two("isEnd: false", "isEnd: true").replace("name: b", "name: a"),
            "name: a, action: 'aws:sleep', inputs: {Duration: PT1S}, isEnd: true",
            "name: b, action: 'aws:sleep', inputs: {Duration: PT1S}",
        ),
        case(
            "duplicate-output",
            4,
            &two(
                "isEnd: false",
                "outputs: [{Name: O, Selector: $.a, Type: String}, {Name: O, Selector: $.b, Type: String}]",
            ),
            "Name: O",
            "Name: P",
        ),
        case("output-name", 2, &with("outputs: [a]"), "[a]", "[]"),
        case(
            "output-without-type",
            4,
            &two("isEnd: false", "outputs: [{Name: O, Selector: $.a}]"),
            "$.a",
            "$.a, Type: String",
        ),
        case("boolean-as-text", 3, &two("isEnd: 'false'", "isEnd: true"), "'false'", "false"),
        case(
            "attachment-file",
            2,
            &with("files: {a.zip: {checksums: {md5: x}}}"),
            "md5: x",
            &format!("sha256: {}", "0f".repeat(32)),
        ),
        case("document-limits", 2, &with(&format!("parameters: {{{}: {{type: String}}}}", "x".repeat(51))), "xx", "x"),
    ]
}

fn parameters() -> Vec<Case> {
    let of = |definition: &str| with(&format!("parameters: {{A: {{{definition}}}, B: {{type: String, default: b}}}}"));
    vec![
        case("default-type", 2, &of("type: Integer, default: x"), "default: x", "default: 1"),
        case("default-not-allowed", 2, &of("type: String, default: x, allowedValues: [y]"), "[y]", "[x, y]"),
        case("default-reference", 2, &of("type: String, default: '{{ B }}'"), "{{ B }}", "{{ global:DATE }}"),
        case("self-reference", 2, &of("type: String, default: '{{ A }}'"), "{{ A }}", "x"),
        case(
            "default-expansion",
            2,
            &of("type: String, default: '{{ B }}'").replace("default: b", "default: '{{ A }}'"),
            "'{{ A }}'",
            "x",
        ),
        case("pattern", 2, &of("type: String, allowedPattern: '['"), "'['", "'[a]'"),
    ]
}

fn flow() -> Vec<Case> {
    vec![
        case("unknown-step", 3, &two("nextStep: c", "isEnd: true"), "nextStep: c", "nextStep: b"),
        case("end-and-next", 3, &two("nextStep: b, isEnd: true", "isEnd: true"), "isEnd: true", "isEnd: false"),
        case("cycle", 4, &two("isEnd: false", "nextStep: a"), "nextStep: a", "isEnd: true"),
        case("unreachable-step", 4, &two("isEnd: true", "isEnd: true"), "isEnd: true", "isEnd: false"),
        case("on-failure", 3, &two("onFailure: continue", "isEnd: true"), "continue", "Continue"),
        case("on-cancel", 3, &two("onCancel: 'b'", "isEnd: true"), "'b'", "Abort"),
        case("cancel-target", 3, &two("onCancel: 'step:b'", "isEnd: true"), "'step:b'", "Abort"),
        case(
            "not-critical-abort",
            3,
            &two("isCritical: false", "isEnd: true"),
            "isCritical: false",
            "isCritical: false, onFailure: Continue",
        ),
        case(
            "jump-into-loop",
            9,
            &loop_of("Iterators: [x]", "- {name: c, action: 'aws:pause', inputs: {}, nextStep: b}\n"),
            "nextStep: b",
            "isEnd: true",
        ),
        case(
            "nested-loop",
            8,
            &loop_of("Iterators: [x]", "").replace(
                "'aws:pause', inputs: {}",
                "'aws:loop', inputs: {Iterators: [y], Steps: [{name: c, action: 'aws:pause', inputs: {}}]}",
            ),
            "'aws:loop', inputs: {Iterators: [y], Steps: [{name: c, action: 'aws:pause', inputs: {}}]}",
            "'aws:pause', inputs: {}",
        ),
        case(
            "timeout",
            3,
            &step("sleep", "Duration: PT1S").replace("inputs", "timeoutSeconds: 700000, inputs"),
            "700000",
            "600000",
        ),
        case(
            "wait-without-timeout",
            3,
            &step("waitForAwsResourceProperty", "Service: ec2, Api: X, PropertySelector: $.a, DesiredValues: [b]"),
            "inputs",
            "timeoutSeconds: 60, inputs",
        ),
    ]
}

fn references() -> Vec<Case> {
    let declared = |lines: &str, member: &str| call(member).replacen("mainSteps", &format!("{lines}\nmainSteps"), 1);
    let branches = "schemaVersion: '0.3'
mainSteps:
- {name: a, action: 'aws:branch', inputs: {Choices: [{NextStep: b, Variable: x, StringEquals: x}], Default: c}}
- {name: b, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: X}, outputs: [{Name: x, Selector: $.x, Type: String}], isEnd: true}
- {name: c, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: X, P: '{{ b.x }}'}}
";
    vec![
        case(
            "undeclared-parameter",
            4,
            &declared("parameters: {Bucket: {type: String}}", "P: '{{ Buckett }}'"),
            "Buckett",
            "Bucket",
        ),
        case(
            "undeclared-variable",
            4,
            &declared("variables: {V: {type: String, default: v}}", "P: '{{ variable:W }}'"),
            "variable:W",
            "variable:V",
        ),
        case("unknown-global", 3, &call("P: '{{ global:DAY }}'"), "DAY", "DATE"),
        case("ssm-reference", 3, &call("P: '{{ ssm:x }}'"), "{{ ssm:x }}", "x"),
        case("reference-too-early", 3, &call("P: '{{ a.Out }}'"), "{{ a.Out }}", "x"),
        case("reference-elsewhere", 5, branches, ", isEnd: true}\n- {name: c", "}\n- {name: c"),
        case("undeclared-output", 5, branches, "b.x", "b.x"),
    ]
}

fn actions() -> Vec<Case> {
    let script = "Runtime: python3.11, Handler: h, Script: 'def h(e, c): pass'";
    let choice = |choice: &str| step("branch", &format!("Choices: [{choice}]"));
    let stack = step("createStack", "StackName: s, TemplateBody: b").replace("inputs", "maxAttempts: 2, inputs");
    vec![
        case("unknown-action", 3, &step("executeAPI", ""), "executeAPI", "pause"),
        case("private-action", 3, &step("shareSQLMedia", ""), "shareSQLMedia", "pause"),
        case("unknown-input", 3, &step("sleep", "duration: PT1S, Duration: PT1S"), "duration: PT1S, ", ""),
        case("missing-input", 3, &step("deleteImage", ""), "{}", "{ImageId: ami-1}"),
        case("input-value", 3, &step("createTags", "ResourceIds: [i], Tags: [], ResourceType: ec2"), "ec2", "EC2"),
        case(
            "exclusive-inputs",
            3,
            &step("createStack", "StackName: s, TemplateBody: b, TemplateURL: u"),
            ", TemplateURL: u",
            "",
        ),
        case("repeated-create", 3, &stack, "TemplateBody: b", "TemplateBody: b, ClientRequestToken: t"),
        case("sleep", 3, &step("sleep", "Duration: 1s"), "1s", "PT1S"),
        case("approve", 3, &step("approve", "Approvers: [a], MinRequiredApprovals: 2"), "[a]", "[a, b]"),
        case(
            "update-variable",
            4,
            &step("updateVariable", "Name: V, Value: v").replacen(
                "mainSteps",
                "variables: {V: {type: String}}\nmainSteps",
                1,
            ),
            "Name: V",
            "Name: 'variable:V'",
        ),
        case("condition", 3, &choice("{Variable: x, StringEquals: y}"), "{Variable", "{NextStep: b, Variable")
            .and(|text| format!("{text}- {{name: b, action: 'aws:pause', inputs: {{}}}}\n")),
        case(
            "unknown-operator",
            3,
            &choice("{NextStep: b, Variable: x, StringNotEquals: y}"),
            "StringNotEquals",
            "StringEquals",
        )
        .and(|text| format!("{text}- {{name: b, action: 'aws:pause', inputs: {{}}}}\n")),
        case(
            "handler",
            3,
            &step("executeScript", "Runtime: python3.11, Handler: g, Script: 'def h(e, c): pass'"),
            "Handler: g",
            "Handler: h",
        ),
        case(
            "handler-with-powershell",
            3,
            &step("executeScript", "Runtime: PowerShell 7.0, Handler: h, Script: x"),
            "Handler: h, ",
            "",
        ),
        case("deprecated-runtime", 3, &step("executeScript", &script.replace("3.11", "3.7")), "3.7", "3.11"),
        case("unknown-runtime", 3, &step("executeScript", &script.replace("3.11", "4.0")), "4.0", "3.11"),
        case(
            "attachment",
            3,
            &step("executeScript", "Runtime: python3.11, Handler: h, Attachment: x.zip"),
            "Attachment: x.zip",
            "Script: 'def h(e, c): pass'",
        ),
        case(
            "dynamic-api",
            3,
            &step("executeAwsApi", "Service: ec2, Api: '{{ global:REGION }}'"),
            "'{{ global:REGION }}'",
            "X",
        ),
        case("spelling", 3, &step("executeAwsApi", "Service: EC2, Api: X"), "EC2", "ec2"),
    ]
}

fn selectors() -> Vec<Case> {
    let output =
        |selector: &str| two("isEnd: false", &format!("outputs: [{{Name: O, Selector: '{selector}', Type: String}}]"));
    vec![
        case("selector", 4, &output("$.a["), "$.a[", "$.a[0]"),
        case("selector-root", 4, &output("a.b"), "a.b", "$.a.b"),
    ]
}

impl Case {
    /// The same change to both documents.
    fn and(self, change: impl Fn(&str) -> String) -> Self {
        Self { broken: change(&self.broken), valid: change(&self.valid), ..self }
    }
}

/// The cases whose valid neighbour is another document altogether.
fn with_own_neighbour(mut case: Case) -> Case {
    match case.rule {
        "syntax" => std::mem::swap(&mut case.broken, &mut case.valid),
        "alias-expansion" => case.valid = with("parameters:\n  A: &a {type: String}\n  B: *a"),
        "undeclared-output" => {
            case.valid = case.broken.replace(", isEnd: true}\n- {name: c", "}\n- {name: c");
            case.broken = case.valid.replace("'{{ b.x }}'", "'{{ b.y }}'");
        }
        _ => {}
    }
    case
}

#[test]
fn every_rule_is_found_where_it_is_broken_and_not_in_its_valid_neighbour() {
    let all = [text(), shape(), parameters(), flow(), references(), actions(), selectors()];
    let mut untested: BTreeSet<&str> = engine::RULES.iter().map(|rule| rule.id).collect();
    let mut wrong = Vec::new();
    for case in all.into_iter().flatten().map(with_own_neighbour) {
        let rule = engine::RULES.iter().find(|rule| rule.id == case.rule);
        let rule = rule.unwrap_or_else(|| panic!("{} is no rule", case.rule));
        untested.remove(case.rule);
        let (broken, valid) = (check(&case.broken), check(&case.valid));
        let found = broken.iter().find(|finding| finding.rule == case.rule && finding.line == case.line);
        let fits = |severity| match rule.level {
            Level::Error => severity == Severity::Error,
            Level::Warning => severity == Severity::Warning,
            Level::Either => true,
        };
        if !found.is_some_and(|finding| fits(finding.severity)) {
            wrong.push(format!("{} is not told as such in line {}:\n{broken}", case.rule, case.line));
        }
        let here = valid.iter().filter(|finding| finding.rule == case.rule || finding.severity == Severity::Error);
        wrong.extend(here.map(|finding| format!("{}: its neighbour has {finding}", case.rule)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(untested.is_empty(), "rules without a test: {untested:?}");
}
