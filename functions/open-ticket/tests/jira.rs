//! Tickets in Jira: the real function over a desk that refuses what Jira refuses.

#![cfg(test)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::records::{failed, remediated};
use common::{Local, desk, invoke};
use open_ticket::{Answer, Decision, OpenTicket, OpenTicketError, decide};
use serde_json::{Value, json};
use shared::aws::Services;
use shared::host::{Journal, LocalHost};
use shared::ticket::{Check, Filed, HANDS_OFF, Ticket, Tickets};
use world::desk::{Custom, DeskConfig, Fault, Issue, RunningDesk, Status, Transition};

/// Settings that differ.
type Set<'a> = &'a [(&'a str, &'a str)];

/// A test's function over a desk.
struct Office {
    local: Local,
    desk: RunningDesk,
    services: Services,
    function: OpenTicket,
}

impl Office {
    async fn open(config: DeskConfig, more: &[(&str, &str)]) -> Option<Self> {
        let local = Local::start().await?;
        let desk = desk(config).await;
        let services = local.with_desk(&desk, more).await;
        let function = OpenTicket::new(&services);
        Some(Self { local, desk, services, function })
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

    async fn check(&self) -> Vec<Check> {
        let Decision::Open(draft) = decide(&failed("run-1"), &[], "run-1") else { panic!("a failure is a ticket") };
        Tickets::new(&self.services).check(&draft).await
    }

    /// How many comments each issue has.
    fn comments(&self) -> Vec<usize> {
        self.desk.issues().iter().map(|issue| issue.comments.len()).collect()
    }
}

/// An office, or the end of the test where the counterparts are not installed.
macro_rules! office {
    ($config:expr, $more:expr) => {
        match Office::open($config, $more).await {
            Some(office) => office,
            None => return,
        }
    };
    () => {
        office!(DeskConfig::default(), &[])
    };
}

fn lagging() -> DeskConfig {
    DeskConfig { search_lag: Duration::from_secs(3600), ..DeskConfig::default() }
}

fn said(error: &OpenTicketError) -> String {
    shared::telemetry::chain(error)
}

#[tokio::test]
async fn an_outcome_becomes_one_issue_that_tells_all_and_no_secret() {
    let office = office!();
    let ticket = office.ticket("invoke-1", &failed("run-1")).await;
    let issues = office.desk.issues();
    assert_eq!(
        ticket,
        Ticket { id: "OPS-1".into(), url: format!("{}/browse/OPS-1", office.desk.url), filed: Filed::Created }
    );
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].labels, ["kintsugi", "kintsugi-0123456789abcdef", "severity-2"]);
    assert!(issues[0].summary.starts_with("i-0abc needs a person, failed at startInstance"), "{}", issues[0].summary);
    let told = issues[0].description.to_string();
    assert!(told.contains("aws ec2 start-instances --instance-ids i-0abc") && told.contains("{code} *bold*"), "{told}");
    assert!(!told.contains("hunter2") && !issues[0].summary.contains("hunter2"));
}

#[tokio::test]
async fn the_same_occurrence_delivered_again_changes_nothing() {
    let office = office!();
    office.ticket("invoke-1", &failed("run-1")).await;
    let again = office.ticket("invoke-2", &failed("run-1")).await;
    assert_eq!((again.id.as_str(), again.filed), ("OPS-1", Filed::Unchanged));
    assert_eq!(office.comments(), [0]);
}

#[tokio::test]
async fn the_fault_seen_again_is_a_comment_even_before_the_search_knows_the_issue() {
    let office = office!(lagging(), &[]);
    office.ticket("invoke-1", &failed("run-1")).await;
    let again = office.ticket("invoke-2", &failed("run-2")).await;
    assert_eq!((again.id.as_str(), again.filed), ("OPS-1", Filed::Commented));
    assert_eq!(office.comments(), [1]);
}

#[tokio::test]
async fn a_fault_that_returns_opens_its_issue_again_and_what_people_close_twice_stays_closed() {
    let office = office!();
    office.ticket("invoke-1", &failed("run-1")).await;
    assert!(office.desk.close("OPS-1"));
    let again = office.ticket("invoke-2", &failed("run-2")).await;
    assert_eq!((again.id.as_str(), again.filed), ("OPS-1", Filed::Reopened));
    assert!(office.desk.close("OPS-1"));
    let third = office.ticket("invoke-3", &failed("run-3")).await;
    assert_eq!((third.id.as_str(), third.filed), ("OPS-2", Filed::Created));
    assert!(office.desk.issues()[0].done());
}

#[tokio::test]
async fn deliveries_that_race_open_one_issue() {
    let office = office!(lagging(), &[]);
    let events: Vec<Value> = (0..8).map(|n| failed(&format!("run-{}", n % 2))).collect();
    let racing: Vec<_> = events.iter().enumerate().map(|(n, event)| (format!("invoke-{n}"), event)).collect();
    let answers = racing.iter().map(|(execution, event)| office.ticket(execution, event));
    let filed: Vec<Filed> =
        futures_util::future::join_all(answers).await.into_iter().map(|ticket| ticket.filed).collect();
    let count = |what| filed.iter().filter(|filed| **filed == what).count();
    assert_eq!((count(Filed::Created), count(Filed::Commented), count(Filed::Unchanged)), (1, 1, 6));
    assert_eq!(office.comments(), [1]);
}

#[tokio::test]
async fn a_holder_that_died_is_waited_for_and_then_forgotten() {
    let office = office!();
    let hold = json!({
        "TableName": office.local.name,
        "Item": {
            "pk": {"S": "ticket#0123456789abcdef"},
            "holder": {"S": "dead"},
            "heldUntil": {"N": "1"},
            "expiresAt": {"N": "9999999999"},
        },
    });
    office.services.call("dynamodb", "PutItem", hold).await.unwrap();
    assert_eq!(office.ticket("invoke-1", &failed("run-1")).await.filed, Filed::Created);
}

#[tokio::test]
async fn without_the_guard_table_the_ticket_is_opened_all_the_same() {
    let office = office!(DeskConfig::default(), &[("KINTSUGI_GUARD_TABLE", "no-such-table")]);
    assert_eq!(office.ticket("invoke-1", &failed("run-1")).await.filed, Filed::Created);
    // The desk's own search is what is left against a second one.
    assert_eq!(office.ticket("invoke-2", &failed("run-2")).await.filed, Filed::Commented);
}

#[tokio::test]
async fn an_outcome_that_needs_nobody_asks_nothing_of_the_desk() {
    let office = office!();
    let answer = office.tell("invoke-1", &remediated("run-1")).await.unwrap();
    assert!(matches!(&answer, Answer::NothingToDo { reason } if reason.contains("Put right")), "{answer:?}");
    assert!(office.desk.seen().is_empty());
}

#[tokio::test]
async fn a_wrong_project_and_issue_type_are_told_with_the_settings_to_correct() {
    let wrong = [
        (("KINTSUGI_TICKET_PROJECT", "NOPE"), "does not exist for the field 'project'"),
        (("KINTSUGI_TICKET_TYPE", "Epic"), "Specify a valid issue type (KINTSUGI_TICKET_TYPE)"),
    ];
    for (setting, expected) in wrong {
        let office = office!(DeskConfig::default(), &[setting]);
        let error = office.tell("invoke-1", &failed("run-1")).await.unwrap_err();
        assert!(matches!(error, OpenTicketError::NotOpened(_)) && said(&error).contains(expected), "{}", said(&error));
        let letter = office.local.letter().await.unwrap();
        assert_eq!(letter["event"], failed("run-1"));
        assert!(letter["reason"].as_str().unwrap().contains(expected), "{letter}");
    }
}

#[tokio::test]
async fn credentials_that_jira_refuses_are_in_no_message() {
    let office = office!();
    office.desk.rotate("another-token");
    let error = said(&office.tell("invoke-1", &failed("run-1")).await.unwrap_err());
    assert!(error.contains("denied") && error.contains("Client must be authenticated"), "{error}");
    assert!(!error.contains("desk-token"), "{error}");
    assert!(!office.local.letter().await.unwrap().to_string().contains("desk-token"));
}

#[tokio::test]
async fn a_rotated_token_is_fetched_without_a_restart() {
    let office = office!();
    office.ticket("invoke-1", &failed("run-1")).await;
    office.desk.rotate("new-token");
    let secret = json!({"email": "kintsugi@example.com", "token": "new-token"}).to_string();
    let put = json!({"SecretId": office.local.name, "SecretString": secret});
    office.services.call("secretsmanager", "PutSecretValue", put).await.unwrap();
    assert_eq!(office.ticket("invoke-2", &failed("run-2")).await.filed, Filed::Commented);
}

#[tokio::test]
async fn a_secure_string_holds_credentials_and_a_plain_parameter_does_not() {
    let Some(local) = Local::start().await else { return };
    let desk = desk(DeskConfig::default()).await;
    let credentials = json!({"email": "kintsugi@example.com", "token": "desk-token"}).to_string();
    for (kind, works) in [("SecureString", true), ("String", false)] {
        let name = format!("/{}/{kind}", local.name);
        let put = json!({"Name": name, "Type": kind, "Value": credentials});
        local.services(&[]).call("ssm", "PutParameter", put).await.unwrap();
        let services = local.services(&[
            ("KINTSUGI_TICKET_PROVIDER", "jira"),
            ("KINTSUGI_TICKET_URL", &desk.url),
            ("KINTSUGI_TICKET_PROJECT", "OPS"),
            ("KINTSUGI_TICKET_CREDENTIALS", &format!("ssm:{name}")),
        ]);
        let answer = invoke(&OpenTicket::new(&services), &services, kind, &failed(kind)).await;
        assert_eq!(answer.is_ok(), works, "{kind}: {answer:?}");
        if let Err(error) = answer {
            assert!(
                said(&error).contains("not a SecureString") && !said(&error).contains("desk-token"),
                "{}",
                said(&error)
            );
        }
    }
}

#[tokio::test]
async fn a_rate_limit_that_passes_is_waited_for() {
    let office = office!();
    office.desk.inject([Fault::RateLimit(0), Fault::Status(503)]);
    assert_eq!(office.ticket("invoke-1", &failed("run-1")).await.filed, Filed::Created);
    assert_eq!(office.local.letter().await, None);
}

#[tokio::test]
async fn an_issue_whose_answer_was_lost_is_found_again_and_not_opened_twice() {
    let office = office!();
    // The search is answered; the creation is performed and its answer lost.
    office.desk.inject([Fault::Slow(Duration::ZERO), Fault::LoseAnswer]);
    assert_eq!(office.ticket("invoke-1", &failed("run-1")).await.filed, Filed::Created);
    assert_eq!(office.comments(), [0], "it is told nothing twice");
}

#[tokio::test]
async fn a_desk_that_is_down_fails_the_invocation_and_loses_nothing() {
    let office = office!();
    office.desk.inject([Fault::Status(502); 3]);
    let error = office.tell("invoke-1", &failed("run-1")).await.unwrap_err();
    assert!(said(&error).contains("Jira failed: status 502"), "{}", said(&error));
    assert_eq!(office.local.letter().await.unwrap()["event"], failed("run-1"));
    // And what is sent again after the outage opens the ticket: nobody holds it.
    assert_eq!(office.ticket("invoke-2", &failed("run-1")).await.filed, Filed::Created);
}

#[tokio::test]
async fn a_desk_that_is_not_there_is_unreachable() {
    let office = office!(DeskConfig::default(), &[("KINTSUGI_TICKET_URL", "http://127.0.0.1:9")]);
    let error = said(&office.tell("invoke-1", &failed("run-1")).await.unwrap_err());
    assert!(error.contains("Jira gave no answer"), "{error}");
}

#[tokio::test]
async fn an_address_without_tls_is_never_sent_credentials() {
    let office = office!(DeskConfig::default(), &[("KINTSUGI_TICKET_URL", "http://jira.example.com")]);
    let error = said(&office.tell("invoke-1", &failed("run-1")).await.unwrap_err());
    assert!(error.contains("must be https"), "{error}");
}

#[tokio::test]
async fn an_event_nobody_understands_is_kept_and_becomes_a_ticket_once() {
    let office = office!();
    let event = json!({"source": "aws.ec2", "detail-type": "Something", "detail": {"secret": "s3cr3t"}});
    let answer = office.tell("invoke-1", &event).await.unwrap();
    assert!(
        matches!(&answer, Answer::NotUnderstood { ticket: Some(ticket), .. } if ticket.filed == Filed::Created),
        "{answer:?}"
    );
    assert_eq!(office.local.letter().await.unwrap()["event"], event);
    let issues = office.desk.issues();
    assert!(!issues[0].description.to_string().contains("s3cr3t"));
    let again = office.tell("invoke-2", &event).await.unwrap();
    assert!(
        matches!(&again, Answer::NotUnderstood { ticket: Some(ticket), .. } if ticket.filed == Filed::Commented),
        "{again:?}"
    );
}

#[tokio::test]
async fn an_execution_that_is_resumed_gives_its_recorded_ticket_and_asks_nobody() {
    let office = office!();
    let journal = std::env::temp_dir().join(format!("{}.journal", office.local.name));
    let mut answers = Vec::new();
    for _ in 0..2 {
        let journal = Journal::open(&journal).unwrap();
        let host = LocalHost::new("run".into(), office.services.clone(), journal, Arc::new(|_| ()));
        answers.push(office.function.handle(&office.services, &host, &failed("run-1")).await.unwrap());
    }
    std::fs::remove_file(journal).unwrap();
    assert_eq!(answers[0], answers[1]);
    assert!(matches!(&answers[0], Answer::Ticketed { ticket } if ticket.filed == Filed::Created), "{answers:?}");
    assert_eq!(office.desk.seen().len(), 2, "one search, one issue");
}

/// An office whose tickets are wished to be otherwise.
async fn wishing(config: DeskConfig, wishes: &str) -> Option<Office> {
    let local = Local::start().await?;
    let name = local.rules(wishes).await;
    let desk = desk(config).await;
    let services = local.with_desk(&desk, &[("KINTSUGI_TICKET_RULES", &name)]).await;
    let function = OpenTicket::new(&services);
    Some(Office { local, desk, services, function })
}

const WISHES: &str = "
default:
  labels: [sre]
  priority: {critical: Highest, high: High, medium: Medium, low: Low}
  title: '[{{ account }}] {{ title }}'
bindings:
  resize-on-cpu-alarm:
    assignee: kim
    component: shop
    fields: {customfield_10042: {value: Production}}
    headings: {What broke: Was kaputt ist}
";

fn with_a_required_field() -> DeskConfig {
    let field = Custom { id: "customfield_10042".into(), name: "Environment".into(), required: true };
    DeskConfig { fields: vec![field], ..DeskConfig::default() }
}

#[tokio::test]
async fn an_issue_is_as_its_deployment_wishes_and_more_urgent_by_repetition_unless_a_person_chose() {
    let Some(office) = wishing(with_a_required_field(), WISHES).await else { return };
    office.ticket("run-1", &failed("run-1")).await;
    let issue = office.desk.issues().remove(0);
    let given = (issue.priority.as_deref(), issue.assignee.as_deref(), issue.components.as_slice());
    assert_eq!(given, (Some("High"), Some("kim"), &["shop".to_owned()][..]));
    assert_eq!(issue.custom["customfield_10042"], json!({"value": "Production"}));
    assert!(
        issue.labels.contains(&"sre".to_owned()) && issue.summary.starts_with("[123456789012] i-0abc"),
        "{issue:?}"
    );
    assert!(issue.description.to_string().contains("Was kaputt ist"));
    let priority = || office.desk.issues()[0].priority.clone();
    for n in 2..=11 {
        office.ticket(&format!("run-{n}"), &failed(&format!("run-{n}"))).await;
    }
    assert_eq!(priority().as_deref(), Some("Highest"), "seen ten times more");
    assert!(office.desk.change("OPS-1", |issue| issue.priority = Some("Low".into())));
    for n in 12..=102 {
        office.ticket(&format!("run-{n}"), &failed(&format!("run-{n}"))).await;
    }
    assert_eq!(priority().as_deref(), Some("Low"), "a person lowered it, and a hundred repeats leave it so");
}

#[tokio::test]
async fn rules_that_cannot_be_used_are_said_in_the_issue_which_is_opened_without_them() {
    let Some(office) = wishing(DeskConfig::default(), "default: {lables: [sre]}").await else { return };
    office.ticket("run-1", &failed("run-1")).await;
    let told = office.desk.issues()[0].description.to_string();
    assert!(told.contains("The rules for tickets were not used") && told.contains("lables"), "{told}");
}

async fn healed(config: DeskConfig, wishes: &str) -> Option<(Filed, Issue)> {
    let office = wishing(config, wishes).await?;
    office.ticket("run-1", &failed("run-1")).await;
    let filed = office.ticket("run-2", &remediated("run-2")).await.filed;
    Some((filed, office.desk.issues().remove(0)))
}

fn workflow(transitions: Vec<Transition>) -> DeskConfig {
    DeskConfig { transitions, ..DeskConfig::default() }
}

#[tokio::test]
async fn what_is_healed_is_closed_by_whatever_way_the_workflow_has() {
    let to = Transition::to;
    let with_screen = Transition { asks_resolution: true, ..to("Erledigt", Status::Done) };
    let ways = vec![to("Begin", Status::InProgress), to("Reject", Status::Done), to("Resolve", Status::Done)];
    let nowhere = vec![to("Begin", Status::InProgress)];
    let cases = [
        (vec![with_screen], "{}", Filed::Closed, ""),
        (ways.clone(), "default: {closeBy: Resolve}", Filed::Closed, ""),
        (ways, "default: {closeBy: Finish}", Filed::Commented, "Jira offers: Begin, Reject, Resolve"),
        (nowhere, "{}", Filed::Commented, "Jira offers: Begin"),
    ];
    for (transitions, wishes, expected, said) in cases {
        let Some((filed, issue)) = healed(workflow(transitions), wishes).await else { return };
        assert_eq!((filed, issue.done()), (expected, expected == Filed::Closed), "{wishes}: {issue:?}");
        let told = issue.comments.last().unwrap().body.to_string();
        assert!(told.contains("Seen to be well") && told.contains(said), "{told}");
    }
}

#[tokio::test]
async fn words_that_were_not_taken_when_an_issue_was_closed_are_said_once_later() {
    let office = office!();
    office.ticket("run-1", &failed("run-1")).await;
    let (fine, down) = (Fault::Slow(Duration::ZERO), Fault::Status(503));
    // It is looked at, its ways are read, one is taken; its comment meets three refusals.
    office.desk.inject([fine, fine, fine, down, down, down]);
    assert!(office.tell("run-2", &remediated("run-2")).await.is_err(), "there is no queue here");
    assert!(office.desk.issues()[0].done() && office.comments() == [0]);
    assert_eq!(office.ticket("run-2", &remediated("run-2")).await.filed, Filed::Commented);
    assert!(office.desk.issues()[0].done() && office.comments() == [1]);
    assert_eq!(office.ticket("run-3", &remediated("run-3")).await.filed, Filed::Unchanged);
}

#[tokio::test]
async fn an_issue_that_could_not_be_closed_at_first_is_told_once_when_it_can() {
    let office = office!();
    office.ticket("run-1", &failed("run-1")).await;
    let (fine, down) = (Fault::Slow(Duration::ZERO), Fault::Status(503));
    // It is looked at, its ways are read, and none can be gone; three times.
    office.desk.inject([fine, fine, down, fine, fine, down, fine, fine, down]);
    assert!(office.tell("run-2", &remediated("run-2")).await.is_err(), "there is no queue here");
    assert!(!office.desk.issues()[0].done() && office.comments() == [0]);
    assert_eq!(office.ticket("run-2", &remediated("run-2")).await.filed, Filed::Closed);
    assert!(office.desk.issues()[0].done() && office.comments() == [1]);
}

#[tokio::test]
async fn an_issue_that_a_person_gave_to_somebody_is_told_and_left_to_them() {
    for known in [true, false] {
        let office = office!();
        office.ticket("run-1", &failed("run-1")).await;
        assert!(office.desk.change("OPS-1", |issue| issue.assignee = Some("kim".into())));
        if !known {
            // Without our memory it is found by the search, which tells of changes in its own way.
            let key = json!({"pk": {"S": "ticket#0123456789abcdef"}});
            let forget = json!({
                "TableName": office.local.name, "Key": key, "UpdateExpression": "REMOVE ticket",
            });
            office.services.call("dynamodb", "UpdateItem", forget).await.unwrap();
        }
        assert_eq!(office.ticket("run-2", &remediated("run-2")).await.filed, Filed::Commented, "{known}");
        assert!(!office.desk.issues()[0].done());
    }
}

#[tokio::test]
async fn an_issue_that_the_rules_gave_to_somebody_is_closed() {
    let Some((filed, issue)) = healed(DeskConfig::default(), "default: {assignee: kim}").await else { return };
    assert_eq!((filed, issue.assignee.as_deref()), (Filed::Closed, Some("kim")));
}

#[tokio::test]
async fn an_issue_that_a_person_has_taken_on_is_told_and_left_to_them() {
    let office = office!();
    office.ticket("run-1", &failed("run-1")).await;
    assert!(office.desk.change("OPS-1", |issue| issue.status = Status::InProgress));
    assert_eq!(office.ticket("run-2", &remediated("run-2")).await.filed, Filed::Commented);
    assert_eq!(office.ticket("run-3", &remediated("run-3")).await.filed, Filed::Unchanged, "and told once");
    assert_eq!(office.desk.issues()[0].status, Status::InProgress);
}

#[tokio::test]
async fn hands_off_means_no_word_and_no_change_until_it_is_taken_away() {
    let office = office!();
    office.ticket("run-1", &failed("run-1")).await;
    assert!(office.desk.change("OPS-1", |issue| issue.labels.push(HANDS_OFF.into())));
    let before = office.desk.issues();
    for (execution, event) in [("run-2", failed("run-2")), ("run-3", remediated("run-3"))] {
        assert_eq!(office.ticket(execution, &event).await.filed, Filed::Silenced);
    }
    assert_eq!(office.desk.issues(), before);
    assert!(office.desk.change("OPS-1", |issue| issue.labels.retain(|label| label != HANDS_OFF)));
    assert_eq!(office.ticket("run-4", &failed("run-4")).await.filed, Filed::Commented);
}

#[tokio::test]
async fn a_fault_that_comes_back_after_the_time_to_reopen_gets_a_new_issue() {
    let office = office!(DeskConfig::default(), &[("KINTSUGI_TICKET_REOPEN_DAYS", "0")]);
    office.ticket("run-1", &failed("run-1")).await;
    assert_eq!(office.ticket("run-2", &remediated("run-2")).await.filed, Filed::Closed);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(office.ticket("run-3", &failed("run-3")).await.filed, Filed::Created);
    assert_eq!(office.desk.issues().len(), 2);
}

/// What `kintsugi ticket test` says: everything that is wrong, before a ticket is needed.
#[tokio::test]
async fn what_is_wrong_with_the_settings_is_said_without_opening_an_issue() {
    let wrong: [(Set<'_>, DeskConfig, &str, &str); 5] = [
        (&[("KINTSUGI_TICKET_URL", "http://127.0.0.1:9")], DeskConfig::default(), "address", "KINTSUGI_TICKET_URL"),
        (
            &[],
            DeskConfig { token: "other".into(), ..DeskConfig::default() },
            "credentials",
            "KINTSUGI_TICKET_CREDENTIALS",
        ),
        (&[("KINTSUGI_TICKET_PROJECT", "NOPE")], DeskConfig::default(), "project", "no project \"NOPE\""),
        (&[("KINTSUGI_TICKET_TYPE", "Epic")], DeskConfig::default(), "issue type", "it has Task, Bug"),
        (&[], with_a_required_field(), "fields", "customfield_10042"),
    ];
    for (vars, config, what, says) in wrong {
        let office = office!(config, vars);
        let checks = office.check().await;
        let problem = checks.iter().find(|check| check.says.is_err()).expect(what);
        let said = problem.says.clone().unwrap_err();
        assert!(problem.what == what && said.contains(says), "{what}: {checks:?}");
        assert!(office.desk.issues().is_empty());
    }
    let office = office!();
    let checks = office.check().await;
    assert!(checks.iter().all(|check| check.says.is_ok()), "{checks:?}");
    let looked: Vec<&str> = checks.iter().map(|check| check.what.as_str()).collect();
    assert_eq!(looked, ["rules", "address", "credentials", "project", "issue type", "permissions", "fields"]);
}

#[tokio::test]
async fn names_in_the_rules_that_jira_does_not_know_are_said_with_those_it_knows() {
    let cases = [
        ("default: {priority: {low: Trivial}}", "fields", "no priority \"Trivial\"; Jira has Highest, High"),
        ("default: {component: shap}", "fields", "no component \"shap\"; Jira has shop"),
        ("default: {assignee: lee}", "assignee", "\"lee\" is nobody whom issues of OPS can be given to"),
    ];
    for (wishes, what, says) in cases {
        let Some(office) = wishing(DeskConfig::default(), wishes).await else { return };
        let checks = office.check().await;
        let wrong: Vec<&Check> = checks.iter().filter(|check| check.says.is_err()).collect();
        assert_eq!(wrong.len(), 1, "{checks:?}");
        let said = wrong[0].says.clone().unwrap_err();
        assert!(wrong[0].what == what && said.contains(says) && said.contains("in the rules"), "{said}");
    }
    let right = "default: {assignee: kim, component: shop, priority: {critical: Highest}}";
    let Some(office) = wishing(DeskConfig::default(), right).await else { return };
    let checks = office.check().await;
    assert!(checks.iter().all(|check| check.says.is_ok()) && checks.last().unwrap().what == "assignee", "{checks:?}");
}
