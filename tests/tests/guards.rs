//! The guards over a real table: races, leases, budgets, and what they say when they cannot tell.

use std::error::Error;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::json;
use shared::aws::Services;
use shared::guard::{self, Grant, Request, Scope};
use shared::host::{Journal, LocalHost};
use shared::incident::{Delivery, Incident, Resource};
use shared::outcome::Outcome;
use shared::settings::Settings;
use tests::local::{self, Stage, Tested};

fn world(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

/// Services of a function with these settings, over the stage's account.
async fn services(stage: &Stage<'_>, settings: &[(&str, &str)]) -> Result<Services, Box<dyn Error>> {
    let credentials = Credentials::new("guards", "local", None, None, "a test");
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(stage.stack.gateway_url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .load()
        .await;
    let models = tests::checkout::root().join(".local/models/models.pack").display().to_string();
    let fixed = [
        ("KINTSUGI_MODELS", models.as_str()),
        ("KINTSUGI_MODE", "enforce"),
        ("KINTSUGI_GUARD_TABLE", "kintsugi-GuardTable"),
        ("KINTSUGI_MAX_PER_HOUR", "1000"),
        ("KINTSUGI_GUARDS", local::UNBOUNDED),
    ];
    let find = |name: &str| {
        settings.iter().chain(&fixed).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Ok(Services::over(sdk, Settings::read(find)?)?)
}

fn host(services: &Services, execution: &str) -> LocalHost {
    LocalHost::new(execution.to_owned(), services.clone(), Journal::in_memory(), Arc::new(|_| ()))
}

fn incident(resource: &Resource, noticed_by: &str, since: Option<&str>) -> Incident {
    Incident {
        fingerprint: Incident::fingerprint("123456789012", "eu-west-1", noticed_by, Some(resource)),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
        noticed_by: noticed_by.into(),
        resource: Some(resource.clone()),
        summary: String::new(),
        since: since.and_then(|text| text.parse().ok()),
        event: None,
        delivery: Delivery::Sns,
    }
}

fn machine(stage: &Stage<'_>) -> Resource {
    Resource { kind: "AWS::EC2::Instance".into(), id: stage.name("i") }
}

/// `yes`, `plan`, or the guard that said no.
async fn ask(services: &Services, execution: &str, incident: &Incident) -> Result<String, Box<dyn Error>> {
    ask_as("guards-test", services, execution, incident).await
}

async fn ask_as(
    function: &str,
    services: &Services,
    execution: &str,
    incident: &Incident,
) -> Result<String, Box<dyn Error>> {
    let resource = incident.resource.clone().ok_or("the incident names its resource")?;
    let scope = Scope::from_tag_list([("kintsugi:remediate", "true")]);
    let Settings { mode, limits, .. } = services.settings.as_ref();
    let request =
        Request { function, incident, resource: &resource, scope: &scope, mode: *mode, binding: function, limits };
    let said = guard::ask(&host(services, execution), services, &request, &mut vec![]).await?;
    Ok(match said {
        Ok(Grant::Change(permit)) if *permit.resource() == resource => "yes".to_owned(),
        Ok(Grant::Change(permit)) => format!("a permit for {}", permit.resource()),
        Ok(Grant::Plan) => "plan".to_owned(),
        Ok(Grant::Ask) => "ask".to_owned(),
        Err(refusal) => refusal.guard,
    })
}

async fn release(services: &Services, execution: &str, incident: &Incident) -> Tested {
    release_as("guards-test", services, execution, incident, &Outcome::Remediated { change: String::new() }).await?;
    Ok(())
}

async fn release_as(
    function: &str,
    services: &Services,
    execution: &str,
    incident: &Incident,
    outcome: &Outcome,
) -> Result<Option<String>, Box<dyn Error>> {
    let resource = incident.resource.clone().ok_or("the incident names its resource")?;
    let scope = Scope::from_tag_list([]);
    let Settings { mode, limits, .. } = services.settings.as_ref();
    let request =
        Request { function, incident, resource: &resource, scope: &scope, mode: *mode, binding: function, limits };
    Ok(guard::release(&host(services, execution), services, &request, outcome).await?)
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
                ask(&services, &format!("racer-{number}"), &incident).await.map_err(|error| error.to_string())
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
        assert_eq!(ask(&services, "crashed", &incident).await?, "yes");
        assert_eq!(ask(&services, "crashed", &incident).await?, "yes");
        assert_eq!(ask(&services, "another", &incident).await?, "duplicate");
        Ok(())
    })
}

#[test]
fn another_fault_of_the_same_resource_waits_until_the_hand_is_off_it() -> Tested {
    world(async |stage| {
        let services = services(stage, &[]).await?;
        let resource = machine(stage);
        let (first, second) = (incident(&resource, "cpu", None), incident(&resource, "memory", None));
        assert_eq!(ask(&services, "one", &first).await?, "yes");
        assert_eq!(ask(&services, "two", &second).await?, "lock");
        release(&services, "one", &first).await?;
        assert_eq!(
            ask(&services, "three", &second).await?,
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
        assert_eq!(ask(&services, "one", &old).await?, "yes");
        release(&services, "one", &old).await?;
        assert_eq!(ask(&services, "late delivery", &old).await?, "duplicate");
        let new = incident(&resource, "alarm", Some("2999-01-01T00:00:00Z"));
        assert_eq!(ask(&services, "again", &new).await?, "cooldown");
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
        assert_eq!(ask(&services, "one", &old).await?, "yes");
        release(&services, "one", &old).await?;
        assert_eq!(ask(&services, "late delivery", &old).await?, "duplicate");
        let new = incident(&resource, "alarm", Some("2999-01-01T00:00:00Z"));
        assert_eq!(ask(&services, "again", &new).await?, "yes");
        assert_eq!(ask(&services, "again, other shape", &new).await?, "duplicate");
        Ok(())
    })
}

#[test]
fn a_claim_whose_lease_has_passed_belongs_to_nobody_although_it_is_still_in_the_table() -> Tested {
    world(async |stage| {
        let brief = services(stage, &[("KINTSUGI_LOCK_LEASE_SECONDS", "1")]).await?;
        let incident = incident(&machine(stage), "alarm", None);
        assert_eq!(ask(&brief, "died", &incident).await?, "yes");
        tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
        assert_eq!(ask(&brief, "next", &incident).await?, "yes");
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
                ask_as(&function, &services, execution, &faults[fault]).await?,
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
        assert_eq!(ask(&nowhere, "one", &incident(&machine(stage), "alarm", None)).await?, "claim");
        let switched = services(stage, &[("KINTSUGI_STOP_PARAMETER", "/guards-test/stop")]).await?;
        let denied = json!([{ "service": "ssm", "operation": "GetParameter", "fault": "deny" }]);
        let fault = incident(&machine(stage), "alarm", None);
        let said = stage.with_faults(denied, ask(&switched, "two", &fault)).await?;
        assert_eq!(said, "stop");
        Ok(())
    })
}

#[test]
fn the_stop_switch_stops_everything_and_so_does_its_absence() -> Tested {
    world(async |stage| {
        let name = "/guards-test/switch";
        let services = services(stage, &[("KINTSUGI_STOP_PARAMETER", name)]).await?;
        assert_eq!(ask(&services, "one", &incident(&machine(stage), "alarm", None)).await?, "stop", "it is not there");
        let set = |value: &str| json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
        stage.operator.call("ssm", "PutParameter", set("run")).await?;
        assert_eq!(ask(&services, "go", &incident(&machine(stage), "alarm", None)).await?, "yes");
        stage.operator.call("ssm", "PutParameter", set("stop")).await?;
        assert_eq!(ask(&services, "two", &incident(&machine(stage), "alarm", None)).await?, "stop");
        // A run in flight believes for two seconds what its process read; another process has read nothing yet.
        let other = self::services(stage, &[("KINTSUGI_STOP_PARAMETER", name)]).await?;
        assert!(guard::stop_requested(&other).await);
        stage.operator.call("ssm", "PutParameter", set("run")).await?;
        let third = self::services(stage, &[("KINTSUGI_STOP_PARAMETER", name)]).await?;
        assert!(!guard::stop_requested(&third).await);
        Ok(())
    })
}

#[test]
fn observe_mode_never_grants_a_change() -> Tested {
    world(async |stage| {
        let services = services(stage, &[("KINTSUGI_MODE", "observe")]).await?;
        let incident = incident(&machine(stage), "alarm", None);
        assert_eq!(ask(&services, "one", &incident).await?, "plan");
        assert_eq!(ask(&services, "two", &incident).await?, "duplicate", "ten deliveries are one plan");
        Ok(())
    })
}
