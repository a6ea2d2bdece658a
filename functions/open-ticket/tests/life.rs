//! What each provider is sent in the life of a ticket, as golden files: opened, told again, counted and raised, closed, opened
//! again. A proxy writes it down on the wire.

#![cfg(test)]

mod common;

use common::office::Office;
use common::recorder::{Exchange, Recorder};
use common::records::{failed, remediated};
use common::{Local, desk, gateway, sdk};
use serde_json::{Value, json};
use world::desk::{DeskConfig, Flavour};
use world::gateway::journal::Filter;
use world::provider::{Channel, GitHub, Listener, PagerDuty, Provider, Server, ServiceNow};

/// A deployment's names, so that what is raised is seen.
const RULES: &str = "default: {labels: [sre], priority: {critical: Highest, high: High}}";

/// The parts of a life that are shown, and what is told before the third: a desk is told in full five times.
const PARTS: [(&str, &str); 5] = [
    ("opened", "run-1"),
    ("told again", "run-2"),
    ("told the tenth time again", "run-11"),
    ("healed", "run-200"),
    ("broken again", "run-300"),
];

/// Lives, and says what `sent` finds after each part since the part before.
async fn lived(office: &Office, sent: impl Fn() -> Vec<String>) -> String {
    let mut story = String::new();
    for (part, execution) in PARTS {
        if execution == "run-11" {
            for n in 3..11 {
                let execution = format!("run-{n}");
                office.ticket(&execution, &failed(&execution)).await;
            }
        }
        let before = sent().len();
        let event = if part == "healed" { remediated(execution) } else { failed(execution) };
        office.ticket(execution, &event).await;
        let requests = sent().split_off(before).join("\n");
        story.push_str(&format!("# {part}\n{requests}\n\n"));
    }
    story
}

/// Whether it changes something: Jira searches by POST.
fn is_write(exchange: &&Exchange) -> bool {
    exchange.method != "GET" && !exchange.path.contains("/search")
}

fn shown(exchange: &Exchange) -> String {
    let body = serde_json::from_str(&exchange.body).map(readable).unwrap_or_default();
    format!("{} {}\n{body}", exchange.method, exchange.path).trim_end().to_owned()
}

/// In one order, with the lines of a text below each other, and without the number of a transition, which is the desk's own.
fn readable(mut body: Value) -> String {
    body.sort_all_objects();
    if let Some(id) = body.pointer_mut("/transition/id") {
        *id = json!("(found by where it leads)");
    }
    body.to_string().replace("\\n", "\n")
}

/// A provider behind a proxy; `secret` is made of the proxy's address.
async fn recorded(upstream: &str, secret: impl Fn(&str) -> Value, vars: &[(&str, &str)]) -> Option<String> {
    let recorder = Recorder::before(upstream).await;
    let local = Local::start().await?;
    let credentials = local.secret(&secret(&recorder.url)).await;
    let rules = local.rules(RULES).await;
    let own = [
        ("KINTSUGI_TICKET_URL", recorder.url.as_str()),
        ("KINTSUGI_TICKET_CREDENTIALS", credentials.as_str()),
        ("KINTSUGI_TICKET_RULES", rules.as_str()),
    ];
    let office = Office::over(local, &[&own, vars].concat());
    let story = lived(&office, || recorder.exchanges().iter().filter(is_write).map(shown).collect()).await;
    // Addresses of this run.
    Some(story.replace(&recorder.url, "https://desk.example.com"))
}

async fn jira(flavour: Flavour) -> Option<String> {
    let (provider, secret) = match flavour {
        Flavour::Cloud => ("jira", json!({"email": "kintsugi@example.com", "token": "desk-token"})),
        Flavour::DataCenter => ("jira-data-center", json!({"token": "desk-token"})),
    };
    let desk = desk(DeskConfig { flavour, ..DeskConfig::default() }).await;
    let vars = [("KINTSUGI_TICKET_PROVIDER", provider), ("KINTSUGI_TICKET_PROJECT", "OPS")];
    recorded(&desk.url, |_| secret.clone(), &vars).await
}

/// Compares, or ends the test where the counterparts are not installed.
macro_rules! golden {
    ($name:literal, $lived:expr) => {
        let Some(story) = $lived.await else { return };
        insta::assert_snapshot!($name, story);
    };
}

#[tokio::test]
async fn an_issue_of_jira_cloud() {
    golden!("jira", jira(Flavour::Cloud));
}

#[tokio::test]
async fn an_issue_of_jira_data_center() {
    golden!("jira_data_center", jira(Flavour::DataCenter));
}

#[tokio::test]
async fn an_issue_of_github() {
    let server = Server::start(GitHub::default()).await.unwrap();
    let vars = [("KINTSUGI_TICKET_PROVIDER", "github"), ("KINTSUGI_TICKET_PROJECT", GitHub::REPOSITORY)];
    golden!("github", recorded(&server.url, |_| json!({"token": GitHub::TOKEN}), &vars));
}

#[tokio::test]
async fn an_incident_of_servicenow() {
    let server = Server::start(ServiceNow::default()).await.unwrap();
    let secret = json!({"user": ServiceNow::USER, "password": ServiceNow::PASSWORD});
    let vars = [("KINTSUGI_TICKET_PROVIDER", "servicenow")];
    golden!("servicenow", recorded(&server.url, |_| secret.clone(), &vars));
}

#[tokio::test]
async fn an_incident_of_pagerduty() {
    let server = Server::start(PagerDuty::default()).await.unwrap();
    let vars = [("KINTSUGI_TICKET_PROVIDER", "pagerduty")];
    golden!("pagerduty", recorded(&server.url, |_| json!({"routingKey": PagerDuty::KEY}), &vars));
}

#[tokio::test]
async fn events_of_a_webhook() {
    let server = Server::start(Listener::default()).await.unwrap();
    let secret = |url: &str| json!({"url": format!("{url}{}", Listener::PATH), "key": "signing-key"});
    let upstream = server.url.trim_end_matches(Listener::PATH);
    golden!("webhook", recorded(upstream, secret, &[("KINTSUGI_TICKET_PROVIDER", "webhook")]));
}

#[tokio::test]
async fn messages_of_slack() {
    let server = Server::start(Channel::default()).await.unwrap();
    let secret = |url: &str| json!({"url": format!("{url}{}", Channel::PATH)});
    let upstream = server.url.trim_end_matches(Channel::PATH);
    golden!("slack", recorded(upstream, secret, &[("KINTSUGI_TICKET_PROVIDER", "slack")]));
}

#[tokio::test]
async fn an_opsitem() {
    let Some(gateway) = gateway().await else { return };
    let office = Office::over(Local::over(sdk(&gateway.url).await).await, &[]);
    let told = |operation: String, mut input: serde_json::Map<String, Value>| {
        input.entry("OpsItemId").and_modify(|id| *id = json!("oi-1"));
        format!("{operation}\n{}", readable(Value::Object(input)))
    };
    let sent = || {
        let calls = gateway.journal().entries(&Filter::default());
        let calls = calls
            .into_iter()
            .filter(|entry| ["CreateOpsItem", "UpdateOpsItem"].contains(&entry.call.operation.as_str()));
        calls.map(|entry| told(entry.call.operation, entry.call.input)).collect()
    };
    insta::assert_snapshot!("opsitem", lived(&office, sent).await);
}
