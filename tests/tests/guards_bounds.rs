//! What bounds changes over a real table: budgets, fleet, runs at once, breaker, flapping, windows, calendars, events
//! that come again.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use shared::incident::{Incident, Resource};
use shared::outcome::Outcome;
use tests::local::guarded::{Asker, incident, machine, services};
use tests::local::{self, Stage, Tested};

fn world(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

/// What bounds nothing, where a test does not say otherwise.
const OPEN: [(&str, &str); 4] = [
    ("concurrent", "1000"),
    ("perDay", "10000"),
    ("breaker", "{failures: 1000, within: 1d, retryAfter: 1h}"),
    ("flapping", "{times: 1000, within: 1d}"),
];

fn bounded(limits: &str) -> String {
    let silent = OPEN.iter().filter(|(word, _)| !limits.starts_with(word));
    silent.fold(limits.to_owned(), |all, (word, value)| format!("{all}, {word}: {value}"))
}

fn faults(stage: &Stage<'_>, number: usize) -> Vec<Incident> {
    (0..number).map(|_| incident(&machine(stage), "alarm", None)).collect()
}

/// Asks with one execution for each fault.
async fn all(asker: &Asker<'_>, faults: &[Incident]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut said = vec![];
    for (number, fault) in faults.iter().enumerate() {
        said.push(asker.ask(&format!("run-{number}"), fault).await?);
    }
    Ok(said)
}

async fn item(stage: &Stage<'_>, pk: &str) -> Result<Value, Box<dyn Error>> {
    let get = json!({"TableName": "kintsugi-GuardTable", "Key": {"pk": {"S": pk}}});
    Ok(stage.operator.call("dynamodb", "GetItem", get).await?["Item"].clone())
}

async fn delete(stage: &Stage<'_>, pk: &str) -> Tested {
    let delete = json!({"TableName": "kintsugi-GuardTable", "Key": {"pk": {"S": pk}}});
    stage.operator.call("dynamodb", "DeleteItem", delete).await?;
    Ok(())
}

#[test]
fn a_binding_may_begin_so_many_changes_in_an_hour_and_in_a_day_and_a_repeated_step_counts_once() -> Tested {
    world(async |stage| {
        for limit in ["perHour: 2", "perDay: 2"] {
            let services = services(stage, &[("KINTSUGI_GUARDS", &bounded(limit))]).await?;
            let name = stage.name("budget");
            let asker = Asker { name: &name, services: &services };
            let faults = faults(stage, 3);
            assert_eq!(asker.ask("run-0", &faults[0]).await?, "yes");
            assert_eq!(all(&asker, &faults).await?, ["yes", "yes", "budget"], "{limit}");
            assert_eq!(all(&Asker { name: &stage.name("other"), ..asker }, &faults[2..]).await?, ["yes"], "{limit}");
        }
        Ok(())
    })
}

#[test]
fn of_a_fleet_so_many_resources_are_changed_in_a_day_whichever_binding_changes_them() -> Tested {
    world(async |stage| {
        let services = services(stage, &[("KINTSUGI_GUARDS", &bounded("fleet: {percent: 10, of: 20}"))]).await?;
        let kind = stage.name("AWS::Test::Kind");
        let resource = |number: usize| Resource { kind: kind.clone(), id: format!("r-{number}") };
        let fault = |number, by: &str| incident(&resource(number), by, None);
        let (one, two) = (Asker { name: "one", services: &services }, Asker { name: "two", services: &services });
        assert_eq!(one.ask("a", &fault(1, "alarm")).await?, "yes");
        one.heal("a", &fault(1, "alarm")).await?;
        assert_eq!(two.ask("b", &fault(1, "rule")).await?, "yes", "the same resource once more");
        assert_eq!(two.ask("c", &fault(2, "rule")).await?, "yes");
        let refusal = one.answer("d", &fault(3, "alarm")).await?.unwrap_err();
        assert_eq!(refusal.guard, "fleet");
        assert!(refusal.reason.contains("10 % of 20 resources"), "{}", refusal.reason);
        Ok(())
    })
}

#[test]
fn so_many_runs_are_under_way_at_once_and_each_gives_its_place_back_at_its_end() -> Tested {
    world(async |stage| {
        let services = services(stage, &[("KINTSUGI_GUARDS", &bounded("concurrent: 2"))]).await?;
        let name = stage.name("running");
        let asker = Asker { name: &name, services: &services };
        let faults = faults(stage, 4);
        assert_eq!(all(&asker, &faults[..3]).await?, ["yes", "yes", "concurrent"]);
        assert_eq!(asker.ask("run-1", &faults[1]).await?, "yes", "a repeated step takes its own place");
        asker.heal("run-0", &faults[0]).await?;
        asker.heal("run-0", &faults[0]).await?;
        assert_eq!(asker.ask("next", &faults[2]).await?, "yes", "and whoever was refused has kept nothing");
        assert_eq!(asker.ask("third", &faults[3]).await?, "concurrent");
        Ok(())
    })
}

#[test]
fn the_place_of_a_run_that_lost_its_way_is_free_when_its_lease_has_passed() -> Tested {
    world(async |stage| {
        let limits = bounded("concurrent: 2");
        let brief = services(stage, &[("KINTSUGI_GUARDS", &limits), ("KINTSUGI_LOCK_LEASE_SECONDS", "1")]).await?;
        let name = stage.name("lost");
        let faults = faults(stage, 3);
        assert_eq!(all(&Asker { name: &name, services: &brief }, &faults[..2]).await?, ["yes", "yes"]);
        tokio::time::sleep(Duration::from_millis(2100)).await;
        assert_eq!(Asker { name: &name, services: &brief }.ask("later", &faults[2]).await?, "yes");
        Ok(())
    })
}

#[test]
fn a_breaker_opens_after_failures_in_a_row_says_so_and_closes_by_hand() -> Tested {
    world(async |stage| {
        let limits = bounded("breaker: {failures: 2, within: 1h, retryAfter: 1h}");
        let services = services(stage, &[("KINTSUGI_GUARDS", &limits)]).await?;
        let name = stage.name("breaker");
        let asker = Asker { name: &name, services: &services };
        let faults = faults(stage, 6);
        for (number, healed) in [(0, false), (1, true), (2, false)] {
            let run = format!("run-{number}");
            assert_eq!(asker.ask(&run, &faults[number]).await?, "yes");
            if healed {
                asker.heal(&run, &faults[number]).await?;
            } else {
                assert_eq!(asker.fail(&run, &faults[number]).await?, None);
            }
        }
        assert_eq!(asker.ask("run-3", &faults[3]).await?, "yes");
        let said = asker.fail("run-3", &faults[3]).await?.ok_or("the failure that opens it says so")?;
        assert!(said.contains(&format!("breaker#{name}")) && said.contains("open now"), "{said}");
        assert_eq!(asker.fail("run-3", &faults[3]).await?, Some(said), "told again, counted once");
        assert_eq!(asker.ask("run-4", &faults[4]).await?, "breaker");
        assert_eq!(Asker { name: &stage.name("other"), ..asker }.ask("run-5", &faults[5]).await?, "yes");
        delete(stage, &format!("breaker#{name}")).await?;
        assert_eq!(asker.ask("run-4", &faults[4]).await?, "yes");
        Ok(())
    })
}

#[test]
fn a_run_that_the_stop_switch_ended_is_no_failure_of_its_binding() -> Tested {
    world(async |stage| {
        let limits = bounded("breaker: {failures: 1, within: 1h, retryAfter: 1h}");
        let before = services(stage, &[("KINTSUGI_GUARDS", &limits)]).await?;
        let name = stage.name("stopped");
        let fault = incident(&machine(stage), "alarm", None);
        assert_eq!(Asker { name: &name, services: &before }.ask("run", &fault).await?, "yes");
        let set = json!({"Name": "/guards-bounds/stop", "Value": "stop", "Type": "String", "Overwrite": true});
        stage.operator.call("ssm", "PutParameter", set).await?;
        let settings = [("KINTSUGI_GUARDS", limits.as_str()), ("KINTSUGI_STOP_PARAMETER", "/guards-bounds/stop")];
        let stopped = services(stage, &settings).await?;
        assert_eq!(Asker { name: &name, services: &stopped }.fail("run", &fault).await?, None);
        assert!(item(stage, &format!("breaker#{name}")).await?.is_null());
        Ok(())
    })
}

#[test]
fn after_a_while_a_breaker_lets_one_trial_through_and_closes_when_that_heals() -> Tested {
    world(async |stage| {
        let limits = bounded("breaker: {failures: 1, within: 1h, retryAfter: 1s}");
        let services = services(stage, &[("KINTSUGI_GUARDS", &limits)]).await?;
        let name = stage.name("trial");
        let asker = Asker { name: &name, services: &services };
        let faults = faults(stage, 5);
        assert_eq!(asker.ask("run-0", &faults[0]).await?, "yes");
        assert!(asker.fail("run-0", &faults[0]).await?.is_some());
        tokio::time::sleep(Duration::from_millis(2100)).await;
        assert_eq!(asker.ask("trial-1", &faults[1]).await?, "yes");
        assert_eq!(asker.ask("trial-2", &faults[2]).await?, "breaker", "one trial, not two");
        assert!(asker.fail("trial-1", &faults[1]).await?.is_some(), "it is open anew");
        tokio::time::sleep(Duration::from_millis(2100)).await;
        assert_eq!(asker.ask("trial-3", &faults[3]).await?, "yes");
        asker.heal("trial-3", &faults[3]).await?;
        assert_eq!(asker.ask("run-4", &faults[4]).await?, "yes", "closed");
        assert!(item(stage, &format!("breaker#{name}")).await?["opened"].is_null());
        Ok(())
    })
}

#[test]
fn a_fault_that_comes_back_too_often_is_left_to_people() -> Tested {
    world(async |stage| {
        let limits = bounded("flapping: {times: 2, within: 1h}");
        let settings = [("KINTSUGI_GUARDS", limits.as_str()), ("KINTSUGI_COOLDOWN_SECONDS", "0")];
        let services = services(stage, &settings).await?;
        let asker = Asker { name: "flapping", services: &services };
        let fault = incident(&machine(stage), "alarm", None);
        assert_eq!(asker.ask("one", &fault).await?, "yes");
        asker.heal("one", &fault).await?;
        assert_eq!(asker.ask("refused", &fault).await?, "yes");
        asker.end("refused", &fault, &Outcome::Refused { guard: "approval".into(), reason: String::new() }).await?;
        // What was done is remembered by the second.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(asker.ask("two", &fault).await?, "yes", "only what was acted on counts");
        asker.fail("two", &fault).await?;
        assert_eq!(asker.ask("three", &fault).await?, "flapping");
        assert_eq!(asker.ask("three", &fault).await?, "flapping");
        Ok(())
    })
}

#[test]
fn an_event_that_was_dealt_with_is_a_duplicate_also_when_all_else_is_forgotten() -> Tested {
    world(async |stage| {
        let services = services(stage, &[("KINTSUGI_COOLDOWN_SECONDS", "0")]).await?;
        let asker = Asker { name: "events", services: &services };
        let resource = machine(stage);
        let told =
            |id: &str, since: &str| Incident { event: Some(id.into()), ..incident(&resource, "alarm", Some(since)) };
        let first = told("id-1", "2026-01-01T00:00:00Z");
        assert_eq!(asker.ask("one", &first).await?, "yes");
        asker.heal("one", &first).await?;
        // Hours later the claim is gone.
        delete(stage, &format!("incident#{}", first.fingerprint)).await?;
        assert_eq!(asker.ask("again", &first).await?, "duplicate");
        let other_shape = told("id-2", "2026-01-01T00:00:00Z");
        assert_eq!(asker.ask("other shape", &other_shape).await?, "duplicate", "the same change of state");
        let without_time = Incident { since: None, ..first.clone() };
        assert_eq!(asker.ask("without a time", &without_time).await?, "duplicate", "the same id");
        assert_eq!(asker.ask("another", &told("id-3", "2026-01-02T00:00:00Z")).await?, "yes");
        Ok(())
    })
}

#[test]
fn whoever_is_refused_takes_nothing_and_what_was_known_before_is_known_again() -> Tested {
    world(async |stage| {
        let limits = bounded("perDay: 2");
        let settings = [("KINTSUGI_GUARDS", limits.as_str()), ("KINTSUGI_COOLDOWN_SECONDS", "0")];
        let services = services(stage, &settings).await?;
        let name = stage.name("atomic");
        let asker = Asker { name: &name, services: &services };
        let resource = machine(stage);
        let (cpu, memory) = (incident(&resource, "cpu", None), incident(&resource, "memory", None));
        assert_eq!(asker.ask("one", &cpu).await?, "yes");
        asker.heal("one", &cpu).await?;
        let other = Asker { name: &stage.name("other"), ..asker };
        assert_eq!(other.ask("two", &memory).await?, "yes");
        for run in ["three", "four", "five"] {
            assert_eq!(asker.ask(run, &cpu).await?, "lock", "no budget is used up by a refusal");
        }
        let claim = item(stage, &format!("incident#{}", cpu.fingerprint)).await?;
        assert!(claim["endedAt"]["N"].is_string() && claim["acted"]["NS"].is_array(), "{claim}");
        other.heal("two", &memory).await?;
        assert_eq!(asker.ask("six", &cpu).await?, "yes");
        Ok(())
    })
}

#[test]
fn outside_of_its_windows_and_while_a_calendar_is_closed_or_cannot_be_read_nothing_is_changed() -> Tested {
    world(async |stage| {
        let calendar = |kind: &str| {
            let content = format!("BEGIN:VCALENDAR\nX-CALENDAR-TYPE:{kind}\nEND:VCALENDAR\n");
            json!({"Name": kind, "Content": content, "DocumentType": "ChangeCalendar", "DocumentFormat": "TEXT"})
        };
        for kind in ["DEFAULT_OPEN", "DEFAULT_CLOSED"] {
            stage.operator.call("ssm", "CreateDocument", calendar(kind)).await?;
        }
        let cases = [
            ("windows: [daily 00:00-24:00 UTC]", "yes"),
            ("calendars: [DEFAULT_OPEN]", "yes"),
            ("calendars: [DEFAULT_OPEN, DEFAULT_CLOSED]", "calendar"),
            ("calendars: [nobody-made-it]", "calendar"),
        ];
        let fault = incident(&machine(stage), "alarm", None);
        for (limits, expected) in cases.iter().rev() {
            let limits = bounded(limits);
            let services = services(stage, &[("KINTSUGI_GUARDS", &limits)]).await?;
            let asker = Asker { name: "windows", services: &services };
            let answer = asker.answer("run", &fault).await?;
            let said = answer.clone().unwrap_or_else(|refusal| refusal.guard);
            assert_eq!(said, *expected, "{limits}: {answer:?}");
        }
        let services = services(stage, &[("KINTSUGI_GUARDS", &bounded("windows: [Mon 00:00-00:01 UTC]"))]).await?;
        let asker = Asker { name: "windows", services: &services };
        let other = incident(&machine(stage), "alarm", None);
        let refusal = asker.answer("run", &other).await?.unwrap_err();
        assert!(refusal.guard == "window" && refusal.reason.contains("opens next at"), "{refusal:?}");
        assert_eq!(item(stage, &format!("incident#{}", other.fingerprint)).await?, Value::Null);
        Ok(())
    })
}
