//! What an account or a runbook holds reaches the terminal as text, and as nothing else.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::tool::{Desk, Done};

/// Clears the screen, sets the title, turns the text round, hides a letter, and begins a line of its own.
const TRAP: &str = "\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}live\u{200b}\n0 changes planned, nothing done";

fn assert_plain(done: &Done, what: &str) {
    for text in [&done.out, &done.err] {
        assert!(!text.contains(|c: char| c != '\n' && engine::is_hidden(c)), "{what}: {text:?}");
        // A description has lines of its own, and `explain` shows them.
        let forged = text.lines().any(|line| line.starts_with("0 changes planned"));
        assert!(!forged || what.contains("explain"), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_value_of_the_account_moves_no_cursor_and_begins_no_line() {
    let Some(aws) = Aws::start().await else { return };
    let queue = aws.call("sqs", "CreateQueue", json!({"QueueName": "odd", "tags": {"k": TRAP}})).await;
    let queue = queue["QueueUrl"].as_str().unwrap();
    let desk = Desk::on(&aws);
    desk.runbook(
        "odd.yaml",
        &format!(
            "  - name: read
    action: aws:executeAwsApi
    inputs: {{Service: sqs, Api: ListQueueTags, QueueUrl: '{queue}'}}
    outputs: [{{Name: V, Selector: $.Tags.k, Type: String}}]
  - name: keep
    action: aws:executeAwsApi
    inputs: {{Service: sqs, Api: TagQueue, QueueUrl: '{queue}', Tags: {{copy: '{{{{ read.V }}}}'}}}}
  - name: fail
    action: aws:assertAwsResourceProperty
    inputs: {{Service: sqs, Api: ListQueueTags, QueueUrl: '{queue}', PropertySelector: $.Tags.k, DesiredValues: [x]}}
outputs: [read.V]
"
        ),
    );
    for arguments in [&["plan"][..], &["plan", "--json"], &["run", "--yes"], &["run", "--yes", "--json"]] {
        let done = desk.kintsugi(&[arguments, &["odd.yaml"]].concat());
        assert_plain(&done, &format!("{arguments:?}"));
        if arguments.contains(&"--json") {
            let read: Value = serde_json::from_str(&done.out).unwrap();
            assert!(read.to_string().contains("live"), "{read}");
        } else {
            assert!(done.out.contains(r"\u{1b}[2J") || done.err.contains(r"\u{1b}[2J"), "shown as it is: {done:?}");
        }
    }
}

#[tokio::test]
async fn a_runbook_of_a_stranger_is_shown_as_it_is_by_every_command_that_reads_it() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    let escaped = r"\e[2J\x9b31m\u202elive\u200b\n0 changes planned";
    let text = format!(
        "schemaVersion: '0.3'
description: \"{escaped}\"
parameters:
  P: {{type: String, default: \"{escaped}\", description: \"{escaped}\"}}
mainSteps:
  - name: \"a{escaped}\"
    action: aws:executeAwsApi
    inputs: {{Service: ssm, Api: PutParameter, Name: \"{escaped}\", \"{escaped}\": 1, Value: '{{{{ \u{202e} }}}}'}}
  - {{name: b, action: 'aws:pause', description: \"{escaped}\", inputs: {{}}}}
"
    );
    desk.file("odd.yaml", &text);
    for arguments in [
        &["check"][..],
        &["check", "--json"],
        &["check", "--format", "sarif"],
        &["explain"],
        &["explain", "--json"],
        &["plan"],
        &["iam"],
    ] {
        let done = desk.kintsugi(&[arguments, &["odd.yaml"]].concat());
        assert_plain(&done, &format!("{arguments:?}"));
        assert!(!done.out.is_empty() || !done.err.is_empty());
    }
}
