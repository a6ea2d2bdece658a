//! AWS on a bad day: whatever fails, the resource ends healed, or as it was with a ticket.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::Cause;
use serde_json::json;
use shared::record::Record;
use tests::local::{self, Delivery, Stage, Tested, alarm_event};
use world::operator::make::NO_OPEN_SSH;

const RESIZE: &str = "resize-on-cpu-alarm";
const DRIFT: &str = "fix-config-drift";

fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config.with_parameter("Mode", "enforce"), test)
}

#[test]
fn without_capacity_for_any_larger_size_everything_goes_back() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("c5.xlarge").await?;
        let event = alarm_event(Delivery::Sns, &machine)?;
        let happened = stage.stack.without_capacity(&machine, stage.deliver(RESIZE, &event)).await??;
        // The alarm may fire once more while the instance is down; that is a duplicate.
        assert_eq!(
            happened.statuses().iter().filter(|status| **status != "Refused").collect::<Vec<_>>(),
            [&"RolledBack"],
            "{}",
            happened.story()
        );
        assert!(happened.refusals().iter().all(|guard| guard == "duplicate"), "{}", happened.story());
        assert_eq!(happened.told().len(), 1, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "c5.xlarge, running, alarm ALARM");
        Ok(())
    })
}

#[test]
fn a_bad_minute_of_throttling_and_cut_connections_is_ridden_out() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let faults = json!([
            { "service": "ec2", "operation": "DescribeInstances", "caller": RESIZE, "nth": [1], "fault": "throttle" },
            { "service": "ec2", "operation": "StopInstances", "caller": RESIZE, "nth": [1], "fault": { "cut": {} } },
            { "service": "ec2", "operation": "StartInstances", "caller": RESIZE, "nth": [1], "fault": { "html": { "status": 503 } } },
            { "service": "dynamodb", "caller": RESIZE, "nth": [1, 4], "fault": "throttle" },
        ]);
        let event = alarm_event(Delivery::Sns, &machine)?;
        let happened = stage.with_faults(faults, stage.deliver(RESIZE, &event)).await?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        Ok(())
    })
}

#[test]
fn a_function_that_is_killed_goes_on_where_it_was_and_repeats_at_most_the_call_it_was_killed_in() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("m5.large").await?;
        let journal = stage.stack.journal_end();
        let event = alarm_event(Delivery::Sns, &machine)?;
        let kill = async {
            stage.changed(journal, "StopInstances").await?;
            stage.stack.kill_function(RESIZE)?;
            stage.stack.restart_function(RESIZE, &BTreeMap::new())?;
            Ok::<_, Box<dyn std::error::Error>>(())
        };
        let (happened, killed) = tokio::join!(stage.deliver(RESIZE, &event), kill);
        killed?;
        let happened = happened?;
        assert_eq!(happened.statuses(), ["Remediated"], "{}", happened.story());
        // A step is performed at least once: the call whose answer was not recorded is made again. To stop what is
        // stopping changes nothing.
        for (operation, most) in [("StopInstances", 2), ("ModifyInstanceAttribute", 1), ("StartInstances", 1)] {
            let times = happened.changed().iter().filter(|changed| **changed == operation).count();
            assert!((1..=most).contains(&times), "{operation}\n{}", happened.story());
        }
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.xlarge, running, alarm OK");
        Ok(())
    })
}

/// The rule's delivery that is about this group, and how it ended.
fn about<'a>(records: &'a [Record], group: &str) -> Vec<&'a Record> {
    let of =
        |record: &&Record| record.incident.as_ref().and_then(|i| i.resource.as_ref()).is_some_and(|r| r.id == group);
    records.iter().filter(of).collect()
}

#[test]
fn a_write_that_must_not_happen_twice_and_was_cut_off_by_a_kill_is_looked_at_and_not_repeated() -> Tested {
    enforce(async |stage| {
        let group = stage.operator.open_group(&stage.name("door")).await?;
        let open = stage.operator.see_ingress(&group).await?.len();
        // Its answer is held back: the permission is gone, and nothing of it is recorded.
        let held = json!([{ "service": "ec2", "operation": "RevokeSecurityGroupIngress", "caller": DRIFT,
            "input": { "GroupId": group }, "fault": { "delay": { "seconds": 30 } } }]);
        let kill = async {
            while stage.operator.see_ingress(&group).await?.len() == open {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            stage.stack.kill_function(DRIFT)?;
            stage.stack.restart_function(DRIFT, &BTreeMap::new())?;
            Ok::<_, Box<dyn std::error::Error>>(())
        };
        let act = stage.with_faults(held, stage.after(stage.operator.switch_on(NO_OPEN_SSH)));
        let (happened, killed) = tokio::join!(act, kill);
        killed?;
        let happened = happened?;
        let records = happened.records();
        let [record] = about(&records, &group)[..] else { return Err(happened.story().into()) };
        assert_eq!(record.outcome.status(), "Remediated", "{}", happened.story());
        let failure = record.run.as_ref().and_then(|run| run.failure.as_ref()).ok_or("the run did not fail")?;
        assert!(matches!(&failure.cause, Cause::Call { fault } if fault.is_interrupted()), "{failure}");
        assert_eq!(failure.attempts, 1, "the step may try twice, but not this");
        Ok(())
    })
}
