//! What each provider is sent for each outcome, alarm and automation, kept as golden files.

use serde_json::{Value, json};

use super::compose::samples::{already_healthy, every, healed};
use super::{Draft, Rules, adf, github, jira, life, pagerduty, plain, rules, servicenow, slack, webhook, wiki};
use crate::ticket::Why;

/// A deployment's wishes, so that every field of every provider is seen.
const RULES: &str = r#"
default:
  labels: [sre]
  priority: {critical: P1, high: P2, medium: P3, low: P4}
  title: "[{{ account }}] {{ title }}"
bindings:
  resize-on-cpu-alarm:
    assignee: kim
    component: shop
    after: "Our handbook: https://wiki.example.com/{{ runbook }}"
"#;

fn wished(draft: &Draft) -> Draft {
    rules::dressed(draft, &Rules::parse(RULES).unwrap())
}

fn check(provider: &str, request: impl Fn(&Draft) -> Value) {
    for (outcome, draft) in every() {
        insta::assert_json_snapshot!(format!("{provider}_{outcome}"), request(&wished(&draft)));
    }
}

#[test]
fn an_issue_of_jira_cloud() {
    check("jira", |draft| jira::golden(draft, true));
}

#[test]
fn an_issue_of_jira_data_center() {
    check("jira_data_center", |draft| jira::golden(draft, false));
}

#[test]
fn an_incident_of_servicenow() {
    check("servicenow", servicenow::golden);
}

#[test]
fn an_issue_of_github() {
    check("github", github::golden);
}

#[test]
fn a_trigger_of_pagerduty() {
    check("pagerduty", pagerduty::golden);
}

#[test]
fn an_event_of_a_webhook() {
    check("webhook", webhook::golden);
}

#[test]
fn a_message_of_slack() {
    check("slack", slack::golden);
}

#[test]
fn an_opsitem() {
    check("opsitem", super::opsitem::golden);
}

/// A repeat, the count, the return and the end, in every markup.
#[test]
fn what_is_said_later() {
    let draft = every().remove(0).1;
    for (name, draft, why, count) in [
        ("again", &draft, Why::Again, 5),
        ("many", &draft, Why::Many, 100),
        ("back", &draft, Why::Back, 3),
        ("healed", &healed(), Why::Healed, 3),
        ("already_healthy", &already_healthy(), Why::Healed, 0),
    ] {
        let body = life::note(draft, why, count, draft.severity).body;
        let said = json!({
            "adf": adf::document(&body),
            "wiki": wiki::render(&body),
            "markdown": super::markdown(&body),
            "plain": plain::render(&body, 4000, "cut"),
        });
        insta::assert_json_snapshot!(format!("said_{name}"), said);
    }
}

/// Where what is said is a message of its own.
#[test]
fn the_end_as_it_is_sent() {
    let draft = wished(&healed());
    let note = life::note(&draft, Why::Healed, 3, draft.severity);
    let sent = json!({
        "pagerduty": pagerduty::golden_end(&draft),
        "webhook": webhook::golden_end(&draft, &note),
        "slack": slack::golden_end(&draft, &note),
    });
    insta::assert_json_snapshot!("the_end", sent);
}
