//! Sets and orders of steps for a plan. The graph has no circles by success and failure: the validator saw to it.

use std::collections::BTreeSet;

use crate::document::Step;
use crate::run::{Graph, Way};

/// The names of all steps that can be reached from these, themselves included.
pub(super) fn reach<'a>(graph: &Graph<'a>, from: impl IntoIterator<Item = &'a str>, ways: &[Way]) -> BTreeSet<&'a str> {
    let from: Vec<usize> = from.into_iter().filter_map(|name| graph.position(name)).collect();
    let reached = graph.steps().iter().zip(graph.reach(from, ways));
    reached.filter(|(_, reached)| *reached).map(|(step, _)| step.name.as_str()).collect()
}

/// The steps that every one of several ways comes to; empty for fewer than two.
pub(super) fn common<'a>(graph: &Graph<'a>, targets: &[&'a str]) -> BTreeSet<&'a str> {
    match targets {
        [] | [_] => BTreeSet::new(),
        [first, rest @ ..] => rest.iter().fold(reach(graph, [*first], &[Way::Forward]), |common, target| {
            common.intersection(&reach(graph, [*target], &[Way::Forward])).copied().collect()
        }),
    }
}

/// Those of the steps to which none of the others leads: where ways meet first.
pub(super) fn first<'a>(graph: &Graph<'a>, names: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let leads = |from: &'a str, to: &str| from != to && reach(graph, [from], &[Way::Forward]).contains(to);
    names.iter().copied().filter(|name| !names.iter().any(|other| leads(other, name))).collect()
}

/// The named steps so that each comes after all of them that lead to it; otherwise in document order. `ways` without
/// the cancel way, by which circles are possible.
pub(super) fn sorted<'a>(graph: &Graph<'a>, names: &BTreeSet<&str>, ways: &[Way]) -> Vec<&'a Step> {
    let chosen: BTreeSet<usize> = names.iter().filter_map(|name| graph.position(name)).collect();
    let mut led_to = vec![0_usize; graph.steps().len()];
    for target in chosen.iter().flat_map(|position| graph.next(*position, ways)) {
        led_to[target] += 1;
    }
    let mut ready: BTreeSet<usize> = chosen.iter().copied().filter(|position| led_to[*position] == 0).collect();
    let mut sorted = Vec::with_capacity(chosen.len());
    while let Some(position) = ready.pop_first() {
        sorted.push(graph.steps()[position]);
        for target in graph.next(position, ways) {
            led_to[target] -= 1;
            if led_to[target] == 0 && chosen.contains(&target) {
                ready.insert(target);
            }
        }
    }
    sorted
}
