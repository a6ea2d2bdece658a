//! This client and botocore, asked the same: what they send, and what they make of an answer.
//!
//! Comes in: questions of `differential.py`, which makes inputs and answers from the models and asks botocore itself.
//! Goes out: what this client sent and made of the answer; the script compares, this test says what it found.
//! Never: a network on either side; a difference that is not explained in `explained.rs`.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod explained;
mod wire;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use aws_api::Models;
use serde_json::Value;

use crate::explained::report;
use crate::wire::Asked;

/// Every operation of every service when `KINTSUGI_DIFFERENTIAL` is `all` (`make differential`), else some hundred
/// over all protocols; or the services it names, by commas.
#[test]
fn this_client_and_botocore_send_the_same_and_read_the_same() {
    let Some((python, models)) = equipment() else { return };
    let report_file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential.json");
    let mut script = Command::new(python);
    script.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/differential.py"));
    script.arg("--report").arg(&report_file).args(selection());
    run(script, models);
    let said: Value = serde_json::from_slice(&std::fs::read(report_file).unwrap()).unwrap();
    report(&said);
}

fn selection() -> Vec<String> {
    let Some(wanted) = std::env::var_os("KINTSUGI_DIFFERENTIAL") else {
        return vec!["--some".to_owned(), "400".to_owned()];
    };
    let wanted = wanted.into_string().unwrap();
    let services = wanted.split(',').filter(|name| *name != "all");
    let services = services.flat_map(|name| ["--service".to_owned(), name.to_owned()]);
    ["--all".to_owned()].into_iter().chain(services).collect()
}

/// The pinned botocore's Python and the models, or nothing and a loud word.
fn equipment() -> Option<(PathBuf, Arc<Models>)> {
    let local = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.local"));
    let (python, pack) = (local.join("venv/bin/python"), local.join("models/models.pack"));
    for (needed, what) in [(&python, "Python with botocore"), (&pack, "service models")] {
        if !needed.exists() {
            eprintln!("SKIPPED: no {what} at {}: `scripts/setup test` installs it", needed.display());
            return None;
        }
    }
    Some((python, Arc::new(Models::open(pack).unwrap())))
}

fn run(mut script: Command, models: Arc<Models>) {
    let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut answers, questions) = (script.stdin.take().unwrap(), BufReader::new(script.stdout.take().unwrap()));
    let asked = Asked::new(models);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for question in questions.lines() {
        let question: Value = serde_json::from_str(&question.unwrap()).unwrap();
        writeln!(answers, "{}", runtime.block_on(asked.ask(question))).unwrap();
    }
    drop(answers);
    assert!(script.wait().unwrap().success(), "differential.py failed; it said why above");
}
