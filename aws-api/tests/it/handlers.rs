//! botocore's own table of handlers, held against the rows of docs/aws-api.md: none of it is forgotten when the pinned
//! botocore is a newer one.

use std::fs;
use std::path::{Path, PathBuf};

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Rows of the table that only change documentation or parameters nobody gives.
const DOCUMENTATION: [&str; 6] = [
    "document_",
    "AutoPopulatedParam",
    "DocumentModifiedShape",
    "HideParamFromOperations",
    "new_type",
    "new_description",
];

/// The source of the handlers, where the pinned botocore is installed for tests; it is read, not run.
fn handlers() -> Option<String> {
    let python = fs::read_dir(Path::new(PROJECT).join(".local/venv/lib")).ok()?.next()?.ok()?.path();
    fs::read_to_string(python.join("site-packages/botocore/handlers.py")).ok()
}

/// The names in the table: what follows `'EVENT',` there.
fn table(source: &str) -> Vec<&str> {
    let table = source.split("BUILTIN_HANDLERS = [").nth(1).unwrap().split("\n]").next().unwrap();
    let after_event = table.split("',").skip(1).map(str::trim_start);
    let name = |rest: &&str| rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    after_event.map(|rest| &rest[..name(&rest)]).filter(|name| !name.is_empty()).collect()
}

/// The code in the first cells of the page's table.
fn rows(page: &str) -> Vec<&str> {
    let part = page.split("## botocore's customizations, row by row").nth(1).unwrap().split("\n## ").next().unwrap();
    let first = part.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_row_of_botocores_table_of_handlers_is_a_row_of_the_page() {
    let page = fs::read_to_string(PathBuf::from(PROJECT).join("docs/aws-api.md"));
    let (Some(source), Ok(page)) = (handlers(), page) else {
        return eprintln!("SKIPPED: no botocore in .local/venv, or no docs/aws-api.md: `python3 scripts/setup test`");
    };
    let (names, rows) = (table(&source), rows(&page));
    assert!(names.len() > 100 && rows.len() > 50, "{} names, {} rows", names.len(), rows.len());
    let is_row = |name: &str| {
        rows.iter().any(|row| *row == name || row.strip_suffix('*').is_some_and(|begin| name.starts_with(begin)))
    };
    let is_code = |name: &&str| !DOCUMENTATION.iter().any(|begin| name.starts_with(begin));
    let mut missing: Vec<&str> = names.into_iter().filter(is_code).filter(|name| !is_row(name)).collect();
    missing.dedup();
    assert_eq!(missing, Vec::<&str>::new());
}
