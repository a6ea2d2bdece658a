//! The pages of security and of resizes name tests for what they say, and each of them is there.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::BTreeSet;

use tests::checkout::{files, text};

/// The rows of the table of attacks: what is tried, and the tests that try it.
fn attacks(page: &str) -> Vec<(String, Vec<String>)> {
    let table = page.lines().skip_while(|line| *line != "| attack | what becomes of it | test |").skip(2);
    let rows = table.map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let row = |row: &str| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let tests = cells[cells.len() - 1].split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
        (cells[0].to_owned(), tests)
    };
    rows.map(row).collect()
}

/// The names of all functions that follow an attribute of a test, or stand in `proptest!`; one that is ignored tries nothing.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files(".", "rs").unwrap() {
        let mut marked = false;
        for line in text(&path).unwrap().lines().map(str::trim) {
            let function = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
            if let Some(function) = function.filter(|_| marked) {
                names.extend(function.split(['(', '<']).next().map(str::to_owned));
            }
            let begins = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            marked = !line.starts_with("#[ignore") && (begins || marked && line.starts_with('#'));
        }
    }
    names
}

#[test]
fn every_attack_is_tried_in_a_test_that_is_there() {
    let (attacks, tests) = (attacks(&text("docs/security.md").unwrap()), tests());
    assert!(attacks.len() > 25 && tests.len() > 500, "{} attacks, {} tests", attacks.len(), tests.len());
    let missing: Vec<String> = attacks
        .iter()
        .flat_map(|(attack, named)| named.iter().map(move |name| (attack, name)))
        .filter(|(_, name)| !tests.contains(*name))
        .map(|(attack, name)| format!("{attack}: {name}"))
        .collect();
    assert!(missing.is_empty(), "named and not there:\n{}", missing.join("\n"));
}

/// What stands between backticks and is a sentence.
fn named(page: &str) -> Vec<&str> {
    let is_sentence = |name: &&str| {
        name.matches('_').count() > 2 && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
    };
    page.split('`').filter(is_sentence).collect()
}

#[test]
fn what_is_said_of_a_resize_is_tried_in_a_test_that_is_there() {
    let (page, tests) = (text("docs/resize.md").unwrap(), tests());
    let named = named(&page);
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(missing.is_empty(), "named and not there: {missing:?}");
}
