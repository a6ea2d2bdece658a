//! Each rule, broken once: a sweep in which nothing can fail would prove nothing.
//!
//! Comes in: what a sound case leaves. Goes out: for every rule a breach of it. Never: an account; the evidence is written
//! by hand.

use engine::Execution;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::outcome::Outcome;
use shared::record::{GuardNote, Record};
use shared::settings::Mode;
use world::gateway::call::{Call, Effect, Protocol};
use world::gateway::journal::{AnsweredBy, Entry};

use super::{Allowed, RULES, breaches};
use crate::sweep::case::{Answer, Case, Deliveries, Disturbance, Told};
use crate::sweep::evidence::{Delivered, Evidence, Ticket};
use crate::sweep::lane::CANARIES;
use crate::sweep::recording::steps;
use crate::sweep::scene::{Condition, Prop};

const GROUP: &str = "sg-0123456789abcdef0";

/// What breaks a rule, done to what a sound case left.
type Break = fn(&mut Evidence);

fn call(seq: u64, service: &str, operation: &str, input: Value) -> Entry {
    let input = input.as_object().cloned().unwrap_or_else(Map::new);
    let (service, operation, region) = (service.to_owned(), operation.to_owned(), "eu-west-1".to_owned());
    let (protocol, effect, caller) = (Protocol::Json, Effect::Write, "lane-1".to_owned());
    let call = Call { service, operation, protocol, effect, region, caller, input };
    let at = Timestamp::UNIX_EPOCH;
    let (status, performed) = (Some(200), Some(200));
    Entry { seq, at, millis: 1, micros: 1000, call, status, performed, answered_by: AnsweredBy::Moto }
}

fn revoke(seq: u64) -> Entry {
    call(seq, "ec2", "RevokeSecurityGroupIngress", json!({ "GroupId": GROUP }))
}

fn lock() -> String {
    format!("lock#AWS::EC2::SecurityGroup/{GROUP}")
}

fn record(outcome: Outcome) -> Record {
    let mut record = Record::of("fix-config-drift", "e-1", Mode::Enforce, outcome, Timestamp::UNIX_EPOCH);
    record.guards = vec![GuardNote { guard: "lock".into(), passed: true, note: String::new() }];
    record
}

fn delivered(outcome: Outcome) -> Delivered {
    let (execution, status) = ("e-1".to_owned(), Some("SUCCEEDED".to_owned()));
    Delivered { execution, status, error: None, outcomes: vec![record(outcome)], letters: vec![] }
}

fn failed(by_hand: &[&str]) -> Outcome {
    let by_hand = by_hand.iter().map(|line| (*line).to_owned()).collect();
    Outcome::Failed { step: "revoke".into(), cause: "denied".into(), by_hand }
}

/// Healed, by one change, under a lock that was given back.
fn sound() -> Evidence {
    let put = |key: &str| json!({ "Put": { "Item": { "pk": { "S": key } } } });
    let claims = json!({ "TransactItems": [put("incident#1"), put("budget#1"), put(&lock())] });
    let unlock = json!({ "Key": { "pk": { "S": lock() } } });
    Evidence {
        case: Case::undisturbed("revoke-open-ssh"),
        lane: "lane-1".into(),
        prop: Prop {
            name: "sweep-00001-p".into(),
            kind: "AWS::EC2::SecurityGroup".into(),
            id: GROUP.into(),
            parts: vec![],
            alarm: None,
            events: vec![],
        },
        condition: Condition::Healed,
        delivered: vec![delivered(Outcome::Remediated { change: "closed".into() })],
        journal: vec![
            call(1, "dynamodb", "TransactWriteItems", claims),
            revoke(2),
            call(3, "dynamodb", "DeleteItem", unlock),
        ],
        tickets: vec![],
        lock: None,
        log: String::new(),
        disturbed: true,
        seconds: 1.0,
    }
}

fn told(evidence: &mut Evidence, outcome: Outcome) {
    evidence.delivered = vec![delivered(outcome)];
}

fn ticket(status: &str) -> Ticket {
    Ticket { id: "oi-1".into(), status: status.into(), text: String::new() }
}

/// One for each rule, in the rules' own order.
const BROKEN: [Break; 20] = [
    |left| left.condition = Condition::Between("half open".into()),
    |left| told(left, Outcome::RolledBack { cause: "denied".into() }),
    |left| {
        left.condition = Condition::Between("half open".into());
        told(left, failed(&[]));
    },
    |left| {
        let reboot = || call(2, "ec2", "RebootInstances", json!({ "InstanceIds": [GROUP] }));
        left.journal.splice(2..2, [reboot(), reboot()]);
    },
    |left| left.delivered.push(delivered(Outcome::Remediated { change: "closed".into() })),
    |left| left.case.told = Told::Observe,
    |left| {
        left.case.step = steps(&left.journal).into_iter().nth(1);
        left.case.disturbance = Disturbance::Stopped;
        let mut late = revoke(4);
        late.at += jiff::SignedDuration::from_secs(60);
        left.journal.push(late);
    },
    |left| left.case.deliveries = Deliveries::AboutNobody,
    |left| left.case.told = Told::Ask(Answer::Yes),
    |left| left.case.deliveries = Deliveries::OurOwn,
    |left| drop(left.journal.remove(0)),
    |left| left.lock = Some(json!({ "owner": { "S": "e-1" }, "expiresAt": { "N": "1" } })),
    |left| left.journal.insert(2, call(2, "ec2", "DeleteSecurityGroup", json!({ "GroupId": "sg-fedcba9876543210f" }))),
    |left| left.condition = Condition::AsItWas,
    |left| left.delivered[0].outcomes.clear(),
    |left| left.tickets.push(ticket("Resolved")),
    |left| left.tickets.push(ticket("Open")),
    |left| left.delivered[0].status = None,
    |left| left.log = format!("key {}", CANARIES[0]),
    |left| left.journal.insert(2, call(2, "ec2", "TerminateInstances", json!({ "GroupId": GROUP }))),
];

fn broken_rules(evidence: &Evidence) -> Vec<String> {
    let allowed = Allowed::of("fix-config-drift").unwrap();
    breaches(evidence, &allowed).into_iter().map(|breach| breach.rule).collect()
}

#[test]
fn a_sound_case_breaks_no_rule() {
    assert_eq!(broken_rules(&sound()), Vec::<String>::new());
}

#[test]
fn every_rule_is_broken_by_what_it_forbids() {
    let rules = RULES.iter().map(|(rule, _)| *rule).chain(["Least privilege"]);
    assert_eq!(rules.clone().count(), BROKEN.len());
    for (rule, broken) in rules.zip(BROKEN) {
        let mut evidence = sound();
        broken(&mut evidence);
        let seen = broken_rules(&evidence);
        assert!(seen.iter().any(|seen| seen == rule), "{rule} is not among what was seen: {seen:?}");
    }
}

#[test]
fn a_lock_that_another_refused_deletion_left_is_no_excuse() {
    let mut evidence = sound();
    evidence.lock = Some(json!({ "owner": { "S": "e-1" }, "expiresAt": { "N": "1" } }));
    let refused = |key: &str| Entry {
        performed: None,
        ..call(3, "dynamodb", "DeleteItem", json!({ "Key": { "pk": { "S": key } } }))
    };
    evidence.delivered[0].outcomes[0].guards.push(GuardNote {
        guard: shared::guard::RELEASE.into(),
        passed: false,
        note: "held on until its lease ends".into(),
    });
    evidence.journal[2] = refused("budget#1");
    assert_eq!(broken_rules(&evidence), ["One hand at a time: the lock is given back"]);
    evidence.journal[2] = refused(&lock());
    assert_eq!(broken_rules(&evidence), Vec::<String>::new());
}

/// A run that failed of a step, and then began so many others.
fn cut_off(then: usize) -> Execution {
    let step = |status: &str| {
        json!({"name": "s", "action": "aws:sleep", "visit": 1, "status": status, "attempts": 1, "started": null,
               "ended": null, "inputs": {}, "outputs": {}, "failure": null, "critical": true, "nextStep": null})
    };
    let steps: Vec<Value> = ["Success", "Failed"].into_iter().chain(vec!["Success"; then]).map(step).collect();
    let run = json!({"executionId": "e", "document": "d", "status": "Failed", "started": "2026-01-01T00:00:00Z",
                     "ended": "2026-01-01T00:00:00Z", "steps": steps, "outputs": {}, "failure": null});
    serde_json::from_value(run).unwrap()
}

#[test]
fn what_was_cut_off_comes_again_only_if_it_was_put_back_and_a_command_once_more() {
    let breaks = |operation: &str, times: u64, first: Option<Execution>| {
        let mut evidence = sound();
        let service = if operation == "SendCommand" { "ssm" } else { "ec2" };
        let between = |at: u64| [call(at, service, operation, json!({"InstanceIds": [GROUP]})), revoke(at)];
        evidence.journal.splice(1..2, (0..times).map(|at| 2 + at).flat_map(between));
        evidence.delivered[0].outcomes[0].cut_off = first;
        let seen = broken_rules(&evidence);
        // The revocations between them are the same change too, and only keep it apart.
        seen.iter().any(|seen| seen == "One effect per incident")
    };
    assert!(!breaks("RebootInstances", 1, None));
    assert!(breaks("RebootInstances", 2, None) && breaks("SendCommand", 2, None));
    assert!(breaks("RebootInstances", 2, Some(cut_off(0))), "nothing was put back");
    assert!(!breaks("RebootInstances", 2, Some(cut_off(1))));
    assert!(breaks("RebootInstances", 3, Some(cut_off(1))));
}

#[test]
fn a_command_comes_once_more_by_a_run_that_was_made_again() {
    let breaks = |times: u64, first: Option<Execution>| {
        let mut evidence = sound();
        let command = |at: u64| {
            let looked = Entry { call: Call { effect: Effect::Read, ..revoke(at).call }, ..revoke(at) };
            [call(at, "ssm", "SendCommand", json!({"InstanceIds": [GROUP]})), looked]
        };
        evidence.journal.splice(2..2, (0..times).map(|at| 2 + at).flat_map(command));
        evidence.delivered[0].outcomes[0].cut_off = first;
        broken_rules(&evidence).iter().any(|seen| seen == "One effect per incident")
    };
    assert!(!breaks(1, None) && breaks(2, None));
    assert!(!breaks(2, Some(cut_off(0))) && breaks(3, Some(cut_off(0))));
}

#[test]
fn a_ticket_is_open_while_somebody_must_look_and_closed_when_the_fault_was_seen_to_be_gone() {
    let rule = "Nothing is lost: its ticket is open until the fault is gone";
    let broken = |condition: Condition, outcome: Outcome, status: &str| {
        let mut evidence = sound();
        evidence.condition = condition;
        told(&mut evidence, outcome);
        evidence.delivered[0].outcomes[0].needs_ticket = true;
        evidence.tickets = vec![ticket(status)];
        broken_rules(&evidence).iter().any(|seen| seen == rule)
    };
    let put_right = || Outcome::Remediated { change: "closed".into() };
    assert!(!broken(Condition::AsItWas, failed(&[]), "Open") && broken(Condition::AsItWas, failed(&[]), "Resolved"));
    assert!(!broken(Condition::Healed, put_right(), "Resolved") && broken(Condition::Healed, put_right(), "Open"));
    // Its alarm is OK again without us.
    assert!(!broken(Condition::Healed, failed(&[]), "Resolved"));
}

#[test]
fn a_yes_is_for_what_stands_in_the_plan() {
    let mut evidence = sound();
    evidence.case.told = Told::Ask(Answer::Yes);
    let asked = |operation: &str| {
        let asked = json!({
            "id": "a", "state": "approved", "page": "", "expiresAt": "1970-01-01T00:00:00Z", "who": "1 of kim",
            "planHash": "", "plan": [format!("1   close  write   ec2:{operation}  GroupId={GROUP}")], "risk": "low",
            "cost": null, "decisions": [],
        });
        serde_json::from_value(asked).unwrap()
    };
    evidence.delivered[0].outcomes[0].approval = Some(asked("RevokeSecurityGroupIngress"));
    assert_eq!(broken_rules(&evidence), Vec::<String>::new());
    evidence.delivered[0].outcomes[0].approval = Some(asked("DescribeSecurityGroups"));
    assert_eq!(broken_rules(&evidence), ["An approval is for one plan"]);
}
