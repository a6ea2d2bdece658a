//! What goes wrong at a provider: it is down in the middle, asks for patience, has replaced its credentials, or is set up
//! wrongly.

#![cfg(test)]

mod common;

use std::time::Duration;

use common::at::{At, at, github, jira, pager_duty, service_now, slack, webhook};
use common::office::Office;
use common::recorder::Recorder;
use common::records::{failed, remediated};
use common::{Local, sdk};
use jiff::Timestamp;
use open_ticket::Answer;
use serde_json::{Value, json};
use shared::host::wall_clock;
use shared::ticket::Filed;
use world::desk::{Fault, Flavour};
use world::provider::{Channel, GitHub, Listener, Provider, Server, ServiceNow};

#[tokio::test]
async fn a_provider_is_left_alone_for_as_long_as_it_asks() {
    let at = at!(github());
    at.server.break_down(Some(Fault::RateLimit(2)));
    let asked = std::time::Instant::now();
    assert!(matches!(at.office.tell("run-1", &failed("run-1")).await, Answer::Waits { .. }));
    assert!(asked.elapsed().as_secs() >= 4, "two pauses between three attempts");
    assert_eq!(at.office.local.batch().await, None, "it is hidden");
    at.server.break_down(None);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(at.office.deliver_all().await[0].filed, Filed::Created);
}

#[tokio::test]
async fn a_provider_that_asks_for_an_hour_is_asked_once_and_its_ticket_waits() {
    let at = at!(github());
    at.server.break_down(Some(Fault::RateLimit(3600)));
    assert!(matches!(at.office.tell("run-1", &failed("run-1")).await, Answer::Waits { .. }));
    assert_eq!(at.server.seen().len(), 1);
    assert_eq!(at.office.local.batch().await, None, "it is hidden");
}

#[tokio::test]
async fn words_that_were_not_taken_when_a_ticket_was_closed_are_said_once_when_the_provider_is_back() {
    let at = at!(github());
    at.office.ticket("run-1", &failed("run-1")).await;
    // It is looked at and closed; its comment meets three refusals.
    let down = Some(Fault::Status(503));
    at.server.inject([None, None, down, down, down]);
    assert!(matches!(at.office.tell("run-2", &remediated("run-2")).await, Answer::Waits { .. }));
    let issue = || at.server.look(|github| github.issues[0].clone());
    assert!(!issue().open && issue().comments.is_empty(), "{:?}", issue());
    assert_eq!(at.office.deliver_all().await[0].filed, Filed::Commented);
    assert!(!issue().open && issue().comments.len() == 1, "{:?}", issue());
    assert_eq!(at.office.ticket("run-3", &remediated("run-3")).await.filed, Filed::Unchanged);
    // Closed by us: it is opened again however often.
    for execution in ["run-4", "run-6"] {
        assert_eq!(at.office.ticket(execution, &failed(execution)).await.filed, Filed::Reopened);
        assert_eq!(at.office.ticket("run-5", &remediated(&format!("{execution}-healed"))).await.filed, Filed::Closed);
    }
}

#[tokio::test]
async fn a_provider_that_never_answers_makes_its_ticket_wait() {
    let at = at!(service_now());
    at.server.break_down(Some(Fault::Slow(Duration::from_secs(60))));
    assert!(matches!(at.office.tell("run-1", &failed("run-1")).await, Answer::Waits { .. }));
    at.server.break_down(None);
    assert_eq!(at.office.deliver_all().await[0].filed, Filed::Created);
    assert_eq!(at.server.look(|instance| instance.incidents.len()), 1);
}

/// It is looked at, and its change of state meets three refusals, one in each attempt.
const NOT_MOVED: [Option<Fault>; 6] =
    [None, Some(Fault::Status(503)), None, Some(Fault::Status(503)), None, Some(Fault::Status(503))];

#[tokio::test]
async fn a_ticket_that_could_not_be_closed_at_first_is_told_once_when_it_can() {
    let (github, service_now) = (at!(github()), at!(service_now()));
    github.office.ticket("run-1", &failed("run-1")).await;
    service_now.office.ticket("run-1", &failed("run-1")).await;
    github.server.inject(NOT_MOVED);
    service_now.server.inject(NOT_MOVED);
    for office in [&github.office, &service_now.office] {
        assert!(matches!(office.tell("run-2", &remediated("run-2")).await, Answer::Waits { .. }));
        assert_eq!(office.deliver_all().await[0].filed, Filed::Closed);
    }
    let issue = github.server.look(|github| github.issues[0].clone());
    assert!(!issue.open && issue.comments.len() == 1, "{issue:?}");
    let incident = service_now.server.look(|instance| instance.incidents[0].clone());
    assert_eq!((incident.state, incident.notes.len()), ("Resolved", 1));
}

/// A letter that waits, as the function itself puts it there.
async fn put(office: &Office, letter: Value) {
    let send = json!({"QueueUrl": office.local.waiting, "MessageBody": letter.to_string()});
    office.local.services(&[]).call("sqs", "SendMessage", send).await.unwrap();
}

#[tokio::test]
async fn a_letter_is_not_delivered_before_the_time_that_stands_in_it_and_nobody_is_asked() {
    let at = at!(github());
    let letter =
        |not_before: Timestamp| json!({"execution": "run-1", "event": failed("run-1"), "notBefore": not_before});
    put(&at.office, letter(wall_clock() + Duration::from_secs(3600))).await;
    let batch = at.office.local.batch().await.unwrap();
    assert_eq!(at.office.deliver(&batch, true).await, (vec![], 1));
    assert!(at.server.seen().is_empty());
    assert_eq!(at.office.local.batch().await, None, "it is hidden for the rest of the hour");
    put(&at.office, letter(wall_clock())).await;
    assert_eq!(at.office.deliver_all().await[0].filed, Filed::Created);
}

#[tokio::test]
async fn when_a_provider_that_asks_for_hours_may_be_asked_stands_in_the_letter() {
    let Some(local) = Local::start().await else { return };
    let server = Server::start(GitHub::default()).await.unwrap();
    let recorder = Recorder::before(local.sdk.endpoint_url().unwrap()).await;
    let credentials = local.secret(&json!({"token": GitHub::TOKEN})).await;
    let local = Local { sdk: sdk(&recorder.url).await, ..local };
    let vars = [
        ("KINTSUGI_TICKET_PROVIDER", "github"),
        ("KINTSUGI_TICKET_URL", server.url.as_str()),
        ("KINTSUGI_TICKET_PROJECT", GitHub::REPOSITORY),
        ("KINTSUGI_TICKET_CREDENTIALS", credentials.as_str()),
    ];
    let office = Office::over(local, &vars);
    server.break_down(Some(Fault::RateLimit(2 * 3600)));
    assert!(matches!(office.tell("run-1", &failed("run-1")).await, Answer::Waits { .. }));
    let sent = recorder.exchanges().into_iter().find(|exchange| exchange.body.contains("MessageBody")).unwrap();
    let sent: Value = serde_json::from_str(&sent.body).unwrap();
    let letter: Value = serde_json::from_str(sent["MessageBody"].as_str().unwrap()).unwrap();
    let not_before: Timestamp = letter["notBefore"].as_str().unwrap().parse().unwrap();
    let seconds = not_before.duration_since(wall_clock()).as_secs();
    assert!((7100..=7200).contains(&seconds) && sent["DelaySeconds"] == 900, "{seconds}: {sent}");
}

#[tokio::test]
async fn after_twelve_days_an_event_is_given_up_to_the_dead_letter_queue_and_not_before() {
    let at = at!(github());
    at.server.break_down(Some(Fault::Status(503)));
    assert!(matches!(at.office.tell("run-1", &failed("run-1")).await, Answer::Waits { .. }));
    let waiting_for = async |hours: i64| {
        let mut batch = at.office.local.batch().await.unwrap();
        let sent = wall_clock().as_millisecond() - hours * 3_600_000;
        batch["Records"][0]["attributes"]["SentTimestamp"] = json!(sent.to_string());
        at.office.deliver(&batch, true).await
    };
    assert_eq!(waiting_for(12 * 24 - 1).await, (vec![], 1));
    assert_eq!(at.office.local.letter().await, None);
    assert_eq!(waiting_for(12 * 24).await, (vec![], 0));
    let letter = at.office.local.letter().await.unwrap();
    assert_eq!(letter["event"], failed("run-1"));
    assert!(letter["reason"].as_str().unwrap().contains("GitHub failed: status 503"), "{letter}");
    assert_eq!(at.office.local.batch().await, None);
    // And the end of the fault waits behind nothing.
    at.server.break_down(None);
    at.office.tell("run-2", &remediated("run-2")).await;
    assert_eq!(at.office.local.batch().await, None);
}

/// The old address is refused, and the new one stands in the secret.
async fn moves<P: Provider>(old: At<P>, new: Server<P>, refusal: u16) -> Option<Server<P>> {
    assert_eq!(old.office.ticket("run-1", &failed("run-1")).await.filed, Filed::Created);
    old.server.break_down(Some(Fault::Status(refusal)));
    old.office.rotate(&json!({"url": new.url, "key": "signing-key"})).await;
    assert_eq!(old.office.ticket("run-2", &failed("run-2")).await.filed, Filed::Commented);
    assert_eq!(old.server.seen().len(), 2, "it is asked once more, and then its successor");
    Some(new)
}

#[tokio::test]
async fn an_address_that_was_replaced_is_fetched_when_the_old_one_is_refused() {
    for refusal in [401, 403, 404, 410] {
        let new = Server::start(Listener::default()).await.unwrap();
        let new = at!(moves(at!(webhook()), new, refusal));
        assert_eq!(new.look(|listener| listener.events.len()), 1, "{refusal}");
        let new = Server::start(Channel::default()).await.unwrap();
        let new = at!(moves(at!(slack()), new, refusal));
        assert_eq!(new.look(|channel| channel.messages.len()), 1, "{refusal}");
    }
}

#[tokio::test]
async fn a_routing_key_that_was_replaced_is_fetched_when_the_old_one_is_refused() {
    let at = at!(pager_duty());
    assert_eq!(at.office.ticket("run-1", &failed("run-1")).await.filed, Filed::Created);
    let new = "f".repeat(32);
    at.server.look(|service| service.successor = Some(new.clone()));
    at.office.rotate(&json!({"routingKey": new})).await;
    assert_eq!(at.office.ticket("run-2", &failed("run-2")).await.filed, Filed::Commented);
    assert_eq!(at.server.look(|service| service.incidents["kintsugi-0123456789abcdef"][0].triggers.len()), 2);
}

/// What `kintsugi ticket test` says against these settings: the one thing that is wrong.
async fn wrong(secret: &Value, vars: &[(&str, &str)]) -> Option<String> {
    let office = Office::open(secret, vars).await?;
    let checks = office.check().await;
    let wrong: Vec<String> = checks
        .iter()
        .filter_map(|check| check.says.as_ref().err().map(|says| format!("{}: {says}", check.what)))
        .collect();
    assert_eq!(wrong.len(), 1, "{vars:?}: {checks:?}");
    Some(wrong[0].clone())
}

/// Provider, secret, settings that differ, and what is said of them.
type Wrong<'a> = (&'a str, &'a Value, &'a [(&'a str, &'a str)], [&'a str; 2]);

#[tokio::test]
async fn what_is_wrong_with_the_settings_of_each_provider_is_said_with_what_to_correct() {
    let github = Server::start(GitHub::default()).await.unwrap();
    let service_now = Server::start(ServiceNow::default()).await.unwrap();
    let elsewhere = Server::start(Listener::default()).await.unwrap();
    let token = json!({"token": GitHub::TOKEN});
    let user = json!({"user": ServiceNow::USER, "password": ServiceNow::PASSWORD});
    let (bad, nobody) = (json!({"token": "other"}), "http://127.0.0.1:9");
    let (url, project) = ("KINTSUGI_TICKET_URL", "KINTSUGI_TICKET_PROJECT");
    let at_github = (url, github.url.as_str());
    let cases: [Wrong<'_>; 13] = [
        ("github", &token, &[(url, nobody), (project, "acme/ops")], ["address: GitHub gave no answer", url]),
        ("github", &bad, &[at_github, (project, "acme/ops")], ["credentials: ", "KINTSUGI_TICKET_CREDENTIALS"]),
        (
            "github",
            &token,
            &[at_github, (project, "acme/nope")],
            ["repository: there is no repository acme/nope", project],
        ),
        ("servicenow", &user, &[(url, nobody)], ["address: ", url]),
        ("servicenow", &bad, &[(url, &service_now.url)], ["credentials: ", "KINTSUGI_TICKET_CREDENTIALS"]),
        ("servicenow", &user, &[(url, elsewhere.url.trim_end_matches(Listener::PATH))], ["no table incident", url]),
        ("pagerduty", &json!({"routingKey": "short"}), &[], ["credentials: ", "32 letters and digits"]),
        ("pagerduty", &token, &[], ["credentials: ", "\"routingKey\""]),
        ("webhook", &token, &[], ["credentials: ", "\"url\""]),
        ("webhook", &json!({"url": "http://example.com/x"}), &[], ["must be https", "KINTSUGI_TICKET_CREDENTIALS"]),
        ("webhook", &json!({"url": "example.com"}), &[], ["is no address", "KINTSUGI_TICKET_CREDENTIALS"]),
        ("slack", &token, &[], ["credentials: ", "\"url\""]),
        (
            "slack",
            &token,
            &[("KINTSUGI_TICKET_CREDENTIALS", "secretsmanager:nowhere")],
            ["secretsmanager:nowhere", "fetched"],
        ),
    ];
    for (provider, secret, vars, expected) in cases {
        let said = at!(wrong(secret, &[&[("KINTSUGI_TICKET_PROVIDER", provider)], vars].concat()));
        assert!(expected.iter().all(|words| said.contains(words)), "{provider}: {expected:?}: {said}");
        assert!(!said.contains(GitHub::TOKEN) && !said.contains("example.com/x"), "{said}");
    }
}

/// Whoever may write the secret must not reach from the function what only the function can.
#[tokio::test]
async fn a_webhook_and_a_channel_at_this_machine_or_its_metadata_service_are_never_called() {
    let server = Server::start(Listener::default()).await.unwrap();
    let metadata = ["https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://2852039166/"];
    for provider in ["webhook", "slack"] {
        for address in [metadata.as_slice(), &[&server.url, "https://127.0.0.1/", "http://example.com/"]].concat() {
            let vars = [("KINTSUGI_TICKET_PROVIDER", provider), ("KINTSUGI_TEST_WEBHOOKS_TO_LOOPBACK", "false")];
            let office = at!(Office::open(&json!({"url": address}), &vars));
            let said = office.refusal("run-1", &failed("run-1")).await;
            assert!(said.contains(&office.local.name) && !said.contains(address), "{provider} {address}: {said}");
            assert_eq!(office.local.letter().await.unwrap()["event"], failed("run-1"), "nothing is lost");
        }
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_person_whom_jira_data_center_does_not_know_is_said() {
    let (desk, office) = at!(jira(Flavour::DataCenter));
    let name = office.local.rules("default: {assignee: ki}").await;
    let vars = [
        ("KINTSUGI_TICKET_PROVIDER", "jira-data-center"),
        ("KINTSUGI_TICKET_URL", desk.url.as_str()),
        ("KINTSUGI_TICKET_PROJECT", "OPS"),
        ("KINTSUGI_TICKET_RULES", name.as_str()),
    ];
    // A beginning of somebody's name is nobody.
    let said = at!(wrong(&json!({"token": "desk-token"}), &vars));
    assert!(said.starts_with("assignee: \"ki\" is nobody") && said.contains("a user's name"), "{said}");
}

/// Provider, secret, settings, wishes, and what is said of them.
type Unknown<'a> = (&'a str, &'a Value, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn a_name_in_the_rules_that_servicenow_or_github_does_not_know_is_said() {
    let service_now = Server::start(ServiceNow::default()).await.unwrap();
    let github = Server::start(GitHub::default()).await.unwrap();
    let user = json!({"user": ServiceNow::USER, "password": ServiceNow::PASSWORD});
    let token = json!({"token": GitHub::TOKEN});
    let (url, project) = ("KINTSUGI_TICKET_URL", "KINTSUGI_TICKET_PROJECT");
    let (at_service_now, at_github) = ((url, service_now.url.as_str()), (url, github.url.as_str()));
    let cases: [Unknown<'_>; 5] = [
        (
            "servicenow",
            &user,
            &[at_service_now],
            "{component: shop, assignee: lee}",
            "assignee: sys_user has no \"lee\"",
        ),
        (
            "servicenow",
            &user,
            &[at_service_now],
            "{component: web, assignee: kim}",
            "component: sys_user_group has no \"web\"",
        ),
        (
            "servicenow",
            &user,
            &[at_service_now],
            "{component: \"web^ORname=shop\"}",
            "component: sys_user_group has no",
        ),
        ("github", &token, &[at_github, (project, "acme/ops")], "{fields: {milestone: 4}}", "there is no milestone 4"),
        ("github", &token, &[at_github, (project, "acme/ops")], "{assignee: lee}", "assignee: \"lee\""),
    ];
    for (provider, secret, vars, wishes, expected) in cases {
        let name = at!(Local::start()).rules(&format!("default: {wishes}")).await;
        let own = [("KINTSUGI_TICKET_PROVIDER", provider), ("KINTSUGI_TICKET_RULES", name.as_str())];
        let said = at!(wrong(secret, &[&own, vars].concat()));
        assert!(said.contains(expected), "{provider} {wishes}: {said}");
    }
}
