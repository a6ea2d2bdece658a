//! The default mode: everything is seen, planned, recorded and ticketed, and nothing is changed.

use shared::outcome::Outcome;
use tests::local::{self, Stage, Tested};
use world::operator::make::{NO_OPEN_SSH, NO_PUBLIC_BUCKETS, both_actions};

fn observe(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    local::test(|config| config, test)
}

#[test]
fn an_alarm_is_planned_and_ticketed_once_and_the_instance_stays_as_it_is() -> Tested {
    observe(async |stage| {
        let machine = stage.busy_machine("m5.large").await?;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &both_actions("resize-on-cpu-alarm"))).await?;
        assert_eq!(happened.statuses(), ["Planned", "Refused", "Refused"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(happened.tickets.len(), 1, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&machine).await?.to_string(), "m5.large, running, alarm ALARM");
        Ok(())
    })
}

#[test]
fn the_plan_names_every_write_with_its_values() -> Tested {
    observe(async |stage| {
        let machine = stage.busy_machine("m5.large").await?;
        let happened = stage.after(stage.operator.cpu_alarm(&machine, &[])).await?;
        let outcomes = happened.outcomes();
        let [Outcome::Planned { change, plan }] = &outcomes[..] else {
            return Err(format!("not one plan:\n{}", happened.story()).into());
        };
        let choices = "m5.large -> m5.xlarge (m5.2xlarge, then m5.4xlarge if AWS cannot start it so)";
        assert_eq!(change, &format!("{choices}, +78.11 USD a month"));
        let plan = plan.join("\n");
        for word in ["stopInstance", "changeType", "tryFirst", "m5.xlarge", &machine.instance] {
            assert!(plan.contains(word), "no {word} in\n{plan}");
        }
        Ok(())
    })
}

#[test]
fn drift_is_planned_and_stays() -> Tested {
    observe(async |stage| {
        let bucket = stage.name("photos");
        stage.operator.public_bucket(&bucket).await?;
        let happened = stage.after(stage.operator.switch_on(NO_PUBLIC_BUCKETS)).await?;
        assert_eq!(happened.statuses(), ["Planned"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(stage.operator.see_public_access_blocks(&bucket).await?, 0);

        let group = stage.operator.open_group(&stage.name("door")).await?;
        let before = stage.operator.see_ingress(&group).await?;
        let happened = stage.after(stage.operator.switch_on(NO_OPEN_SSH)).await?;
        assert!(happened.statuses().contains(&"Planned"), "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(stage.operator.see_ingress(&group).await?, before);
        Ok(())
    })
}
