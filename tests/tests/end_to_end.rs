//! Faults put right by the real functions, in the local world, told to by real events.

use serde_json::{Value, json};
use shared::ticket::Filed;
use tests::local::{self, Delivery, Happened, Stage, Tested, alarm_event, example};
use world::operator::make::{Machine, NO_OPEN_SSH, NO_PUBLIC_BUCKETS, OFFICE, both_actions};

const RESIZE: &str = "resize-on-cpu-alarm";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config.with_parameter("Mode", "enforce").with_parameter("TicketAlarmNames", "unbound-*"), test)
}

const RESIZED: [&str; 3] = ["StopInstances", "ModifyInstanceAttribute", "StartInstances"];

fn assert_resized_once(happened: &Happened) {
    assert_eq!(happened.changed(), RESIZED, "{}", happened.story());
    // The ticket of the first refusal is closed, and nobody is bothered any more.
    let told = happened.told();
    let well = [Filed::Closed, Filed::Commented];
    assert!(told.iter().all(|ticket| well.contains(&ticket.filed)), "{}", happened.story());
    assert!(happened.tickets.is_empty(), "{}", happened.story());
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

/// A busy member of a group of two, which may have one. Its group has its name.
async fn busy_member(stage: &Stage<'_>) -> Result<Machine, Box<dyn std::error::Error>> {
    let machine = stage.operator.member(&stage.name("crew"), "m5.large").await?;
    stage.stack.set_load(&machine.instance, 1.84).await;
    Ok(machine)
}

async fn see_group(stage: &Stage<'_>, name: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let names = json!({ "AutoScalingGroupNames": [name] });
    let groups = stage.operator.call("autoscaling", "DescribeAutoScalingGroups", names).await?;
    Ok(groups["AutoScalingGroups"][0].clone())
}

#[test]
fn a_member_of_a_group_is_resized_on_standby_and_comes_back() -> Tested {
    enforce(async |stage| {
        let machine = busy_member(stage).await?;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        let changed = ["EnterStandby", "StopInstances", "ModifyInstanceAttribute", "StartInstances", "ExitStandby"];
        assert_eq!(happened.changed(), changed, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        let group = see_group(stage, &machine.name).await?;
        let members = group["Instances"].as_array().ok_or("no members")?;
        let own = members.iter().find(|member| member["InstanceId"] == json!(machine.instance));
        assert_eq!(own.map(|own| &own["LifecycleState"]), Some(&json!("InService")), "{group}");
        assert_eq!(
            (&group["DesiredCapacity"], members.len()),
            (&json!(2), 2),
            "none was started in its place: {group}"
        );
        Ok(())
    })
}

#[test]
fn a_member_that_its_group_must_have_is_left_alone_and_gets_a_ticket() -> Tested {
    enforce(async |stage| {
        let machine = busy_member(stage).await?;
        let least = json!({ "AutoScalingGroupName": machine.name, "MinSize": 2 });
        stage.operator.call("autoscaling", "UpdateAutoScalingGroup", least).await?;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        assert_eq!(happened.refusals(), ["owner"], "{}", happened.story());
        assert!(happened.changes.is_empty() && happened.tickets.len() == 1, "{}", happened.story());
        Ok(())
    })
}

#[test]
fn an_idle_instance_is_not_made_larger_and_people_are_told_what_a_smaller_one_would_save() -> Tested {
    enforce(async |stage| {
        let machine = stage.operator.machine(&stage.name("web"), "m5.xlarge").await?;
        stage.stack.set_load(&machine.instance, 0.1).await;
        let idle = json!({
            "AlarmName": machine.alarm, "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Statistic": "Average",
            "Dimensions": [{ "Name": "InstanceId", "Value": machine.instance }],
            "Period": 60, "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "LessThanThreshold",
        });
        let happened =
            stage.after(async { stage.operator.call("cloudwatch", "PutMetricAlarm", idle).await.map(drop) }).await?;
        assert_eq!(happened.statuses(), ["Advised"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        let story = format!("{:?}", happened.outcomes());
        assert!(story.contains("78.11 USD a month less") && story.contains("Value=m5.large"), "{story}");
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
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
fn hands_off_by_tag_is_heard_in_silence_and_what_somebody_s_code_owns_is_left_alone_with_a_ticket() -> Tested {
    enforce(async |stage| {
        for (tag, guard, tickets) in [
            ("kintsugi:ignore", "opt-out", 0),
            ("terraform", "owner", 1),
            ("aws:cloudformation:stack-name", "owner", 1),
        ] {
            let machine = stage.operator.machine(&stage.name("web"), "m5.large").await?;
            let tags = json!({ "Resources": [machine.instance], "Tags": [{ "Key": tag, "Value": "true" }] });
            stage.operator.call("ec2", "CreateTags", tags).await?;
            stage.stack.set_load(&machine.instance, 1.84).await;
            let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
            assert_eq!(happened.refusals(), [guard], "{tag}: {}", happened.story());
            assert!(happened.changes.is_empty(), "{tag}: {}", happened.story());
            assert_eq!(happened.tickets.len(), tickets, "{tag}: {}", happened.story());
        }
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
