//! Which cases there are: every step with every way to fail, and what else can happen.
//!
//! Comes in: the steps of undisturbed runs and of runs that went back. Goes out: cases, the same for the same steps.
//! Never: a case by chance; the smaller selection of every test run is drawn by the cases' own names.

use std::collections::{BTreeMap, BTreeSet};

use world::gateway::fault::Moment;

use super::case::{Answer, Case, Deliveries, Disturbance, Told};
use super::failure::{Failure, Lasting};
use super::recording::Step;

const MOMENTS: [Moment; 3] = [Moment::Before, Moment::Performed, Moment::Recorded];

/// What is tried at each step of a way back.
const ON_THE_WAY_BACK: [(Failure, Lasting); 8] = [
    (Failure::Denied, Lasting::Once),
    (Failure::Denied, Lasting::Lasting),
    (Failure::Throttled, Lasting::Lasting),
    (Failure::NotFound, Lasting::Once),
    (Failure::NoCapacity, Lasting::Lasting),
    (Failure::CutAfter, Lasting::Once),
    (Failure::ServiceFault, Lasting::Lasting),
    (Failure::Unanswered, Lasting::Once),
];

/// The cases of a runbook whose undisturbed run has these steps.
#[must_use]
pub fn cases(runbook: &str, steps: &[Step]) -> Vec<Case> {
    let of_steps = steps.iter().flat_map(|step| {
        let at = |disturbance| Case::at(runbook, step, disturbance);
        disturbances(step).into_iter().map(at).collect::<Vec<_>>()
    });
    of_steps.chain(deliveries(runbook)).collect()
}

fn disturbances(step: &Step) -> Vec<Disturbance> {
    let failures = Failure::OF_READS.into_iter().chain(Failure::OF_WRITES).filter(|failure| failure.fits(step));
    let mut all: Vec<Disturbance> = failures
        .flat_map(|failure| {
            let lasting: &[Lasting] =
                if failure.is_slow() { &[Lasting::Once] } else { &[Lasting::Once, Lasting::Lasting] };
            lasting.iter().map(move |lasting| Disturbance::Fails(failure, *lasting))
        })
        .collect();
    if step.writes {
        all.push(Disturbance::Repeats);
    }
    all.push(Disturbance::Stopped);
    all.extend(MOMENTS.map(Disturbance::Killed));
    all
}

fn deliveries(runbook: &str) -> impl Iterator<Item = Case> {
    let ways = [
        Deliveries::Racing,
        Deliveries::Ten,
        Deliveries::AfterDeadHolder,
        Deliveries::AfterEndedHolder,
        Deliveries::AfterDeadLease,
        Deliveries::AboutNobody,
        Deliveries::OurOwn,
    ];
    ways.map(|deliveries| Case { deliveries, ..Case::undisturbed(runbook) }).into_iter().chain(told(runbook))
}

/// What a deployment may be told beside to put faults right, and what people may say.
fn told(runbook: &str) -> impl Iterator<Item = Case> {
    let asked = [Answer::Yes, Answer::No, Answer::Nothing].map(Told::Ask);
    let all = [Told::Observe, Told::NotOptedIn].into_iter().chain(asked);
    all.map(|told| Case::undisturbed(runbook).told(told))
}

/// The cases of a question that is not answered by a yes: the process dies at each thing that is written on the way.
#[must_use]
pub fn asked(runbook: &str, steps: &[Step]) -> Vec<Case> {
    let at = |step: &Step| Case::at(runbook, step, Disturbance::Killed(Moment::Performed));
    let cases = steps.iter().filter(|step| step.writes).map(at);
    cases.flat_map(|case| [Answer::No, Answer::Nothing].map(|answer| case.clone().told(Told::Ask(answer)))).collect()
}

/// The cases of a question that is answered by a yes: each step up to the first change is cut, refused, and the moment at
/// which the process dies.
#[must_use]
pub fn agreed(runbook: &str, steps: &[Step]) -> Vec<Case> {
    let ways = |step: &Step| {
        let fails = [Failure::Denied, Failure::CutAfter].into_iter().filter(|failure| failure.fits(step));
        let fails = fails.map(|failure| Disturbance::Fails(failure, Lasting::Once));
        fails.chain(MOMENTS.map(Disturbance::Killed)).collect::<Vec<_>>()
    };
    let at = |(step, way): (&Step, Disturbance)| Case::at(runbook, step, way).told(Told::Ask(Answer::Yes));
    steps.iter().flat_map(|step| ways(step).into_iter().map(move |way| (step, way))).map(at).collect()
}

/// The cases of a way back: `base` makes the run go back, and `back` are the steps after that.
#[must_use]
pub fn back(base: &Case, back: &[Step]) -> Vec<Case> {
    let (Some(step), Disturbance::Fails(failure, lasting)) = (&base.step, &base.disturbance) else { return vec![] };
    let case = |at: &Step, second: Disturbance| {
        let (first, second) = ((*failure, *lasting), Box::new(second));
        Case::at(&base.runbook, step, Disturbance::OnTheWayBack { first, back: at.clone(), second })
    };
    let mut cases = Vec::new();
    for at in distinct(back) {
        let fits = |(failure, _): &&(Failure, Lasting)| failure.fits(at);
        cases.extend(ON_THE_WAY_BACK.iter().filter(fits).map(|(how, long)| case(at, Disturbance::Fails(*how, *long))));
        cases.push(case(at, Disturbance::Stopped));
        cases.extend(MOMENTS.map(|moment| case(at, Disturbance::Killed(moment))));
    }
    cases
}

/// Most looks of a way back are repeated until something is as it should be: of each operation that only looks, the first two
/// and the last are disturbed.
fn distinct(steps: &[Step]) -> Vec<&Step> {
    let alike = |step: &Step| steps.iter().filter(|other| other.kind() == step.kind()).count();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let is_distinct = |step: &&Step| {
        let before = seen.entry(step.kind()).or_default();
        *before += 1;
        step.writes || *before <= 2 || *before == alike(step)
    };
    steps.iter().filter(is_distinct).collect()
}

/// What may make a run of these steps go back, the mildest first: each change refused, and the look at what noticed the
/// fault refused for good.
#[must_use]
pub fn bases(runbook: &str, steps: &[Step], changes: &[Step]) -> Vec<Vec<Case>> {
    let refused = |step: &Step, lasting| Case::at(runbook, step, Disturbance::Fails(Failure::Denied, lasting));
    let mut bases: Vec<Vec<Case>> =
        changes.iter().map(|step| (1..=3).map(|times| refused(step, Lasting::Times(times))).collect()).collect();
    let last_change = changes.last().and_then(|last| steps.iter().rposition(|step| step == last));
    let after = last_change.map_or(&[][..], |at| &steps[at..]);
    let look = after.iter().rev().find(|step| !step.writes && !["dynamodb", "ssm"].contains(&step.service.as_str()));
    bases.extend(look.map(|look| {
        let first = Step { nth: look.nth.min(2), ..look.clone() };
        vec![refused(&first, Lasting::Lasting)]
    }));
    bases
}

/// Without what a function does the same way for each of its runbooks: a step whose operation is in the cases of every
/// runbook of the function (its guards, its outcome, its looks at AWS Config) is disturbed with the first that has it.
#[must_use]
pub fn once_for_each_function<'a>(cases: Vec<Case>, function: impl Fn(&str) -> &'a str) -> Vec<Case> {
    let mut of_function: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut of_operation: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let place = |case: &Case, step: &Step| {
        format!("{} {} {} {step}", function(&case.runbook), case.told, case.is_on_the_way_back())
    };
    for case in &cases {
        of_function.entry(function(&case.runbook)).or_default().insert(&case.runbook);
        if let Some(step) = case.place() {
            let operation = (function(&case.runbook), step.kind());
            of_operation.entry(operation).or_default().insert(&case.runbook);
            first.entry(place(case, step)).or_insert(&case.runbook);
        }
    }
    let is_wanted = |case: &Case| {
        case.place().is_none_or(|step| {
            let function = function(&case.runbook);
            of_operation.get(&(function, step.kind())) != of_function.get(function)
                || first.get(&place(case, step)) == Some(&case.runbook.as_str())
        })
    };
    let wanted: Vec<bool> = cases.iter().map(is_wanted).collect();
    cases.into_iter().zip(wanted).filter_map(|(case, wanted)| wanted.then_some(case)).collect()
}

/// So many cases for every test run: one of each kind, and then of each runbook in turn. Which ones, their names say.
#[must_use]
pub fn draw(cases: &[Case], count: usize) -> BTreeSet<String> {
    let mut ordered: Vec<&Case> = cases.iter().collect();
    ordered.sort_by_key(|case| world::ids::uuid_of(&case.id()));
    let mut drawn = BTreeSet::new();
    let mut of_runbook: BTreeMap<&str, usize> = BTreeMap::new();
    let kinds: BTreeSet<String> = cases.iter().map(kind).collect();
    for kind in kinds {
        // Of the runbook that has had the fewest.
        let candidates = ordered.iter().filter(|case| self::kind(case) == kind);
        let case = candidates.min_by_key(|case| of_runbook.get(case.runbook.as_str()).copied().unwrap_or_default());
        if let Some(case) = case.filter(|_| drawn.len() < count) {
            *of_runbook.entry(&case.runbook).or_default() += 1;
            drawn.insert(case.id());
        }
    }
    while drawn.len() < count.min(cases.len()) {
        let left = ordered.iter().filter(|case| !drawn.contains(&case.id()));
        let next = left.min_by_key(|case| of_runbook.get(case.runbook.as_str()).copied().unwrap_or_default());
        let Some(case) = next else { break };
        *of_runbook.entry(&case.runbook).or_default() += 1;
        drawn.insert(case.id());
    }
    drawn
}

/// What is the same in cases of other steps and other runbooks.
fn kind(case: &Case) -> String {
    match (&case.step, &case.disturbance) {
        (None, _) => format!("{}{}", case.told, case.deliveries),
        (Some(_), Disturbance::OnTheWayBack { .. }) => "on the way back".to_owned(),
        (Some(_), Disturbance::Fails(failure, _)) => failure.to_string(),
        (Some(_), other) => format!("{} {other}", case.told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(runbooks: &[&str]) -> Vec<Case> {
        let step = |operation: &str, writes| Step { service: "s3".into(), operation: operation.into(), nth: 1, writes };
        let steps = [step("GetObject", false), step("PutObject", true), step("DeleteObject", true)];
        runbooks.iter().flat_map(|runbook| [cases(runbook, &steps), asked(runbook, &steps)].concat()).collect()
    }

    #[test]
    fn a_draw_is_of_the_number_that_was_asked_for_and_has_one_of_each_kind() {
        let cases = all(&["a", "b", "c"]);
        let drawn = draw(&cases, 50);
        assert_eq!(drawn.len(), 50);
        let of: Vec<&Case> = cases.iter().filter(|case| drawn.contains(&case.id())).collect();
        let kinds = |cases: &[&Case]| cases.iter().map(|case| kind(case)).collect::<BTreeSet<_>>();
        assert_eq!(kinds(&of), kinds(&cases.iter().collect::<Vec<_>>()));
        assert_eq!(draw(&cases, 50), drawn, "the same each time");
        assert!(draw(&cases, 100_000).len() == cases.len());
    }

    #[test]
    fn what_every_runbook_of_a_function_does_is_disturbed_with_one_of_them() {
        let step = |operation: &str, nth| Step { service: "s3".into(), operation: operation.into(), nth, writes: true };
        let own = [("a", "PutA"), ("b", "PutB"), ("c", "Publish")];
        let all = own.iter().flat_map(|(runbook, api)| {
            // The second has one claim more, and the third is the only one of its function.
            let claims = if *runbook == "b" { 2 } else { 1 };
            let claims = (1..=claims).map(|nth| step("Claim", nth));
            cases(runbook, &claims.chain([step(api, 1)]).collect::<Vec<_>>())
        });
        let kept = once_for_each_function(all.collect(), |name| if name == "c" { "g" } else { "f" });
        let steps: BTreeSet<String> =
            kept.iter().filter_map(|case| Some(format!("{} {}", case.runbook, case.step.as_ref()?))).collect();
        let expected = ["a s3:Claim#1", "a s3:PutA#1", "b s3:Claim#2", "b s3:PutB#1", "c s3:Claim#1", "c s3:Publish#1"];
        assert_eq!(steps, expected.map(str::to_owned).into());
        let told = |runbook: &str| kept.iter().filter(|case| case.runbook == runbook && case.step.is_none()).count();
        assert_eq!((told("a"), told("b"), told("c")), (12, 12, 12), "how events come is tried with each");
    }

    #[test]
    fn of_looks_that_are_repeated_on_a_way_back_the_first_two_and_the_last_are_disturbed() {
        let step =
            |operation: &str, nth, writes| Step { service: "s3".into(), operation: operation.into(), nth, writes };
        let looks = (4..=40).map(|nth| step("HeadObject", nth, false));
        let writes = (1..=3).map(|nth| step("PutObject", nth, true));
        let steps: Vec<Step> = looks.chain(writes).collect();
        let kept: Vec<String> = distinct(&steps).into_iter().map(Step::to_string).collect();
        let expected = ["HeadObject#4", "HeadObject#5", "HeadObject#40", "PutObject#1", "PutObject#2", "PutObject#3"];
        assert_eq!(kept, expected.map(|step| format!("s3:{step}")));
    }

    #[test]
    fn a_draw_is_spread_over_the_runbooks() {
        let runbooks = ["a", "b", "c", "d", "e", "f", "g"];
        let (cases, mut counts) = (all(&runbooks), BTreeMap::new());
        let drawn = draw(&cases, 49);
        for case in cases.iter().filter(|case| drawn.contains(&case.id())) {
            *counts.entry(case.runbook.clone()).or_insert(0) += 1;
        }
        assert!(counts.len() == 7 && counts.values().all(|count| *count == 7), "{counts:?}");
    }
}
