//! Observe mode tells beforehand what enforce mode then does: for every remediation that has a scene, on the same resource
//! and by the same event.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::Value;
use shared::catalogue::Binding;
use shared::outcome::Outcome;
use shared::record::Record;
use tests::local::{self, Stage, Tested};
use tests::scene::{Condition, SceneFile, Troupe, all, as_planned};
use tests::sweep::scene::{BusyMachine, Place, Scene};
use world::gateway::journal::{Entry, Filter};
use world::stack::{Copy, StackConfig, is_change};

type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// So many scenes are played beside each other, each by deployments of its own.
const LANES: usize = 4;
const WITHIN: Duration = Duration::from_secs(120);
/// The function of the scenes that are programmed: an instance's load is no call of AWS.
const RESIZE: &str = "resize-on-cpu-alarm";
const MACHINES: [BusyMachine; 2] = [BusyMachine::Alone, BusyMachine::Member];
const MODES: [&str; 2] = ["observe", "enforce"];

/// Each function in both modes for every lane; of the world's own events nobody hears anything.
fn both(mut config: StackConfig) -> StackConfig {
    let scenes = all().unwrap_or_default();
    let functions = scenes.into_iter().map(|(binding, _)| binding.function);
    let functions: BTreeSet<String> = functions.chain([RESIZE.to_owned()]).collect();
    config.durable_through_gateway = true;
    config.deaf.clone_from(&functions);
    for function in &functions {
        let lanes = if function == RESIZE { MACHINES.len() } else { LANES };
        config.copies.extend((0..lanes).flat_map(|lane| MODES.map(|mode| copy(function, mode, lane))));
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
        let machines = MACHINES.iter().enumerate();
        let machines =
            machines.map(|(lane, scene)| async move { said(scene.runbook(), machine(stage, lane, scene).await) });
        let (wrong, of_machines) = join(join_all(played), join_all(machines)).await;
        let wrong: Vec<String> = wrong.into_iter().flatten().chain(of_machines.into_iter().flatten()).collect();
        assert!(wrong.is_empty(), "{} of the plans are wrong:\n{}", wrong.len(), wrong.join("\n\n"));
        Ok(())
    })
}

/// What was wrong with the scenes of a lane.
async fn play_all(stage: &Stage<'_>, lane: usize, scenes: &[(Binding, SceneFile)]) -> Vec<String> {
    let mut wrong = vec![];
    for (binding, scene) in scenes {
        wrong.extend(said(&binding.name, play(stage, lane, binding, scene).await));
    }
    wrong
}

/// What is wrong, if anything is.
fn said(name: &str, played: Result<usize, Trouble>) -> Option<String> {
    match played {
        Ok(changes) => println!("{name}: {changes} changes as planned"),
        Err(error) => return Some(format!("{name}: {error}")),
    }
    None
}

async fn play(stage: &Stage<'_>, lane: usize, binding: &Binding, scene: &SceneFile) -> Result<usize, Trouble> {
    let troupe = Troupe { stack: stage.stack, operator: &stage.operator };
    let made = troupe.make(scene, &stage.name(&binding.name)).await?;
    let event = troupe.noticed(binding, scene, &made).await?;
    let see = async || troupe.see(binding, scene, &made).await;
    let changes = planned_and_done(stage, (&binding.function, lane), &event, see).await?;
    troupe.clear(binding, scene, &made).await?;
    Ok(changes)
}

async fn machine(stage: &Stage<'_>, lane: usize, scene: &BusyMachine) -> Result<usize, Trouble> {
    let place = Place { stack: stage.stack, operator: &stage.operator };
    let prop = scene.make(place, &stage.name(scene.runbook())).await?;
    let event = serde_json::from_str(prop.events.first().ok_or("no event tells of it")?)?;
    let see = async || scene.see(place, &prop).await;
    let changes = planned_and_done(stage, (RESIZE, lane), &event, see).await?;
    scene.clear(place, &prop).await?;
    Ok(changes)
}

/// Plans, sees that nothing is changed, lets it be done, and compares. So many changes were made.
async fn planned_and_done(
    stage: &Stage<'_>,
    (function, lane): (&str, usize),
    event: &Value,
    see: impl AsyncFn() -> Result<Condition, Trouble>,
) -> Result<usize, Trouble> {
    let (planned, tried) = run(stage, &name(function, "observe", lane), event).await?;
    let Outcome::Planned { plan, .. } = &planned.outcome else {
        return Err(format!("no plan: {}", planned.outcome.line()).into());
    };
    let seen = see().await?;
    if seen != Condition::AsItWas || !tried.is_empty() {
        return Err(format!("observed, and it is {seen:?}").into());
    }
    let (done, changes) = run(stage, &name(function, "enforce", lane), event).await?;
    if !matches!(done.outcome, Outcome::Remediated { .. }) {
        return Err(format!("planned, and then not done: {}", done.outcome.line()).into());
    }
    as_planned(plan, &changes).map_err(|difference| format!("{difference}\nthe plan:\n{}", plan.join("\n")))?;
    Ok(changes.len())
}

/// What a function made of the event, and what it changed or tried to.
async fn run(stage: &Stage<'_>, function: &str, event: &Value) -> Result<(Record, Vec<Entry>), Trouble> {
    let (stack, since) = (stage.stack, Some(stage.stack.journal_end()));
    let invocation = stack.invoke(function, &event.to_string()).await?;
    let execution = stack.finish(&invocation, WITHIN).await?;
    let result = execution.result.ok_or_else(|| format!("no result: {:?}", execution.error))?;
    let own = Filter { since, caller: Some(function.to_owned()), ..Filter::default() };
    Ok((serde_json::from_value(result)?, stack.journal(&own).into_iter().filter(is_change).collect()))
}
