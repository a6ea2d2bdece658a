//! The life of a ticket, end to end: events on the bus, the template's rules, the real function, its queue; in OpsCenter and
//! in a desk that speaks Jira's API, with credentials where they belong.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::local::tickets::{Failed, TICKET, a_hundred_repeats, emit, is_ok, jira, rings, state_change, told, world};
use tests::local::{Stage, Tested, example};
use world::desk::{self, DeskConfig, Fault, RunningDesk, Status};
use world::operator::look;

/// A message waits for some seconds between two looks at the desk.
const WITHIN: Duration = Duration::from_secs(120);

/// A Jira whose search finds an issue only after a while.
async fn slow_jira(stage: &Stage<'_>) -> Result<RunningDesk, Failed> {
    jira(stage, DeskConfig { search_lag: Duration::from_secs(2), ..DeskConfig::default() }).await
}

fn opscenter(stage: &Stage<'_>) -> Tested {
    told(stage, &[("KINTSUGI_TICKET_PROVIDER", "opsitem")])
}

#[test]
fn one_fault_is_one_issue_and_the_token_is_nowhere_but_in_its_header() -> Tested {
    world(async |stage| {
        let desk = slow_jira(stage).await?;
        let event = example("ssm/automation-failed.json")?;
        let first = stage.deliver(TICKET, &event).await?;
        assert_eq!(first.told().len(), 1, "{}", first.story());
        let second = stage.deliver(TICKET, &event).await?;
        assert!(second.told().is_empty(), "{}", second.story());

        let issues = desk.issues();
        assert_eq!(issues.len(), 1, "{issues:?}");
        assert_eq!((issues[0].key.as_str(), issues[0].issue_type.as_str()), ("OPS-1", "Task"));
        assert!(issues[0].summary.contains("shop-restart"), "{}", issues[0].summary);
        assert!(first.tickets.is_empty(), "no OpsItem besides: {:?}", first.tickets);

        let log = std::fs::read_to_string(stage.stack.log(TICKET))?;
        let token = DeskConfig::default().token;
        assert!(!log.contains(&token), "the token is in the function's log");
        assert!(desk.seen().iter().all(|seen| !seen.body.to_string().contains(&token)));
        Ok(())
    })
}

#[test]
fn an_issue_of_jira_is_opened_told_a_hundred_repeats_closed_and_opened_again() -> Tested {
    world(async |stage| {
        let desk = slow_jira(stage).await?;
        let alarm = stage.name("unbound-life");
        assert_eq!(rings(stage, &alarm, 0..1).await?, ["Created"]);
        assert_eq!(rings(stage, &alarm, 1..101).await?, a_hundred_repeats());
        let issue = only(&desk)?;
        assert_eq!((issue.comments.len(), issue.status), (9, Status::ToDo));
        assert!(issue.labels.contains(&"severity-1".to_owned()), "more urgent by repetition: {:?}", issue.labels);
        assert_eq!(is_ok(stage, &alarm, 200).await?, ["Closed"]);
        assert_eq!(only(&desk)?.status, Status::Done);
        assert_eq!(rings(stage, &alarm, 300..301).await?, ["Reopened"]);
        assert_eq!(only(&desk)?.status, Status::ToDo);
        assert_eq!(is_ok(stage, &alarm, 400).await?, ["Closed"]);
        // An alarm that nobody was ever told of opens nothing by being OK.
        assert_eq!(is_ok(stage, &stage.name("unbound-calm"), 0).await?, ["NothingToDo"]);
        assert_eq!(desk.issues().len(), 1);
        Ok(())
    })
}

fn only(desk: &RunningDesk) -> Result<desk::Issue, Failed> {
    match desk.issues().as_slice() {
        [issue] => Ok(issue.clone()),
        issues => Err(format!("not one issue: {issues:?}").into()),
    }
}

#[test]
fn an_opsitem_is_opened_told_a_hundred_repeats_resolved_and_opened_again() -> Tested {
    world(async |stage| {
        opscenter(stage)?;
        let alarm = stage.name("unbound-life");
        assert_eq!(rings(stage, &alarm, 0..1).await?, ["Created"]);
        assert_eq!(rings(stage, &alarm, 1..101).await?, a_hundred_repeats());
        let item = item(stage, &alarm).await?;
        assert_eq!(item["OperationalData"]["repeats"]["Value"], "100");
        assert_eq!((&item["Severity"], &item["Status"]), (&json!("1"), &json!("Open")));
        assert_eq!(is_ok(stage, &alarm, 200).await?, ["Closed"]);
        assert_eq!(self::item(stage, &alarm).await?["Status"], "Resolved");
        assert_eq!(rings(stage, &alarm, 300..301).await?, ["Reopened"]);
        assert_eq!(self::item(stage, &alarm).await?["Status"], "Open");
        Ok(())
    })
}

async fn items(stage: &Stage<'_>, alarm: &str) -> Result<Vec<look::Ticket>, Failed> {
    let mut tickets = stage.operator.see_tickets().await?;
    tickets.retain(|ticket| ticket.title.contains(alarm));
    Ok(tickets)
}

async fn item(stage: &Stage<'_>, alarm: &str) -> Result<Value, Failed> {
    let tickets = items(stage, &format!("{alarm}:")).await?;
    let [ticket] = tickets.as_slice() else { return Err(format!("not one OpsItem: {tickets:?}").into()) };
    let get = json!({ "OpsItemId": ticket.id });
    Ok(stage.operator.call("ssm", "GetOpsItem", get).await?["OpsItem"].clone())
}

#[test]
fn ten_deliveries_that_race_are_one_ticket_in_jira_and_in_opscenter() -> Tested {
    world(async |stage| {
        let told: Vec<&str> = ["Commented"; 5].into_iter().chain(["Counted"; 4]).chain(["Created"]).collect();
        let desk = slow_jira(stage).await?;
        assert_eq!(rings(stage, &stage.name("unbound-race"), 0..10).await?, told);
        assert_eq!(only(&desk)?.comments.len(), 5);
        opscenter(stage)?;
        let alarm = stage.name("unbound-race");
        assert_eq!(rings(stage, &alarm, 0..10).await?, told);
        item(stage, &alarm).await.map(drop)
    })
}

/// Rings many alarms, each once; the names of the alarms.
async fn many(stage: &Stage<'_>, prefix: &str, count: usize) -> Result<(Vec<String>, Vec<String>), Failed> {
    let alarms: Vec<String> = (0..count).map(|_| stage.name(prefix)).collect();
    let events: Result<Vec<Value>, Failed> = alarms.iter().map(|alarm| state_change(alarm, "ALARM", 0)).collect();
    let filed = emit(stage, events?).await?;
    Ok((alarms, filed))
}

/// Waits until `done` holds.
async fn until(what: &str, mut done: impl AsyncFnMut() -> Result<bool, Failed>) -> Tested {
    let begun = Instant::now();
    while !done().await? {
        if begun.elapsed() > WITHIN {
            return Err(format!("not within {WITHIN:?}: {what}").into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn waiting(stage: &Stage<'_>) -> Result<u64, Failed> {
    let queue = json!({ "QueueName": "kintsugi-waiting-tickets" });
    let url = stage.operator.text("sqs", "GetQueueUrl", queue, "/QueueUrl").await?;
    let names =
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
    let ask = json!({ "QueueUrl": url, "AttributeNames": names });
    let answer = stage.operator.call("sqs", "GetQueueAttributes", ask).await?;
    let count = |name: &&str| answer["Attributes"][*name].as_str().and_then(|text| text.parse::<u64>().ok());
    Ok(names.iter().filter_map(count).sum())
}

#[test]
fn while_jira_is_down_or_limits_everybody_tickets_wait_and_each_is_delivered_once() -> Tested {
    world(async |stage| {
        for trouble in [Fault::Status(503), Fault::RateLimit(1), Fault::Nonsense] {
            let desk = slow_jira(stage).await?;
            desk.break_down(Some(trouble));
            let (alarms, filed) = many(stage, "unbound-outage", 8).await?;
            assert!(
                filed.contains(&"Waits".to_owned()) && !filed.contains(&"Created".to_owned()),
                "{trouble:?}: {filed:?}"
            );
            // Its end is not told before its beginning.
            let ended = is_ok(stage, &alarms[0], 100).await?;
            assert!(ended.contains(&"Waits".to_owned()), "{trouble:?}: {ended:?}");
            assert!(desk.issues().is_empty());
            desk.break_down(None);
            until("every ticket is there", async || {
                Ok(desk.issues().len() >= alarms.len() && waiting(stage).await? == 0)
            })
            .await?;
            let issues = desk.issues();
            for alarm in &alarms {
                let own: Vec<_> = issues.iter().filter(|issue| issue.summary.contains(&format!("{alarm}:"))).collect();
                assert_eq!(own.len(), 1, "{trouble:?} {alarm}: {issues:?}");
                assert_eq!(own[0].done(), *alarm == alarms[0], "{trouble:?} {alarm}");
            }
            assert_eq!(issues.len(), alarms.len(), "{trouble:?}");
            assert_eq!(stage.dead_letters().await?, Vec::<Value>::new(), "{trouble:?}");
        }
        Ok(())
    })
}

#[test]
fn while_opscenter_fails_or_throttles_tickets_wait_and_each_is_delivered_once() -> Tested {
    world(async |stage| {
        opscenter(stage)?;
        for (code, status) in [("InternalServerError", 500), ("ThrottlingException", 400)] {
            let fault = json!({ "error": { "code": code, "status": status } });
            let rule = json!({ "service": "ssm", "operation": "CreateOpsItem", "fault": fault });
            let (alarms, filed) = stage.with_faults(json!([rule]), many(stage, "unbound-outage", 8)).await?;
            assert!(filed.contains(&"Waits".to_owned()) && !filed.contains(&"Created".to_owned()), "{code}: {filed:?}");
            until("every ticket is there", async || {
                let mut found = 0;
                for alarm in &alarms {
                    found += items(stage, &format!("{alarm}:")).await?.len();
                }
                assert!(found <= alarms.len(), "{code}: a second ticket");
                Ok(found == alarms.len() && waiting(stage).await? == 0)
            })
            .await?;
            assert_eq!(stage.dead_letters().await?, Vec::<Value>::new(), "{code}");
        }
        Ok(())
    })
}
