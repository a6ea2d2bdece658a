//! find-faults at each of its calls: one that looks is refused, one that writes is done unheard, comes twice, or is the moment at
//! which the process dies. Each fault is put right all the same, once.

use serde_json::{Value, json};
use tests::finder::{FINDER, deaf, find, public_buckets};
use tests::local::{self, Stage, Tested};
use tests::sweep::recording::{Step, steps};
use world::gateway::journal::Filter;

fn disturbances(step: &Step) -> Vec<Value> {
    match step.writes {
        true => vec![json!({"cut": {"performed": true}}), json!("repeat"), json!({"kill": {"at": "performed"}})],
        false => vec![json!("deny")],
    }
}

/// The finder's own calls since then.
fn called(stage: &Stage<'_>, since: u64) -> Vec<Step> {
    let own = Filter { since: Some(since), caller: Some(FINDER.to_owned()), ..Filter::default() };
    steps(&stage.stack.journal(&own))
}

/// A public bucket is found by a run to which this happens, or by the next: how often it was closed.
async fn closed(stage: &Stage<'_>, step: &Step, fault: Value) -> Result<usize, Box<dyn std::error::Error>> {
    let (_, buckets) = public_buckets(stage, 1).await?;
    let since = stage.stack.journal_end();
    let Step { service, operation, nth, .. } = step;
    let rule = json!({"service": service, "operation": operation, "caller": FINDER, "nth": [nth], "fault": fault});
    stage.with_faults(json!([rule]), stage.deliver(FINDER, "{}")).await?;
    if !called(stage, since).contains(step) {
        return Err("it did not come about".into());
    }
    // What it could not see or send, the next run does.
    find(stage).await?;
    if stage.operator.see_public_access_blocks(&buckets[0]).await? != 4 {
        return Err("the bucket is open".into());
    }
    let changes = stage.stack.changes(since);
    Ok(changes.iter().filter(|entry| entry.call.operation == "PutPublicAccessBlock").count())
}

#[test]
fn whatever_happens_to_a_call_of_the_finder_each_fault_is_put_right_once() -> Tested {
    local::test(deaf, async |stage| {
        public_buckets(stage, 1).await?;
        let since = stage.stack.journal_end();
        find(stage).await?;
        let steps = called(stage, since);
        assert!(steps.len() > 5, "{steps:?}");
        for step in &steps {
            for fault in disturbances(step) {
                let case = format!("{step} {fault}");
                let times = closed(stage, step, fault).await.map_err(|error| format!("{case}: {error}"))?;
                assert_eq!(times, 1, "{case}");
            }
        }
        Ok(())
    })
}
