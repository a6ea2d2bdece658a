//! The page of semantics speaks of every action and every rule.

use std::path::Path;

const ACTIONS: [&str; 23] = [
    "approve",
    "assertAwsResourceProperty",
    "branch",
    "changeInstanceState",
    "copyImage",
    "createImage",
    "createStack",
    "createTags",
    "deleteImage",
    "deleteStack",
    "executeAutomation",
    "executeAwsApi",
    "executeScript",
    "executeStateMachine",
    "invokeLambdaFunction",
    "invokeWebhook",
    "loop",
    "pause",
    "runCommand",
    "runInstances",
    "sleep",
    "updateVariable",
    "waitForAwsResourceProperty",
];

#[test]
fn the_page_has_a_row_for_every_action_and_says_rightly_whether_it_runs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/semantics.md");
    let page = std::fs::read_to_string(&file).unwrap();
    for action in ACTIONS {
        let row = page.lines().find(|line| line.starts_with(&format!("| aws:{action} |")));
        let row = row.unwrap_or_else(|| panic!("no row for aws:{action}"));
        let refused = engine::support(&format!("aws:{action}")) != engine::Support::Here;
        assert_eq!(row.contains("| refused |"), refused, "{row}");
    }
}

#[test]
fn the_page_lists_every_rule_with_its_own_words() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/semantics.md");
    let page = std::fs::read_to_string(&file).unwrap();
    for (rule, words) in engine::RULES {
        assert!(page.contains(&format!("| {rule} | {words} |")), "| {rule} | {words} |");
    }
}
