//! A binding that fails stops by itself, and people hear of it from the very failure.

use shared::outcome::Outcome;
use tests::local::{self, Delivery, Stage, Tested, alarm_event};

const RESIZE: &str = "resize-on-cpu-alarm";

fn careful(test: impl AsyncFnOnce(&Stage<'_>) -> Tested) -> Tested {
    const BREAKER: &str = "breaker: {failures: 1, within: 1d, retryAfter: 1h}";
    local::test(|config| config.with_parameter("Mode", "enforce").with_setting("KINTSUGI_GUARDS", BREAKER), test)
}

#[test]
fn the_failure_that_opens_the_breaker_says_so_and_the_next_fault_is_left_to_people() -> Tested {
    careful(async |stage| {
        let machine = stage.alarmed_machine("c5.xlarge").await?;
        let event = alarm_event(Delivery::Sns, &machine)?;
        let happened = stage.stack.without_capacity(&machine, stage.deliver(RESIZE, &event)).await??;
        let cause = |outcome: Outcome| match outcome {
            Outcome::RolledBack { cause } => Some(cause),
            _ => None,
        };
        let cause = happened.outcomes().into_iter().find_map(cause).ok_or_else(|| happened.story())?;
        assert!(cause.contains("the breaker of binding resize-on-cpu-alarm is open now"), "{cause}");
        assert_eq!(happened.told().len(), 1, "{}", happened.story());

        let other = stage.alarmed_machine("m5.large").await?;
        let happened = stage.deliver(RESIZE, &alarm_event(Delivery::Sns, &other)?).await?;
        assert_eq!(happened.refusals(), ["breaker"], "{}", happened.story());
        assert!(happened.changes.is_empty(), "{}", happened.story());
        assert_eq!(happened.told().len(), 1, "{}", happened.story());
        assert_eq!(stage.operator.see_machine(&other).await?.to_string(), "m5.large, running, alarm ALARM");
        Ok(())
    })
}
