//! Every outcome, alarm and automation as a person reads it, kept as golden files.

use serde_json::{Value, json};

use super::{Composed, compose, unreadable};
use crate::catalogue::Binding;
use crate::event::parse;
use crate::record::Record;
use crate::ticket::{Draft, adf_document, markdown};

fn incident() -> Value {
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

fn step(name: &str, status: &str, failure: Option<&str>) -> Value {
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

fn record(outcome: Value) -> Value {
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
                "See what it is now:",
                "aws ec2 describe-instances --region eu-west-1 --instance-ids i-0abc",
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

fn run(steps: Vec<Value>) -> Value {
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

fn event(record: Value) -> Value {
    // As it arrives: through the type, so that a change of its shape breaks here.
    let record: Record = serde_json::from_value(record).unwrap();
    json!({"source": "kintsugi", "detail-type": "Kintsugi Outcome", "detail": record})
}

fn draft(event: &Value) -> Draft {
    match compose(&parse(event).unwrap(), &[]) {
        Composed::Ticket(draft) | Composed::Healed(draft) => *draft,
        Composed::Nothing { reason } => panic!("{reason}"),
    }
}

fn read(event: &Value) -> String {
    let draft = draft(event);
    let Draft { fingerprint, occurrence, title, severity, category, resources, runbook, .. } = &draft;
    let resources = resources.join(", ");
    let runbook = runbook.as_deref().unwrap_or("none");
    format!(
        "title: {title}\nseverity: {} {severity:?}\ncategory: {}\nfingerprint: {fingerprint}\noccurrence: {occurrence}\n\
         resources: {resources}\nrunbook: {runbook}\n\n{}",
        severity.number(),
        category.name(),
        markdown(&draft.body)
    )
}

fn failed() -> Value {
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

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:kintsugi-resize-on-cpu-alarm:7";

#[test]
fn a_failure_says_what_is_left_and_how_to_finish_by_hand() {
    insta::assert_snapshot!(read(&event(failed())));
}

fn rolled_back() -> Value {
    let mut record = record(json!({"status": "RolledBack", "cause": "the alarm is still ALARM after 9 looks"}));
    record["verification"] = json!({"healed": false, "seen": "shop-cpu-high is ALARM", "looks": 9});
    record["run"] = run(vec![step("stopInstance", "Success", None)]);
    record["undo"] = run(vec![step("startInstance", "Success", None)]);
    record
}

#[test]
fn a_rollback_says_that_the_resource_is_as_it_was() {
    insta::assert_snapshot!(read(&event(rolled_back())));
}

fn refused() -> Value {
    let mut record = record(json!({
        "status": "Refused",
        "guard": "scope",
        "reason": "i-0abc has no tag kintsugi:remediate=true; tag it to opt in",
    }));
    record["guards"] = json!([{"guard": "scope", "passed": false, "note": "not opted in"}]);
    record
}

#[test]
fn a_refusal_names_the_guard_and_what_would_change_its_mind() {
    insta::assert_snapshot!(read(&event(refused())));
}

fn planned() -> Value {
    let mut record = record(json!({
        "status": "Planned",
        "change": "m5.large -> m5.xlarge",
        "plan": ["1 stopInstance  ec2:StopInstances i-0abc", "2 resize  ec2:ModifyInstanceAttribute m5.large -> m5.xlarge"],
    }));
    record["mode"] = json!("observe");
    record
}

#[test]
fn a_plan_is_shown_line_by_line_and_says_that_nothing_was_changed() {
    insta::assert_snapshot!(read(&event(planned())));
}

fn awaiting() -> Value {
    let mut record = record(json!({"status": "AwaitingApproval", "request": "stop and resize i-0abc"}));
    record["mode"] = json!("approve");
    record["approval"] = asked("open", json!([]));
    record
}

fn advised() -> Value {
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

fn asked(state: &str, decisions: Value) -> Value {
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

#[test]
fn an_approval_is_asked_for() {
    insta::assert_snapshot!(read(&event(awaiting())));
}

#[test]
fn what_people_said_is_told_even_when_all_is_well_and_that_it_cannot_be_undone() {
    let decision = json!({"approver": "kim", "approved": true, "reason": "go ahead", "at": "2026-11-22T12:00:00Z"});
    let mut record = record(json!({"status": "Remediated", "change": "m5.large -> m5.xlarge"}));
    record["action"]["irreversible"] = json!("what was on its instance store volumes is lost");
    record["mode"] = json!("approve");
    record["approval"] = asked("approved", json!([decision]));
    insta::assert_snapshot!(read(&event(record)));
}

#[test]
fn an_event_another_function_could_not_read_is_told_without_an_incident() {
    let mut record = record(json!({
        "status": "Failed",
        "step": "event",
        "cause": "detail.alarmName: is missing; expected a string",
        "byHand": ["The event is kept in the dead-letter queue."],
    }));
    for absent in ["incident", "action"] {
        record[absent] = Value::Null;
    }
    record["guards"] = json!([]);
    insta::assert_snapshot!(read(&event(record)));
}

#[test]
fn the_document_for_jira_holds_the_same() {
    insta::assert_json_snapshot!(adf_document(&draft(&event(failed())).body));
}

#[test]
fn inputs_outputs_and_parameters_of_steps_are_in_no_ticket() {
    let draft = draft(&event(failed()));
    assert!(!serde_json::to_string(&draft).unwrap().contains("must never be seen"));
}

fn alarm(state: &str, metric: &str) -> Value {
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

fn bound() -> Binding {
    crate::catalogue::binding("resize-on-cpu-alarm").unwrap()
}

#[test]
fn an_alarm_nobody_is_bound_to_becomes_a_ticket() {
    insta::assert_snapshot!(read(&alarm("ALARM", "StatusCheckFailed")));
}

#[test]
fn a_failed_automation_becomes_a_ticket() {
    insta::assert_snapshot!(read(&automation("TimedOut")));
}

fn compliance() -> Value {
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

#[test]
fn a_finding_that_nothing_is_bound_to_becomes_a_ticket() {
    insta::assert_snapshot!(read(&compliance()));
}

fn unread() -> Draft {
    let event =
        json!({"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "id": "e-1", "detail": {}});
    unreadable(&event, &parse(&event).unwrap_err(), "run-1")
}

#[test]
fn an_execution_that_could_not_tell_its_outcome_becomes_a_ticket() {
    insta::assert_snapshot!(read(&execution("TIMED_OUT")));
}

#[test]
fn a_function_and_aws_tell_of_the_same_execution_in_one_ticket() {
    let end = execution("FAILED");
    let arn = end["detail"]["durableExecutionArn"].clone();
    let mut told = record(json!({"status": "Failed", "step": "execution", "cause": "it broke", "byHand": []}));
    (told["execution"], told["incident"]) = (arn, Value::Null);
    let of = |event: &Value| match compose(&parse(event).unwrap(), &[]) {
        Composed::Ticket(draft) | Composed::Healed(draft) => (draft.fingerprint, draft.occurrence),
        Composed::Nothing { reason } => panic!("{reason}"),
    };
    assert_eq!(of(&end), of(&event(told)));
}

fn execution(status: &str) -> Value {
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

fn automation(status: &str) -> Value {
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

#[test]
fn what_needs_nobody_is_nothing_to_do_and_says_why() {
    let duplicate = event(record(json!({"status": "Refused", "guard": "duplicate", "reason": "run-0 dealt with it"})));
    let cases = [
        (duplicate, "run-0 dealt with it"),
        (alarm("INSUFFICIENT_DATA", "StatusCheckFailed"), "not ALARM"),
        (alarm("ALARM", "CPUUtilization"), "bound to resize-on-cpu-alarm"),
        (automation("Success"), "is Success"),
        (automation("InProgress"), "is InProgress"),
        (execution("SUCCEEDED"), "is SUCCEEDED"),
    ];
    for (event, expected) in cases {
        match compose(&parse(&event).unwrap(), &[bound()]) {
            Composed::Nothing { reason } => assert!(reason.contains(expected), "{reason}"),
            Composed::Ticket(draft) | Composed::Healed(draft) => panic!("{}", draft.title),
        }
    }
}

/// Whoever sees that it is over, it is the same fault: its ticket is found.
#[test]
fn the_end_of_a_fault_has_the_fingerprint_of_its_beginning() {
    let over = |event: &Value, bindings: &[Binding]| match compose(&parse(event).unwrap(), bindings) {
        Composed::Healed(draft) => draft.fingerprint,
        other => panic!("{other:?}"),
    };
    let begun = draft(&alarm("ALARM", "StatusCheckFailed")).fingerprint;
    assert_eq!(over(&alarm("OK", "StatusCheckFailed"), &[bound()]), begun);
    // Of an alarm that a function is bound to, its function opened the ticket, about the instance.
    let bound_alarm = crate::event::parse(&alarm("ALARM", "CPUUtilization")).unwrap();
    let crate::event::Trigger::Alarm(bound_alarm) = bound_alarm else { panic!("{bound_alarm:?}") };
    let instance = crate::incident::Resource { kind: "AWS::EC2::Instance".into(), id: "i-0abc".into() };
    let by_function = bound_alarm.incident(Some(instance)).fingerprint;
    assert_eq!(over(&alarm("OK", "CPUUtilization"), &[bound()]), by_function);
    assert_eq!(healed().fingerprint, draft(&event(failed())).fingerprint);
}

#[test]
fn the_same_fault_is_one_fingerprint_and_every_run_an_occurrence_of_its_own() {
    let again = |execution: &str| {
        let mut record = failed();
        record["execution"] = json!(execution);
        draft(&event(record))
    };
    let (first, second) = (again("run-1"), again("run-2"));
    assert_eq!(first.fingerprint, second.fingerprint);
    assert_eq!(first.resources, second.resources);
    assert_ne!(first.occurrence, second.occurrence);
}
