//! Outcome events as our functions publish them.

use serde_json::{Value, json};
use shared::record::Record;

/// A run that failed, of the function's execution `execution`.
pub(crate) fn failed(execution: &str) -> Value {
    event(record(execution))
}

/// The same of another fault.
pub(crate) fn failed_of(fingerprint: &str, execution: &str) -> Value {
    let mut record = record(execution);
    record["incident"]["fingerprint"] = json!(fingerprint);
    event(record)
}

fn record(execution: &str) -> Value {
    json!({
        "schema": 1,
        "function": "resize-on-cpu-alarm",
        "execution": execution,
        "mode": "enforce",
        "incident": {
            "fingerprint": "0123456789abcdef",
            "account": "123456789012",
            "region": "eu-west-1",
            "noticedBy": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-cpu-high",
            "resource": {"type": "AWS::EC2::Instance", "id": "i-0abc"},
            "summary": "alarm shop-cpu-high is ALARM: [x|y] {code} *bold* \"quoted\" <b>",
            "since": "2026-11-22T10:00:00Z",
            "delivery": "event-bridge",
        },
        "action": {"runbook": "resize-instance", "parameters": {}, "change": "m5.large -> m5.xlarge"},
        "guards": [{"guard": "scope", "passed": true, "note": ""}],
        "run": null,
        "undo": null,
        "verification": null,
        "needsTicket": true,
        "startedAt": "2026-11-22T10:00:01Z",
        "endedAt": "2026-11-22T10:01:01Z",
        "outcome": {
            "status": "Failed",
            "step": "startInstance",
            "cause": "InsufficientInstanceCapacity; password=hunter2",
            "byHand": ["It is stopped.", "aws ec2 start-instances --instance-ids i-0abc"],
        },
    })
}

/// The same fault put right.
pub(crate) fn remediated(execution: &str) -> Value {
    let mut event = failed(execution);
    event["detail"]["outcome"] = json!({"status": "Remediated", "change": "m5.large -> m5.xlarge"});
    event["detail"]["needsTicket"] = json!(false);
    event
}

/// Every other outcome that a person must see, each of a fault of its own.
pub(crate) fn outcomes() -> Vec<(&'static str, Value)> {
    let plan =
        ["1 stopInstance  ec2:StopInstances i-0abc", "2 resize  ec2:ModifyInstanceAttribute m5.large -> m5.xlarge"];
    let outcomes = [
        ("rolled-back", json!({"status": "RolledBack", "cause": "the alarm is still ALARM after 9 looks"})),
        (
            "refused",
            json!({"status": "Refused", "guard": "scope", "reason": "i-0abc has no tag kintsugi:remediate=true"}),
        ),
        ("planned", json!({"status": "Planned", "change": "m5.large -> m5.xlarge", "plan": plan})),
        ("awaiting", json!({"status": "AwaitingApproval", "request": "stop and resize i-0abc"})),
        (
            "advised",
            json!({"status": "Advised", "diagnosis": ["It is old @kim #12 <b> [code]."], "advice": ["Delete it:"]}),
        ),
    ];
    let told = outcomes.into_iter().enumerate().map(|(number, (name, outcome))| {
        let mut record = record(name);
        record["incident"]["fingerprint"] = json!(format!("{:016x}", number + 1));
        record["outcome"] = outcome;
        (name, event(record))
    });
    told.collect()
}

/// As EventBridge delivers it. Through the type, so that a change of its shape breaks here.
fn event(detail: Value) -> Value {
    let record: Record = serde_json::from_value(detail).unwrap();
    json!({"version": "0", "id": "1", "source": "kintsugi", "detail-type": "Kintsugi Outcome", "detail": record})
}
