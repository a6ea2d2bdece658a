//! Every outcome, alarm and automation as a person reads it, kept as golden files.

use serde_json::{Value, json};

use super::samples::{
    alarm, asked, automation, awaiting, bound, compliance, draft, event, execution, failed, healed, planned, record,
    refused, rolled_back,
};
use super::{Composed, compose};
use crate::catalogue::Binding;
use crate::event::parse;
use crate::ticket::{Draft, adf_document, markdown};

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

#[test]
fn a_failure_says_what_is_left_and_how_to_finish_by_hand() {
    insta::assert_snapshot!(read(&event(failed())));
}

#[test]
fn a_rollback_says_that_the_resource_is_as_it_was() {
    insta::assert_snapshot!(read(&event(rolled_back())));
}

#[test]
fn a_refusal_names_the_guard_and_what_would_change_its_mind() {
    insta::assert_snapshot!(read(&event(refused())));
}

#[test]
fn a_plan_is_shown_line_by_line_and_says_that_nothing_was_changed() {
    insta::assert_snapshot!(read(&event(planned())));
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

#[test]
fn an_alarm_nobody_is_bound_to_becomes_a_ticket() {
    insta::assert_snapshot!(read(&alarm("ALARM", "StatusCheckFailed")));
}

#[test]
fn a_failed_automation_becomes_a_ticket() {
    insta::assert_snapshot!(read(&automation("TimedOut")));
}

#[test]
fn a_finding_that_nothing_is_bound_to_becomes_a_ticket() {
    insta::assert_snapshot!(read(&compliance()));
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

/// find-faults sends it at every run: its event has one id, and each run is another execution.
#[test]
fn what_a_guard_refuses_for_now_is_told_once_however_often_it_is_found() {
    let found = crate::guard::found::event_id(&["alarm"]);
    let of = |event_id: &str, guard: &str, execution: &str| {
        let mut record = refused();
        record["outcome"]["guard"] = json!(guard);
        record["incident"]["event"] = json!(event_id);
        record["execution"] = json!(execution);
        draft(&event(record)).occurrence
    };
    assert_eq!(of(&found, "window", "run-1"), of(&found, "window", "run-2"));
    assert_ne!(of(&found, "window", "run-1"), of(&found, "budget", "run-1"), "another reason is news");
    assert_ne!(of(&found, "scope", "run-1"), of(&found, "scope", "run-2"));
    assert_ne!(of("of-eventbridge", "window", "run-1"), of("of-eventbridge", "window", "run-2"));
}
