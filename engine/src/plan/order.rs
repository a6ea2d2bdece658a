//! Sets and orders of steps for a plan. The graph has no circles: the validator saw to it.

use std::collections::BTreeSet;

use crate::document::{Document, Step};
use crate::run::{Way, edges, find_step};

/// All steps that can be reached from these, themselves included, by these ways.
pub(super) fn reach<'a>(
    document: &'a Document,
    from: impl IntoIterator<Item = &'a str>,
    ways: &[Way],
) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = from.into_iter().collect();
    while let Some(name) = open.pop() {
        if seen.insert(name) {
            open.extend(next(document, name, ways));
        }
    }
    seen
}

/// The steps that every one of several ways comes to; empty for fewer than two.
pub(super) fn common<'a>(document: &'a Document, targets: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut sets = targets.into_iter().map(|target| reach(document, [target], &[Way::Forward]));
    let Some(first) = sets.next() else { return BTreeSet::new() };
    let mut rest = sets.peekable();
    if rest.peek().is_none() {
        return BTreeSet::new();
    }
    rest.fold(first, |common, set| common.intersection(&set).copied().collect())
}

/// The named steps so that each comes after all that lead to it; otherwise in document order. By the cancel way
/// circles are possible, so it never counts for the order.
pub(super) fn sorted<'a>(document: &'a Document, names: &BTreeSet<&str>, ways: &[Way]) -> Vec<&'a Step> {
    let mut left: Vec<&Step> = document.steps.iter().filter(|step| names.contains(step.name.as_str())).collect();
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let led_to: BTreeSet<&str> = left.iter().flat_map(|step| next(document, &step.name, ways)).collect();
        let first = left.iter().position(|step| !led_to.contains(step.name.as_str())).unwrap_or(0);
        sorted.push(left.remove(first));
    }
    sorted
}

fn next<'a>(document: &'a Document, name: &str, ways: &[Way]) -> Vec<&'a str> {
    let Some((list, index)) = find_step(&document.steps, name) else { return Vec::new() };
    edges(list, index).into_iter().filter(|(_, way)| ways.contains(way)).map(|(target, _)| target).collect()
}
