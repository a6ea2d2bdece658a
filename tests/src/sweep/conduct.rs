//! Conducts a sweep: stacks, recordings, cases, lanes, results.
//!
//! Comes in: which cases are wanted. Goes out: what came of each. Never: a case twice, unless its run did not come to the
//! step the first time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use world::stack::{Stack, StackConfig};

use super::Trouble;
use super::case::{Case, Disturbance};
use super::check::{Allowed, breaches};
use super::evidence::Evidence;
use super::finished::{Book, Ending, Finished};
use super::lane::{self, Lane, Recorders};
use super::letters::Letters;
use super::perform::Player;
use super::plan;
use super::recording::{Step, steps};
use super::scene::{Condition, Scene, scenes};

/// Longer than a client waits for an answer, as on Lambda.
const PATIENT: Duration = Duration::from_secs(90);
/// A killed function is missed after this time, and invoked again.
const KILLED: Duration = Duration::from_secs(12);

/// Which cases are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Of a thousand; 1000 is all.
    pub of_a_thousand: u32,
    /// Only those in whose name this stands.
    pub named: Option<String>,
    /// Whether cases that cost a client's whole patience are wanted too.
    pub slow: bool,
    /// Lanes for each function.
    pub lanes: usize,
}

impl Wanted {
    /// Whether no case is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.of_a_thousand >= 1000 && self.named.is_none() && self.slow
    }

    /// Whether only a selection is wanted.
    #[must_use]
    pub fn is_drawn(&self) -> bool {
        self.of_a_thousand < 1000
    }

    /// The smaller selection plays the programmed scenes and one that is written: each scene costs runs of its own before
    /// its first case.
    fn wants_scene(&self, scene: &dyn Scene) -> bool {
        match &self.named {
            Some(name) => name.contains(scene.runbook()) || scene.runbook().contains(name.as_str()),
            None => !self.is_drawn() || scene.is_always_played(),
        }
    }

    fn wants(&self, case: &Case) -> bool {
        let slow = matches!(case.disturbance, Disturbance::Fails(failure, _) if failure.is_slow());
        let named = self.named.as_ref().is_none_or(|name| case.id().contains(name));
        named && (self.slow || !slow) && plan::is_drawn(case, self.of_a_thousand)
    }
}

/// What every part of a sweep needs.
struct Conductor<'a> {
    player: Player<'a>,
    lanes: &'a [Lane],
    book: &'a Book,
    recorders: Recorders<'a>,
    allowed: BTreeMap<String, Allowed>,
    played: AtomicUsize,
}

/// Plays the wanted cases of every scene: those in which nobody dies in one stack, the others in another, where Lambda
/// notices a death after seconds.
///
/// # Errors
/// A stack does not start, or an undisturbed run is not as it should be.
pub async fn sweep(config: &StackConfig, wanted: &Wanted, book: &Book) -> Result<Vec<Finished>, Trouble> {
    let mut scenes = scenes()?;
    scenes.retain(|scene| wanted.wants_scene(scene.as_ref()));
    let mut lanes: Vec<Lane> = Vec::new();
    for function in functions(&scenes) {
        lanes.extend((1..=wanted.lanes).map(|number| Lane::new(&function, number)));
    }
    let mut finished = Vec::new();
    let mut cases = Vec::new();
    for (timeout, kills) in [(PATIENT, false), (KILLED, true)] {
        let stack = Stack::start(lane::stack(config.clone(), &lanes, timeout)).await?;
        let letters = Letters::default();
        let conductor = Conductor::new(&stack, &letters, &lanes, book)?;
        conductor.prepare(&scenes).await?;
        if !kills {
            cases = conductor.all_cases(&scenes).await?;
        }
        println!("{} cases in all", cases.len());
        let now: Vec<Case> = cases.iter().filter(|case| case.kills() == kills && wanted.wants(case)).cloned().collect();
        finished.extend(conductor.play_all(&scenes, now).await?);
    }
    Ok(finished)
}

fn functions(scenes: &[Box<dyn Scene>]) -> std::collections::BTreeSet<String> {
    scenes.iter().map(|scene| scene.function().to_owned()).collect()
}

impl<'a> Conductor<'a> {
    fn new(stack: &'a Stack, letters: &'a Letters, lanes: &'a [Lane], book: &'a Book) -> Result<Self, Trouble> {
        let allowed =
            lanes.iter().map(|lane| Allowed::of(&lane.function).map(|allowed| (lane.function.clone(), allowed)));
        let allowed = allowed.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let player = Player { stack, operator: world::operator::Operator::new(stack.client()), letters };
        Ok(Self { player, lanes, book, recorders: Recorders::new(lanes), allowed, played: AtomicUsize::new(0) })
    }

    async fn prepare(&self, scenes: &[Box<dyn Scene>]) -> Result<(), Trouble> {
        for lane in self.lanes {
            self.player.let_run(lane).await?;
        }
        for scene in scenes {
            self.player.prepare(scene.as_ref()).await?;
        }
        Ok(())
    }

    /// The cases of every scene, in order.
    async fn all_cases(&self, scenes: &[Box<dyn Scene>]) -> Result<Vec<Case>, Trouble> {
        let mut all = Vec::new();
        for cases in join_all(scenes.iter().map(|scene| self.cases(scene.as_ref()))).await {
            all.extend(cases?);
        }
        Ok(all)
    }

    /// The cases of a scene, from the runs that are recorded for them.
    async fn cases(&self, scene: &dyn Scene) -> Result<Vec<Case>, Trouble> {
        let runbook = scene.runbook();
        let undisturbed = self.record(scene, &Case::undisturbed(runbook)).await?;
        let wrong = breaches(&undisturbed, &self.allowed[scene.function()]);
        if undisturbed.condition != Condition::Healed || !wrong.is_empty() {
            return Err(format!("an undisturbed run of {runbook}: {wrong:?}\n{}", undisturbed.story()).into());
        }
        let all = steps(&undisturbed.journal);
        let mut cases = plan::cases(runbook, &all);
        let bases = plan::bases(runbook, &all, &changes(&undisturbed));
        for back in join_all(bases.into_iter().map(|candidates| self.back(scene, candidates))).await {
            cases.extend(back?);
        }
        Ok(cases)
    }

    /// The cases of the way back that the mildest of the candidates brings about.
    async fn back(&self, scene: &dyn Scene, candidates: Vec<Case>) -> Result<Vec<Case>, Trouble> {
        for base in candidates {
            let went = self.record(scene, &base).await?;
            if went.disturbed && went.condition != Condition::Healed {
                return Ok(plan::back(&base, &after(&went, &base)));
            }
        }
        Ok(vec![])
    }

    async fn record(&self, scene: &dyn Scene, case: &Case) -> Result<Evidence, Trouble> {
        let lane = self.recorders.take(scene.function()).await;
        let played = self.player.play(scene, case, lane, &self.name()).await;
        self.recorders.give_back(lane).await;
        played
    }

    fn name(&self) -> String {
        format!("sweep-{}", self.played.fetch_add(1, Ordering::Relaxed))
    }

    async fn play_all(&self, scenes: &[Box<dyn Scene>], cases: Vec<Case>) -> Result<Vec<Finished>, Trouble> {
        let (mut done, mut queues): (Vec<Finished>, BTreeMap<&str, VecDeque<Case>>) = Default::default();
        for case in cases {
            match self.book.of(&case) {
                Some(finished) => done.push(finished),
                None => {
                    let scene = scenes.iter().find(|scene| scene.runbook() == case.runbook);
                    queues.entry(scene.map_or("", |scene| scene.function())).or_default().push_back(case);
                }
            }
        }
        let all = queues.values().map(VecDeque::len).sum();
        let queues: BTreeMap<&str, Mutex<VecDeque<Case>>> =
            queues.into_iter().map(|(function, cases)| (function, Mutex::new(cases))).collect();
        let ended = AtomicUsize::new(0);
        let workers = self.lanes.iter().filter_map(|lane| {
            let queue = queues.get(lane.function.as_str())?;
            Some(self.work(lane, scenes, queue, &ended, all))
        });
        for worked in join_all(workers).await {
            done.extend(worked?);
        }
        Ok(done)
    }

    async fn work(
        &self,
        lane: &Lane,
        scenes: &[Box<dyn Scene>],
        queue: &Mutex<VecDeque<Case>>,
        ended: &AtomicUsize,
        all: usize,
    ) -> Result<Vec<Finished>, Trouble> {
        let mut done = Vec::new();
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        while let Some(case) = next() {
            let Some(scene) = scenes.iter().find(|scene| scene.runbook() == case.runbook) else { continue };
            let finished = self.finish(scene.as_ref(), &case, lane).await?;
            self.book.add(&finished)?;
            let number = ended.fetch_add(1, Ordering::Relaxed) + 1;
            println!("{}", line(&finished, number, all));
            done.push(finished);
        }
        Ok(done)
    }

    /// A case, and once more when the run did not come to the step: how often something is looked at depends on the pace.
    async fn finish(&self, scene: &dyn Scene, case: &Case, lane: &Lane) -> Result<Finished, Trouble> {
        let mut evidence = self.player.play(scene, case, lane, &self.name()).await?;
        if !evidence.disturbed {
            evidence = self.player.play(scene, case, lane, &self.name()).await?;
        }
        let breaches = breaches(&evidence, &self.allowed[scene.function()]);
        let story = if breaches.is_empty() { String::new() } else { evidence.story() };
        let ending = match &evidence.condition {
            _ if !evidence.disturbed => Ending::NotReached,
            Condition::Healed => Ending::Healed,
            Condition::AsItWas => Ending::AsItWas,
            Condition::Between(_) => Ending::Ticket,
        };
        Ok(Finished { case: case.clone(), ending, breaches, story, seconds: evidence.seconds })
    }
}

fn line(finished: &Finished, number: usize, all: usize) -> String {
    let broken: String =
        finished.breaches.iter().map(|breach| format!("\n    BROKEN {}: {}", breach.rule, breach.seen)).collect();
    let story = if broken.is_empty() { String::new() } else { format!("\n{}", finished.story) };
    let (id, ending, seconds) = (finished.case.id(), finished.ending, finished.seconds);
    format!("[{number:4}/{all}] {id}: {ending:?} {seconds:.1} s{broken}{story}")
}

/// The steps by which an undisturbed run changed the resource.
fn changes(evidence: &Evidence) -> Vec<Step> {
    let numbers: Vec<u64> = evidence.changes().map(|entry| entry.seq).collect();
    let calls = evidence.journal.iter().filter(|entry| entry.call.service != "lambda");
    let of = calls.zip(steps(&evidence.journal)).filter(|(entry, _)| numbers.contains(&entry.seq));
    of.map(|(_, step)| step).collect()
}

/// The steps after the last fault of the base.
fn after(evidence: &Evidence, base: &Case) -> Vec<Step> {
    use world::gateway::journal::AnsweredBy;
    let calls: Vec<_> = evidence.journal.iter().filter(|entry| entry.call.service != "lambda").collect();
    let kind = base.step.as_ref().map(|step| step.operation.as_str()).unwrap_or_default();
    let spoilt = |entry: &&world::gateway::journal::Entry| {
        entry.answered_by == AnsweredBy::Fault && entry.call.operation == kind
    };
    let last = calls.iter().rposition(spoilt).map_or(calls.len(), |at| at + 1);
    steps(&evidence.journal).into_iter().skip(last).collect()
}
