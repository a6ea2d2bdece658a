//! The life of a ticket, end to end, at every provider that is neither OpsCenter nor Jira Cloud: ten deliveries that race,
//! a hundred repeats, the end of the fault, its return. `end_to_end_tickets` has the other two.

use serde_json::{Value, json};
use tests::local::tickets::{Failed, a_hundred_repeats, is_ok, jira, rings, to, world};
use tests::local::{Stage, Tested};
use world::desk::{DeskConfig, Flavour, Status};
use world::gateway::journal::Filter;
use world::provider::{Channel, GitHub, Listener, PagerDuty, Provider, Server, ServiceNow};

async fn at_url<P: Provider + Default>(
    stage: &Stage<'_>,
    provider: &str,
    project: Option<&str>,
    credentials: Value,
) -> Result<Server<P>, Failed> {
    let server = Server::start(P::default()).await?;
    let project = project.map(|project| ("KINTSUGI_TICKET_PROJECT", project));
    let settings: Vec<_> = [("KINTSUGI_TICKET_URL", server.url.as_str())].into_iter().chain(project).collect();
    to(stage, provider, &settings, credentials).await?;
    Ok(server)
}

async fn hooked<P: Provider + Default>(stage: &Stage<'_>, provider: &str) -> Result<Server<P>, Failed> {
    let server = Server::start(P::default()).await?;
    to(stage, provider, &[], json!({ "url": server.url, "key": "signing-key" })).await?;
    Ok(server)
}

/// One fault from its first sight, by ten deliveries that race, to its return. `look` sees the provider after each part.
async fn whole_life(stage: &Stage<'_>, mut look: impl FnMut(&str)) -> Tested {
    let alarm = stage.name("unbound-life");
    let mut told = rings(stage, &alarm, 0..10).await?;
    look("opened");
    told.extend(rings(stage, &alarm, 10..101).await?);
    told.sort();
    let mut whole = [a_hundred_repeats(), vec!["Created".to_owned()]].concat();
    whole.sort();
    assert_eq!(told, whole, "ten that race are one ticket, and a hundred repeats are told nine times");
    look("repeated");
    assert_eq!(is_ok(stage, &alarm, 200).await?, ["Closed"]);
    look("healed");
    assert_eq!(rings(stage, &alarm, 300..301).await?, ["Reopened"]);
    look("back");
    assert_eq!(stage.dead_letters().await?, Vec::<Value>::new());
    let answers = stage.stack.journal(&Filter::default()).into_iter().filter(|entry| entry.call.service == "dynamodb");
    let broken: Vec<_> = answers.filter(|entry| entry.status >= Some(500)).collect();
    assert!(broken.is_empty(), "the local world's own table fails under a race: {broken:?}");
    Ok(())
}

#[test]
fn an_issue_of_github_lives_its_life_end_to_end() -> Tested {
    world(async |stage| {
        let github: Server<GitHub> =
            at_url(stage, "github", Some(GitHub::REPOSITORY), json!({ "token": GitHub::TOKEN })).await?;
        whole_life(stage, |part| {
            let issues = github.look(|github| github.issues.clone());
            let [issue] = issues.as_slice() else { panic!("{part}: {issues:?}") };
            let (open, comments) = match part {
                "opened" => (true, 5),
                "repeated" => (true, 9),
                "healed" => (false, 10),
                _ => (true, 11),
            };
            assert_eq!((issue.open, issue.comments.len()), (open, comments), "{part}");
        })
        .await
    })
}

#[test]
fn an_incident_of_servicenow_lives_its_life_end_to_end() -> Tested {
    world(async |stage| {
        let credentials = json!({ "user": ServiceNow::USER, "password": ServiceNow::PASSWORD });
        let instance: Server<ServiceNow> = at_url(stage, "servicenow", None, credentials).await?;
        whole_life(stage, |part| {
            let incidents = instance.look(|instance| instance.incidents.clone());
            let [incident] = incidents.as_slice() else { panic!("{part}: {incidents:?}") };
            let (state, notes) = match part {
                "opened" => ("New", 5),
                "repeated" => ("New", 9),
                "healed" => ("Resolved", 10),
                _ => ("New", 11),
            };
            assert_eq!((incident.state, incident.notes.len()), (state, notes), "{part}");
        })
        .await
    })
}

#[test]
fn an_incident_of_pagerduty_lives_its_life_end_to_end() -> Tested {
    world(async |stage| {
        let service: Server<PagerDuty> =
            at_url(stage, "pagerduty", None, json!({ "routingKey": PagerDuty::KEY })).await?;
        whole_life(stage, |part| {
            let keys = service.look(|service| service.incidents.clone());
            assert_eq!(keys.len(), 1, "{part}: one key");
            let told = keys.values().flatten().map(|incident| (incident.open, incident.triggers.len()));
            let expected = match part {
                "opened" => vec![(true, 6)],
                "repeated" => vec![(true, 10)],
                "healed" => vec![(false, 10)],
                _ => vec![(false, 10), (true, 1)],
            };
            assert_eq!(told.collect::<Vec<_>>(), expected, "{part}");
        })
        .await
    })
}

#[test]
fn a_webhook_hears_of_a_life_end_to_end() -> Tested {
    world(async |stage| {
        let listener: Server<Listener> = hooked(stage, "webhook").await?;
        whole_life(stage, |part| {
            let events = listener.look(|listener| listener.events.clone());
            let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
            let expected = match part {
                "opened" => [1, 5, 0, 0, 0],
                "repeated" => [1, 5, 4, 0, 0],
                "healed" => [1, 5, 4, 1, 0],
                _ => [1, 5, 4, 1, 1],
            };
            assert_eq!(["opened", "repeated", "counted", "closed", "reopened"].map(named), expected, "{part}");
        })
        .await
    })
}

#[test]
fn a_channel_of_slack_is_told_a_life_end_to_end() -> Tested {
    world(async |stage| {
        let channel: Server<Channel> = hooked(stage, "slack").await?;
        whole_life(stage, |part| {
            let headers = channel.look(|channel| channel.headers());
            let begun = |word: &str| headers.iter().filter(|header| header.starts_with(word)).count();
            let expected = match part {
                "opened" => [5, 0, 0, 0],
                "repeated" => [5, 4, 0, 0],
                "healed" => [5, 4, 1, 0],
                _ => [5, 4, 1, 1],
            };
            assert_eq!(["Again:", "Still:", "Well again:", "Back:"].map(begun), expected, "{part}");
        })
        .await
    })
}

#[test]
fn an_issue_of_jira_data_center_lives_its_life_end_to_end() -> Tested {
    world(async |stage| {
        let desk = jira(stage, DeskConfig { flavour: Flavour::DataCenter, ..DeskConfig::default() }).await?;
        whole_life(stage, |part| {
            let issues = desk.issues();
            let [issue] = issues.as_slice() else { panic!("{part}: {issues:?}") };
            let expected = match part {
                "opened" => (Status::ToDo, 5),
                "repeated" => (Status::ToDo, 9),
                "healed" => (Status::Done, 10),
                _ => (Status::ToDo, 11),
            };
            assert_eq!((issue.status, issue.comments.len()), expected, "{part}");
        })
        .await
    })
}
