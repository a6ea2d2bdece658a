//! Every request of a ticket's life, held against what the provider says of its own API: the real function makes them, a
//! proxy writes them down, openapi-core judges them.

#![cfg(test)]

mod common;

use std::collections::BTreeMap;

use common::contract::{self, Contract, Report};
use common::office::Office;
use common::recorder::{Exchange, Recorder};
use common::records::outcomes;
use common::{Local, desk, root};
use serde_json::{Value, json};
use world::desk::{Custom, DeskConfig, Status, Transition};
use world::provider::{GitHub, Server};

/// Whatever can be wished for is, so that every field is on the wire. `FIELDS` are the provider's own.
const WISHES: &str = "
default:
  labels: [sre]
  priority: {critical: Highest, high: High, medium: Medium, low: Low}
  assignee: kim
  component: shop
  fields: FIELDS
";

/// Events as they come in, of every source.
const EXAMPLES: [&str; 8] = [
    "bad/other-kind",
    "cloudwatch/alarm-unbound",
    "cloudwatch/alarm-composite",
    "cloudwatch/alarm-metric-math",
    "cloudwatch/alarm-ok",
    "config/bucket-not-compliant",
    "config/bucket-compliant",
    "ssm/automation-failed",
];

/// The function before a recorded desk.
async fn office(url: &str, secret: &Value, fields: &str, more: &[(&str, &str)]) -> Option<Office> {
    let local = Local::start().await?;
    let credentials = local.secret(secret).await;
    let rules = local.rules(&WISHES.replace("FIELDS", fields)).await;
    let own = [
        ("KINTSUGI_TICKET_URL", url),
        ("KINTSUGI_TICKET_CREDENTIALS", credentials.as_str()),
        ("KINTSUGI_TICKET_RULES", rules.as_str()),
    ];
    Some(Office::over(local, &[&own, more].concat()))
}

/// Every kind of news, each of a fault of its own; then one fault from its opening, over a hundred repeats and its end, to
/// its return; then what `kintsugi ticket test` looks at.
async fn everything(office: &Office) {
    for (name, event) in outcomes() {
        office.tell(name, &event).await;
    }
    for name in EXAMPLES {
        let event = std::fs::read_to_string(root().join(format!("events/{name}.json"))).unwrap();
        office.tell(name, &serde_json::from_str(&event).unwrap()).await;
    }
    office.whole_life(|_| ()).await;
    let problems: Vec<_> = office.check().await.into_iter().filter(|check| check.says.is_err()).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

/// The report is printed, nothing departs, and exactly these operations were asked for.
fn judge(contract: &Contract, exchanges: &[Exchange], expected: &[&str]) -> Report {
    let report = contract.look_at(exchanges);
    contract.print(&report);
    assert_eq!(report.complaints, Vec::<String>::new());
    assert_eq!(report.checked.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    let refused: Vec<_> =
        exchanges.iter().filter(|exchange| exchange.status >= 400 && exchange.status != 404).collect();
    assert!(refused.is_empty(), "{refused:?}");
    report
}

/// The method of a request, with words of the complaint; and what makes it wrong.
type Wrong = (&'static str, fn(&mut Exchange));

/// The validator finds what is wrong, wherever it is.
fn can_fail(contract: &Contract, exchanges: &[Exchange], changes: &[Wrong]) {
    for (said, change) in changes {
        let method = said.split(' ').next().unwrap();
        let mut wrong = exchanges.iter().find(|exchange| exchange.method == method).unwrap().clone();
        change(&mut wrong);
        let report = contract.look_at(&[wrong]);
        let expected = said.split_once(' ').unwrap().1;
        assert!(report.complaints.iter().any(|complaint| complaint.contains(expected)), "{said}: {report:?}");
    }
}

fn with_member(exchange: &mut Exchange, name: &str) {
    let mut body: Value = serde_json::from_str(&exchange.body).unwrap();
    body[name] = json!(0);
    exchange.body = body.to_string();
}

#[tokio::test]
async fn every_request_to_jira_cloud_keeps_to_jiras_own_description() {
    let Some(contract) = contract::jira() else { return };
    let field = Custom { id: "customfield_10042".into(), name: "Environment".into(), required: true };
    let close = Transition { asks_resolution: true, ..Transition::to("Close", Status::Done) };
    let transitions = vec![Transition::to("Begin", Status::InProgress), Transition::to("Back", Status::ToDo), close];
    let desk = desk(DeskConfig { fields: vec![field], transitions, ..DeskConfig::default() }).await;
    let recorder = Recorder::before(&desk.url).await;
    let secret = json!({"email": "kintsugi@example.com", "token": "desk-token"});
    let own = [("KINTSUGI_TICKET_PROVIDER", "jira"), ("KINTSUGI_TICKET_PROJECT", "OPS")];
    let fields = "{customfield_10042: {value: Production}}";
    let Some(office) = office(&recorder.url, &secret, fields, &own).await else { return };
    everything(&office).await;

    let exchanges = recorder.exchanges();
    let report = judge(
        &contract,
        &exchanges,
        &[
            "GET /rest/api/3/issue/{issueIdOrKey}",
            "GET /rest/api/3/issue/{issueIdOrKey}/transitions",
            "GET /rest/api/3/myself",
            "POST /rest/api/3/issue",
            "POST /rest/api/3/issue/{issueIdOrKey}/comment",
            "POST /rest/api/3/issue/{issueIdOrKey}/transitions",
            "POST /rest/api/3/search/jql",
            "PUT /rest/api/3/issue/{issueIdOrKey}",
        ],
    );
    // Asked by `kintsugi ticket test` alone. The description at hand has no operations about what can be created, for whom.
    let only_for_the_look: BTreeMap<String, usize> = BTreeMap::from([
        ("GET /rest/api/3/issue/createmeta/OPS/issuetypes".to_owned(), 1),
        ("GET /rest/api/3/issue/createmeta/OPS/issuetypes/{id}".to_owned(), 1),
        ("GET /rest/api/3/mypermissions".to_owned(), 1),
        ("GET /rest/api/3/user/assignable/search".to_owned(), 1),
    ]);
    assert_eq!(report.undescribed, only_for_the_look);

    can_fail(
        &contract,
        &exchanges,
        &[
            ("POST startAt", |exchange| with_member(exchange, "startAt")),
            ("GET which is not described", |exchange| exchange.query.push_str("&fieldz=status")),
            ("PUT Security", |exchange| drop(exchange.headers.remove("authorization"))),
            ("POST its answer", |exchange| exchange.answer = json!({"issues": 3, "id": 3}).to_string()),
        ],
    );
}

#[tokio::test]
async fn every_request_to_github_keeps_to_githubs_own_description() {
    let Some(contract) = contract::github() else { return };
    let server = Server::start(GitHub::default()).await.unwrap();
    let recorder = Recorder::before(&server.url).await;
    let own = [("KINTSUGI_TICKET_PROVIDER", "github"), ("KINTSUGI_TICKET_PROJECT", "acme/ops")];
    let secret = json!({"token": GitHub::TOKEN});
    let Some(office) = office(&recorder.url, &secret, "{milestone: 3}", &own).await else { return };
    everything(&office).await;

    let exchanges = recorder.exchanges();
    let report = judge(
        &contract,
        &exchanges,
        &[
            "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
            "GET /repos/{owner}/{repo}",
            "GET /repos/{owner}/{repo}/assignees/{assignee}",
            "GET /repos/{owner}/{repo}/issues",
            "GET /repos/{owner}/{repo}/issues/{issue_number}",
            "GET /repos/{owner}/{repo}/milestones/{milestone_number}",
            "PATCH /repos/{owner}/{repo}/issues/{issue_number}",
            "POST /repos/{owner}/{repo}/issues",
            "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
            "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
        ],
    );
    assert_eq!(report.undescribed, BTreeMap::new());
    let known = |exchange: &Exchange| exchange.headers.get("x-github-api-version").is_some_and(|v| v == "2022-11-28");
    assert!(exchanges.iter().all(known), "the version of the API is asked for in every request");

    can_fail(
        &contract,
        &exchanges,
        &[
            ("POST assignes", |exchange| with_member(exchange, "assignes")),
            ("PATCH state_reason", |exchange| exchange.body = json!({"state_reason": "healed"}).to_string()),
            ("GET which is not described", |exchange| exchange.query.push_str("&lables=a")),
        ],
    );
}
