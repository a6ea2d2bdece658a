//! A run that waits for people, over several processes.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::tool::Desk;

/// Asks two of three, tells a topic, then tags a volume.
fn runbook(desk: &Desk, topic: &str) {
    desk.runbook(
        "ask.yaml",
        &format!(
            "  - name: make
    action: aws:executeAwsApi
    inputs: {{Service: ec2, Api: CreateVolume, AvailabilityZone: eu-west-1a, Size: 1}}
    outputs: [{{Name: Id, Selector: $.VolumeId, Type: String}}]
  - name: ask
    action: aws:approve
    onFailure: step:remove
    inputs:
      Approvers: [kim, lee, 'arn:aws:iam::123456789012:role/Boss']
      MinRequiredApprovals: 2
      Message: Keep the volume?
      NotificationArn: {topic}
  - name: wait
    action: aws:pause
    inputs: {{}}
  - name: keep
    action: aws:executeAwsApi
    isEnd: true
    inputs: {{Service: ec2, Api: CreateTags, Resources: ['{{{{ make.Id }}}}'], Tags: [{{Key: kept, Value: '{{{{ ask.ApprovalStatus }}}}'}}]}}
  - name: remove
    action: aws:executeAwsApi
    inputs: {{Service: ec2, Api: DeleteVolume, VolumeId: '{{{{ make.Id }}}}'}}
outputs: [make.Id]
"
        ),
    );
}

const RUN: [&str; 5] = ["run", "ask.yaml", "--yes", "--journal", "ask.journal"];

async fn topic(aws: &Aws) -> String {
    let topic = aws.call("sns", "CreateTopic", json!({"Name": "Automation-approvals"})).await;
    topic["TopicArn"].as_str().unwrap().to_owned()
}

fn resume(desk: &Desk, arguments: &[&str]) -> crate::tool::Done {
    desk.kintsugi(&[&["resume", "ask.journal"], arguments].concat())
}

async fn tag(aws: &Aws, out: &str) -> Option<Value> {
    let id = out.split_whitespace().find(|word| word.starts_with("vol-")).unwrap();
    let filters = json!([{"Name": "resource-id", "Values": [id]}]);
    let tags = aws.call("ec2", "DescribeTags", json!({ "Filters": filters })).await;
    tags["Tags"].as_array()?.iter().find(|tag| tag["Key"] == "kept").map(|tag| tag["Value"].clone())
}

#[tokio::test]
async fn a_run_waits_for_enough_approvers_and_a_word_to_go_on_over_processes() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, &topic(&aws).await);
    let done = desk.kintsugi(&RUN);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(
        done.err.contains("step ask waits for 2 more of kim, lee, arn:aws:iam::123456789012:role/Boss"),
        "{done:?}"
    );
    assert!(done.err.contains("approve with: kintsugi resume ask.journal --approve ask"), "{done:?}");
    assert!(!done.err.contains("could not be told"), "the topic was told: {done:?}");
    let journal = || std::fs::read_to_string(desk.path().join("ask.journal")).unwrap();
    assert_eq!(journal().matches("/approve/told").count(), 1);

    let done = resume(&desk, &["--approve", "ask", "--as", "kim", "--comment", "fine with me"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("step ask waits for 1 more of lee, arn:"), "{done:?}");
    assert!(journal().contains("fine with me"), "with its reason: {}", journal());

    let done = resume(&desk, &["--approve", "ask", "--as", "kim"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("kim has decided on step ask before"), "{done:?}");
    let done = resume(&desk, &["--approve", "ask", "--as", "mallory"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.err.contains("mallory is not one of those who decide on step ask"), "{done:?}");
    let done = resume(&desk, &["--continue", "ask"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(done.err.contains("nothing was decided: the run does not wait for that at ask"), "{done:?}");

    let boss = "arn:aws:sts::123456789012:assumed-role/Boss/today";
    let done = resume(&desk, &["--approve", "ask", "--as", boss, "--json"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    let waiting: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&waiting["status"], &waiting["step"]), (&json!("Waiting"), &json!("wait")));
    assert!(done.err.contains("go on with: kintsugi resume ask.journal --continue wait"), "{done:?}");

    let done = resume(&desk, &["--continue", "wait"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(tag(&aws, &done.out).await, Some(json!("Approved")));
    assert_eq!(journal().matches("/approve/told").count(), 1, "told once");
    let again = resume(&desk, &[]);
    assert_eq!((again.code, &again.out), (Some(0), &done.out));
}

#[tokio::test]
async fn one_no_sends_a_run_on_its_way_back() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    runbook(&desk, &topic(&aws).await);
    assert_eq!(desk.kintsugi(&RUN).code, Some(3));
    let done = resume(&desk, &["--reject", "ask", "--as", "lee", "--comment", "not today"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.out.contains("lee rejected it: not today"), "{done:?}");
    assert!(done.err.contains("remove  Success"), "{done:?}");
}

#[tokio::test]
async fn the_time_of_an_approval_runs_from_the_first_asking_over_processes() {
    let Some(aws) = Aws::start().await else { return };
    let desk = Desk::on(&aws);
    desk.runbook("ask.yaml", "  - {name: ask, action: 'aws:approve', timeoutSeconds: 2, inputs: {Approvers: [kim]}}\n");
    assert_eq!(desk.kintsugi(&RUN).code, Some(3));
    std::thread::sleep(std::time::Duration::from_secs(3));
    let done = resume(&desk, &["--approve", "ask", "--as", "kim"]);
    assert_eq!(done.code, Some(1), "too late: {done:?}");
    assert!(done.out.starts_with("TimedOut after "), "{done:?}");
}
