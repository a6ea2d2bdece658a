//! botocore's own cases: 654 of its protocols, some 14,600 of its services' endpoint rules. The gate for upgrades.
//!
//! Comes in: `.local/botocore` (made by `scripts/models.py --with-conformance`) and the pack of models.
//! Goes out: a list of the cases that differ; skipped loudly where the data is absent.
//! Never: a copy of the cases in this repository.

mod compare;
mod endpoints;
mod protocols;

use std::path::PathBuf;

use serde_json::Value;

/// The folder of the cases, if they are there.
fn cases(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.local/botocore")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no botocore cases at {}: scripts/models.py --with-conformance .local/botocore", path.display());
    None
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Fails with the first differences, if there are any, and says how many cases passed.
fn report(what: &str, passed: usize, failures: &[String]) {
    println!("{what}: {passed} passed, {} differ", failures.len());
    let shown: Vec<&String> = failures.iter().take(20).collect();
    assert!(failures.is_empty(), "{} of {what} differ; the first: {shown:#?}", failures.len());
}
