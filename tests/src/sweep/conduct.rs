//! Conducts a sweep: the stack, recordings, cases, lanes, results.
//!
//! Comes in: which cases are wanted. Goes out: what came of each. Never: a case twice, unless its run did not come to the
//! step the first time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use world::stack::{Stack, StackConfig};

use super::Trouble;
use super::approvers::Approvers;
use super::case::{Answer, Case, Deliveries, Told};
use super::check::{Allowed, breaches};
use super::evidence::Evidence;
use super::finished::{Book, Ending, Finished};
use super::lane::{self, Lane, Recorders};
use super::letters::Letters;
use super::perform::{PROP, Player};
use super::plan;
use super::recording::{Step, effects, steps};
use super::scene::{ACCOUNT, Condition, Scene, scenes};
use crate::local::Stage;

/// Each function has as many lanes.
const FEWEST: usize = 6;

/// A lane in which so many cases could not be played plays no more.
const ENOUGH: usize = 4;

/// Runbooks of which a selection has the ways back too.
const THOROUGH: usize = 4;

/// Which cases are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// So many; all if nobody says how many.
    pub most: Option<usize>,
    /// Whether only the scenes are wanted that every test run plays.
    pub quick: bool,
    /// Only those in whose name this stands.
    pub named: Option<String>,
    /// Whether cases that cost a client's whole patience are wanted too.
    pub slow: bool,
    /// Lanes, of which each function has its part. With more than some fifty the local world takes longer for each case.
    pub lanes: usize,
}

impl Wanted {
    /// Whether of every runbook that is played all cases may be, and not only some kinds or steps.
    #[must_use]
    pub fn is_of_whole_runbooks(&self) -> bool {
        let step = |name: &String| name.contains([' ', ':', '#']);
        !self.quick && self.slow && !self.named.as_ref().is_some_and(step)
    }

    /// The smaller selection plays the programmed scenes and one that is written: each scene costs runs of its own before
    /// its first case.
    fn wants_scene(&self, scene: &dyn Scene) -> bool {
        match &self.named {
            Some(name) => name.contains(scene.runbook()) || scene.runbook().contains(name.as_str()),
            None => !self.quick || scene.is_always_played(),
        }
    }

    /// Of everything, what a function does alike for each of its runbooks is wanted once; of a named runbook, all of it.
    fn without_repetition(&self, all: Vec<Case>, scenes: &[Box<dyn Scene>]) -> Vec<Case> {
        if self.quick || self.named.is_some() {
            return all;
        }
        let functions: BTreeMap<&str, &str> = scenes.iter().map(|scene| (scene.runbook(), scene.function())).collect();
        plan::once_for_each_function(all, |runbook| functions.get(runbook).copied().unwrap_or_default())
    }

    /// The wanted ones of all cases.
    fn of(&self, all: Vec<Case>) -> Vec<Case> {
        let slow = |case: &Case| case.disturbance.is_slow();
        let named = |case: &Case| self.named.as_ref().is_none_or(|name| case.id().contains(name));
        let mut wanted: Vec<Case> = all.into_iter().filter(|case| named(case) && (self.slow || !slow(case))).collect();
        if let Some(count) = self.most {
            let drawn = plan::draw(&wanted, count);
            wanted.retain(|case| drawn.contains(&case.id()));
        }
        // Scenes of which there can be one at a time must not keep every lane waiting.
        wanted.sort_by_key(|case| world::ids::uuid_of(&case.id()));
        wanted
    }

    /// How many runbooks' ways back and questions are recorded: of a selection only a few, for each costs several runs.
    fn thorough(&self) -> usize {
        if self.quick { THOROUGH } else { usize::MAX }
    }
}

/// What has come of a sweep so far.
#[derive(Debug, Default, Clone)]
pub struct Swept {
    /// The cases that were played.
    pub finished: Vec<Finished>,
    /// How many there are, by runbook.
    pub all: BTreeMap<String, usize>,
    /// What could not be played, and why.
    pub troubles: Vec<String>,
}

impl Swept {
    fn cases_of(&mut self, runbook: &str, cases: Result<Vec<Case>, Trouble>) -> Vec<Case> {
        match cases {
            Ok(cases) => {
                self.all.insert(runbook.to_owned(), cases.len());
                cases
            }
            Err(trouble) => {
                // Told at once: the end of a sweep is hours away.
                println!("{runbook}: NOT SWEPT {trouble}");
                self.troubles.push(format!("{runbook}: {trouble}"));
                vec![]
            }
        }
    }
}

/// A function, and what its deployment is told.
type Deployed<'a> = (&'a str, Told);

/// Is told what has come of a sweep, now and then: a sweep takes long, and may be stopped.
pub type Keep<'a> = &'a (dyn Fn(&Swept) + Sync);

/// After so many cases it is told.
const NOW_AND_THEN: usize = 100;

/// What every part of a sweep needs.
struct Conductor<'a> {
    player: Player<'a>,
    lanes: &'a [Lane],
    book: &'a Book,
    recorders: Recorders<'a>,
    allowed: BTreeMap<String, Allowed>,
    played: AtomicUsize,
    keep: Keep<'a>,
}

/// Plays the wanted cases of every scene, in one stack.
///
/// # Errors
/// A stack does not start. An undisturbed run that is not as it should be, and a case that cannot be played, are among the
/// troubles.
pub async fn sweep(config: &StackConfig, wanted: &Wanted, book: &Book, keep: Keep<'_>) -> Result<Swept, Trouble> {
    let mut scenes = scenes()?;
    scenes.retain(|scene| wanted.wants_scene(scene.as_ref()));
    let mut lanes: Vec<Lane> = Vec::new();
    for function in functions(&scenes) {
        let weight = |wants: &dyn Fn(&str) -> bool| {
            scenes.iter().filter(|scene| wants(scene.function())).map(|scene| scene.weight()).sum::<usize>()
        };
        let own = weight(&|of| of == function);
        let enough = (wanted.lanes * own).div_ceil(weight(&|_| true)).max(FEWEST);
        for told in Told::DEPLOYMENTS {
            let count = if told == Told::Enforce { enough } else { enough.div_ceil(4) };
            lanes.extend((1..=count).map(|number| Lane::new(&function, told, number)));
        }
    }
    let stack = Stack::start(lane::stack(config.clone(), &lanes)).await?;
    let (letters, stage, mut swept) = (Letters::default(), Stage::new(&stack), Swept::default());
    let approvers = Approvers::new(&stage).await?;
    let conductor = Conductor::new(&stack, &letters, &approvers, &lanes, book, keep)?;
    conductor.prepare().await?;
    let all = conductor.all_cases(&scenes, wanted.thorough(), &mut swept).await;
    println!("{} cases in all", all.len());
    let cases = wanted.of(wanted.without_repetition(all, &scenes));
    println!("{} of them are played", cases.len());
    swept = conductor.play_all(&scenes, cases, swept).await;
    keep(&swept);
    Ok(swept)
}

fn functions(scenes: &[Box<dyn Scene>]) -> std::collections::BTreeSet<String> {
    scenes.iter().map(|scene| scene.function().to_owned()).collect()
}

impl<'a> Conductor<'a> {
    fn new(
        stack: &'a Stack,
        letters: &'a Letters,
        approvers: &'a Approvers<'a>,
        lanes: &'a [Lane],
        book: &'a Book,
        keep: Keep<'a>,
    ) -> Result<Self, Trouble> {
        let allowed =
            lanes.iter().map(|lane| Allowed::of(&lane.function).map(|allowed| (lane.function.clone(), allowed)));
        let allowed = allowed.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let operator = world::operator::Operator::new(stack.client());
        let player = Player { stack, operator, letters, approvers };
        let (recorders, played) = (Recorders::new(lanes), AtomicUsize::new(0));
        Ok(Self { player, lanes, book, recorders, allowed, played, keep })
    }

    async fn prepare(&self) -> Result<(), Trouble> {
        for lane in self.lanes {
            self.player.let_run(lane).await?;
        }
        Ok(())
    }

    /// The cases of every scene, in order; with the ways back and the questions of so many.
    async fn all_cases(&self, scenes: &[Box<dyn Scene>], thorough: usize, swept: &mut Swept) -> Vec<Case> {
        let each = scenes.iter().enumerate().map(|(number, scene)| self.cases(scene.as_ref(), number < thorough));
        let each = scenes.iter().zip(join_all(each).await);
        each.flat_map(|(scene, cases)| swept.cases_of(scene.runbook(), cases)).collect()
    }

    /// The cases of a scene, from the runs that are recorded for them.
    async fn cases(&self, scene: &dyn Scene, thorough: bool) -> Result<Vec<Case>, Trouble> {
        let runbook = scene.runbook();
        let undisturbed = self.record(scene, &Case::undisturbed(runbook)).await?;
        let wrong = breaches(&undisturbed, &self.allowed[scene.function()]);
        if undisturbed.condition != Condition::Healed || !wrong.is_empty() {
            return Err(format!("an undisturbed run of {runbook}: {wrong:?}\n{}", undisturbed.story()).into());
        }
        let all = steps(&undisturbed.journal);
        let mut cases = plan::cases(runbook, &all);
        if undisturbed.prop.kind == ACCOUNT {
            // There is no other account here that an event could be about.
            cases.retain(|case| case.deliveries != Deliveries::AboutNobody);
        }
        if !thorough {
            return Ok(cases);
        }
        let refused = self.record(scene, &Case::undisturbed(runbook).told(Told::Ask(Answer::No))).await?;
        cases.extend(plan::asked(runbook, &steps(&refused.journal)));
        let agreed = self.record(scene, &Case::undisturbed(runbook).told(Told::Ask(Answer::Yes))).await?;
        cases.extend(plan::agreed(runbook, &until_changed(&agreed)));
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
            if let Some(running) = went.delivered.iter().find(|delivered| delivered.status.is_none()) {
                return Err(format!("{}: {} does not end", base.id(), running.execution).into());
            }
            if went.disturbed && went.condition != Condition::Healed {
                return Ok(plan::back(&base, &after(&went, &base)));
            }
        }
        Ok(vec![])
    }

    async fn record(&self, scene: &dyn Scene, case: &Case) -> Result<Evidence, Trouble> {
        let lane = self.recorders.take(scene.function(), case.told).await;
        let played = self.player.play(scene, case, lane, &self.name()).await;
        self.recorders.give_back(lane).await;
        played
    }

    fn name(&self) -> String {
        // No name is the beginning of another, nor one character away from it.
        format!("{PROP}{:05}-p", self.played.fetch_add(1, Ordering::Relaxed))
    }

    async fn play_all(&self, scenes: &[Box<dyn Scene>], cases: Vec<Case>, mut swept: Swept) -> Swept {
        let mut queues: BTreeMap<Deployed<'_>, VecDeque<Case>> = BTreeMap::new();
        for case in cases {
            match self.book.of(&case) {
                Some(finished) => swept.finished.push(finished),
                None => {
                    let scene = scenes.iter().find(|scene| scene.runbook() == case.runbook);
                    let function = scene.map_or("", |scene| scene.function());
                    queues.entry((function, case.told.deployment())).or_default().push_back(case);
                }
            }
        }
        let all = queues.values().map(VecDeque::len).sum();
        let queues: BTreeMap<Deployed<'_>, Mutex<VecDeque<Case>>> =
            queues.into_iter().map(|(deployed, cases)| (deployed, Mutex::new(cases))).collect();
        let (ended, swept) = (AtomicUsize::new(0), Mutex::new(swept));
        let workers = self.lanes.iter().filter_map(|lane| {
            let queue = queues.get(&(lane.function.as_str(), lane.told))?;
            Some(self.work(lane, scenes, queue, &ended, all, &swept))
        });
        join_all(workers).await;
        swept.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(
        &self,
        lane: &Lane,
        scenes: &[Box<dyn Scene>],
        queue: &Mutex<VecDeque<Case>>,
        ended: &AtomicUsize,
        all: usize,
        swept: &Mutex<Swept>,
    ) {
        let mut troubles = 0;
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let swept = || swept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(case) = next() {
            let Some(scene) = scenes.iter().find(|scene| scene.runbook() == case.runbook) else { continue };
            let number = ended.fetch_add(1, Ordering::Relaxed) + 1;
            match self.finish(scene.as_ref(), &case, lane).await {
                Ok(finished) => {
                    println!("{}", line(&finished, number, all));
                    swept().finished.push(finished);
                }
                Err(trouble) => {
                    println!("[{number:4}/{all}] {}: NOT PLAYED {trouble}", case.id());
                    swept().troubles.push(format!("{}: {trouble}", case.id()));
                    troubles += 1;
                }
            }
            if number.is_multiple_of(NOW_AND_THEN) {
                let so_far = swept().clone();
                (self.keep)(&so_far);
            }
            if troubles >= ENOUGH {
                break;
            }
        }
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
        let finished = Finished { case: case.clone(), ending, breaches, story, seconds: evidence.seconds };
        self.book.add(&finished)?;
        Ok(finished)
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
    let of = effects(&evidence.journal).zip(steps(&evidence.journal)).filter(|(entry, _)| numbers.contains(&entry.seq));
    of.map(|(_, step)| step).collect()
}

/// The steps up to the one by which an undisturbed run first changed the resource.
fn until_changed(evidence: &Evidence) -> Vec<Step> {
    let first = changes(evidence).into_iter().next();
    steps(&evidence.journal).into_iter().take_while(|step| Some(step) != first.as_ref()).collect()
}

/// The steps after the last fault of the base.
fn after(evidence: &Evidence, base: &Case) -> Vec<Step> {
    use world::gateway::journal::AnsweredBy;
    let calls: Vec<_> = effects(&evidence.journal).collect();
    let kind = base.step.as_ref().map(|step| step.operation.as_str()).unwrap_or_default();
    let spoilt = |entry: &&world::gateway::journal::Entry| {
        entry.answered_by == AnsweredBy::Fault && entry.call.operation == kind
    };
    let last = calls.iter().rposition(spoilt).map_or(calls.len(), |at| at + 1);
    steps(&evidence.journal).into_iter().skip(last).collect()
}
