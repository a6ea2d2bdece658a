//! aws:approve of a runbook, as a durable execution: people are asked by the links, the page and the store of every approval.

use std::collections::BTreeMap;

use engine::{ExecutionStatus, StepStatus};
use tests::local::durably::{FUNCTION, durable, end, start, waits};
use tests::local::{People, Tested};

/// A step that asks for a while, and one after it.
fn asking(seconds: u32) -> String {
    format!(
        "- {{name: ask, action: 'aws:approve', timeoutSeconds: {seconds}, onFailure: Abort,\n   \
         inputs: {{Approvers: [kim, lee], MinRequiredApprovals: 1, Message: 'May I?'}}}}\n\
         - {{name: after, action: 'aws:sleep', isEnd: true, inputs: {{Duration: PT1S}}}}\n"
    )
}

#[test]
fn a_step_that_asks_goes_on_with_a_yes_and_ends_with_a_no_also_when_it_was_killed_while_it_waited() -> Tested {
    durable(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let kim = people.mailbox("kim").await?;
        for (approved, status, ask, after) in [
            (true, ExecutionStatus::Success, StepStatus::Success, StepStatus::Success),
            (false, ExecutionStatus::Failed, StepStatus::Failed, StepStatus::Pending),
        ] {
            let run = start(stage, &asking(120)).await?;
            let link = people.link(&kim).await?;
            // Killed between a message and its record it would ask once more, with the same link.
            waits(stage, &run).await?;
            stage.stack.kill_function(FUNCTION)?;
            stage.stack.restart_function(FUNCTION, &BTreeMap::new())?;
            people.decide(&link, approved, Some("so be it")).await??;
            let ended = end(stage, &run).await?;
            let step = |name: &str| ended.step(name).map(|step| step.status);
            assert_eq!((ended.status, step("ask"), step("after")), (status, Some(ask), Some(after)), "{ended:?}");
            assert!(people.receive(&kim).await?.is_none(), "asked once, however often the function died");
        }
        Ok(())
    })
}

#[test]
fn a_step_that_nobody_answers_ends_with_its_time_and_a_late_word_does_not_count() -> Tested {
    durable(async |stage| {
        let people = People::with(stage, "approvers: {}").await?;
        let lee = people.mailbox("lee").await?;
        let run = start(stage, &asking(3)).await?;
        let link = people.link(&lee).await?;
        let ended = end(stage, &run).await?;
        assert_eq!(
            (ended.status, ended.step("after").map(|step| step.status)),
            (ExecutionStatus::TimedOut, Some(StepStatus::Pending))
        );
        assert!(people.decide(&link, true, None).await.is_err(), "the link has expired");
        Ok(())
    })
}
