//! Images: copied, created, deleted.

use engine::{Cause, ExecutionStatus, FaultKind, StepStatus};
use serde_json::{Value, json};

use crate::host::{Answer, Scripted, fault, refused, run};
use crate::typed::{failure, outputs, step};

fn image(state: &str) -> Answer {
    let mappings = json!([{"Ebs": {"SnapshotId": "snap-1"}}, {"VirtualName": "e"}, {"Ebs": {"SnapshotId": "snap-2"}}]);
    let reason = json!({"Message": "the snapshot is gone"});
    let image = json!({"ImageId": "ami-2", "State": state, "StateReason": reason, "BlockDeviceMappings": mappings});
    Ok(json!({ "Images": [image] }))
}

const COPY: &str =
    "{SourceRegion: us-east-1, SourceImageId: ami-1, ImageName: gold, ImageDescription: d, Encrypted: true}";
const CREATE: &str = "{InstanceId: i-1, ImageName: gold, NoReboot: true, BlockDeviceMappings: {DeviceName: /dev/sda1}}";

fn copying() -> Scripted {
    Scripted::new().answers("CopyImage", [Ok(json!({"ImageId": "ami-2"}))])
}

fn creating() -> Scripted {
    Scripted::new().answers("CreateImage", [Ok(json!({"ImageId": "ami-2"}))])
}

#[tokio::test]
async fn a_copy_is_waited_for_until_it_is_available() {
    let host = copying().answers(
        "DescribeImages",
        [fault(FaultKind::Refused, "InvalidAMIID.NotFound"), image("pending"), image("available")],
    );
    let execution = run(&step("aws:copyImage", "", COPY), &host).await;
    assert_eq!(outputs(&execution), json!({"ImageId": "ami-2", "ImageState": "available"}));
    let call = &host.calls()[0];
    let expected = json!({
        "SourceRegion": "us-east-1", "SourceImageId": "ami-1", "Name": "gold", "Description": "d", "Encrypted": true
    });
    assert_eq!((&call.input, call.idempotency_key.as_str()), (&expected, "exec-1/only#1/1"));
    assert_eq!(host.calls()[1].input, json!({"ImageIds": ["ami-2"]}));
}

#[tokio::test]
async fn an_image_that_fails_fails_the_step_with_ec2s_reason_and_its_id_is_known() {
    for (action, inputs, host) in [("aws:copyImage", COPY, copying()), ("aws:createImage", CREATE, creating())] {
        let host = host.answers("DescribeImages", [image("failed")]);
        let execution = run(&step(action, "", inputs), &host).await;
        assert_eq!(failure(&execution).1, "the image ami-2 is failed: the snapshot is gone");
        let outputs = json!(execution.step("only").unwrap().outputs);
        assert_eq!(outputs, json!({"ImageId": "ami-2", "ImageState": "failed"}));
    }
}

#[tokio::test]
async fn an_image_that_takes_too_long_times_out_and_a_cancelled_one_is_told() {
    for (action, inputs, host) in [("aws:copyImage", COPY, copying()), ("aws:createImage", CREATE, creating())] {
        let host = host.always("DescribeImages", image("pending"));
        let execution = run(&step(action, "    timeoutSeconds: 60\n", inputs), &host).await;
        assert_eq!(execution.status, ExecutionStatus::TimedOut);
        assert_eq!(host.sleeps().iter().sum::<u64>(), 60);
    }
    let host = copying().always("DescribeImages", image("pending")).cancel_at("only#1/1/2/cancelled");
    let execution = run(&step("aws:copyImage", "", COPY), &host).await;
    assert_eq!(execution.step("only").unwrap().status, StepStatus::Cancelled);
    assert_eq!(host.warnings(), ["the image ami-2 goes on being made"]);
}

#[tokio::test]
async fn an_image_is_created_of_an_instance() {
    let host = creating().answers("DescribeImages", [image("available")]);
    let execution = run(&step("aws:createImage", "", CREATE), &host).await;
    assert_eq!(outputs(&execution), json!({"ImageId": "ami-2", "ImageState": "available"}));
    let expected = json!({
        "InstanceId": "i-1", "Name": "gold", "NoReboot": true, "BlockDeviceMappings": [{"DeviceName": "/dev/sda1"}]
    });
    assert_eq!(host.calls()[0].input, expected);
}

#[tokio::test]
async fn a_list_of_one_instance_is_that_instance() {
    let inputs = "{InstanceId: '{{ Ids }}', ImageName: gold}";
    let text =
        format!("parameters: {{Ids: {{type: StringList, default: [i-7]}}}}\n{}", step("aws:createImage", "", inputs));
    let host = creating().answers("DescribeImages", [image("available")]);
    outputs(&run(&text, &host).await);
    assert_eq!(host.calls()[0].input["InstanceId"], "i-7");
    let text = text.replace("[i-7]", "[i-7, i-8]");
    let host = Scripted::new();
    let message = "InstanceId must be text without a reference left in it";
    assert_eq!(failure(&run(&text, &host).await), (&Cause::Inputs, message));
}

fn named(instance: &str, date: &str) -> Answer {
    Ok(json!({"Images": [{"ImageId": "ami-3", "SourceInstanceId": instance, "CreationDate": date}]}))
}

#[tokio::test]
async fn an_image_of_an_earlier_try_is_taken_and_one_of_somebody_else_is_not() {
    let duplicate = || refused("InvalidAMIName.Duplicate", "gold is in use");
    for (found, ours) in [
        (named("i-1", "2026-11-22T10:00:05.000Z"), true),
        (named("i-1", "2026-11-22T09:00:00.000Z"), false),
        (named("i-2", "2026-11-22T10:00:05.000Z"), false),
        (Ok(json!({"Images": []})), false),
    ] {
        let host = Scripted::new().answers("CreateImage", [duplicate()]);
        let host = host.answers("DescribeImages", [found.clone(), image("available")]);
        let execution = run(&step("aws:createImage", "", CREATE), &host).await;
        if ours {
            assert_eq!(outputs(&execution)["ImageId"], "ami-3");
        } else {
            assert!(failure(&execution).1.contains("gold is in use"), "{found:?}");
        }
    }
}

const DELETE: &str = "{ImageId: ami-2}";

#[tokio::test]
async fn an_image_is_deregistered_and_its_snapshots_are_deleted() {
    let host = Scripted::new()
        .answers("DescribeImages", [image("available")])
        .answers("DeregisterImage", [Ok(Value::Null)])
        .answers("DeleteSnapshot", [Ok(Value::Null), Ok(Value::Null)]);
    assert_eq!(outputs(&run(&step("aws:deleteImage", "", DELETE), &host).await), json!({}));
    let calls: Vec<(String, Value)> = host.calls().into_iter().map(|call| (call.api, call.input)).collect();
    assert_eq!(calls[1], ("DeregisterImage".into(), json!({"ImageId": "ami-2"})));
    assert_eq!(
        calls[2..],
        [
            ("DeleteSnapshot".into(), json!({"SnapshotId": "snap-1"})),
            ("DeleteSnapshot".into(), json!({"SnapshotId": "snap-2"}))
        ]
    );
}

#[tokio::test]
async fn a_lost_answer_never_leaves_half_an_image() {
    let host = Scripted::new()
        .answers("DescribeImages", [image("available")])
        .answers(
            "DeregisterImage",
            [fault(FaultKind::NoAnswer, "Transport"), fault(FaultKind::Refused, "InvalidAMIID.Unavailable")],
        )
        .answers("DeleteSnapshot", [fault(FaultKind::Throttled, "RequestLimitExceeded"), Ok(Value::Null)])
        .always("DeleteSnapshot", fault(FaultKind::Refused, "InvalidSnapshot.NotFound"));
    assert_eq!(outputs(&run(&step("aws:deleteImage", "", DELETE), &host).await), json!({}));
    let expected =
        ["DescribeImages", "DeregisterImage", "DeregisterImage", "DeleteSnapshot", "DeleteSnapshot", "DeleteSnapshot"];
    assert_eq!(host.apis(), expected);
}

#[tokio::test]
async fn an_image_that_is_not_there_or_in_use_fails_the_deletion() {
    let host = Scripted::new().answers("DescribeImages", [Ok(json!({"Images": []}))]);
    let execution = run(&step("aws:deleteImage", "", DELETE), &host).await;
    assert_eq!(failure(&execution).1, "there is no image ami-2");
    let host = Scripted::new()
        .answers("DescribeImages", [image("available")])
        .answers("DeregisterImage", [refused("OperationNotPermitted", "it is protected")]);
    let execution = run(&step("aws:deleteImage", "", DELETE), &host).await;
    assert!(failure(&execution).1.contains("it is protected"));
    assert_eq!(host.apis(), ["DescribeImages", "DeregisterImage"]);
}

#[tokio::test]
async fn a_deletion_can_run_out_of_time_and_be_cancelled() {
    let host = || {
        let host = Scripted::new().answers("DescribeImages", [image("available")]);
        host.always("DeregisterImage", fault(FaultKind::Throttled, "RequestLimitExceeded"))
    };
    let slow = host();
    let execution = run(&step("aws:deleteImage", "    timeoutSeconds: 30\n", DELETE), &slow).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    let cancelled = host().cancel_at("only#1/1/2/cancelled");
    let execution = run(&step("aws:deleteImage", "", DELETE), &cancelled).await;
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    assert!(!cancelled.apis().contains(&"DeleteSnapshot".to_owned()));
}
