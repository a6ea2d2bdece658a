//! One of every kind of what may become a ticket, for the golden files.
//!
//! Comes in: nothing, or what is to differ. Goes out: events as they arrive, and the drafts made of them.
//! Never: what stands under inputs and outputs of steps is to be found in a ticket; a test looks for it.

use serde_json::{Value, json};

use super::{Composed, compose, unreadable};
use crate::catalogue::Binding;
use crate::event::parse;
use crate::record::Record;
use crate::ticket::Draft;

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:kintsugi-resize-on-cpu-alarm:7";

pub(super) fn incident() -> Value {
    json!({
        "fingerprint": "0123456789abcdef",
        "account": "123456789012",
        "region": "eu-west-1",
        "noticedBy": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-cpu-high",
        "resource": {"type": "AWS::EC2::Instance", "id": "i-0abc"},
        "summary": "alarm shop-cpu-high is ALARM: 3 datapoints were greater than the threshold (80.0)",
        "since": "2026-11-22T10:00:00Z",
        "delivery": "event-bridge",
    })
}

pub(super) fn step(name: &str, status: &str, failure: Option<&str>) -> Value {
    let (cause, began) = (json!({"kind": "inputs"}), status != "Pending");
    let failure = failure.map(|message| {
        json!({"step": name, "action": "aws:executeAwsApi", "attempts": 2, "message": message, "cause": cause})
    });
    json!({
        "name": name,
        "action": "aws:executeAwsApi",
        "visit": 1,
        "status": status,
        "attempts": if failure.is_some() { 2 } else { 1 },
        "started": began.then_some("2026-11-22T10:00:02.046679134Z"),
        "ended": began.then_some("2026-11-22T10:00:03.546679134Z"),
        "inputs": {"Token": "must never be seen"},
        "outputs": {"Secret": ["must never be seen"]},
        "failure": failure,
        "critical": true,
        "nextStep": null,
    })
}

pub(super) fn record(outcome: Value) -> Value {
    json!({
        "schema": 1,
        "function": "resize-on-cpu-alarm",
        "execution": "run-1",
        "mode": "enforce",
        "incident": incident(),
        "action": {
            "runbook": "resize-instance",
            "parameters": {"InstanceId": "i-0abc"},
            "change": "m5.large -> m5.xlarge",
            "byHand": [
                "It was m5.large and should have become m5.xlarge. See what it is now:",
                "aws ec2 describe-instances --region eu-west-1 --instance-ids i-0abc",
                "To go back, stop it, give it its old type and start it:",
                "aws ec2 stop-instances --region eu-west-1 --instance-ids i-0abc",
            ],
        },
        "guards": [
            {"guard": "scope", "passed": true, "note": "opted in by tag"},
            {"guard": "lock", "passed": true, "note": "the only hand on it"},
        ],
        "run": null,
        "undo": null,
        "verification": null,
        "needsTicket": true,
        "startedAt": "2026-11-22T10:00:01.512Z",
        "endedAt": "2026-11-22T10:01:01Z",
        "outcome": outcome,
    })
}

pub(super) fn run(steps: Vec<Value>) -> Value {
    json!({
        "executionId": "run-1/run",
        "document": "resize-instance",
        "status": "Failed",
        "started": "2026-11-22T10:00:02Z",
        "ended": "2026-11-22T10:00:05Z",
        "steps": steps,
        "outputs": {},
        "failure": null,
    })
}

pub(super) fn event(record: Value) -> Value {
    // As it arrives: through the type, so that a change of its shape breaks here.
    let record: Record = serde_json::from_value(record).unwrap();
    json!({"source": "kintsugi", "detail-type": "Kintsugi Outcome", "detail": record})
}

pub(super) fn draft(event: &Value) -> Draft {
    match compose(&parse(event).unwrap(), &[]) {
        Composed::Ticket(draft) | Composed::Healed(draft) => *draft,
        Composed::Nothing { reason } => panic!("{reason}"),
    }
}

pub(super) fn failed() -> Value {
    let mut record = record(json!({
        "status": "Failed",
        "step": "startInstance",
        "cause": "InsufficientInstanceCapacity: no m5.xlarge in eu-west-1a",
        "byHand": [
            "The instance is stopped and has the type m5.xlarge. Go back to its former size and start it:",
            "aws ec2 modify-instance-attribute --region eu-west-1 --instance-id i-0abc --instance-type Value=m5.large",
            "aws ec2 start-instances --region eu-west-1 --instance-ids i-0abc",
        ],
    }));
    record["run"] = run(vec![
        step("stopInstance", "Success", None),
        step("startInstance", "Failed", Some("InsufficientInstanceCapacity | no capacity")),
        step("confirmRuns", "Pending", None),
        step("confirmResized", "Pending", None),
    ]);
    // As it is on AWS: pages of the function and of the runbook, and the command for each step of it.
    record["execution"] = json!(format!("{FUNCTION}/durable-execution/shop-cpu-high/5f0c"));
    record
}

pub(super) fn rolled_back() -> Value {
    let mut record = record(json!({"status": "RolledBack", "cause": "the alarm is still ALARM after 9 looks"}));
    record["verification"] = json!({"healed": false, "seen": "shop-cpu-high is ALARM", "looks": 9});
    record["cutOff"] =
        run(vec![step("stopInstance", "Failed", Some("Interrupted | it is not known whether it happened"))]);
    record["run"] = run(vec![step("stopInstance", "Success", None)]);
    record["undo"] = run(vec![step("startInstance", "Success", None)]);
    record
}

pub(super) fn refused() -> Value {
    let mut record = record(json!({
        "status": "Refused",
        "guard": "scope",
        "reason": "i-0abc has no tag kintsugi:remediate=true; tag it to opt in",
    }));
    record["guards"] = json!([{"guard": "scope", "passed": false, "note": "not opted in"}]);
    record
}

pub(super) fn planned() -> Value {
    let mut record = record(json!({
        "status": "Planned",
        "change": "m5.large -> m5.xlarge",
        "plan": ["1 stopInstance  ec2:StopInstances i-0abc", "2 resize  ec2:ModifyInstanceAttribute m5.large -> m5.xlarge"],
    }));
    record["mode"] = json!("observe");
    record
}

pub(super) fn awaiting() -> Value {
    let mut record = record(json!({"status": "AwaitingApproval", "request": "stop and resize i-0abc"}));
    record["mode"] = json!("approve");
    record["approval"] = asked("open", json!([]));
    record
}

pub(super) fn advised() -> Value {
    record(json!({
        "status": "Advised",
        "diagnosis": ["The root user has an access key @kim #12 <!channel> [code]."],
        "advice": ["Delete it:", "aws iam delete-access-key --access-key-id KEY"],
    }))
}

/// Every kind of ticket, by name.
pub(in crate::ticket) fn every() -> Vec<(&'static str, Draft)> {
    vec![
        ("failed", draft(&event(failed()))),
        ("rolled_back", draft(&event(rolled_back()))),
        ("refused", draft(&event(refused()))),
        ("planned", draft(&event(planned()))),
        ("awaiting_approval", draft(&event(awaiting()))),
        ("advised", draft(&event(advised()))),
        ("alarm", draft(&alarm("ALARM", "StatusCheckFailed"))),
        ("automation", draft(&automation("TimedOut"))),
        ("compliance", draft(&compliance())),
        ("execution", draft(&execution("TIMED_OUT"))),
        ("unreadable", unread()),
    ]
}

/// The end of the same fault.
pub(in crate::ticket) fn healed() -> Draft {
    let mut record = record(json!({"status": "Remediated", "change": "m5.large -> m5.xlarge"}));
    record["verification"] = json!({"healed": true, "seen": "shop-cpu-high is OK", "looks": 4});
    draft(&event(record))
}

/// Its end without our doing.
pub(in crate::ticket) fn already_healthy() -> Draft {
    let mut record = record(json!({"status": "AlreadyHealthy", "reason": "i-0abc is terminated"}));
    record["action"] = Value::Null;
    draft(&event(record))
}

pub(super) fn asked(state: &str, decisions: Value) -> Value {
    json!({
        "id": "0a1b",
        "state": state,
        "page": "https://approvals.example.com/?approval=0a1b",
        "expiresAt": "2026-11-23T10:00:00Z",
        "who": "1 of managers (kim, lee)",
        "planHash": "c0ffee",
        "plan": ["1 stopInstance  ec2:StopInstances i-0abc", "2 resize  ec2:ModifyInstanceAttribute m5.large -> m5.xlarge"],
        "risk": "high",
        "cost": null,
        "decisions": decisions,
    })
}

pub(super) fn alarm(state: &str, metric: &str) -> Value {
    json!({
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:queue too long"],
        "detail": {
            "alarmName": "queue too long",
            "state": {"value": state, "reason": "Threshold <b>crossed</b>", "timestamp": "2026-11-22T10:00:00.000+0000"},
            "configuration": {"metrics": [{"metricStat": {"metric": {
                "namespace": "AWS/EC2", "name": metric, "dimensions": {"InstanceId": "i-0abc"},
            }}}]},
        },
    })
}

pub(super) fn bound() -> Binding {
    crate::catalogue::binding("resize-on-cpu-alarm").unwrap()
}

pub(super) fn compliance() -> Value {
    json!({
        "source": "aws.config",
        "detail-type": "Config Rules Compliance Change",
        "account": "123456789012",
        "region": "eu-west-1",
        "detail": {
            "configRuleName": "no-public-databases", "resourceType": "AWS::RDS::DBInstance", "resourceId": "db-ABC",
            "awsAccountId": "123456789012", "awsRegion": "eu-west-1",
            "newEvaluationResult": {
                "complianceType": "NON_COMPLIANT", "resultRecordedTime": "2026-11-22T10:00:00.000Z",
                "evaluationResultIdentifier": {"evaluationResultQualifier": {
                    "configRuleName": "no-public-databases", "resourceType": "AWS::RDS::DBInstance", "resourceId": "db-ABC",
                }},
            },
        },
    })
}

pub(super) fn unread() -> Draft {
    let event =
        json!({"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "id": "e-1", "detail": {}});
    unreadable(&event, &parse(&event).unwrap_err(), "run-1")
}

pub(super) fn execution(status: &str) -> Value {
    json!({
        "id": "1", "source": "aws.lambda", "detail-type": "Durable Execution Status Change",
        "account": "123456789012", "region": "eu-west-1",
        "detail": {
            "durableExecutionArn": format!("{FUNCTION}/durable-execution/web-1/5f0c"),
            "durableExecutionName": "web-1", "functionArn": FUNCTION, "status": status,
            "startTimestamp": "2026-03-02T04:00:00.000Z", "endTimestamp": "2026-03-02T05:00:00.000Z",
        },
    })
}

pub(super) fn automation(status: &str) -> Value {
    json!({
        "source": "aws.ssm",
        "detail-type": "EC2 Automation Execution Status-change Notification",
        "account": "123456789012",
        "region": "eu-west-1",
        "detail": {
            "ExecutionId": "333ba70b-2333-48db-b17e-a5e69c6f4d1c",
            "Definition": "restart-web",
            "Status": status,
            "EndTime": "May 14, 2025 7:43:26 PM",
            "ExecutedBy": "arn:aws:iam::123456789012:user/ops",
        },
    })
}
