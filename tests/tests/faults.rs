//! AWS on a bad day: whatever fails, the resource ends healed, or as it was with a ticket.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tests::local::{self, Delivery, Stage, Tested, alarm_event};

const RESIZE: &str = "resize-on-cpu-alarm";

/// A killed function is invoked again when Lambda's time for one invocation is over: seconds here.
fn enforce(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(
        |config| {
            let mut config = config.with_parameter("Mode", "enforce");
            config.invocation_timeout = Duration::from_secs(6);
            config
        },
        test,
    )
}

#[test]
fn without_capacity_for_the_next_size_everything_goes_back() -> Tested {
    enforce(async |stage| {
        let machine = stage.alarmed_machine("c5.xlarge").await?;
        let event = alarm_event(Delivery::Sns, &machine)?;
        let happened = stage.stack.without_capacity(&machine.instance, stage.deliver(RESIZE, &event)).await??;
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
