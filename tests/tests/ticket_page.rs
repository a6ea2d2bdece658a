//! The pages of the ticket desk in a real browser: a ticket that the real function opened, told of, closed and opened again.
//! Pictures of them lie in `.local/pictures` afterwards.

use serde_json::{Value, json};
use tests::browser::Browser;
use tests::local::tickets::{TICKET, jira};
use tests::local::{self, Tested};
use world::desk::DeskConfig;

/// Windows that people have: name, dark, width, phone.
const WINDOWS: [(&str, bool, u32, bool); 3] =
    [("light", false, 1280, false), ("dark", true, 1280, false), ("phone", false, 390, true)];

/// What a function tells of execution `execution`.
fn outcome(execution: &str, needs_ticket: bool, outcome: Value) -> String {
    let step = |name: &str, status: &str, message: Option<&str>| {
        let failure = message.map(|message| {
            json!({"step": name, "action": "aws:executeAwsApi", "attempts": 2, "message": message, "cause": {"kind": "inputs"}})
        });
        json!({"name": name, "action": "aws:executeAwsApi", "visit": 1, "status": status, "attempts": 1,
               "started": "2026-11-22T10:00:02Z", "ended": "2026-11-22T10:00:03.5Z", "inputs": {}, "outputs": {},
               "failure": failure, "critical": true, "nextStep": null})
    };
    let steps = [
        step("stopInstance", "Success", None),
        step("changeType", "Success", None),
        step("startInstance", "Failed", Some("InsufficientInstanceCapacity: no m5.xlarge <in> eu-west-1a")),
    ];
    let detail = json!({
        "schema": 1, "function": "resize-on-cpu-alarm", "execution": execution, "mode": "enforce",
        "incident": {
            "fingerprint": "0123456789abcdef", "account": "123456789012", "region": "eu-west-1",
            "noticedBy": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-cpu-high",
            "resource": {"type": "AWS::EC2::Instance", "id": "i-0abc0123456789def"},
            "summary": "alarm shop-cpu-high is ALARM: 3 datapoints were greater than the threshold (80.0)",
            "since": "2026-11-22T10:00:00Z", "delivery": "event-bridge",
        },
        "action": {"runbook": "resize-instance", "parameters": {}, "change": "m5.large -> m5.xlarge"},
        "guards": [{"guard": "scope", "passed": true, "note": "opted in by tag"}],
        "run": {"executionId": "run", "document": "resize-instance", "status": "Failed", "started": "2026-11-22T10:00:02Z",
                "ended": "2026-11-22T10:00:05Z", "steps": steps, "outputs": {}, "failure": null},
        "undo": null, "verification": null, "needsTicket": needs_ticket,
        "startedAt": "2026-11-22T10:00:01Z", "endedAt": "2026-11-22T10:01:01Z", "outcome": outcome,
    });
    json!({"version": "0", "id": "1", "source": "kintsugi", "detail-type": "Kintsugi Outcome", "detail": detail})
        .to_string()
}

fn failed(execution: &str) -> String {
    let by_hand = [
        "The instance is stopped and has the type m5.xlarge. Go back to its former size and start it:",
        "aws ec2 modify-instance-attribute --region eu-west-1 --instance-id i-0abc0123456789def --instance-type Value=m5.large",
        "aws ec2 start-instances --region eu-west-1 --instance-ids i-0abc0123456789def",
    ];
    let cause = "InsufficientInstanceCapacity: no m5.xlarge <in> eu-west-1a";
    outcome(execution, true, json!({"status": "Failed", "step": "startInstance", "cause": cause, "byHand": by_hand}))
}

fn remediated(execution: &str) -> String {
    outcome(execution, false, json!({"status": "Remediated", "change": "m5.large -> m5.xlarge"}))
}

/// Looks at a page in every window; its words.
fn look(browser: &mut Browser, name: &str, url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    for (window, dark, width, phone) in WINDOWS {
        let open =
            json!({"javascript": true, "dark": dark, "width": width, "height": 900, "phone": phone, "still": true});
        browser.order("open", open)?;
        assert_eq!(browser.go(url)?, 200, "{url}");
        browser.picture(&format!("{name}-{window}"))?;
        assert_eq!(browser.order("faults", json!({}))?, json!([]), "{name}, {window}");
        assert!(browser.fits()?, "{name} is wider than the window: {window}");
        let heard = browser.order("heardOf", json!({}))?;
        assert_eq!((&heard["said"], heard["asked"].as_array().map(Vec::len)), (&json!([]), Some(1)), "{heard}");
        text = browser.text()?;
    }
    Ok(text)
}

#[test]
fn a_ticket_is_shown_with_all_that_was_said_and_done_about_it() -> Tested {
    let Some(mut browser) = Browser::start()? else { return Ok(()) };
    local::test(
        |config| config,
        async |stage| {
            let desk = jira(stage, DeskConfig::default()).await?;
            for event in [failed("run-1"), failed("run-2"), remediated("run-3"), failed("run-4")] {
                stage.deliver(TICKET, &event).await?;
            }
            let issue = desk.issues().pop().ok_or("no ticket")?;
            assert_eq!((desk.issues().len(), issue.comments.len()), (1, 3), "{issue:?}");

            let text = look(&mut browser, "ticket", &format!("{}/browse/OPS-1", desk.url))?;
            for words in [
                "OPS-1",
                "aws ec2 start-instances --region eu-west-1 --instance-ids i-0abc0123456789def",
                "no m5.xlarge <in> eu-west-1a",
                "Kintsugi changed Status",
                "To Do → Done",
                "Done → To Do",
                "kintsugi-0123456789abcdef",
            ] {
                assert!(text.contains(words), "{words:?} is missing in {text}");
            }
            let text = look(&mut browser, "tickets", &format!("{}/desk", desk.url))?;
            assert!(text.contains("1 of 1 issues open") && text.contains("OPS-1"), "{text}");
            Ok(())
        },
    )
}
