//! Many alarms at once: budgets hold, nothing is lost, every event ends in exactly one outcome.
//!
//! Every test run has a small storm; `KINTSUGI_STORM=EVENTS/INSTANCES` (`make storm`) says how large.

use std::time::Duration;

use tests::local::stack;
use tests::storm::{Aftermath, Storm, breaches};
use world::stack::Stack;

/// Ten events for each instance, in every shape.
const SMALL: Storm = Storm { events: 150, instances: 15, budget: 5 };
/// Of a large one on a loaded machine.
const WITHIN: Duration = Duration::from_secs(3 * 3600);

#[expect(clippy::disallowed_methods, reason = "a setting of tests, not of ours")]
#[expect(clippy::unwrap_used, reason = "a storm that is told wrongly is a failed test")]
fn wanted() -> Storm {
    let told = std::env::var("KINTSUGI_STORM").ok().filter(|text| !text.is_empty());
    told.map_or(SMALL, |text| Storm::read(&text).unwrap())
}

fn report(storm: Storm, left: &Aftermath) -> String {
    let Storm { events, instances, budget } = storm;
    let counts: Vec<String> = left.counts().into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    let (tickets, seconds) = (left.tickets.len(), left.took.as_secs());
    format!(
        "{events} events, {instances} instances, budget {budget}: {}; {tickets} tickets, {} dead letters, {seconds} s",
        counts.join(", "),
        left.letters.len()
    )
}

#[test]
fn many_alarms_at_once_change_no_more_than_the_budget_and_nothing_is_lost() {
    let storm = wanted();
    let Some(config) = stack().unwrap() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let left = runtime.block_on(async {
        let stack = Stack::start(storm.stack(config)).await?;
        storm.rage(&stack, WITHIN).await
    });
    let left = left.unwrap();
    println!("{}", report(storm, &left));
    left.reasons().iter().for_each(|(reason, count)| println!("{count:5}  {reason}"));
    let broken = breaches(storm, &left);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
