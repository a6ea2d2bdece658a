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
