//! The guards over a real table: races, leases, budgets, and what they say when they cannot tell.

use serde_json::json;
use shared::aws::Services;
use shared::guard;
use shared::incident::Incident;
use tests::local::guarded::{self, Asker, incident, machine, services};
use tests::local::{self, Stage, Tested};

fn world(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

/// A function like any other.
fn by(services: &Services) -> Asker<'_> {
    Asker { name: "guards-test", services }
}

#[test]
fn of_twenty_deliveries_at_once_exactly_one_may_act() -> Tested {
    world(async |stage| {
        let services = services(stage, &[]).await?;
        let incident = incident(&machine(stage), "alarm", None);
        let mut racing = tokio::task::JoinSet::new();
        for number in 0..20 {
            let (services, incident) = (services.clone(), incident.clone());
            racing.spawn(async move {
                let asker = Asker { name: "race", services: &services };
                asker.ask(&format!("racer-{number}"), &incident).await.map_err(|error| error.to_string())
            });
        }
        let said: Vec<String> = racing.join_all().await.into_iter().collect::<Result<_, _>>()?;
        assert_eq!(said.iter().filter(|said| *said == "yes").count(), 1, "{said:?}");
        assert_eq!(said.iter().filter(|said| *said == "duplicate").count(), 19, "{said:?}");
        Ok(())
    })
}

#[test]
fn an_execution_that_asks_again_after_a_crash_gets_the_same_answer() -> Tested {
    world(async |stage| {
        let services = services(stage, &[]).await?;
        let incident = incident(&machine(stage), "alarm", None);
        assert_eq!(by(&services).ask("crashed", &incident).await?, "yes");
        assert_eq!(by(&services).ask("crashed", &incident).await?, "yes");
        assert_eq!(by(&services).ask("another", &incident).await?, "duplicate");
        Ok(())
    })
}

#[test]
fn another_fault_of_the_same_resource_waits_until_the_hand_is_off_it() -> Tested {
    world(async |stage| {
        let services = services(stage, &[]).await?;
        let resource = machine(stage);
        let (first, second) = (incident(&resource, "cpu", None), incident(&resource, "memory", None));
        assert_eq!(by(&services).ask("one", &first).await?, "yes");
        assert_eq!(by(&services).ask("two", &second).await?, "lock");
        by(&services).heal("one", &first).await?;
        assert_eq!(
            by(&services).ask("three", &second).await?,
            "yes",
            "a refusal by the lock keeps nobody from trying again"
        );
        Ok(())
    })
}

#[test]
fn what_was_dealt_with_is_a_duplicate_and_what_comes_back_at_once_is_flapping() -> Tested {
    world(async |stage| {
        let services = services(stage, &[]).await?;
        let resource = machine(stage);
        let old = incident(&resource, "alarm", Some("2026-01-01T00:00:00Z"));
        assert_eq!(by(&services).ask("one", &old).await?, "yes");
        by(&services).heal("one", &old).await?;
        assert_eq!(by(&services).ask("late delivery", &old).await?, "duplicate");
        let new = incident(&resource, "alarm", Some("2999-01-01T00:00:00Z"));
        assert_eq!(by(&services).ask("again", &new).await?, "cooldown");
        Ok(())
    })
}

#[test]
fn after_the_cooldown_the_same_fault_may_be_acted_on_by_one_and_old_news_still_by_none() -> Tested {
    world(async |stage| {
        let settings = [("KINTSUGI_COOLDOWN_SECONDS", "0")];
        let services = services(stage, &settings).await?;
        let resource = machine(stage);
        let old = incident(&resource, "alarm", Some("2026-01-01T00:00:00Z"));
        assert_eq!(by(&services).ask("one", &old).await?, "yes");
        by(&services).heal("one", &old).await?;
        assert_eq!(by(&services).ask("late delivery", &old).await?, "duplicate");
        let new = incident(&resource, "alarm", Some("2999-01-01T00:00:00Z"));
        assert_eq!(by(&services).ask("again", &new).await?, "yes");
        assert_eq!(by(&services).ask("again, other shape", &new).await?, "duplicate");
        Ok(())
    })
}

#[test]
fn a_claim_whose_lease_has_passed_belongs_to_nobody_although_it_is_still_in_the_table() -> Tested {
    world(async |stage| {
        let brief = services(stage, &[("KINTSUGI_LOCK_LEASE_SECONDS", "1")]).await?;
        let incident = incident(&machine(stage), "alarm", None);
        assert_eq!(by(&brief).ask("died", &incident).await?, "yes");
        tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
        assert_eq!(by(&brief).ask("next", &incident).await?, "yes");
        Ok(())
    })
}

#[test]
fn the_budget_bounds_changes_and_counts_a_repeated_step_once() -> Tested {
    world(async |stage| {
        let services = services(stage, &[("KINTSUGI_MAX_PER_HOUR", "2")]).await?;
        let function = stage.name("budget");
        let faults: Vec<Incident> = (0..3).map(|_| incident(&machine(stage), "alarm", None)).collect();
        for (execution, fault, expected) in [("1", 0, "yes"), ("1", 0, "yes"), ("2", 1, "yes"), ("3", 2, "budget")] {
            assert_eq!(
                Asker { name: &function, services: &services }.ask(execution, &faults[fault]).await?,
                expected,
                "execution {execution}"
            );
        }
        Ok(())
    })
}

#[test]
fn a_guard_that_cannot_tell_refuses() -> Tested {
    world(async |stage| {
        let nowhere = services(stage, &[("KINTSUGI_GUARD_TABLE", "no-such-table")]).await?;
        assert_eq!(by(&nowhere).ask("one", &incident(&machine(stage), "alarm", None)).await?, "claim");
        let switched = services(stage, &[("KINTSUGI_STOP_PARAMETER", "/guards-test/stop")]).await?;
        let denied = json!([{ "service": "ssm", "operation": "GetParameter", "fault": "deny" }]);
        let fault = incident(&machine(stage), "alarm", None);
        let said = stage.with_faults(denied, by(&switched).ask("two", &fault)).await?;
        assert_eq!(said, "stop");
        Ok(())
    })
}

#[test]
fn the_stop_switch_stops_everything_and_so_does_its_absence() -> Tested {
    world(async |stage| {
        let name = "/guards-test/switch";
        let services = services(stage, &[("KINTSUGI_STOP_PARAMETER", name)]).await?;
        assert_eq!(
            by(&services).ask("one", &incident(&machine(stage), "alarm", None)).await?,
            "stop",
            "it is not there"
        );
        let set = |value: &str| json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
        stage.operator.call("ssm", "PutParameter", set("run")).await?;
        assert_eq!(by(&services).ask("go", &incident(&machine(stage), "alarm", None)).await?, "yes");
        stage.operator.call("ssm", "PutParameter", set("stop")).await?;
        assert_eq!(by(&services).ask("two", &incident(&machine(stage), "alarm", None)).await?, "stop");
        // A run in flight believes for two seconds what its process read; another process has read nothing yet.
        let other = guarded::services(stage, &[("KINTSUGI_STOP_PARAMETER", name)]).await?;
        assert!(guard::stop_requested(&other).await);
        stage.operator.call("ssm", "PutParameter", set("run")).await?;
        let third = guarded::services(stage, &[("KINTSUGI_STOP_PARAMETER", name)]).await?;
        assert!(!guard::stop_requested(&third).await);
        Ok(())
    })
}

#[test]
fn observe_mode_never_grants_a_change() -> Tested {
    world(async |stage| {
        let services = services(stage, &[("KINTSUGI_MODE", "observe")]).await?;
        let incident = incident(&machine(stage), "alarm", None);
        assert_eq!(by(&services).ask("one", &incident).await?, "plan");
        assert_eq!(by(&services).ask("two", &incident).await?, "duplicate", "ten deliveries are one plan");
        Ok(())
    })
}
