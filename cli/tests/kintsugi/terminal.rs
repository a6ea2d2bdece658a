//! `kintsugi run` at a terminal: the plan, the question, the answer.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use crate::aws::{Aws, python};
use crate::tool::{Desk, Done, tool};

/// Runs its arguments with a terminal as standard input, output and error, which it relays.
const TERMINAL: &str = "
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
";

fn typed(desk: &Desk, arguments: &[&str], answer: &str) -> Done {
    let all: Vec<&str> =
        ["-c", TERMINAL, tool().to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    let mut command = desk.command(&python().unwrap(), &all);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[tokio::test]
async fn the_plan_is_shown_and_a_yes_runs_it() {
    let Some(aws) = Aws::start().await else { return };
    aws.bucket("agreed-to").await;
    let desk = Desk::on(&aws);
    desk.block();
    let done = typed(&desk, &["run", "block.yaml", "--param", "BucketName=agreed-to"], "y\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    let order = ["1 change planned, nothing done", "Run it? [y/N]", "running block.yaml", "Success after"];
    let places: Vec<usize> =
        order.iter().map(|words| done.out.find(words).unwrap_or_else(|| panic!("{words}: {done:?}"))).collect();
    assert!(places.is_sorted(), "{done:?}");
    let block = aws.call("s3", "GetPublicAccessBlock", json!({"Bucket": "agreed-to"})).await;
    assert_eq!(block["PublicAccessBlockConfiguration"]["BlockPublicAcls"], true);
}

#[tokio::test]
async fn a_no_changes_nothing() {
    let Some(aws) = Aws::start().await else { return };
    aws.bucket("declined").await;
    let desk = Desk::on(&aws);
    desk.block();
    let done = typed(&desk, &["run", "block.yaml", "--param", "BucketName=declined"], "n\n");
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.out.contains("nothing was done"), "{done:?}");
    assert!(aws.try_call("s3", "GetPublicAccessBlock", json!({"Bucket": "declined"})).await.is_err());
    assert!(desk.journals().is_empty());
}

#[test]
fn a_terminal_sees_colours_and_no_color_turns_them_off() {
    let Some(python) = python() else { return };
    let desk = Desk::new();
    desk.runbook("nap.yaml", "  - {name: nap, action: 'aws:sleep', inputs: {Duration: PT2M}}\n");
    desk.file("nap.cases.yaml", "cases: [{name: naps, expect: {status: Success}}]\n");
    let seen = |no_color: Option<&str>| {
        let words = ["-c", TERMINAL, tool().to_str().unwrap(), "test", "nap.yaml"];
        let mut command = desk.command(&python, &words);
        command.env("TERM", "xterm").envs(no_color.map(|value| ("NO_COLOR", value)));
        crate::tool::finish(command).out
    };
    assert!(seen(None).contains("\x1b[32mok\x1b[0m"), "{}", seen(None));
    assert!(!seen(Some("1")).contains('\x1b'), "{}", seen(Some("1")));
}
