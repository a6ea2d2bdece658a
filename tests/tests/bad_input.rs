//! What cannot be understood or done: each a clear outcome with its reason, never a panic, never a silent success.

use serde_json::json;
use shared::outcome::Outcome;
use tests::local::{self, Delivery, Happened, Stage, Tested, alarm_event, example};

const RESIZE: &str = "resize-on-cpu-alarm";
const DRIFT: &str = "fix-config-drift";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config.with_parameter("Mode", "enforce"), test)
}

/// Nobody understands it: nothing changes, it is kept in the dead-letter queue, and a person hears of it.
async fn assert_not_understood(stage: &Stage<'_>, function: &str, payload: &str, reason: &str) -> Tested {
    let happened = stage.deliver(function, payload).await?;
    let letters = stage.dead_letters().await?;
    assert!(happened.changes.is_empty(), "{payload}\n{}", happened.story());
    assert_eq!(happened.told().len(), 1, "{payload}\n{}", happened.story());
    assert_eq!(letters.len(), 1, "{payload}\n{letters:?}\n{}", happened.story());
    assert!(letters[0].to_string().contains(reason), "{payload}\n{letters:?}");
    Ok(())
}

#[test]
fn what_is_not_an_event_we_know_is_kept_and_ticketed() -> Tested {
    enforce(async |stage| {
        let cases = [
            (example("bad/other-kind.json")?, "not an event Kintsugi knows"),
            (example("bad/alarm-without-state.json")?, "state"),
            (example("bad/sns-message-is-not-json.json")?, "does not hold JSON"),
            ("[]".to_owned(), "a list instead of an object"),
            ("null".to_owned(), "null instead of an object"),
        ];
        for (payload, reason) in cases {
            for function in [RESIZE, DRIFT] {
                assert_not_understood(stage, function, &payload, reason).await?;
            }
        }
        Ok(())
    })
}

#[test]
fn text_that_is_not_json_is_kept_and_ticketed_too() -> Tested {
    enforce(async |stage| {
        for payload in ["{\"detail\": ", "<alarm/>"] {
            let happened = stage.deliver(DRIFT, payload).await?;
            let letters = stage.dead_letters().await?;
            let statuses = happened.statuses();
            assert_eq!(statuses, ["Failed"], "{payload:?} {letters:?}\n{}", happened.story());
            assert!(happened.changes.is_empty(), "{payload:?}\n{}", happened.story());
            assert_eq!(letters.len(), 1, "{payload:?} {letters:?}");
            assert!(letters[0].to_string().contains("a string instead of an object"), "{letters:?}");
        }
        stage.stack.check().map_err(Into::into)
    })
}

/// Understood, but nothing that may be done: refused by this guard, for this reason, with a ticket.
fn assert_refused(happened: &Happened, guard: &str, reason: &str) {
    let outcomes = happened.outcomes();
    let refused = outcomes.iter().any(
        |outcome| matches!(outcome, Outcome::Refused { guard: by, reason: why } if by == guard && why.contains(reason)),
    );
    assert!(refused, "not refused by {guard} because of {reason:?}\n{}", happened.story());
    assert!(happened.changes.is_empty(), "{}", happened.story());
    assert_eq!(happened.told().len(), 1, "{}", happened.story());
}

#[test]
fn an_alarm_that_names_no_instance_is_not_guessed_at() -> Tested {
    enforce(async |stage| {
        for file in ["alarm-without-instance.json", "alarm-metric-math.json", "alarm-composite.json"] {
            let happened = stage.deliver(RESIZE, &example(&format!("cloudwatch/{file}"))?).await?;
            assert_refused(&happened, "target", "");
        }
        Ok(())
    })
}

#[test]
fn an_instance_that_is_not_there_is_told() -> Tested {
    enforce(async |stage| {
        let mut machine = stage.busy_machine("m5.large").await?;
        machine.instance = "i-0fedcba9876543210".to_owned();
        stage.operator.cpu_alarm(&machine, &[]).await?;
        let happened = stage.deliver(RESIZE, &alarm_event(Delivery::EventBridge, &machine)?).await?;
        assert_refused(&happened, "target", "i-0fedcba9876543210");
        Ok(())
    })
}

#[test]
fn a_rule_that_is_not_there_is_told() -> Tested {
    enforce(async |stage| {
        let event = example("config/bucket-not-compliant.json")?.replace("no-public-buckets", "no-such-rule");
        let happened = stage.deliver(DRIFT, &event).await?;
        assert_refused(&happened, "target", "no-such-rule");
        Ok(())
    })
}

#[test]
fn a_look_that_is_denied_changes_nothing() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let deny = json!({ "service": "ec2", "operation": "DescribeInstances", "caller": RESIZE, "fault": "deny" });
        let event = alarm_event(Delivery::Sns, &machine)?;
        let happened = stage.with_faults(json!([deny]), stage.deliver(RESIZE, &event)).await?;
        assert_refused(&happened, "target", "UnauthorizedOperation");
        Ok(())
    })
}

#[test]
fn a_change_that_is_denied_says_so_and_leaves_all_as_it_was() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let deny = json!({ "service": "ec2", "operation": "StopInstances", "caller": RESIZE, "fault": "deny" });
        let event = alarm_event(Delivery::Sns, &machine)?;
        let happened = stage.with_faults(json!([deny]), stage.deliver(RESIZE, &event)).await?;
        let statuses = happened.statuses();
        assert!(matches!(statuses[..], ["RolledBack" | "Failed"]), "{}", happened.story());
        assert_eq!(happened.told().len(), 1, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.large, running, alarm ALARM");
        Ok(())
    })
}

#[test]
fn a_guard_that_cannot_tell_refuses() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let deny = json!({ "service": "dynamodb", "caller": RESIZE, "fault": "deny" });
        let event = alarm_event(Delivery::AlarmAction, &machine)?;
        let happened = stage.with_faults(json!([deny]), stage.deliver(RESIZE, &event)).await?;
        assert_eq!(happened.statuses(), ["Refused"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        Ok(())
    })
}
