//! The page of semantics speaks of every action and every rule, and every test that it names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

/// What the column `here` may say; with a bracket open, the why follows.
const STANDINGS: [&str; 4] = ["same as AWS", "different (", "refused (", "not verified: safe reading ("];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/semantics.md")).unwrap()
}

/// The cells of a table's row; none where the line is not one.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inner.map(|inner| inner.split('|').map(str::trim).collect()).unwrap_or_default()
}

/// The rows of all tables that have the columns `here` and `test`: what it is about, how it stands, its tests.
fn rows(page: &str) -> Vec<(String, String, Vec<String>)> {
    let mut rows = Vec::new();
    let mut here = None;
    for line in page.lines() {
        let cells = cells(line);
        if cells.last() == Some(&"test") {
            here = cells.iter().position(|cell| *cell == "here");
        } else if cells.is_empty() {
            here = None;
        } else if let Some(here) = here.filter(|_| !cells[0].starts_with("---")) {
            let tests = cells[cells.len() - 1].split(',').map(|name| name.trim().trim_matches('`').to_owned());
            rows.push((cells[0].to_owned(), cells[here].to_owned(), tests.collect()));
        }
    }
    rows
}

/// The names of all tests of the workspace.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for area in ["engine", "aws-api", "shared", "cli", "functions", "world", "tests"] {
        sources(&root().join(area), &mut names);
    }
    names
}

fn sources(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("snapshots") {
            sources(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(tests_in(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Functions under a test's attribute, properties inside `proptest!` included.
fn tests_in(source: &str) -> Vec<String> {
    let (mut names, mut marked) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(rest) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")
            && std::mem::take(&mut marked)
        {
            names.extend(rest.split(['(', '<']).next().map(str::to_owned));
        }
    }
    names
}

#[test]
fn the_page_has_a_row_for_every_action_and_says_rightly_whether_it_runs() {
    let rows = rows(&page());
    for action in ACTIONS {
        let action = format!("aws:{action}");
        let row = rows.iter().find(|(name, ..)| *name == action);
        let (_, here, _) = row.unwrap_or_else(|| panic!("no row for {action}"));
        let refused = engine::support(&action) != engine::Support::Here;
        assert_eq!(here.starts_with("refused"), refused, "{action}: {here}");
    }
}

#[test]
fn every_row_of_the_page_says_how_it_stands_and_names_tests_that_are_there() {
    let (rows, tests) = (rows(&page()), tests());
    assert!(rows.len() > ACTIONS.len() + engine::RULES.len(), "only {} rows were read", rows.len());
    let mut wrong = Vec::new();
    for (name, here, named) in &rows {
        if !STANDINGS.iter().any(|standing| here.starts_with(standing)) {
            wrong.push(format!("{name}: the standing {here:?} is none of {STANDINGS:?}"));
        }
        let missing = named.iter().filter(|test| !tests.contains(*test));
        wrong.extend(missing.map(|test| format!("{name}: there is no test {test:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_lists_every_rule_with_its_level_and_its_own_words_and_no_other() {
    let page = page();
    let section = page.split("\n## Rules\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed: Vec<Vec<&str>> = section.lines().map(cells).filter(|cells| cells.len() == 5).skip(2).collect();
    let known: Vec<Vec<&str>> = engine::RULES.iter().map(|rule| vec![rule.id, rule.level.words(), rule.says]).collect();
    let found: Vec<Vec<&str>> = listed.iter().map(|cells| vec![cells[0], cells[1], cells[3]]).collect();
    for row in &known {
        assert!(found.contains(row), "no row | {} | {} | … | {} | … |", row[0], row[1], row[2]);
    }
    for row in &found {
        assert!(known.contains(row), "{row:?} is no rule");
    }
}
