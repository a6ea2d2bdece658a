//! Which cases there are: every step with every way to fail, and what else can happen.
//!
//! Comes in: the steps of undisturbed runs and of runs that went back. Goes out: cases, the same for the same steps.
//! Never: a case by chance; the smaller selection of every test run is drawn by the cases' own names.

use world::gateway::fault::Moment;

use super::case::{Case, Deliveries, Disturbance};
use super::failure::{Failure, Lasting};
use super::recording::Step;

const MOMENTS: [Moment; 3] = [Moment::Before, Moment::Performed, Moment::Recorded];

/// What is tried at each step of a way back.
const ON_THE_WAY_BACK: [(Failure, Lasting); 5] = [
    (Failure::Denied, Lasting::Once),
    (Failure::Denied, Lasting::Lasting),
    (Failure::Throttled, Lasting::Lasting),
    (Failure::CutAfter, Lasting::Once),
    (Failure::ServiceFault, Lasting::Lasting),
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
    ];
    ways.map(|deliveries| Case { deliveries, ..Case::undisturbed(runbook) }).into_iter()
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
    for at in back {
        let fits = |(failure, _): &&(Failure, Lasting)| failure.fits(at);
        cases.extend(ON_THE_WAY_BACK.iter().filter(fits).map(|(how, long)| case(at, Disturbance::Fails(*how, *long))));
        cases.push(case(at, Disturbance::Stopped));
        cases.extend(MOMENTS.map(|moment| case(at, Disturbance::Killed(moment))));
    }
    cases
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

/// Whether a case belongs to the selection of every test run: so many of a thousand, drawn by the case's name.
#[must_use]
pub fn is_drawn(case: &Case, of_a_thousand: u32) -> bool {
    let digits = &world::ids::uuid_of(&case.id())[..8];
    u32::from_str_radix(digits, 16).is_ok_and(|number| number % 1000 < of_a_thousand)
}
