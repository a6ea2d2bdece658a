//! Every remediation that has a scene, which are all without Rust and more, from the event that AWS sends to what is left in
//! the account.

use std::error::Error;

use serde_json::json;
use shared::outcome::Outcome;
use tests::local::{self, Stage, Tested};
use tests::scene::{Condition, SceneFile, Troupe, all};
use world::gateway::journal::Filter;
use world::stack::StackConfig;

use shared::catalogue::{Binding, bindings};

/// AWS calls of a Config fix with its verification, beside what the function writes into its own books.
const MOST_CALLS: usize = 12;
/// Calls of the guard table: the claim; lock, place and budgets; all of it given back.
const GUARD_CALLS: usize = 3;
/// How AWS Config is asked whether the fault is gone: once when it is noticed, and once afterwards or oftener.
const LOOK: &str = "config:GetComplianceDetailsByResource";
/// Calls of the guard table; what else DynamoDB is asked is about somebody's table.
const GUARDS: [&str; 4] =
    ["dynamodb:TransactWriteItems", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem"];
/// The function's other books: stop switch, outcome.
const OTHER_BOOKS: [&str; 2] = ["ssm:GetParameter", "events:PutEvents"];

fn enforce(mut config: StackConfig) -> StackConfig {
    // Lambda's other calls, such as those for tags, are answered there.
    config.durable_through_gateway = true;
    config.with_parameter("Mode", "enforce").with_parameter("BindingModes", "account-wide=enforce")
}

#[test]
fn every_binding_without_rust_has_a_scene() -> Tested {
    let scenes: Vec<String> = all().map_err(plain)?.into_iter().map(|(binding, _)| binding.name).collect();
    for binding in bindings()?.into_iter().filter(Binding::is_low_code) {
        assert!(scenes.contains(&binding.name), "tests/scenes/{}.yaml is missing", binding.name);
    }
    Ok(())
}

#[test]
fn the_scene_of_the_tutorial_is_one() {
    let page = tests::checkout::text("docs/bindings.md").unwrap();
    let scene =
        page.split("```yaml\n").find(|block| block.starts_with("event:")).and_then(|block| block.split("```").next());
    let scene: SceneFile = engine::yaml::from_str(scene.unwrap()).unwrap();
    assert!(scene.event.is_some() && !scene.healed.is_empty());
}

#[test]
fn every_fault_is_put_right_exactly_and_seen_to_be() -> Tested {
    local::test(enforce, async |stage| {
        let wanted = wanted();
        let mut wrong = vec![];
        for (binding, scene) in all().map_err(plain)?.into_iter().filter(|(binding, _)| binding.name.contains(&wanted))
        {
            match play(stage, &binding, &scene).await {
                Ok(told) => println!("{told}"),
                Err(error) => wrong.push(format!("{}: {error}", binding.name)),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        Ok(())
    })
}

fn plain(error: Box<dyn Error + Send + Sync>) -> Box<dyn Error> {
    error
}

/// Only scenes in whose names this stands.
#[expect(clippy::disallowed_methods, reason = "a setting of tests, not of ours")]
fn wanted() -> String {
    std::env::var("KINTSUGI_SCENES").unwrap_or_default()
}

async fn play(stage: &Stage<'_>, binding: &Binding, scene: &SceneFile) -> Result<String, Box<dyn Error>> {
    let troupe = Troupe { stack: stage.stack, operator: &stage.operator };
    let made = troupe.make(scene, &stage.name(&binding.name)).await.map_err(plain)?;
    let since = stage.stack.journal_end();
    let happened = stage.consequences(async { troupe.notice(binding, scene, &made).await.map_err(plain) }).await?;
    let calls = stage.calls(&binding.function, since);
    let seen = troupe.see(binding, scene, &made).await.map_err(plain)?;
    troupe.clear(binding, scene, &made).await.map_err(plain)?;
    let outcomes = happened.outcomes();
    let story = || format!("{seen:?}\n{}", happened.story());
    if binding.ticket_only.is_some() {
        let advised = matches!(&outcomes[..], [Outcome::Advised { .. }]) && happened.tickets.len() == 1;
        let untouched = seen == Condition::AsItWas && happened.changes.is_empty();
        return if advised && untouched { Ok(format!("{}: a ticket", binding.name)) } else { Err(story().into()) };
    }
    let remediated = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Remediated { .. })).count();
    if remediated != 1 || seen != Condition::Healed || !happened.tickets.is_empty() {
        return Err(story().into());
    }
    let is_guard = |call: &&str| GUARDS.contains(call);
    let of_the_fix = calls.iter().map(String::as_str).filter(|call| !is_guard(call) && !OTHER_BOOKS.contains(call));
    let of_the_fix: Vec<&str> = of_the_fix.collect();
    let told = format!("{} of {} AWS calls: {}", of_the_fix.len(), calls.len(), of_the_fix.join(", "));
    let guards = calls.iter().map(String::as_str).filter(is_guard).count();
    if guards != GUARD_CALLS {
        return Err(format!("{guards} calls of the guard table, not {GUARD_CALLS}: {}", calls.join(", ")).into());
    }
    if binding.when.config_rule.is_some() {
        few_enough(scene, &of_the_fix)?;
    }
    Ok(format!("{}: healed, {told}", binding.name))
}

/// The disk was grown, the command that grew the file system was sent, and nobody may say what became of it: the alarm still
/// rings, because it looks back. What it wants has been done.
#[test]
fn a_command_that_nobody_heard_of_is_not_followed_by_more_of_the_same_while_its_alarm_looks_back() -> Tested {
    local::test(enforce, async |stage| {
        let scenes = all().map_err(plain)?;
        let (binding, scene) = scenes.iter().find(|(binding, _)| binding.name == "grow-volume").ok_or("no scene")?;
        let denied = json!({"service": "ssm", "operation": "ListCommands", "nth": [2], "fault": "deny"});
        let since = stage.stack.journal_end();
        let played = stage.with_faults(json!([denied]), play(stage, binding, scene)).await?;
        let journal = stage.stack.journal(&Filter { since: Some(since), ..Filter::default() });
        let called = |name: &'static str| journal.iter().filter(move |entry| entry.call.operation == name);
        let grown: Vec<u64> = called("ModifyVolume").map(|entry| entry.seq).collect();
        let unheard = called("ListCommands").find(|entry| entry.status != Some(200)).map(|entry| entry.seq);
        assert!(grown.len() == 1 && unheard > grown.first().copied(), "{grown:?} {unheard:?}: {played}");
        Ok(())
    })
}

/// No more calls than the scene says, for docs/catalogue.md, and that no more than there may be. Looks that came too early
/// do not count: their number is the machine's.
fn few_enough(scene: &SceneFile, calls: &[&str]) -> Tested {
    let looks = calls.iter().filter(|call| **call == LOOK).count();
    let made = calls.len() - looks.saturating_sub(2);
    let told = scene.calls.unwrap_or(MOST_CALLS);
    if made <= told && told <= MOST_CALLS {
        return Ok(());
    }
    Err(format!("{made} calls, the scene says {told}, and there may be {MOST_CALLS}: {}", calls.join(", ")).into())
}
