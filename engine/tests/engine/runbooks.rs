//! The project's own runbooks: without a finding, and their plans.

use std::path::Path;

use serde_json::json;

use crate::host::{Scripted, context, object};

fn runbook(name: &str) -> engine::Document {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    engine::parse(&text, name).unwrap_or_else(|findings| panic!("{findings}"))
}

#[test]
fn they_have_no_findings() {
    for name in ["resize-instance.yaml", "block-public-access-on-bucket.yaml", "revoke-open-ssh.yaml"] {
        let findings = engine::validate(&runbook(name));
        assert!(findings.is_empty(), "{findings}");
    }
}

#[tokio::test]
async fn the_plan_of_a_resize_shows_each_change_with_what_is_there_now() {
    let instance = json!({"InstanceId": "i-0abc1234", "InstanceType": "t3.medium", "State": {"Name": "running"}});
    let answer = json!({"Reservations": [{"Instances": [instance]}]});
    let host = Scripted::new().always("DescribeInstances", Ok(answer));
    let parameters = json!({"InstanceId": "i-0abc1234", "CurrentType": "t3.medium", "TargetType": "t3.large"});
    let plan = engine::plan(&runbook("resize-instance.yaml"), object(parameters), &context(), &host).await.unwrap();
    eprintln!("{plan}");
    assert!(host.apis().iter().all(|api| api == "DescribeInstances"), "a plan only reads");
    let calls: Vec<String> = plan.writes().map(|step| step.api.clone().unwrap()).collect();
    assert_eq!(calls, ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]);
    let modify = plan.writes().nth(1).unwrap();
    assert_eq!(json!(modify.before), json!({"InstanceType": "t3.medium"}));
    assert!(modify.to_string().contains("InstanceType t3.medium -> t3.large"), "{modify}");
    assert!(!plan.undo.is_empty());
}
