//! A run that is killed, and goes on.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::tool::{Desk, Running};

/// Makes a volume (which would be there twice if it were made twice), waits until somebody tags it `go`, tags it `done`.
fn runbook(desk: &Desk, run: &str) {
    desk.runbook(
        "volume.yaml",
        &format!(
            "  - name: make
    action: aws:executeAwsApi
    inputs:
      Service: ec2
      Api: CreateVolume
      AvailabilityZone: eu-west-1a
      Size: 1
      TagSpecifications: [{{ResourceType: volume, Tags: [{{Key: run, Value: {run}}}]}}]
    outputs: [{{Name: Id, Selector: $.VolumeId, Type: String}}]
  - name: wait
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 600
    onCancel: step:remove
    inputs:
      Service: ec2
      Api: DescribeTags
      Filters:
        - {{Name: resource-id, Values: ['{{{{ make.Id }}}}']}}
        - {{Name: key, Values: [go]}}
      PropertySelector: $.Tags[0].Value
      DesiredValues: ['yes']
  - name: finish
    action: aws:executeAwsApi
    isEnd: true
    inputs: {{Service: ec2, Api: CreateTags, Resources: ['{{{{ make.Id }}}}'], Tags: [{{Key: done, Value: 'yes'}}]}}
  - name: remove
    action: aws:executeAwsApi
    inputs: {{Service: ec2, Api: CreateTags, Resources: ['{{{{ make.Id }}}}'], Tags: [{{Key: gone, Value: soon}}]}}
  - name: settle
    action: aws:sleep
    inputs: {{Duration: PT3S}}
  - name: removed
    action: aws:executeAwsApi
    inputs: {{Service: ec2, Api: DeleteVolume, VolumeId: '{{{{ make.Id }}}}'}}
outputs: [make.Id]
"
        ),
    );
}

const RUN: [&str; 7] = ["run", "volume.yaml", "--yes", "--journal", "run.journal", "--poll", "1"];

fn started(desk: &Desk) -> Running {
    let mut running = desk.start(&RUN);
    running.wait_for("saw");
    running
}

async fn tag_go(aws: &Aws, volume: &Value) {
    let tags = json!([{"Key": "go", "Value": "yes"}]);
    aws.call("ec2", "CreateTags", json!({"Resources": [volume["VolumeId"]], "Tags": tags})).await;
}

fn has_tag(volume: &Value, key: &str) -> bool {
    volume["Tags"].as_array().unwrap().iter().any(|tag| tag["Key"] == key)
}

#[tokio::test]
async fn after_kill_9_a_run_goes_on_where_it_was_and_does_nothing_twice() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, "killed");
    started(&desk).kill();
    let volumes = aws.volumes("killed").await;
    assert_eq!(volumes.len(), 1);
    tag_go(&aws, &volumes[0]).await;
    let done = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.err.contains("   before  make     Success"), "{done:?}");
    let volumes = aws.volumes("killed").await;
    assert_eq!(volumes.len(), 1, "the volume was not made again");
    assert!(has_tag(&volumes[0], "done"), "{volumes:?}");
    assert!(done.out.contains(volumes[0]["VolumeId"].as_str().unwrap()), "the output of before: {done:?}");
}

#[tokio::test]
async fn the_same_command_with_the_same_journal_goes_on_too_and_an_ended_run_does_nothing_more() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, "again");
    started(&desk).kill();
    tag_go(&aws, &aws.volumes("again").await[0]).await;
    let done = desk.kintsugi(&RUN);
    assert_eq!(done.code, Some(0), "{done:?}");
    let again = desk.kintsugi(&RUN);
    assert_eq!((again.code, again.out), (Some(0), done.out));
    assert!(!again.err.contains("started"), "everything was before: {}", again.err);
    assert_eq!(aws.volumes("again").await.len(), 1);
}

#[tokio::test]
async fn one_journal_is_never_used_by_two_processes() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, "twice");
    let running = started(&desk);
    let done = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!(done.code, Some(2));
    assert_eq!(done.err, "error: the journal run.journal is in use by another process\n");
    running.kill();
}

#[tokio::test]
async fn a_changed_runbook_is_not_run_with_the_journal_of_the_old_one() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, "changed");
    started(&desk).kill();
    runbook(&desk, "otherwise");
    let done = desk.kintsugi(&RUN);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("run.journal is the journal of a run with another text of the runbook"), "{done:?}");
    tag_go(&aws, &aws.volumes("changed").await[0]).await;
    let done = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!(done.code, Some(0), "resume goes on with the text it began with: {done:?}");
}

#[tokio::test]
async fn a_run_that_was_on_its_way_back_when_it_was_killed_stays_on_it() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, "back");
    let mut running = started(&desk);
    running.interrupt();
    running.wait_for("settle   started");
    running.kill();
    let done = desk.kintsugi(&["resume", "run.journal"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.starts_with("Cancelled after "), "{done:?}");
    assert!(done.out.contains("  not run: finish\n"), "{done:?}");
    let volumes = aws.volumes("back").await;
    assert!(volumes.is_empty(), "the way back was followed to its end: {volumes:?}");
}

#[tokio::test]
async fn a_journal_that_is_none_is_refused() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.file("notes.txt", "remember the milk\n");
    let done = desk.kintsugi(&["resume", "notes.txt"]);
    assert_eq!((done.code, done.err.as_str()), (Some(2), "error: notes.txt is not the journal of a run\n"));
    let done = desk.kintsugi(&["resume", "absent.journal"]);
    assert_eq!(done.code, Some(2));
    assert!(!desk.path().join("absent.journal").exists(), "it is not made by asking for it");
}
