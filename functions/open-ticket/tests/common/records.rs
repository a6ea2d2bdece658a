//! Outcome events as our functions publish them.

use serde_json::{Value, json};
use shared::record::Record;

/// A run that failed, of the function's execution `execution`.
pub(crate) fn failed(execution: &str) -> Value {
    event(json!({
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
    }))
}

/// The same fault put right.
pub(crate) fn remediated() -> Value {
    let mut event = failed("run-1");
    event["detail"]["outcome"] = json!({"status": "Remediated", "change": "m5.large -> m5.xlarge"});
    event["detail"]["needsTicket"] = json!(false);
    event
}

/// As EventBridge delivers it. Through the type, so that a change of its shape breaks here.
fn event(detail: Value) -> Value {
    let record: Record = serde_json::from_value(detail).unwrap();
    json!({"version": "0", "id": "1", "source": "kintsugi", "detail-type": "Kintsugi Outcome", "detail": record})
}
