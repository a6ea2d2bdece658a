//! Every refusal of every guard is one a person can act on: it names what would make it say yes.

use serde_json::{Value, json};

use super::limits::read;
use super::owner::Life;
use super::tests::{claim, incident};
use super::{
    Claim, NAMES, Refusal, Scope, breaker, budget, calendar, concurrent, event, flapping, fleet, lock, own, stop,
    window,
};
use crate::event::Trigger;
use crate::incident::Resource;
use crate::settings::Settings;

/// Guards outside this folder, and where their refusals are tested.
const ELSEWHERE: [(&str, &str); 7] = [
    ("binding", "functions"),
    ("target", "functions"),
    ("muted", "functions"),
    ("exception", "functions"),
    ("time", "aws.rs"),
    ("mode", "remediation"),
    ("approval", "remediation/approve.rs"),
];

fn settings() -> Settings {
    Settings::read(|name| match name {
        "KINTSUGI_GUARD_TABLE" => Some("guards".into()),
        "KINTSUGI_OWN_PREFIX" => Some("kintsugi-".into()),
        _ => None,
    })
    .unwrap()
}

fn bounded(limits: &str) -> Claim {
    Claim { limits: read(limits).unwrap(), ..claim(Some("2025-05-14T09:06:11Z")) }
}

fn scoped(tags: &[(&str, &str)], limits: &str) -> Refusal {
    let scope = Scope::from_tag_list(tags.iter().copied());
    scope.check(&settings(), &incident(), &read(limits).unwrap(), "revoke-open-ssh").unwrap_err()
}

fn own_call() -> Refusal {
    let event: Value = serde_json::from_str(include_str!("../../../events/cloudtrail/own-call.json")).unwrap();
    let trigger = crate::event::parse(&event).unwrap();
    assert!(matches!(trigger, Trigger::ApiCall(_)));
    own::own_doing(&settings(), &trigger).unwrap()
}

fn own_resource() -> Refusal {
    let table = Resource { kind: "AWS::DynamoDB::Table".into(), id: "kintsugi-GuardTable-1".into() };
    own::check(&settings(), &incident(), &table, &Scope::from_tag_list([])).unwrap_err()
}

fn claimed(held: Value, now: i64) -> Refusal {
    super::claim::verdict(&held, &bounded(""), now, 900).unwrap_err()
}

fn counted(limits: &str) -> Vec<Refusal> {
    let claim = bounded(limits);
    budget::counts(10, &claim).into_iter().chain(fleet::count(&claim)).map(|count| count.full()).collect()
}

/// Each refusal, and words of it that say what to do.
fn refusals() -> Vec<(Refusal, &'static str)> {
    const IN: (&str, &str) = ("kintsugi:remediate", "true");
    const ENDED: i64 = 1_747_213_570;
    let dealt_with = |at: i64| json!({"owner": {"S": "other"}, "endedAt": {"N": at.to_string()}});
    let runs = Life::GoesOn("RUNNING".into());
    let open = json!({"opened": {"N": "1000"}, "openedBy": {"S": "arn:b"}});
    let [hour, binding_hour, day, fleet] = &counted("perHour: 1, perDay: 2, fleet: {resources: 3}")[..] else {
        panic!()
    };
    let closed = window::check(&["Mon 08:00-09:00 UTC".parse().unwrap()], "2026-01-06T00:00:00Z".parse().unwrap());
    let switch = |read| stop::verdict("/kintsugi/stop", read).unwrap_err();
    let calendar = |answer| calendar::verdict("freeze", answer).unwrap_err();
    vec![
        (own_call(), "by anybody else is"),
        (own_resource(), "put it right by hand"),
        (scoped(&[IN], "accounts: ['1']"), "add it to `accounts`"),
        (scoped(&[IN], "deniedAccounts: ['123456789012']"), "take it out of `deniedAccounts`"),
        (scoped(&[IN], "regions: [us-east-1]"), "add it to `regions`"),
        (scoped(&[IN], "deniedRegions: [eu-west-1]"), "take it out of `deniedRegions`"),
        (scoped(&[IN, ("kintsugi:ignore", "")], ""), "remove it to have it put right"),
        (scoped(&[], ""), "tag it kintsugi:remediate=true"),
        (scoped(&[IN, ("terraform", "true")], ""), "change it there, or say `owned: allow`"),
        (scoped(&[IN, ("aws:autoscaling:groupName", "web")], ""), "change it there"),
        (switch(Ok(Some("stop".into()))), "set it to run"),
        (switch(Ok(None)), "create the parameter with the value run"),
        (switch(Err("denied".into())), "make it readable"),
        (claimed(dealt_with(ENDED + 10), ENDED), "nothing is to be done"),
        (super::claim::running("other", &runs).unwrap_err(), "wait for its end"),
        (event::refused(&json!({"pk": {"S": "event#abc#1"}})), "delete event#abc#1 from the guard table"),
        (super::claim::cannot_tell("no table".into()), "make it usable and send the event again"),
        (claimed(dealt_with(ENDED), ENDED), "it may be acted on again (CooldownSeconds)"),
        (
            flapping::check(&[1], &bounded("flapping: {times: 1, within: 1h}"), 2).unwrap_err(),
            "on it may be acted on again",
        ),
        (closed.unwrap_err(), "opens next at 2026-01-12T08:00:00Z"),
        (calendar(Ok(json!({"State": "CLOSED"}))), "when it is open send the event again"),
        (calendar(Ok(json!({}))), "see it in Systems Manager"),
        (calendar(Err("denied".into())), "make it readable"),
        (lock::held(&bounded(""), "arn:x", Some(60), 0, &runs).unwrap_err(), "wait for it to end"),
        (
            breaker::refused(&open, &bounded("breaker: {failures: 1, within: 1h, retryAfter: 1h}"), 1001),
            "To close it by hand: aws dynamodb delete-item",
        ),
        (concurrent::full(&bounded("concurrent: 2"), 2), "`concurrent` (guards) says how many"),
        (hour.clone(), "MaxPerHour says how many"),
        (binding_hour.clone(), "`perHour` (guards) says how many"),
        (day.clone(), "`perDay` (guards) says how many"),
        (fleet.clone(), "with a larger `fleet` (guards)"),
    ]
}

#[test]
fn every_refusal_names_what_would_make_it_say_yes() {
    for (Refusal { guard, reason }, remedy) in refusals() {
        assert!(NAMES.contains(&guard.as_str()), "{guard} is not in NAMES");
        assert!(reason.contains(remedy), "{guard}: {reason}");
        assert!(reason.len() > 40 && !reason.contains("  ") && !reason.ends_with(' '), "{guard}: {reason}");
    }
}

#[test]
fn every_guard_is_in_the_table() {
    let seen: Vec<String> = refusals().into_iter().map(|(refusal, _)| refusal.guard).collect();
    for name in NAMES {
        let elsewhere = ELSEWHERE.iter().any(|(guard, _)| *guard == name);
        assert!(elsewhere != seen.iter().any(|guard| guard == name), "{name}");
    }
}
