//! Tickets in OpsCenter: the real function over the local world's OpsItems, which refuse what AWS refuses.

#![cfg(test)]

mod common;

use common::records::failed;
use common::{Local, gateway, invoke, sdk};
use open_ticket::{Answer, OpenTicket, OpenTicketError};
use serde_json::{Value, json};
use shared::aws::Services;
use shared::ticket::{Filed, Ticket};
use world::gateway::RunningGateway;

/// A test's function, whose tickets are OpsItems.
struct Office {
    gateway: RunningGateway,
    local: Local,
    services: Services,
    function: OpenTicket,
}

impl Office {
    async fn open(vars: &[(&str, &str)]) -> Option<Self> {
        let gateway = gateway().await?;
        let local = Local::over(sdk(&gateway.url).await).await;
        let services = local.services(vars);
        let function = OpenTicket::new(&services);
        Some(Self { gateway, local, services, function })
    }

    async fn tell(&self, execution: &str, event: &Value) -> Result<Answer, OpenTicketError> {
        invoke(&self.function, &self.services, execution, event).await
    }

    async fn ticket(&self, execution: &str, event: &Value) -> Ticket {
        match self.tell(execution, event).await.unwrap() {
            Answer::Ticketed { ticket } => ticket,
            other => panic!("{other:?}"),
        }
    }

    async fn item(&self, id: &str) -> Value {
        self.services.call("ssm", "GetOpsItem", json!({"OpsItemId": id})).await.unwrap()["OpsItem"].clone()
    }

    async fn items(&self) -> usize {
        let filter = json!([{"Key": "Source", "Values": ["kintsugi"], "Operator": "Equal"}]);
        let found = self.services.call("ssm", "DescribeOpsItems", json!({"OpsItemFilters": filter})).await.unwrap();
        found["OpsItemSummaries"].as_array().unwrap().len()
    }

    fn fault(&self, operation: &str, times: u64, fault: Value) {
        let rule = json!({"service": "ssm", "operation": operation, "times": times, "fault": fault});
        self.gateway.faults().set(serde_json::from_value(json!({"rules": [rule]})).unwrap()).unwrap();
    }
}

/// What the providers share, over the same OpsItems.
async fn shared_office(office: &Office) -> common::office::Office {
    common::office::Office::over(Local::over(sdk(&office.gateway.url).await).await, &[])
}

/// OpsCenter in trouble, and out of it.
fn trouble(office: &Office, fault: Value) -> impl Fn(bool) + '_ {
    move |on| {
        let rule = json!({"service": "ssm", "operation": "CreateOpsItem", "fault": fault});
        let rules = if on { json!([rule]) } else { json!([]) };
        office.gateway.faults().set(serde_json::from_value(json!({ "rules": rules })).unwrap()).unwrap();
    }
}

/// An office, or the end of the test where the counterparts are not installed.
macro_rules! office {
    ($($vars:expr)?) => {
        match Office::open(&[$($vars)?]).await {
            Some(office) => office,
            None => return,
        }
    };
}

fn data<'a>(item: &'a Value, key: &str) -> &'a str {
    item["OperationalData"][key]["Value"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_outcome_becomes_one_opsitem_that_tells_all_and_no_secret() {
    let office = office!();
    let ticket = office.ticket("invoke-1", &failed("run-1")).await;
    assert_eq!(ticket.filed, Filed::Created);
    assert!(ticket.url.ends_with(&format!("/systems-manager/opsitems/{}/overview?region=eu-west-1", ticket.id)));
    let item = office.item(&ticket.id).await;
    assert_eq!((&item["Severity"], &item["Category"]), (&json!("2"), &json!("Availability")));
    assert_eq!(data(&item, "/aws/dedup"), r#"{"dedupString":"kintsugi-0123456789abcdef"}"#);
    assert!(data(&item, "/aws/resources").contains("instance/i-0abc"));
    assert!(data(&item, "report").contains("aws ec2 start-instances --instance-ids i-0abc"));
    assert!(!item.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_repeat_is_counted_in_the_opsitem_and_leaves_what_people_wrote() {
    let office = office!();
    let id = office.ticket("invoke-1", &failed("run-1")).await.id;
    let note = json!({"OpsItemId": id, "Description": "I am on it. Ada"});
    office.services.call("ssm", "UpdateOpsItem", note).await.unwrap();
    for (execution, filed) in [("run-2", Filed::Commented), ("run-2", Filed::Unchanged), ("run-3", Filed::Commented)] {
        assert_eq!(office.ticket(execution, &failed(execution)).await.filed, filed, "{execution}");
    }
    let item = office.item(&id).await;
    assert_eq!(item["Description"], "I am on it. Ada");
    assert_eq!((data(&item, "repeats"), data(&item, "latest occurrence")), ("2", "run-3"));
    assert_eq!(office.items().await, 1);
}

#[tokio::test]
async fn a_fault_that_returns_opens_its_opsitem_again_once_and_what_people_resolve_again_stays_so() {
    let office = office!();
    let first = office.ticket("invoke-1", &failed("run-1")).await.id;
    let resolve = json!({"OpsItemId": first, "Status": "Resolved"});
    office.services.call("ssm", "UpdateOpsItem", resolve).await.unwrap();
    let again = office.ticket("invoke-2", &failed("run-2")).await;
    assert_eq!((again.filed, again.id.as_str()), (Filed::Reopened, first.as_str()));
    assert_eq!(office.item(&first).await["Status"], "Open");
    let resolve = json!({"OpsItemId": first, "Status": "Resolved"});
    office.services.call("ssm", "UpdateOpsItem", resolve).await.unwrap();
    let third = office.ticket("invoke-3", &failed("run-3")).await;
    assert_eq!(third.filed, Filed::Created);
    assert_ne!(third.id, first);
}

#[tokio::test]
async fn hands_off_means_no_word_and_no_change_in_opscenter_too() {
    let office = office!();
    let id = office.ticket("run-1", &failed("run-1")).await.id;
    let title = format!("{}: we know", shared::ticket::HANDS_OFF);
    let marked = json!({"OpsItemId": id, "Title": title});
    office.services.call("ssm", "UpdateOpsItem", marked).await.unwrap();
    let before = office.item(&id).await;
    for (execution, event) in [("run-2", failed("run-2")), ("run-3", common::records::remediated("run-3"))] {
        assert_eq!(office.ticket(execution, &event).await.filed, Filed::Silenced);
    }
    assert_eq!(office.item(&id).await, before);
}

#[tokio::test]
async fn without_the_guard_table_opscenter_itself_keeps_it_one() {
    let office = office!(("KINTSUGI_GUARD_TABLE", "no-such-table"));
    let first = office.ticket("invoke-1", &failed("run-1")).await;
    let again = office.ticket("invoke-2", &failed("run-2")).await;
    assert_eq!((first.filed, again.filed), (Filed::Created, Filed::Commented));
    assert_eq!(first.id, again.id);
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_one_opsitem() {
    let office = office!();
    office.fault("CreateOpsItem", 1, json!({"cut": {"performed": true}}));
    let ticket = office.ticket("invoke-1", &failed("run-1")).await;
    assert_eq!(ticket.filed, Filed::Created);
    assert_eq!(data(&office.item(&ticket.id).await, "repeats"), "", "it is told nothing twice");
    assert_eq!(office.items().await, 1);
}

/// The answer to its last word is lost, and before it is said again others have told the fault five times more.
#[tokio::test]
async fn what_is_remembered_twice_takes_nothing_from_what_others_remembered_meanwhile() {
    let office = office!();
    let others = json!({
        "TableName": office.services.settings.guard_table,
        "Key": {"pk": {"S": "ticket#0123456789abcdef"}},
        "UpdateExpression": "SET #count = :count",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": {":count": {"N": "5"}},
    });
    let first = json!({"first": {"service": "dynamodb", "api": "UpdateItem", "input": others}});
    // Held, about to be opened, remembered; and remembered again.
    let rule = |nth: u64, fault: Value| json!({"operation": "UpdateItem", "nth": [nth], "fault": fault});
    let rules = json!([rule(4, first), rule(3, json!({"cut": {"performed": true}}))]);
    office.gateway.faults().set(serde_json::from_value(json!({ "rules": rules })).unwrap()).unwrap();
    assert_eq!(office.ticket("invoke-1", &failed("run-1")).await.filed, Filed::Created);
    let counts = office.gateway.faults().report()["counts"].clone();
    assert_eq!((&counts[0]["made"], &counts[1]["made"]), (&json!(1), &json!(1)), "{counts}");
    assert_eq!(office.ticket("invoke-7", &failed("run-7")).await.filed, Filed::Counted, "as the sixth repeat");
}

#[tokio::test]
async fn a_denied_opscenter_fails_the_invocation_and_loses_nothing() {
    let office = office!();
    office.fault("CreateOpsItem", 100, json!("deny"));
    let error = office.tell("invoke-1", &failed("run-1")).await.unwrap_err();
    let said = shared::telemetry::chain(&error);
    assert!(said.contains("OpsCenter denied it: AccessDeniedException"), "{said}");
    let letter = office.local.letter().await.unwrap();
    assert_eq!(letter["event"], failed("run-1"));
    assert_eq!(office.gateway.faults().report()["counts"][0]["made"], 1, "what is denied is not asked again");
}

#[tokio::test]
async fn a_failing_opscenter_is_asked_again_until_it_answers() {
    let office = office!();
    // The SDK asks three times per attempt; the second attempt is ours.
    office.fault("CreateOpsItem", 4, json!({"error": {"code": "InternalServerError", "status": 500}}));
    assert_eq!(office.ticket("invoke-1", &failed("run-1")).await.filed, Filed::Created);
}

#[tokio::test]
async fn ten_deliveries_that_race_are_one_opsitem() {
    let office = office!();
    shared_office(&office).await.race().await;
    assert_eq!(office.items().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opsitem_lives_from_the_first_sight_to_the_return_of_its_fault() {
    let office = office!();
    let looked = async |part: &str| {
        let filter = json!([{"Key": "Source", "Values": ["kintsugi"], "Operator": "Equal"}]);
        let found = office.services.call("ssm", "DescribeOpsItems", json!({"OpsItemFilters": filter})).await.unwrap();
        let items = found["OpsItemSummaries"].as_array().unwrap().clone();
        let [item] = items.as_slice() else { panic!("{part}: {items:?}") };
        let item = office.item(item["OpsItemId"].as_str().unwrap()).await;
        let open = matches!(part, "opened" | "repeated" | "run-300");
        assert_eq!(item["Status"], if open { "Open" } else { "Resolved" }, "{part}");
        if part == "repeated" {
            assert_eq!((data(&item, "repeats"), &item["Severity"]), ("100", &json!("1")), "more urgent by repetition");
        }
    };
    let look = |part: &str| tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(looked(part)));
    shared_office(&office).await.whole_life(look).await;
}

#[tokio::test]
async fn what_is_told_during_an_outage_is_delivered_once_by_opscenter() {
    let error = |code: &str, status: u16| json!({"error": {"code": code, "status": status}});
    for fault in [json!("throttle"), error("InternalServerError", 500), error("ServiceUnavailable", 503)] {
        let office = office!();
        shared_office(&office).await.outage(trouble(&office, fault)).await;
        assert_eq!(office.items().await, 1);
    }
}

#[tokio::test]
async fn twenty_faults_while_opscenter_throttles_everybody_are_twenty_opsitems() {
    let office = office!();
    shared_office(&office).await.storm(trouble(&office, json!("throttle"))).await;
    assert_eq!(office.items().await, 20);
}

#[tokio::test]
async fn an_opscenter_that_may_not_be_read_is_said_by_the_look() {
    let office = office!();
    office.fault("GetOpsItem", 1, json!("deny"));
    let looked = shared::ticket::Tickets::new(&office.services).look().await;
    let wrong: Vec<_> = looked.iter().filter_map(|(_, check)| check.says.as_ref().err()).collect();
    assert!(wrong.len() == 1 && wrong[0].contains("AccessDeniedException"), "{looked:?}");
}
