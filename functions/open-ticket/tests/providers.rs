//! The life of a ticket at every provider but OpsCenter, which has a file of its own.

#![cfg(test)]

mod common;

use common::at::{at, github, jira, pager_duty, service_now, slack, webhook};
use common::records::{failed, remediated};
use serde_json::{Value, json};
use shared::ticket::{Filed, HANDS_OFF};
use world::desk::{Fault, Flavour, Status};
use world::provider::Listener;

/// What a desk that is down, slow to give way, or under repair answers.
const TROUBLES: [Fault; 4] = [Fault::Status(503), Fault::Status(500), Fault::RateLimit(0), Fault::Nonsense];

#[tokio::test]
async fn an_issue_of_github_lives_from_the_first_sight_to_the_return_of_its_fault() {
    let at = at!(github());
    at.office
        .whole_life(|part| {
            let issues = at.server.look(|github| github.issues.clone());
            let [issue] = issues.as_slice() else { panic!("{part}: {issues:?}") };
            let has = |label: &str| issue.labels.iter().any(|known| known == label);
            match part {
                "opened" => {
                    assert!(has("kintsugi-0123456789abcdef") && has("severity-2") && issue.open, "{issue:?}");
                    assert!(!issue.title.contains("hunter2") && !issue.body.contains("hunter2"));
                    assert!(issue.body.contains("aws ec2 start-instances --instance-ids i-0abc"), "{}", issue.body);
                }
                "repeated" => {
                    assert!(issue.comments.len() == 9 && has("severity-1") && !has("severity-2"), "{issue:?}")
                }
                "run-300" => assert!(issue.open && issue.comments.len() == 11, "{issue:?}"),
                _ => assert!(!issue.open && issue.comments.len() == 10, "{issue:?}"),
            }
        })
        .await;
}

#[tokio::test]
async fn an_incident_of_servicenow_lives_from_the_first_sight_to_the_return_of_its_fault() {
    let at = at!(service_now());
    at.office
        .whole_life(|part| {
            let incidents = at.server.look(|instance| instance.incidents.clone());
            let [incident] = incidents.as_slice() else { panic!("{part}: {incidents:?}") };
            let pressing = (&incident.fields["impact"], &incident.fields["urgency"]);
            match part {
                "opened" => {
                    assert_eq!(incident.fields["correlation_id"], "kintsugi-0123456789abcdef");
                    assert_eq!((incident.state, pressing), ("New", (&json!("2"), &json!("1"))));
                }
                "repeated" => {
                    assert_eq!((incident.notes.len(), pressing), (9, (&json!("1"), &json!("1"))));
                }
                "run-300" => assert_eq!((incident.state, incident.notes.len()), ("New", 11)),
                _ => assert_eq!((incident.state, incident.notes.len()), ("Resolved", 10)),
            }
        })
        .await;
}

#[tokio::test]
async fn an_incident_of_pagerduty_lives_and_its_return_is_a_new_one_of_the_same_key() {
    let at = at!(pager_duty());
    at.office
        .whole_life(|part| {
            let incidents = at.server.look(|service| service.incidents.clone());
            assert_eq!(incidents.len(), 1, "one key");
            let incidents = &incidents["kintsugi-0123456789abcdef"];
            let triggers: Vec<usize> = incidents.iter().map(|incident| incident.triggers.len()).collect();
            let open = incidents.iter().filter(|incident| incident.open).count();
            match part {
                "opened" => assert_eq!((triggers, open), (vec![1], 1)),
                "repeated" => {
                    let last = incidents[0].triggers.last().unwrap();
                    assert_eq!((triggers, &last["severity"]), (vec![10], &json!("critical")));
                }
                "run-300" => assert_eq!((triggers, open), (vec![10, 1], 1)),
                _ => assert_eq!((triggers, open), (vec![10], 0)),
            }
        })
        .await;
}

#[tokio::test]
async fn a_webhook_hears_of_every_part_of_a_life_once() {
    let at = at!(webhook());
    at.office
        .whole_life(|part| {
            let events = at.server.look(|listener| listener.events.clone());
            let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
            let told = ["opened", "repeated", "counted", "closed", "reopened"].map(named);
            match part {
                "opened" => assert_eq!(told, [1, 0, 0, 0, 0]),
                "repeated" => {
                    assert_eq!(told, [1, 5, 4, 0, 0]);
                    let last = events.last().unwrap();
                    assert_eq!((&last["repeats"], &last["severity"]), (&json!(100), &json!("critical")));
                }
                "run-300" => assert_eq!(told, [1, 5, 4, 1, 1]),
                _ => assert_eq!(told, [1, 5, 4, 1, 0]),
            }
        })
        .await;
}

#[tokio::test]
async fn a_channel_of_slack_is_told_the_life_of_a_fault_and_not_a_hundred_times() {
    let at = at!(slack());
    at.office
        .whole_life(|part| {
            let headers = at.server.look(|channel| channel.headers());
            let begun = |word: &str| headers.iter().filter(|header| header.starts_with(word)).count();
            let told = ["Again:", "Still:", "Well again:", "Back:"].map(begun);
            match part {
                "opened" => assert_eq!((headers.len(), told), (1, [0; 4])),
                "repeated" => assert_eq!(told, [5, 4, 0, 0]),
                "run-300" => assert_eq!(told, [5, 4, 1, 1]),
                _ => assert_eq!(told, [5, 4, 1, 0]),
            }
        })
        .await;
}

/// Whether an issue begins with what broke, in the markup of its Jira.
fn begins(flavour: Flavour, description: &Value) -> bool {
    match flavour {
        Flavour::Cloud => description["content"][0]["content"][0]["text"] == "What broke",
        Flavour::DataCenter => description.as_str().is_some_and(|text| text.starts_with("h3. What broke")),
    }
}

#[tokio::test]
async fn an_issue_of_either_jira_lives_from_the_first_sight_to_the_return_of_its_fault() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let (desk, office) = at!(jira(flavour));
        let look = |part: &str| {
            let issues = desk.issues();
            let [issue] = issues.as_slice() else { panic!("{part}: {issues:?}") };
            match part {
                "opened" => assert!(begins(flavour, &issue.description), "{}", issue.description),
                "repeated" => assert_eq!((issue.comments.len(), issue.status), (9, Status::ToDo)),
                "run-300" => assert_eq!((issue.comments.len(), issue.status), (11, Status::ToDo)),
                _ => assert_eq!((issue.comments.len(), issue.status), (10, Status::Done)),
            }
        };
        office.whole_life(look).await;
    }
}

#[tokio::test]
async fn ten_deliveries_that_race_are_one_ticket_wherever_it_is() {
    let (github, service_now, pager_duty) = (at!(github()), at!(service_now()), at!(pager_duty()));
    let (webhook, slack) = (at!(webhook()), at!(slack()));
    let ((cloud_desk, cloud), (desk, own)) = (at!(jira(Flavour::Cloud)), at!(jira(Flavour::DataCenter)));
    futures_util::join!(
        github.office.race(),
        service_now.office.race(),
        pager_duty.office.race(),
        webhook.office.race(),
        slack.office.race(),
        cloud.race(),
        own.race()
    );
    assert_eq!(github.server.look(|github| github.issues.len()), 1);
    assert_eq!(service_now.server.look(|instance| instance.incidents.len()), 1);
    assert_eq!(pager_duty.server.look(|service| service.incidents["kintsugi-0123456789abcdef"].len()), 1);
    let opened = |listener: &mut Listener| listener.events.iter().filter(|event| event["event"] == "opened").count();
    assert_eq!(webhook.server.look(opened), 1);
    let headers = slack.server.look(|channel| channel.headers());
    assert_eq!(headers.iter().filter(|header| !header.starts_with("Again:")).count(), 1, "{headers:?}");
    assert_eq!((headers.len(), cloud_desk.issues().len(), desk.issues().len()), (6, 1, 1), "{headers:?}");
}

#[tokio::test]
async fn what_is_told_during_an_outage_is_delivered_once_by_github() {
    for trouble in TROUBLES {
        let at = at!(github());
        at.office.outage(at.trouble(trouble)).await;
        let issues = at.server.look(|github| github.issues.clone());
        assert!(issues.len() == 1 && !issues[0].open, "{trouble:?}: {issues:?}");
    }
}

#[tokio::test]
async fn what_is_told_during_an_outage_is_delivered_once_by_servicenow() {
    for trouble in TROUBLES {
        let at = at!(service_now());
        at.office.outage(at.trouble(trouble)).await;
        let incidents = at.server.look(|instance| instance.incidents.clone());
        assert!(incidents.len() == 1 && incidents[0].state == "Resolved", "{trouble:?}: {incidents:?}");
    }
}

#[tokio::test]
async fn what_is_told_during_an_outage_is_delivered_once_by_pagerduty() {
    for trouble in TROUBLES {
        let at = at!(pager_duty());
        at.office.outage(at.trouble(trouble)).await;
        let incidents = at.server.look(|service| service.incidents["kintsugi-0123456789abcdef"].clone());
        assert!(incidents.len() == 1 && !incidents[0].open, "{trouble:?}: {incidents:?}");
    }
}

#[tokio::test]
async fn what_is_told_during_an_outage_is_delivered_once_by_a_webhook_and_by_slack() {
    for trouble in TROUBLES {
        let at = at!(webhook());
        at.office.outage(at.trouble(trouble)).await;
        let events: Vec<_> = at.server.look(|listener| listener.events.clone());
        let names: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
        assert_eq!(names, ["opened", "closed"], "{trouble:?}");
        let at = at!(slack());
        at.office.outage(at.trouble(trouble)).await;
        assert_eq!(at.server.look(|channel| channel.messages.len()), 2, "{trouble:?}");
    }
}

#[tokio::test]
async fn what_is_told_during_an_outage_is_delivered_once_by_either_jira() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        for trouble in TROUBLES {
            let (desk, office) = at!(jira(flavour));
            office.outage(|on| desk.break_down(on.then_some(trouble))).await;
            let issues = desk.issues();
            assert!(issues.len() == 1 && issues[0].status == Status::Done, "{flavour:?} {trouble:?}: {issues:?}");
        }
    }
}

#[tokio::test]
async fn twenty_faults_in_a_storm_of_429_are_twenty_tickets_wherever_they_are() {
    let limit = Fault::RateLimit(0);
    let (github, service_now, pager_duty) = (at!(github()), at!(service_now()), at!(pager_duty()));
    let (webhook, slack) = (at!(webhook()), at!(slack()));
    let ((cloud_desk, cloud), (desk, own)) = (at!(jira(Flavour::Cloud)), at!(jira(Flavour::DataCenter)));
    github.office.storm(github.trouble(limit)).await;
    service_now.office.storm(service_now.trouble(limit)).await;
    pager_duty.office.storm(pager_duty.trouble(limit)).await;
    webhook.office.storm(webhook.trouble(limit)).await;
    slack.office.storm(slack.trouble(limit)).await;
    cloud.storm(|on| cloud_desk.break_down(on.then_some(limit))).await;
    own.storm(|on| desk.break_down(on.then_some(limit))).await;
    assert_eq!(github.server.look(|github| github.issues.len()), 20);
    assert_eq!(service_now.server.look(|instance| instance.incidents.len()), 20);
    assert_eq!(pager_duty.server.look(|service| service.incidents.len()), 20);
    assert_eq!(webhook.server.look(|listener| listener.events.len()), 20);
    assert_eq!(slack.server.look(|channel| channel.messages.len()), 20);
    assert_eq!((cloud_desk.issues().len(), desk.issues().len()), (20, 20));
}

#[tokio::test]
async fn a_ticket_whose_answer_was_lost_is_found_again_and_told_nothing_twice() {
    let at = at!(github());
    // The look by label is answered by an issue list; the creation is performed and its answer lost.
    at.server.look(|github| assert!(github.issues.is_empty()));
    let searched = at.office.ticket("run-0", &common::records::failed_of("00000000000000aa", "run-0")).await;
    assert_eq!(searched.filed, Filed::Created);
    let requests = at.server.seen().len();
    assert_eq!(requests, 2, "one look, one issue");
    at.server.inject([None, Some(Fault::LoseAnswer)]);
    assert_eq!(at.office.ticket("run-1", &failed("run-1")).await.filed, Filed::Created);
    let issues = at.server.look(|github| github.issues.clone());
    assert!(issues.len() == 2 && issues[1].comments.is_empty(), "{issues:?}");
}

#[tokio::test]
async fn what_people_do_is_never_undone() {
    let at = at!(github());
    at.office.ticket("run-1", &failed("run-1")).await;
    // Somebody took it on: it is told that all is well, and left open.
    at.server.look(|github| github.issues[0].assignees.push("kim".into()));
    let healed = at.office.ticket("run-2", &remediated("run-2")).await;
    assert_eq!(healed.filed, Filed::Commented);
    assert!(at.server.look(|github| github.issues[0].open));
    // Somebody said hands off: nothing at all.
    at.server.look(|github| github.issues[0].labels.push(HANDS_OFF.into()));
    let before = at.server.look(|github| github.issues[0].comments.len());
    for (execution, event) in [("run-3", failed("run-3")), ("run-4", remediated("run-4"))] {
        assert_eq!(at.office.ticket(execution, &event).await.filed, Filed::Silenced);
    }
    assert_eq!(at.server.look(|github| github.issues[0].comments.len()), before);
    // Somebody closed it, and again.
    at.server.look(|github| {
        github.issues[0].labels.retain(|label| label != HANDS_OFF);
        github.issues[0].assignees.clear();
        github.issues[0].close();
    });
    assert_eq!(at.office.ticket("run-5", &failed("run-5")).await.filed, Filed::Reopened);
    at.server.look(|github| github.issues[0].close());
    assert_eq!(at.office.ticket("run-6", &failed("run-6")).await.filed, Filed::Created);
    assert!(!at.server.look(|github| github.issues[0].open));
}

#[tokio::test]
async fn a_workflow_of_servicenow_that_says_no_is_told_in_the_incident() {
    let at = at!(service_now());
    at.office.ticket("run-1", &failed("run-1")).await;
    at.server.look(|instance| instance.incidents[0].state = "On Hold");
    let healed = at.office.ticket("run-2", &remediated("run-2")).await;
    assert_eq!(healed.filed, Filed::Commented, "a person has it in hand");
    let incident = at.server.look(|instance| instance.incidents[0].clone());
    assert_eq!((incident.state, incident.notes.len()), ("On Hold", 1));
}

#[tokio::test]
async fn what_a_person_has_in_servicenow_is_theirs_and_hands_off_is_silence() {
    let at = at!(service_now());
    at.office.ticket("run-1", &failed("run-1")).await;
    let set = |field: &str, value: &str| {
        at.server.look(|instance| instance.incidents[0].fields.insert(field.to_owned(), json!(value)))
    };
    set("assigned_to", "Kim Lee");
    assert_eq!(at.office.ticket("run-2", &remediated("run-2")).await.filed, Filed::Commented);
    set("short_description", &format!("{HANDS_OFF}: we know"));
    for (execution, event) in [("run-3", failed("run-3")), ("run-4", remediated("run-4"))] {
        assert_eq!(at.office.ticket(execution, &event).await.filed, Filed::Silenced);
    }
    let incident = at.server.look(|instance| instance.incidents[0].clone());
    assert_eq!((incident.state, incident.notes.len()), ("New", 1));
}
