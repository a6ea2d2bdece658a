//! Defaults that refer to other parameters: no circle, no endless growth.
//!
//! Comes in: the parameters. Goes out: findings for defaults that a run could not resolve in bounded time and space.
//! Never: the resolving itself; a run relies on these bounds.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Document, Parameter};
use crate::place::child;
use crate::reference::{Reference, in_value};
use crate::report::{Reporter, Spot};

/// AWS's own runbooks refer one level deep; each level doubles what a malicious document can make of one line.
const MAX_LEVELS: usize = 8;
/// A whole document has less.
const MAX_TEXT: usize = 64 * 1024;

/// What a default comes to at most.
#[derive(Clone, Copy)]
struct Extent {
    levels: usize,
    text: usize,
}

/// Each default after those that it refers to; what is left over goes round in a circle.
pub(super) fn check(document: &Document, reporter: &mut Reporter<'_>) {
    let index: BTreeMap<&str, usize> =
        document.parameters.iter().enumerate().map(|(at, parameter)| (parameter.name.as_str(), at)).collect();
    let refers: Vec<Vec<usize>> = document.parameters.iter().map(|parameter| others(parameter, &index)).collect();
    let mut known: Vec<Option<Extent>> = vec![None; refers.len()];
    let mut referred_by: Vec<Vec<usize>> = vec![Vec::new(); refers.len()];
    for (at, targets) in refers.iter().enumerate() {
        for target in targets {
            referred_by[*target].push(at);
        }
    }
    let mut missing: Vec<usize> = refers.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..refers.len()).filter(|at| missing[*at] == 0).collect();
    while let Some(at) = ready.pop() {
        known[at] = Some(extent(&document.parameters[at], &refers[at], &known));
        for user in &referred_by[at] {
            missing[*user] -= 1;
            if missing[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    for (parameter, extent) in document.parameters.iter().zip(known) {
        let message = match extent {
            None => "the default refers to parameters whose defaults lead back to it",
            Some(Extent { levels, .. }) if levels > MAX_LEVELS => "the default refers to too many levels of defaults",
            Some(Extent { text, .. }) if text > MAX_TEXT => "the default expands to more than 64 KB",
            Some(_) => continue,
        };
        let spot = Spot::at(child("/parameters", &parameter.name)).key("default");
        reporter.error("default-expansion", &spot, message);
    }
}

/// The parameters a default refers to, each as often as it does; itself not, for that stays text.
fn others(parameter: &Parameter, index: &BTreeMap<&str, usize>) -> Vec<usize> {
    let references = parameter.default.iter().flat_map(in_value);
    let named = references.filter_map(|reference| match reference {
        Reference::Parameter(name) if name != parameter.name => index.get(name.as_str()).copied(),
        _ => None,
    });
    named.collect()
}

fn extent(parameter: &Parameter, refers: &[usize], known: &[Option<Extent>]) -> Extent {
    let own = parameter.default.as_ref().map_or(0, |default| match default {
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    });
    refers.iter().filter_map(|at| known[*at]).fold(Extent { levels: 0, text: own }, |sum, inner| Extent {
        levels: sum.levels.max(inner.levels + 1),
        text: sum.text.saturating_add(inner.text),
    })
}
