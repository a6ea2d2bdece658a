//! `kintsugi check`.

use std::path::Path;

use serde_json::Value;

use crate::aws::{models, root, there};
use crate::tool::Desk;

/// Wrong in the engine's eyes and in AWS's: a step that is not there, an operation and a service misspelt.
const WRONG: &str = "  - name: stopInstance
    action: aws:executeAwsApi
    nextStep: wait
    inputs:
      Service: ec2
      Api: StopInstance
      InstanceIds: [i-0123456789abcdef0]
  - name: lookAtBucket
    action: aws:assertAwsResourceProperty
    inputs: {Service: s4, Api: GetBucketPolicy, Bucket: b, PropertySelector: $.Policy, DesiredValues: ['']}
";

const RIGHT: &str = "  - name: look
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeInstances}
";

#[test]
fn everything_that_is_wrong_is_said_with_its_place_and_the_names_that_are_near() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook("wrong.yaml", WRONG);
    desk.runbook("right.yaml", RIGHT);
    let done = desk.kintsugi(&["check", "right.yaml", "wrong.yaml"]);
    assert_eq!((done.code, done.err.as_str()), (Some(1), ""));
    insta::assert_snapshot!(done.out);
}

#[test]
fn findings_are_json_for_programs() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook("wrong.yaml", WRONG);
    let done = desk.kintsugi(&["check", "--json", "wrong.yaml"]);
    let findings: Vec<Value> = serde_json::from_str(&done.out).unwrap();
    let api = findings.iter().find(|finding| finding["rule"] == "unknown-api").unwrap();
    assert_eq!((api["line"].as_u64(), api["column"].as_u64()), (Some(8), Some(12)));
    assert_eq!((&api["document"], &api["step"]), (&"wrong.yaml".into(), &"stopInstance".into()));
    assert_eq!(api["path"], "/mainSteps/0/inputs/Api");
    assert_eq!(done.code, Some(1));
    desk.runbook("right.yaml", RIGHT);
    let done = desk.kintsugi(&["check", "--json", "right.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), "[]\n"));
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_what_is_wrong_with_the_others() {
    let desk = Desk::new();
    desk.runbook("wrong.yaml", WRONG);
    let done = desk.kintsugi(&["check", "absent.yaml", "wrong.yaml"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.err.ends_with("error: absent.yaml cannot be read: No such file or directory (os error 2)\n"),
        "{done:?}"
    );
    assert!(done.out.contains("wrong.yaml:5:15: error[unknown-step]"), "{done:?}");
}

#[test]
fn without_models_the_rest_is_checked_and_it_says_so() {
    let desk = Desk::new();
    desk.runbook("wrong.yaml", WRONG);
    let mut command = desk.command(crate::tool::tool(), &["check", "wrong.yaml"]);
    command.env("KINTSUGI_MODELS", "nowhere.pack");
    let done = crate::tool::finish(command);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("not checked: there are no service models at nowhere.pack: `make models`"), "{done:?}");
    assert!(done.out.contains("unknown-step") && !done.out.contains("unknown-api"), "{done:?}");
}

#[test]
fn no_file_is_a_mistake_of_usage() {
    let done = Desk::new().kintsugi(&["check"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("Usage: kintsugi check"), "{done:?}");
}

#[test]
fn every_runbook_of_the_project_is_fine() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    for (name, _) in shared::catalogue::RUNBOOKS {
        desk.shipped(&format!("{name}.yaml"));
        let done = desk.kintsugi(&["check", &format!("{name}.yaml")]);
        assert_eq!((done.code, done.out), (Some(0), format!("{name}.yaml: ok\n")));
    }
}

/// One of everything that AWS's models know better than the language: members, types, answers.
const MODELS: &str = "  - name: look
    action: aws:executeAwsApi
    isEnd: 'false'
    inputs:
      Service: ec2
      Api: describe_instances
      InstanceId: i-0123456789abcdef0
      MaxResults: ten
      Filters:
        - Name: instance-state-name
          Values: '{{ global:REGION }}'
    outputs:
      - {Name: State, Selector: '$.Reservations[0].Instances[0].State', Type: Integer}
      - {Name: Type, Selector: '$.Reservations.Instances[0].InstanceTyp', Type: String}
      - {Name: Ids, Selector: '$..InstanceIdd', Type: StringList}
  - name: stop
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: StopInstances, Force: true}
";

#[test]
fn members_types_and_answers_are_compared_with_the_models() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook("models.yaml", MODELS);
    let done = desk.kintsugi(&["check", "models.yaml"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.out);
    assert_eq!(desk.kintsugi(&["check", "--deny", "warnings", "models.yaml"]).code, Some(1));
}

#[test]
fn a_reference_has_its_declared_type_and_nothing_else_is_known_of_it() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    let text = |member: &str| {
        format!(
            "schemaVersion: '0.3'
parameters:
  Text: {{type: String}}
  Count: {{type: Integer}}
  Ids: {{type: 'List<AWS::EC2::Instance::Id>'}}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {{Service: ec2, Api: DescribeInstances, {member}}}
"
        )
    };
    for (member, fits) in [
        ("MaxResults: '{{ Count }}'", true),
        ("MaxResults: '{{ Text }}'", false),
        ("NextToken: '{{ Count }}'", false),
        ("NextToken: 'page {{ Count }}'", true),
        ("InstanceIds: '{{ Ids }}'", true),
        ("InstanceIds: ['{{ Ids }}', i-1]", true),
        ("InstanceIds: ['{{ Count }}']", false),
        ("InstanceIds: '{{ Text }}'", false),
        ("NextToken: '{{ look.Unknown }}'", true),
    ] {
        desk.file("a.yaml", &text(member));
        let done = desk.kintsugi(&["check", "a.yaml"]);
        assert_eq!(!done.out.contains("warning[reference-type]"), fits, "{member}: {}", done.out);
    }
}

#[test]
fn sarif_has_every_finding_with_its_rule_its_place_and_its_fix() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook("a b.yaml", WRONG);
    let done = desk.kintsugi(&["check", "--format", "sarif", "a b.yaml", "absent.yaml"]);
    assert_eq!(done.code, Some(2));
    let log: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.len() == rules.len() && ids.len() > engine::RULES.len());
    assert!(rules.iter().all(|rule| rule["shortDescription"]["text"].as_str().is_some_and(|text| !text.is_empty())));
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.yaml");
        assert!(place["region"]["startLine"].as_u64() >= Some(1) && place["region"]["startColumn"].as_u64() >= Some(1));
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
    }
    insta::assert_json_snapshot!(results);
}

#[test]
fn findings_as_json_carry_the_change_that_puts_them_right() {
    let desk = Desk::new();
    desk.file("a.yaml", "schemaVersion: '0.3'\nmainSteps:\n- {name: a, action: 'aws:Pause', inputs: {}}\n");
    let done = desk.kintsugi(&["check", "--format", "json", "a.yaml"]);
    insta::assert_snapshot!(done.out);
}

#[test]
fn a_fix_is_shown_first_made_with_a_yes_and_keeps_comments() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.runbook(
        "a.yaml",
        &WRONG.replacen("    nextStep: wait\n", "    isEnd: \"false\"  # go on\n    nextStep: lookAtBucke\n", 1),
    );
    let read = || std::fs::read_to_string(desk.path().join("a.yaml")).unwrap();
    let before = read();
    let done = desk.kintsugi(&["check", "--fix", "a.yaml"]);
    assert!(done.err.ends_with("a.yaml: nothing was changed; --yes changes it\n"), "{done:?}");
    assert_eq!(read(), before);
    let done = desk.kintsugi(&["check", "--fix", "--yes", "a.yaml"]);
    let after = before
        .replace("StopInstance\n", "StopInstances\n")
        .replace("\"false\"", "false")
        .replace("Bucke\n", "Bucket\n");
    assert_eq!(read(), after, "{done:?}");
    assert!(done.err.contains("    9 -       Api: StopInstance\n    9 +       Api: StopInstances\n"), "{done:?}");
    assert_eq!(
        desk.kintsugi(&["check", "--fix", "--yes", "a.yaml"]).err,
        "",
        "nothing is left that could be put right"
    );
}

#[test]
fn folders_globs_and_standard_input_are_checked() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path().join("books/deep")).unwrap();
    desk.runbook("books/a.yaml", RIGHT);
    desk.runbook("books/deep/b.yaml", RIGHT);
    desk.file("books/notes.yaml", "not: a runbook\n");
    for argument in ["books", "books/**/?.yaml", "./books"] {
        let done = desk.kintsugi(&["check", argument]);
        let files = done.out.lines().filter(|line| line.ends_with(".yaml: ok")).count();
        assert_eq!((files, done.code), (2, Some(0)), "{argument}: {done:?}");
    }
    let done = desk.kintsugi(&["check", "none/*.yaml", "books"]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.ends_with("error: none/*.yaml names no file\n"), "{done:?}");
    let mut shell = desk.command("/bin/sh".as_ref(), &["-c", "printf 'schemaVersion: 0.3' | \"$0\" check -"]);
    shell.arg(crate::tool::tool());
    let done = crate::tool::finish(shell);
    assert!(done.out.contains("-:1:16: error[schema-version]"), "{done:?}");
    assert_eq!(done.code, Some(1));
}

#[test]
fn colours_are_for_terminals_and_for_whoever_forces_them() {
    let desk = Desk::new();
    desk.file("a.yaml", "- a\n");
    let plain = desk.kintsugi(&["check", "a.yaml"]).out;
    assert!(plain.contains("error[not-a-mapping]") && !plain.contains('\u{1b}'), "{plain}");
    let mut forced = desk.command(crate::tool::tool(), &["check", "a.yaml"]);
    forced.env("CLICOLOR_FORCE", "1");
    let coloured = crate::tool::finish(forced).out;
    assert!(coloured.contains("\u{1b}[1;31merror[not-a-mapping]\u{1b}[0m"), "{coloured}");
    let mut none = desk.command(crate::tool::tool(), &["check", "a.yaml"]);
    none.env("NO_COLOR", "1");
    assert_eq!(crate::tool::finish(none).out, plain);
}

/// 600 MB of address space, of which the program itself takes the most.
#[test]
fn a_hostile_file_takes_little_memory_and_says_what_is_wrong() {
    let desk = Desk::new();
    let laughs: String =
        (1..10).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))).collect();
    desk.file("laughs.yaml", &format!("a0: &a0 [lol]\n{laughs}"));
    desk.file("deep.yaml", &"[".repeat(200_000));
    desk.file("large.yaml", &"x: y\n".repeat(2 * 1024 * 1024));
    for (file, rule) in
        [("laughs.yaml", "alias-expansion"), ("deep.yaml", "nesting"), ("large.yaml", "document-too-large")]
    {
        let script = format!("ulimit -v 600000; exec \"$0\" check {file}");
        let mut shell = desk.command("/bin/sh".as_ref(), &["-c", &script]);
        shell.arg(crate::tool::tool());
        let done = crate::tool::finish(shell);
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.out.contains(&format!("error[{rule}]")), "{done:?}");
    }
}

/// What AWS takes is no error here either, with its models in hand.
#[test]
fn no_valid_public_runbook_is_refused_for_what_the_models_say() {
    let index = root().join("../shared/corpus/index.tsv");
    let Ok(index) = std::fs::read_to_string(&index) else {
        eprintln!("SKIPPED: the public runbooks are not at {}", index.display());
        return;
    };
    if !there(&models()) {
        return;
    }
    let rows = index.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let folder = root().join("../shared/corpus");
    let valid = rows.filter(|row| row[17] == "ok").map(|row| folder.join(row[0]).to_string_lossy().into_owned());
    let files: Vec<String> = valid.collect();
    let arguments: Vec<&str> = ["check", "--json"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let done = Desk::new().kintsugi(&arguments);
    let findings: Vec<Value> = serde_json::from_str(&done.out).unwrap();
    let errors: Vec<_> = findings.iter().filter(|finding| finding["severity"] == "error").collect();
    eprintln!("{} valid public runbooks, {} warnings with AWS's models", files.len(), findings.len());
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(done.code, Some(0));
}

/// A name that a public runbook uses, and that we do not know, would be our fault.
#[test]
fn aws_has_every_service_and_operation_that_public_runbooks_name() {
    let corpus = root().join("../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: the public runbooks are not at {}", corpus.display());
        return;
    }
    if !there(&models()) {
        return;
    }
    let mut files = Vec::new();
    runbooks(&corpus, &mut files);
    assert!(files.len() > 300, "only {} runbooks", files.len());
    let arguments: Vec<&str> = ["check", "--json"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let done = Desk::new().kintsugi(&arguments);
    let findings: Vec<Value> = serde_json::from_str(&done.out).unwrap();
    let names = ["unknown-service", "unknown-api", "unusable-api"];
    let wrong: Vec<_> = findings.iter().filter(|f| names.contains(&f["rule"].as_str().unwrap())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn runbooks(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            runbooks(&path, into);
        } else if path.extension().is_some_and(|ext| ["yaml", "yml", "json"].iter().any(|known| ext == *known)) {
            into.push(path.canonicalize().unwrap().to_string_lossy().into_owned());
        }
    }
}

/// Bindings with one of every mistake.
const BINDINGS: &str = "bindings:
  - name: mend
    function: run-runbook
    when: {event: {source: [aws.s3], detail: {eventName: [Gone]}}}
    resource: {type: AWS::S3::Buckett, id: '{{ event.detail.bucket }}'}
    runbook: mend
    parameters:
      Buckett: '{{ resource.id }}'
      Days: many
    change: mend {{ resource.size }} of {{ rule.x }}
  - name: nowhere
    function: run-runbook
    when: {alarm: {namespace: A, metric: M, dimension: D}}
    runbook: not-there
    parameters: {}
    change: nothing
  - name: misread
    function: run-runbook
    when: {alarm: {namespace: A, metric: M, dimension: D}}
    resource: {type: AWS::S3::Bucket, id: '{{ alarm.dimensions.D }}'}
    runbook: mend
    parameters: {Bucket: '{{ alarm.dimension.D }}'}
    change: mend {{ alarm.name }}
";

#[test]
fn bindings_are_checked_with_their_runbooks_and_the_example_events() {
    let desk = Desk::new();
    desk.file("runbooks/bindings.yaml", BINDINGS);
    let runbook = "schemaVersion: '0.3'\nparameters:\n  Bucket: {type: String}\n  Days: {type: Integer, default: 1}\nmainSteps:\n  - {name: wait, action: 'aws:sleep', inputs: {Duration: PT1S}}\n";
    desk.file("runbooks/mend.yaml", runbook);
    desk.file("events/gone.json", r#"{"source": "aws.s3", "detail": {"eventName": "Gone"}}"#);
    let done = desk.kintsugi(&["check", "runbooks/bindings.yaml"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    insta::assert_snapshot!(done.out);
}

#[test]
fn the_bindings_of_the_project_are_fine_and_a_word_that_nobody_knows_is_said_with_its_line() {
    let done = Desk::new().kintsugi(&["check", &root().join("runbooks/bindings.yaml").to_string_lossy()]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let desk = Desk::new();
    desk.file("b.yaml", "bindings:\n  - name: a\n    function: f\n    when: {}\n    runbok: r\n");
    let done = desk.kintsugi(&["check", "b.yaml"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("b.yaml:") && done.out.contains("runbok"), "{done:?}");
}

/// Bindings of AWS's own documents: one that is right, and one of every mistake.
const OF_AWS: &str = "bindings:
  - name: right
    function: run-runbook
    when: {event: {source: [aws.s3]}}
    resource: {type: 'AWS::S3::Bucket', id: '{{ event.detail.bucket }}'}
    runbook: AWS-Mend
    parameters: {Bucket: '{{ resource.id }}', Role: '{{ automation.role }}', Force: true}
    change: mend it
    verify: {call: 's3:GetBucketVersioning', input: {Bucket: '{{ resource.id }}'}, at: $.Status, is: Enabled}
  - name: wrong
    function: run-runbook
    when: {event: {source: [aws.s3]}}
    resource: {type: 'AWS::S3::Bucket', id: '{{ event.detail.bucket }}'}
    runbook: AWS-Mend
    parameters: {Buckett: b, Role: '{{ automation.roll }}', Force: perhaps}
    undo: {Bucket: b, Role: r}
    change: mend it
    verify: {call: 's3:GetBucketVersioning', input: {}, at: $.Status, is: Enabled}
  - name: unknown
    function: run-runbook
    when: {event: {source: [aws.s3]}}
    resource: {type: 'AWS::S3::Bucket', id: '{{ event.detail.bucket }}'}
    runbook: AWS-NobodyKnows
    parameters: {}
    change: mend it
    verify: {call: 's3:GetBucketVersioning', input: {}, at: $.Status, is: Enabled}
  - name: own
    function: run-runbook
    when: {event: {source: [aws.s3]}}
    resource: {type: 'AWS::S3::Bucket', id: '{{ event.detail.bucket }}'}
    runbook: ssm:Shop-Mend
    parameters: {Bucket: '{{ resource.id }}'}
    change: mend it
    verify: {call: 's3:GetBucketVersioning', input: {}, at: $.Status, is: Enabled}
  - name: unwritten
    function: run-runbook
    when: {event: {source: [aws.s3]}}
    resource: {type: 'AWS::S3::Bucket', id: '{{ event.detail.bucket }}'}
    runbook: ssm:Shop-Forgotten
    parameters: {}
    change: mend it
    verify: {call: 's3:GetBucketVersioning', input: {}, at: $.Status, is: Enabled}
";

#[test]
fn bindings_of_documents_in_ssm_are_checked_with_what_is_written_down_about_them() {
    let desk = Desk::new();
    desk.file("runbooks/bindings.yaml", OF_AWS);
    let known = "AWS-Mend:\n  parameters:\n    Bucket: {type: String}\n    Role: {type: String}\n    \
                 Force: {type: Boolean, default: false}\n  takesUpTo: 60\n  role: []\n\
                 Shop-Mend:\n  parameters: {Bucket: {type: String}}\n  takesUpTo: 60\n  role: []\n";
    desk.file("runbooks/ssm-documents.yaml", known);
    let event = r#"{"source": "aws.s3", "detail-type": "Lost", "account": "123456789012", "region": "eu-west-1", "id": "1",
                    "time": "2026-01-01T00:00:00Z", "detail": {"bucket": "b"}}"#;
    desk.file("events/lost.json", event);
    let done = desk.kintsugi(&["check", "runbooks/bindings.yaml"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    for said in [
        "binding wrong: parameters.Buckett: the runbook has no such parameter; it has Bucket, Role, Force",
        "binding wrong: parameters.Bucket: is missing",
        "binding wrong: parameters.Force: is \"perhaps\"; expected one of true, false",
        "binding wrong: {{ automation.roll }}: of automation there is the role alone",
        "binding wrong: runbook: a document in SSM needs parameters, and is not run again to put things back",
        "binding unknown: runbook: nobody wrote down what parameters AWS-NobodyKnows has",
        "binding unwritten: runbook: nobody wrote down what parameters Shop-Forgotten has",
    ] {
        assert!(done.out.contains(said), "{said} is not in\n{}", done.out);
    }
    assert!(!done.out.contains("binding right") && !done.out.contains("binding own"), "{}", done.out);
}

/// The page that says how to make a remediation of one's own, done as it says.
#[test]
fn the_tutorial_of_bindings_is_content_with_its_own_event_and_says_when_there_is_none() {
    let page = std::fs::read_to_string(root().join("docs/bindings.md")).unwrap();
    let block =
        |kind: &str| page.split(&format!("```{kind}\n")).nth(1).unwrap().split("```").next().unwrap().to_owned();
    let desk = Desk::new();
    let shipped = std::fs::read_to_string(root().join("runbooks/bindings.yaml")).unwrap();
    desk.file("runbooks/bindings.yaml", &format!("{shipped}\n{}", block("yaml")));
    for (name, text) in shared::catalogue::RUNBOOKS {
        desk.file(&format!("runbooks/{name}.yaml"), text);
    }
    let of_shipped = std::fs::read_to_string(root().join("events/cloudtrail/bucket-block-deleted.json")).unwrap();
    desk.file("events/cloudtrail/bucket-block-deleted.json", &of_shipped);
    let done = desk.kintsugi(&["check", "runbooks/bindings.yaml"]);
    let said = "warning[binding-without-example]: binding restore-bucket-versioning: when.event: no example below ";
    assert!(done.out.contains(said) && done.code == Some(0), "{done:?}");
    desk.file("events/cloudtrail/bucket-versioning-suspended.json", &block("json"));
    let done = desk.kintsugi(&["check", "runbooks/bindings.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), "runbooks/bindings.yaml: ok\n"), "{done:?}");
    let wrong = block("json").replace("bucketName", "bucket");
    desk.file("events/cloudtrail/bucket-versioning-suspended.json", &wrong);
    let done = desk.kintsugi(&["check", "runbooks/bindings.yaml"]);
    assert!(done.code == Some(1) && done.out.contains("the example event does not say it"), "{done:?}");
}
