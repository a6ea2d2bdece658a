//! The longest a run can take, by the time-outs of its steps.
//!
//! Comes in: a document. Goes out: seconds along the longest path, and the steps that have no limit.
//! Never: a promise: pauses between attempts and AWS's own time to answer are not counted.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::action::{self, sleep_pause};
use crate::document::{Amount, Document, Step};
use crate::run::{LONGEST_CALL, Way, edges};

/// How long a run takes at most.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Longest {
    /// Seconds, if every step succeeds at its last moment.
    pub seconds: u64,
    /// Seconds along the longest way of all, the ways after failures included.
    pub with_failures: u64,
    /// Steps without a limit of their own, or with one that only a parameter knows.
    pub unbounded: Vec<String>,
}

/// Of the whole document.
pub(super) fn longest(document: &Document) -> Longest {
    let unbounded = document.all_steps().into_iter().filter(|step| of_step(step).is_none());
    Longest {
        seconds: along(&document.steps, &[Way::Forward]),
        with_failures: along(&document.steps, &[Way::Forward, Way::Failure]),
        unbounded: unbounded.map(|step| step.name.clone()).collect(),
    }
}

/// Along the longest path of a list, from its first step. Recursion is bounded by the document's nesting limit.
fn along(list: &[Step], ways: &[Way]) -> u64 {
    let own: Vec<u64> = list.iter().map(|step| total(step, ways)).collect();
    let next: Vec<BTreeSet<usize>> = (0..list.len()).map(|index| followers(list, index, ways)).collect();
    let mut longest = own.clone();
    // A document without a circle settles within as many rounds as its longest path has steps backwards.
    for _ in 0..list.len() {
        let mut settled = true;
        for index in (0..list.len()).rev() {
            let after = next[index].iter().map(|next| longest[*next]).max().unwrap_or(0);
            let new = own[index].saturating_add(after);
            settled &= new == longest[index];
            longest[index] = new;
        }
        if settled {
            break;
        }
    }
    longest.first().copied().unwrap_or(0)
}

/// The steps of the list that can come after one: its own ways, and those by which its loop's body is left.
fn followers(list: &[Step], index: usize, ways: &[Way]) -> BTreeSet<usize> {
    let mut names: Vec<&str> =
        edges(list, index).into_iter().filter(|(_, way)| ways.contains(way)).map(|(name, _)| name).collect();
    let step = &list[index];
    for inner in crate::run::steps_within(step) {
        let body = std::slice::from_ref(inner);
        names.extend(edges(body, 0).into_iter().filter(|(_, way)| ways.contains(way)).map(|(name, _)| name));
    }
    names.into_iter().filter_map(|name| list.iter().position(|step| step.name == name)).collect()
}

/// All attempts of a step, all iterations of a loop; what has no limit counts nothing.
fn total(step: &Step, ways: &[Way]) -> u64 {
    if step.body.is_empty() {
        return of_step(step).unwrap_or(0);
    }
    let limit = step.inputs.get("MaxIterations").and_then(serde_json::Value::as_u64);
    let items = step.inputs.get("Iterators").and_then(serde_json::Value::as_array);
    let literal = items.filter(|items| !items.iter().any(action::is_dynamic)).map(|items| items.len() as u64);
    let iterations = literal.unwrap_or(100).min(limit.unwrap_or(100)).min(100);
    along(&step.body, ways).saturating_mul(iterations)
}

/// All attempts of a step that has no body; `None` where nobody can say.
fn of_step(step: &Step) -> Option<u64> {
    let attempts = match &step.max_attempts {
        None => 1,
        Some(Amount::Fixed(attempts)) => *attempts,
        Some(Amount::Reference(_)) => return None,
    };
    let one = match &step.timeout {
        Some(Amount::Fixed(seconds)) => *seconds,
        Some(Amount::Reference(_)) => return None,
        None => by_action(step)?,
    };
    Some(one.saturating_mul(attempts))
}

fn by_action(step: &Step) -> Option<u64> {
    match step.action.as_str() {
        "aws:sleep" => of_sleep(step),
        "aws:branch" | "aws:updateVariable" | "aws:loop" => Some(0),
        "aws:executeAwsApi" | "aws:assertAwsResourceProperty" | "aws:createTags" => Some(LONGEST_CALL.as_secs()),
        other => action::spec(other)?.timeout,
    }
}

/// Seconds of a sleep of a fixed duration.
pub(super) fn of_sleep(step: &Step) -> Option<u64> {
    step.inputs.get("Duration").filter(|duration| !action::is_dynamic(duration))?;
    sleep_pause(&step.inputs, Timestamp::UNIX_EPOCH).ok().map(|pause| pause.as_secs())
}
