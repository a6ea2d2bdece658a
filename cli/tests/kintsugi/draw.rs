//! `kintsugi draw`.

use serde_json::Value;

use crate::aws::{models, there};
use crate::tool::Desk;

const WRONG: &str = "  - {name: look, action: 'aws:executeAwsApi', nextStep: nowhere, inputs: {Service: ec2, Api: DescribeInstances}}\n";

#[test]
fn a_runbook_is_drawn_on_standard_output_or_to_a_file_whose_ending_says_how() {
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    let svg = desk.kintsugi(&["draw", "resize-instance.yaml"]);
    assert_eq!(svg.code, Some(0), "{svg:?}");
    assert!(svg.out.starts_with("<svg ") && svg.out.contains(">stopInstance</text>"));
    let mermaid = desk.kintsugi(&["draw", "resize-instance.yaml", "--format", "mermaid"]);
    assert!(mermaid.out.starts_with("flowchart TD\n"), "{mermaid:?}");
    for (file, same) in [("a.svg", &svg), ("a.mmd", &mermaid)] {
        let done = desk.kintsugi(&["draw", "resize-instance.yaml", "-o", file]);
        assert_eq!((done.code, done.out.as_str()), (Some(0), ""));
        assert!(done.err.ends_with(&format!("{file}\n")), "{done:?}");
        assert_eq!(std::fs::read_to_string(desk.path().join(file)).unwrap(), same.out);
    }
}

#[test]
fn several_go_to_a_folder_and_nowhere_else() {
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    desk.shipped("revoke-open-ssh.yaml");
    let done = desk.kintsugi(&["draw", "resize-instance.yaml", "revoke-open-ssh.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    assert!(done.err.contains("name a folder with -o"), "{done:?}");
    let done = desk.kintsugi(&["draw", "resize-instance.yaml", "revoke-open-ssh.yaml", "-o", "drawings"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for name in ["resize-instance.svg", "revoke-open-ssh.svg"] {
        assert!(desk.path().join("drawings").join(name).is_file(), "{name}");
    }
}

#[test]
fn the_graph_is_json_for_programs() {
    if !there(&models()) {
        return;
    }
    let desk = Desk::new();
    desk.shipped("resize-instance.yaml");
    let done = desk.kintsugi(&["draw", "resize-instance.yaml", "--json"]);
    let flow: Value = serde_json::from_str(&done.out).unwrap();
    let nodes = flow["nodes"].as_array().unwrap();
    let node = |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap();
    assert_eq!((&node("changeType")["kind"], &node("assertRunning")["kind"]), (&"write".into(), &"assert".into()));
    let stop = &node("stopInstance")["id"];
    let mut edges = flow["edges"].as_array().unwrap().iter();
    let failure = edges.find(|edge| edge["kind"] == "failure" && edge["from"] == *stop).unwrap();
    assert_eq!(failure["to"], node("waitUntilSettled")["id"]);
}

#[test]
fn a_runbook_with_errors_is_drawn_and_it_says_so() {
    let desk = Desk::new();
    desk.runbook("wrong.yaml", WRONG);
    let done = desk.kintsugi(&["draw", "wrong.yaml"]);
    assert_eq!(done.code, Some(0));
    assert!(done.out.contains("NO SUCH STEP"), "{done:?}");
    assert!(done.err.contains("wrong.yaml has an error and is drawn as far as it can be read"), "{done:?}");
}

#[test]
fn what_is_no_runbook_is_said_and_does_not_keep_others_from_being_drawn() {
    let desk = Desk::new();
    desk.file("list.yaml", "- 1\n");
    desk.shipped("resize-instance.yaml");
    let done = desk.kintsugi(&["draw", "list.yaml", "resize-instance.yaml", "-o", "drawings"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("error: the runbook list.yaml has errors"), "{done:?}");
    assert!(desk.path().join("drawings/resize-instance.svg").is_file());
    assert!(!desk.path().join("drawings/list.svg").exists());
    let done = desk.kintsugi(&["draw", "absent.yaml"]);
    assert_eq!(done.code, Some(2), "{done:?}");
}
