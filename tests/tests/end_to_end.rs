//! Faults put right by the real functions, in the local world, told to by real events.

use serde_json::json;
use tests::local::{self, Delivery, Happened, Stage, Tested, alarm_event, example};
use world::operator::make::{NO_OPEN_SSH, NO_PUBLIC_BUCKETS, OFFICE, both_actions};

const RESIZE: &str = "resize-on-cpu-alarm";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config.with_parameter("Mode", "enforce").with_parameter("TicketAlarmNames", "unbound-*"), test)
}

const RESIZED: [&str; 3] = ["StopInstances", "ModifyInstanceAttribute", "StartInstances"];

fn assert_resized_once(happened: &Happened) {
    assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
    assert!(happened.told().is_empty(), "{}", happened.story());
}

async fn heals(stage: &Stage<'_>, delivery: Delivery) -> Tested {
    let machine = stage.alarmed_machine("m5.large").await?;
    let happened = stage.deliver(RESIZE, &alarm_event(delivery, &machine)?).await?;
    assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
    assert_resized_once(&happened);
    let now = stage.operator.see_machine(&machine).await?;
    assert_eq!(now.to_string(), "m5.xlarge, running, alarm OK");
    Ok(())
}

#[test]
fn an_alarm_by_eventbridge_gives_the_instance_its_next_size() -> Tested {
    enforce(async |stage| heals(stage, Delivery::EventBridge).await)
}

#[test]
fn an_alarm_by_sns_gives_the_instance_its_next_size() -> Tested {
    enforce(async |stage| heals(stage, Delivery::Sns).await)
}

#[test]
fn an_alarm_that_invokes_the_function_itself_gives_the_instance_its_next_size() -> Tested {
    enforce(async |stage| heals(stage, Delivery::AlarmAction).await)
}

#[test]
fn one_fault_told_in_three_shapes_at_once_changes_things_once() -> Tested {
    enforce(async |stage| {
        let machine = stage.busy_machine("m5.large").await?;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &both_actions(RESIZE))).await?;
        let healed = happened.statuses().iter().filter(|status| **status == "Remediated").count();
        assert_eq!(healed, 1, "{}", happened.story());
        // Two more shapes at least: an alarm whose instance is stopped may fire once more in between. Who comes while it
        // is dealt with is a duplicate; who comes when it is over finds the alarm OK.
        let healthy = happened.statuses().iter().filter(|status| **status == "AlreadyHealthy").count();
        let refusals = happened.refusals();
        assert!(refusals.iter().all(|guard| guard == "duplicate"), "{}", happened.story());
        assert_eq!(refusals.len() + healthy + healed, happened.records().len(), "{}", happened.story());
        assert!(happened.records().len() >= 3 && happened.told().is_empty(), "{}", happened.story());
        assert_resized_once(&happened);
        // And once more in every shape, after the end: the alarm is OK, or it is old news.
        for delivery in Delivery::ALL {
            let again = stage.deliver(RESIZE, &alarm_event(delivery, &machine)?).await?;
            assert_eq!(again.changed(), <[&str; 0]>::default(), "{}", again.story());
        }
        Ok(())
    })
}

#[test]
fn a_bucket_that_everybody_can_read_is_closed() -> Tested {
    enforce(async |stage| {
        let bucket = stage.name("photos");
        stage.operator.public_bucket(&bucket).await?;
        let happened = stage.after(stage.operator.switch_on(NO_PUBLIC_BUCKETS)).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(happened.changed(), ["PutPublicAccessBlock"]);
        assert_eq!(stage.operator.see_public_access_blocks(&bucket).await?, 4);
        assert_eq!(stage.operator.see_compliance(NO_PUBLIC_BUCKETS.name, &bucket).await?, "COMPLIANT");
        Ok(())
    })
}

#[test]
fn of_a_group_open_to_the_world_only_the_offending_permission_goes() -> Tested {
    enforce(async |stage| {
        let group = stage.operator.open_group(&stage.name("door")).await?;
        let happened = stage.after(stage.operator.switch_on(NO_OPEN_SSH)).await?;
        let own = happened.records().into_iter().filter(|record| {
            record.incident.as_ref().and_then(|incident| incident.resource.as_ref()).is_some_and(|r| r.id == group)
        });
        let statuses: Vec<_> = own.map(|record| record.outcome.status()).collect();
        assert_eq!(statuses, ["Remediated"], "{}", happened.story());
        let kept = [format!("22 from {OFFICE}"), "443 from 0.0.0.0/0".to_owned()];
        assert_eq!(stage.operator.see_ingress(&group).await?, kept);
        assert_eq!(stage.operator.see_compliance(NO_OPEN_SSH.name, &group).await?, "COMPLIANT");
        Ok(())
    })
}

#[test]
fn a_resource_that_nobody_opted_in_is_left_alone_and_gets_a_ticket() -> Tested {
    enforce(async |stage| {
        let machine = stage.operator.foreign_machine(&stage.name("web"), "m5.large").await?;
        stage.stack.set_load(&machine.instance, 1.84).await;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        assert_eq!(happened.refusals(), ["scope"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn an_alarm_nobody_is_bound_to_becomes_a_ticket_and_nothing_else() -> Tested {
    enforce(async |stage| {
        let name = stage.name("unbound-disk");
        let alarm = json!({
            "AlarmName": name, "Namespace": "CWAgent", "MetricName": "disk_used_percent", "Statistic": "Average",
            "Period": 60, "EvaluationPeriods": 1, "Threshold": 90, "ComparisonOperator": "GreaterThanThreshold",
        });
        stage.operator.call("cloudwatch", "PutMetricAlarm", alarm).await?;
        let fire = json!({ "AlarmName": name, "StateValue": "ALARM", "StateReason": "the disk is full" });
        let happened =
            stage.after(async { stage.operator.call("cloudwatch", "SetAlarmState", fire).await.map(drop) }).await?;
        let functions: Vec<_> =
            happened.executions.iter().map(|(invocation, _)| invocation.function.as_str()).collect();
        assert_eq!(functions, ["open-ticket"], "{}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        assert!(happened.tickets[0].title.contains(&name), "{:?}", happened.tickets);
        Ok(())
    })
}

#[test]
fn a_failed_automation_becomes_one_ticket_however_often_it_is_told() -> Tested {
    enforce(async |stage| {
        let event = example("ssm/automation-failed.json")?;
        let first = stage.emit(&event).await?;
        assert_eq!(first.tickets.len(), 1, "{}", first.story());
        // Another event about the same end: AWS gives each its own id.
        let second = stage.emit(&event.replace("9d1c2b3a", "9d1c2b3b")).await?;
        assert!(second.told().is_empty(), "{}", second.story());
        Ok(())
    })
}

#[test]
fn an_automation_that_succeeded_needs_no_ticket() -> Tested {
    enforce(async |stage| {
        let happened = stage.deliver("open-ticket", &example("ssm/automation-success.json")?).await?;
        assert!(happened.tickets.is_empty(), "{}", happened.story());
        Ok(())
    })
}
