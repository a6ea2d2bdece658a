//! open-ticket at each of its calls: it fails, comes twice, or is the moment at which the process dies. Every fault is one
//! ticket all the same, told once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::local::{self, Stage, Tested, example};
use tests::sweep::recording::{Step, steps};
use world::gateway::journal::Filter;

const TELLER: &str = "open-ticket";

/// An alarm that nothing is bound to rings, and is told.
async fn told(stage: &Stage<'_>, alarm: &str) -> Tested {
    let event = example("cloudwatch/alarm-unbound.json")?.replace("shop-db-memory", alarm);
    stage.deliver(TELLER, &event).await.map(drop)
}

/// What may happen to a call and pass: a client that tries again gets over it, or finds what it has done already.
fn disturbances(step: &Step) -> Vec<Value> {
    let fault = json!({"error": {"code": "InternalError", "status": 500}});
    let mut all = vec![json!("throttle"), fault, json!({"kill": {"at": "performed"}})];
    if step.writes {
        all.extend([json!({"cut": {"performed": true}}), json!("repeat")]);
    }
    all
}

/// Whether the step was come to.
fn came_about(stage: &Stage<'_>, since: u64, step: &Step) -> bool {
    let own = Filter { since: Some(since), caller: Some(TELLER.to_owned()), ..Filter::default() };
    steps(&stage.stack.journal(&own)).contains(step)
}

#[test]
fn whatever_happens_to_a_call_of_open_ticket_a_fault_is_one_ticket_told_once() -> Tested {
    local::test(
        |config| config,
        async |stage| {
            stage.stack.restart_function(TELLER, &BTreeMap::new())?;
            let (alarm, since) = (stage.name("unbound-sweep"), stage.stack.journal_end());
            told(stage, &alarm).await?;
            assert_eq!(stage.repeats(&format!("{alarm}:")).await?, ["none"]);
            let own = Filter { since: Some(since), caller: Some(TELLER.to_owned()), ..Filter::default() };
            let steps = steps(&stage.stack.journal(&own));
            assert!(steps.iter().any(|step| step.operation == "CreateOpsItem") && steps.len() > 3, "{steps:?}");
            for step in &steps {
                for fault in disturbances(step) {
                    let case = format!("{step} {fault}");
                    // A new process has nothing in memory, and comes to every step.
                    stage.stack.restart_function(TELLER, &BTreeMap::new())?;
                    let (alarm, since) = (stage.name("unbound-sweep"), stage.stack.journal_end());
                    let Step { service, operation, nth, .. } = step;
                    let rule = json!({
                        "service": service, "operation": operation, "caller": TELLER, "nth": [nth], "fault": fault,
                    });
                    let disturbed = stage.with_faults(json!([rule]), told(stage, &alarm)).await;
                    disturbed.map_err(|error| format!("{case}: {error}"))?;
                    assert!(came_about(stage, since, step), "{case} did not come about");
                    assert_eq!(stage.repeats(&format!("{alarm}:")).await?, ["none"], "{case}");
                }
            }
            Ok(())
        },
    )
}
