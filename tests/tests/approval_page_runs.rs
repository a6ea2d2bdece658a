//! From the alarm over the message and the page in a real browser to the healed resource.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::error::Error;

use serde_json::json;
use tests::browser::Browser;
use tests::local::{self, Delivery, Mailbox, People, Stage, Tested, alarm_event};
use world::gateway::journal::Filter;

const RESIZE: &str = "resize-on-cpu-alarm";
const PAGE: &str = "decide-approval";
const RULES: &str = "approvers: {managers: [kim, lee]}\ndefault: {groups: {managers: 1}, within: 300}";
const RESIZED: [&str; 3] = ["StopInstances", "ModifyInstanceAttribute", "StartInstances"];

/// Mode approve, in a browser where there is one.
fn browse(test: impl AsyncFnOnce(&Stage<'_>, &mut Browser) -> Tested) -> Tested {
    let Some(mut browser) = Browser::start()? else { return Ok(()) };
    local::test(|config| config.with_parameter("Mode", "approve"), async |stage| test(stage, &mut browser).await)
}

/// The link as it stands in the approver's message.
async fn link(stage: &Stage<'_>, people: &People<'_>, mailbox: &Mailbox) -> Result<String, Box<dyn Error>> {
    let message = people.message(mailbox).await?;
    let page = stage.stack.function_url(PAGE).unwrap();
    let start = message.find(page).ok_or_else(|| format!("no link to {page} in\n{message}"))?;
    Ok(message[start..].split_whitespace().next().unwrap_or_default().to_owned())
}

/// A link that is in a log can be used by whoever reads it.
fn no_log_has(stage: &Stage<'_>, link: &str) -> Tested {
    let token = link.split_once("token=").unwrap().1;
    for function in [PAGE, RESIZE] {
        let log = std::fs::read_to_string(stage.stack.log(function))?;
        assert!(!log.is_empty() && !log.contains(token), "the token is in the log of {function}");
    }
    let requests = Filter { operation: Some("InvokeFunctionUrl".into()), ..Filter::default() };
    let journal = serde_json::to_string(&stage.stack.journal(&requests))?;
    assert!(journal.contains("\"Method\":\"POST\"") && !journal.contains(token), "{journal}");
    Ok(())
}

#[test]
fn an_approver_says_yes_on_a_phone_without_javascript_and_the_run_heals() -> Tested {
    browse(async |stage, browser| {
        let people = People::with(stage, RULES).await?;
        let kim = people.mailbox("kim").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let before = stage.stack.journal_end();
        let mut used = String::new();
        let happened = stage
            .consequences(async {
                stage.stack.invoke(RESIZE, &alarm_event(Delivery::EventBridge, &machine)?).await?;
                let link = link(stage, &people, &kim).await?;
                browser.order("open", json!({"javascript": false, "phone": true, "width": 390, "height": 844}))?;
                assert_eq!(browser.go(&link)?, 200);
                let text = browser.text()?;
                let shown = [
                    "m5.large → m5.xlarge",
                    "High risk",
                    "USD a month",
                    "Expires in",
                    "changeType",
                    "Asked by",
                    RESIZE,
                ];
                for shown in shown.into_iter().chain([machine.instance.as_str()]) {
                    assert!(text.contains(shown), "no {shown} in\n{text}");
                }
                browser.picture("approval-of-a-run-phone")?;
                assert!(stage.stack.changes(before).is_empty(), "looking changes nothing");
                assert_eq!(browser.press("Approve")?, 200);
                let text = browser.text()?;
                assert!(text.contains("You approved this") && text.contains("The run goes on"), "{text}");
                assert_eq!(browser.go(&link)?, 410, "it works once");
                let text = browser.text()?;
                assert!(text.contains("This link was used by kim"), "{text}");
                let heard = browser.order("heardOf", json!({}))?;
                let here = stage.stack.function_url(PAGE).unwrap().trim_end_matches('/');
                let asked = heard["asked"].as_array().unwrap();
                assert!(asked.iter().all(|to| to.as_str().unwrap().ends_with(here)), "{heard}");
                used = link;
                Ok(())
            })
            .await?;
        assert!(happened.statuses().contains(&"Remediated"), "{}", happened.story());
        assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        no_log_has(stage, &used)
    })
}

#[test]
fn a_no_needs_a_reason_and_changes_nothing() -> Tested {
    browse(async |stage, browser| {
        let people = People::with(stage, RULES).await?;
        let lee = people.mailbox("lee").await?;
        let machine = stage.alarmed_machine("m5.large").await?;
        let happened = stage
            .consequences(async {
                stage.stack.invoke(RESIZE, &alarm_event(Delivery::EventBridge, &machine)?).await?;
                let link = link(stage, &people, &lee).await?;
                browser.order("open", json!({}))?;
                browser.go(&link)?;
                browser.picture("approval-of-a-run")?;
                browser.order("fill", json!({"label": "Reason", "text": "   "}))?;
                assert_eq!(browser.press("Reject")?, 422);
                let seen = browser.order("look", json!({}))?;
                assert!(seen["title"].as_str().unwrap().starts_with("Error:"), "{seen}");
                assert!(seen["text"].as_str().unwrap().contains("Say why you reject it."), "{seen}");
                let focused = browser.order("focused", json!({}))?;
                assert!(focused["name"].as_str().unwrap().starts_with("Your decision was not taken"), "{focused}");
                browser.order("fill", json!({"label": "Reason", "text": "<b>Not</b> before the sale"}))?;
                assert_eq!(browser.press("Reject")?, 200);
                let text = browser.text()?;
                assert!(text.contains("You rejected this") && text.contains("<b>Not</b> before the sale"), "{text}");
                Ok(())
            })
            .await?;
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert!(happened.story().contains("before the sale"), "the reason is told: {}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.large, running, alarm ALARM");
        Ok(())
    })
}
