//! Observe mode tells beforehand what enforce mode then does: for every remediation that has a scene, on the same resource
//! and by the same event.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use shared::catalogue::Binding;
use shared::outcome::Outcome;
use shared::record::Record;
use tests::local::{self, Stage, Tested};
use tests::scene::{Condition, SceneFile, Troupe, all, as_planned};
use world::gateway::journal::{Entry, Filter};
use world::stack::{Copy, StackConfig, is_change};

type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// So many scenes are played beside each other, each by deployments of its own.
const LANES: usize = 4;
const WITHIN: Duration = Duration::from_secs(120);
const MODES: [&str; 2] = ["observe", "enforce"];

/// Each function in both modes for every lane; of the world's own events nobody hears anything.
fn both(mut config: StackConfig) -> StackConfig {
    let scenes = all().unwrap_or_default();
    let functions: BTreeSet<String> = scenes.into_iter().map(|(binding, _)| binding.function).collect();
    config.durable_through_gateway = true;
    config.deaf.clone_from(&functions);
    for function in &functions {
        config.copies.extend((0..LANES).flat_map(|lane| MODES.map(|mode| copy(function, mode, lane))));
    }
    config
}

fn copy(function: &str, mode: &str, lane: usize) -> Copy {
    let settings = [("KINTSUGI_MODE", mode), ("KINTSUGI_BINDING_MODES", "account-wide=enforce")];
    let settings: BTreeMap<_, _> =
        settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Copy { name: name(function, mode, lane), of: function.to_owned(), settings, instances: 1 }
}

fn name(function: &str, mode: &str, lane: usize) -> String {
    format!("{mode}-{function}-{lane}")
}

#[test]
fn the_plan_of_every_remediation_names_exactly_the_changes_that_are_then_made() -> Tested {
    local::test(both, async |stage| {
        let mut lanes = vec![vec![]; LANES];
        let changing = |(binding, _): &(Binding, SceneFile)| binding.ticket_only.is_none();
        let scenes = all().map_err(|error| error.to_string())?.into_iter().filter(changing);
        for (number, (binding, scene)) in scenes.enumerate() {
            // Of what is of the whole account no two at once.
            lanes[if scene.alone { 0 } else { 1 + number % (LANES - 1) }].push((binding, scene));
        }
        let played = lanes.iter().enumerate().map(|(lane, scenes)| play_all(stage, lane, scenes));
        let wrong: Vec<String> = join_all(played).await.into_iter().flatten().collect();
        assert!(wrong.is_empty(), "{} of the plans are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
        Ok(())
    })
}

/// What was wrong with the scenes of a lane.
async fn play_all(stage: &Stage<'_>, lane: usize, scenes: &[(Binding, SceneFile)]) -> Vec<String> {
    let mut wrong = vec![];
    for (binding, scene) in scenes {
        match play(stage, lane, binding, scene).await {
            Ok(told) => println!("{}: {told}", binding.name),
            Err(error) => wrong.push(format!("{}: {error}", binding.name)),
        }
    }
    wrong
}

/// Plans, sees that nothing is changed, lets it be done, and compares.
async fn play(stage: &Stage<'_>, lane: usize, binding: &Binding, scene: &SceneFile) -> Result<String, Trouble> {
    let troupe = Troupe { stack: stage.stack, operator: &stage.operator };
    let made = troupe.make(scene, &stage.name(&binding.name)).await?;
    let event = troupe.noticed(binding, scene, &made).await?;
    let (planned, tried) = run(stage, (binding, "observe", lane), &event).await?;
    let Outcome::Planned { plan, .. } = &planned.outcome else {
        return Err(format!("no plan: {}", planned.outcome.line()).into());
    };
    let seen = troupe.see(binding, scene, &made).await?;
    if seen != Condition::AsItWas || !tried.is_empty() {
        return Err(format!("observed, and it is {seen:?}").into());
    }
    let (done, changes) = run(stage, (binding, "enforce", lane), &event).await?;
    if !matches!(done.outcome, Outcome::Remediated { .. }) {
        return Err(format!("planned, and then not done: {}", done.outcome.line()).into());
    }
    troupe.clear(binding, scene, &made).await?;
    as_planned(plan, &changes).map_err(|difference| format!("{difference}\nthe plan:\n{}", plan.join("\n")))?;
    Ok(format!("{} changes as planned", changes.len()))
}

/// What a function in this mode made of the event, and what it changed or tried to.
async fn run(
    stage: &Stage<'_>,
    (binding, mode, lane): (&Binding, &str, usize),
    event: &Value,
) -> Result<(Record, Vec<Entry>), Trouble> {
    let (stack, function) = (stage.stack, name(&binding.function, mode, lane));
    let since = Some(stack.journal_end());
    let invocation = stack.invoke(&function, &event.to_string()).await?;
    let execution = stack.finish(&invocation, WITHIN).await?;
    let result = execution.result.ok_or_else(|| format!("no result: {:?}", execution.error))?;
    let own = Filter { since, caller: Some(function), ..Filter::default() };
    Ok((serde_json::from_value(result)?, stack.journal(&own).into_iter().filter(is_change).collect()))
}
