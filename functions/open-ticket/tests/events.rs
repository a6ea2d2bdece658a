//! What open-ticket makes of real events: the project's own, and published ones where they are beside the checkout.

#![cfg(test)]

mod common;

use std::path::Path;

use open_ticket::{Decision, decide};
use serde_json::Value;
use shared::catalogue;

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Open(_) => "ticket",
        Decision::Close(_) => "close",
        Decision::Nothing { .. } => "nothing",
        Decision::NotUnderstood { .. } => "not understood",
    }
}

/// Decides on each file and compares. Each file named must be there.
fn check(folder: &Path, expected: &[(&str, &str)]) {
    let bindings = catalogue::bindings().unwrap();
    for (file, word_expected) in expected {
        let decision = decide(&read(&folder.join(file)), &bindings, "invoke-1");
        assert_eq!(word(&decision), *word_expected, "{file}: {decision:?}");
    }
}

#[test]
fn each_example_event_of_the_project_has_the_answer_a_reader_would_expect() {
    check(
        &common::root().join("events"),
        &[
            // Bound to resize-on-cpu-alarm, whose outcome opens the ticket, in every delivery.
            ("cloudwatch/alarm-eventbridge.json", "nothing"),
            ("cloudwatch/alarm-action.json", "nothing"),
            ("cloudwatch/alarm-sns.json", "nothing"),
            ("cloudwatch/alarm-ok.json", "close"),
            ("cloudwatch/alarm-unbound.json", "ticket"),
            ("cloudwatch/alarm-composite.json", "ticket"),
            ("cloudwatch/alarm-metric-math.json", "ticket"),
            ("cloudwatch/alarm-without-instance.json", "ticket"),
            ("config/bucket-compliant.json", "close"),
            ("config/bucket-not-compliant.json", "ticket"),
            ("ssm/automation-failed.json", "ticket"),
            ("ssm/automation-success.json", "nothing"),
            ("lambda/execution-timed-out.json", "ticket"),
            ("bad/alarm-without-state.json", "not understood"),
            ("bad/other-kind.json", "not understood"),
            ("bad/sns-message-is-not-json.json", "not understood"),
        ],
    );
}

#[test]
fn published_event_shapes_are_read_as_what_they_are() {
    let folder = common::root().join("../shared/events");
    if !folder.exists() {
        eprintln!("SKIPPED: no {}; published event shapes are not read", folder.display());
        return;
    }
    check(
        &folder,
        &[
            ("alarm-eventbridge-metric.json", "nothing"),
            ("alarm-sns-metric.json", "nothing"),
            ("alarm-lambda-action-metric.json", "nothing"),
            ("alarm-eventbridge-metric-math.json", "ticket"),
            ("alarm-eventbridge-composite.json", "ticket"),
            ("alarm-eventbridge-anomaly-detection.json", "ticket"),
            ("alarm-sns-composite.json", "ticket"),
            ("alarm-lambda-action-composite.json", "ticket"),
            ("config-eventbridge-compliance-change.json", "ticket"),
            ("ssm-automation-execution-status-change.json", "nothing"),
            ("ssm-automation-step-status-change.json", "not understood"),
            ("config-lambda-scheduled.json", "not understood"),
        ],
    );
}
