//! Which example event reaches which function, by the rules of template.yaml.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::checkout::{root, text};
use tests::local;
use world::bus::Routes;
use world::bus::routes::Target;

/// The functions that the template's rules give the event to, in the rules' order.
fn receivers(event: &Value, parameters: &[(&str, &str)]) -> Vec<String> {
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let routes = Routes::read(&text("template.yaml").unwrap(), &parameters).unwrap();
    let wanting = routes.rules.iter().filter(|rule| rule.pattern.matches(event));
    let targets = wanting.flat_map(|rule| rule.targets.iter());
    targets
        .map(|target| match target {
            Target::Function(index) => routes.functions[*index].name.clone(),
            Target::Queue(name) => name.clone(),
        })
        .collect()
}

fn example(name: &str) -> Value {
    serde_json::from_str(&local::example(&format!("{name}.json")).unwrap()).unwrap()
}

/// What a new installation does with each example event, and what it does when all unbound alarms shall get tickets.
#[test]
fn every_example_event_reaches_the_function_it_is_for_and_no_other() {
    let nobody: &[&str] = &[];
    let (resize, drift, ticket) = (&["resize-on-cpu-alarm"][..], &["fix-config-drift"][..], &["open-ticket"][..]);
    let cases = [
        ("cloudwatch/alarm-eventbridge", resize, resize),
        ("cloudwatch/alarm-ok", ticket, ticket),
        ("cloudwatch/alarm-unbound", nobody, ticket),
        ("cloudwatch/alarm-without-instance", nobody, ticket),
        ("cloudwatch/alarm-composite", nobody, ticket),
        ("config/bucket-not-compliant", drift, drift),
        ("config/security-group-not-compliant", drift, drift),
        ("config/bucket-compliant", nobody, nobody),
        ("ssm/automation-failed", ticket, ticket),
        ("ssm/automation-success", nobody, nobody),
        ("lambda/execution-timed-out", ticket, ticket),
        ("bad/other-kind", nobody, nobody),
    ];
    for (name, by_default, with_tickets) in cases {
        assert_eq!(receivers(&example(name), &[]), by_default, "{name}");
        assert_eq!(receivers(&example(name), &[("TicketAlarmNames", "*")]), with_tickets, "{name}, tickets for all");
    }
}

#[test]
fn a_finding_that_is_over_closes_its_ticket_and_what_was_well_from_the_beginning_tells_nobody() {
    let mut over = example("config/bucket-compliant");
    over["detail"]["oldEvaluationResult"] = json!({"complianceType": "NON_COMPLIANT"});
    assert_eq!(receivers(&over, &[]), ["open-ticket"]);
}

#[test]
fn only_the_alarms_that_are_named_become_tickets() {
    let alarm = example("cloudwatch/alarm-unbound");
    let named = alarm["detail"]["alarmName"].as_str().unwrap();
    let (start, _) = named.split_once('-').unwrap();
    assert_eq!(receivers(&alarm, &[("TicketAlarmNames", &format!("{start}-*"))]), ["open-ticket"]);
    assert!(receivers(&alarm, &[("TicketAlarmNames", "other-*")]).is_empty());
}

#[test]
fn an_alarm_about_kintsugi_itself_becomes_a_ticket_without_being_named() {
    let mut alarm = example("cloudwatch/alarm-unbound");
    alarm["detail"]["alarmName"] = json!("kintsugi-dead-letters");
    assert_eq!(receivers(&alarm, &[]), ["open-ticket"]);
}

#[test]
fn an_outcome_is_told_when_a_person_must_see_it_or_its_fault_is_over() {
    let outcome = |needs: bool| json!({"source": "kintsugi", "detail-type": "Kintsugi Outcome", "detail": {"needsTicket": needs}});
    assert_eq!(receivers(&outcome(true), &[]), ["open-ticket"]);
    assert!(receivers(&outcome(false), &[]).is_empty());
    // What is well again closes the ticket that may be there.
    for (status, told) in [("Remediated", true), ("AlreadyHealthy", true), ("Refused", false)] {
        let mut event = outcome(false);
        event["detail"]["outcome"] = json!({"status": status});
        assert_eq!(!receivers(&event, &[]).is_empty(), told, "{status}");
    }
}

/// Events as AWS documents them, kept beside the checkout where there is one.
#[test]
fn events_as_aws_documents_them_reach_the_same_functions() {
    let folder = root().join("../shared/events");
    if !folder.exists() {
        eprintln!("SKIPPED: AWS's documented events are not beside this checkout (../shared/events)");
        return;
    }
    let cases = [
        ("alarm-eventbridge-metric", vec!["resize-on-cpu-alarm"]),
        ("alarm-eventbridge-metric-muted", vec!["resize-on-cpu-alarm"]),
        ("alarm-eventbridge-composite", vec![]),
        ("config-eventbridge-compliance-first-evaluation", vec!["fix-config-drift"]),
        ("ssm-automation-execution-status-change", vec![]),
        ("ssm-automation-step-status-change", vec![]),
    ];
    for (name, expected) in cases {
        let event = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        assert_eq!(receivers(&serde_json::from_str(&event).unwrap(), &[]), expected, "{name}");
    }
}
