//! Ctrl-C, once and twice.

use std::time::{Duration, Instant};

use crate::aws::Aws;
use crate::tool::Desk;

const WAITS: &str = "  - name: wait
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 600
    onCancel: step:undo
    isEnd: true
    inputs:
      Service: ec2
      Api: DescribeRegions
      RegionNames: [eu-west-1]
      PropertySelector: $.Regions[0].RegionName
      DesiredValues: [mars-north-1]
  - {name: undo, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: DescribeVpcs}}
";

#[tokio::test]
async fn once_stops_the_run_safely_and_follows_its_on_cancel() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook("waits.yaml", WAITS);
    let mut running = desk.start(&["run", "waits.yaml", "--poll", "1"]);
    assert!(running.wait_for("saw").ends_with("eu-west-1"));
    running.interrupt();
    running.wait_for("stopping at the next step, wait or attempt");
    let done = running.end();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.starts_with("Cancelled after "), "{done:?}");
    assert!(done.out.contains("  succeeded: undo\n  cancelled: wait\n"), "{done:?}");
}

#[tokio::test]
async fn once_ends_a_sleep_and_follows_the_on_cancel_of_the_step_that_slept() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    let steps = "  - {name: nap, action: 'aws:sleep', onCancel: 'step:undo', isEnd: true, inputs: {Duration: P1D}}
  - {name: undo, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: DescribeVpcs}}
";
    desk.runbook("sleeps.yaml", steps);
    let mut running = desk.start(&["run", "sleeps.yaml", "--yes", "--journal", "run.journal"]);
    running.wait_for("nap   started");
    running.interrupt();
    let done = running.end();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("  succeeded: undo\n  cancelled: nap\n"), "{done:?}");
    let again = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!((again.code, again.out), (Some(1), done.out), "the next process does not sleep on");
}

#[tokio::test]
async fn twice_leaves_at_once_says_how_to_go_on_and_it_does() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook("sleeps.yaml", "  - {name: nap, action: 'aws:sleep', inputs: {Duration: PT8S}}\n");
    let begun = Instant::now();
    // A sleep that is to end as it would is not interrupted by the first.
    let mut running = desk.start(&["run", "sleeps.yaml", "--stop", "complete", "--journal", "run.journal"]);
    running.wait_for("nap  started");
    running.interrupt();
    running.wait_for("Ctrl-C again leaves at once");
    running.interrupt();
    let done = running.end();
    assert_eq!((done.code, done.out.as_str()), (Some(130), ""), "{done:?}");
    assert!(begun.elapsed() < Duration::from_secs(8), "it did not wait for the step");
    assert!(done.err.ends_with("left where it is\ngo on with: kintsugi resume run.journal\n"), "{done:?}");
    let done = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(begun.elapsed() >= Duration::from_secs(8), "what was left of the sleep was slept");
}

#[tokio::test]
async fn a_system_that_shuts_down_stops_a_run_as_safely() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook("waits.yaml", WAITS);
    let mut running = desk.start(&["run", "waits.yaml", "--poll", "1"]);
    running.wait_for("saw");
    running.terminate();
    running.wait_for("stopping at the next step, wait or attempt");
    let done = running.end();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("  succeeded: undo\n  cancelled: wait\n"), "{done:?}");
}
