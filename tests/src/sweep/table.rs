//! What came of every case, as tables for people.
//!
//! Comes in: results. Goes out: Markdown: for each runbook a table of its steps, and the counts. Never: a result left out.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use world::gateway::fault::Moment;

use super::case::{Case, Disturbance};
use super::failure::Lasting;
use super::finished::{Ending, Finished};
use super::recording::Step;
use crate::checkout;

/// The columns, in order.
const COLUMNS: [&str; 15] = [
    "throttled",
    "denied",
    "not found",
    "no capacity",
    "5xx",
    "5xx, done",
    "cut",
    "cut, done",
    "no answer",
    "late, done",
    "repeated",
    "stopped",
    "killed before",
    "killed during",
    "killed after",
];

impl Ending {
    fn letter(self) -> &'static str {
        match self {
            Self::Healed => "H",
            Self::AsItWas => "A",
            Self::Ticket => "T",
            Self::NotReached => "-",
        }
    }
}

/// Everything: counts, then a table for each runbook.
#[must_use]
pub fn markdown(results: &[Finished]) -> String {
    let runbooks: BTreeSet<&str> = results.iter().map(|finished| finished.case.runbook.as_str()).collect();
    let mut text = counts(results);
    for runbook in runbooks {
        let own: Vec<&Finished> = results.iter().filter(|finished| finished.case.runbook == runbook).collect();
        text.push_str(&format!("\n### {runbook}\n\n{}", matrix(&own)));
        text.push_str(&way_back(&own));
        text.push_str(&deliveries(&own));
    }
    text
}

/// The page on which the tables stand, and the marks between which they do.
const PAGE: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- sweep: written by `make sweep` -->\n";
const END: &str = "<!-- /sweep -->";

/// Writes the tables into the page.
///
/// # Errors
/// The page cannot be read or written, or has no place for them.
pub fn write(results: &[Finished], day: &str) -> io::Result<()> {
    let page = checkout::text(PAGE)?;
    let places = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = places.ok_or_else(|| io::Error::other(format!("{PAGE} has no place for the tables")))?;
    let seconds: f64 = results.iter().map(|finished| finished.seconds).sum();
    let (cases, minutes, tables) = (results.len(), seconds / 60.0, markdown(results));
    let told = format!("`make sweep`, {day}: {cases} cases, {minutes:.0} minutes of runs beside each other.\n");
    std::fs::write(checkout::root().join(PAGE), format!("{before}{BEGIN}\n{told}\n{tables}\n{END}{after}"))
}

/// How many cases, how they ended, how many rules were broken.
#[must_use]
pub fn counts(results: &[Finished]) -> String {
    let mut text =
        String::from("| runbook | cases | healed | as it was | left to a person | not reached | rules broken |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    let runbooks: BTreeSet<&str> = results.iter().map(|finished| finished.case.runbook.as_str()).collect();
    for runbook in runbooks {
        let own: Vec<&Finished> = results.iter().filter(|finished| finished.case.runbook == runbook).collect();
        let ended = |ending| own.iter().filter(|finished| finished.ending == ending).count();
        let broken: usize = own.iter().map(|finished| finished.breaches.len()).sum();
        text.push_str(&format!(
            "| {runbook} | {} | {} | {} | {} | {} | {broken} |\n",
            own.len(),
            ended(Ending::Healed),
            ended(Ending::AsItWas),
            ended(Ending::Ticket),
            ended(Ending::NotReached),
        ));
    }
    text
}

fn column(disturbance: &Disturbance) -> Option<String> {
    match disturbance {
        Disturbance::Fails(failure, _) => Some(failure.to_string()),
        Disturbance::Repeats | Disturbance::Stopped | Disturbance::Killed(_) => Some(disturbance.to_string()),
        Disturbance::None | Disturbance::OnTheWayBack { .. } => None,
    }
}

/// One row for each step, one column for each disturbance.
fn matrix(results: &[&Finished]) -> String {
    let mut cells: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut rows: Vec<Step> = Vec::new();
    for finished in in_order(results) {
        let (Some(step), Some(column)) = (&finished.case.step, column(&finished.case.disturbance)) else { continue };
        if !rows.contains(step) {
            rows.push(step.clone());
        }
        cells.entry((step.to_string(), column)).or_default().push_str(&letter(finished));
    }
    let mut text = format!("| step | {} |\n|---|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    for step in rows {
        let of = |column: &&str| cells.get(&(step.to_string(), (*column).to_owned())).cloned().unwrap_or_default();
        let row: Vec<String> = COLUMNS.iter().map(of).collect();
        text.push_str(&format!("| {step} | {} |\n", row.join(" | ")));
    }
    text
}

/// First what happens once, then what lasts.
fn in_order<'a>(results: &[&'a Finished]) -> Vec<&'a Finished> {
    let mut ordered = results.to_vec();
    ordered.sort_by_key(|finished| (finished.case.step.clone(), lasting(&finished.case)));
    ordered
}

fn lasting(case: &Case) -> u8 {
    match &case.disturbance {
        Disturbance::Fails(_, Lasting::Lasting) => 1,
        _ => 0,
    }
}

fn letter(finished: &Finished) -> String {
    let broken = if finished.breaches.is_empty() { "" } else { "!" };
    format!("{}{broken}", finished.ending.letter())
}

/// What makes a run go back, and what came of each disturbance on the way.
fn way_back(results: &[&Finished]) -> String {
    let mut rows: BTreeMap<(String, String), BTreeMap<String, usize>> = BTreeMap::new();
    for finished in results {
        let Disturbance::OnTheWayBack { first, second, .. } = &finished.case.disturbance else { continue };
        let step = finished.case.step.as_ref().map(Step::to_string).unwrap_or_default();
        let what = match &**second {
            Disturbance::Fails(failure, how) => {
                format!("{failure}{}", if *how == Lasting::Once { "" } else { " lastingly" })
            }
            Disturbance::Killed(moment) => killed(*moment).to_owned(),
            other => other.to_string(),
        };
        let ends = rows.entry((format!("{step} {}", first.0), what)).or_default();
        *ends.entry(letter(finished)).or_default() += 1;
    }
    if rows.is_empty() {
        return String::new();
    }
    let mut text =
        String::from("\n| goes back because | and on the way back, at each step | came to |\n|---|---|---|\n");
    for ((why, what), ends) in rows {
        let ends: Vec<String> = ends.into_iter().map(|(ending, times)| format!("{times} {ending}")).collect();
        text.push_str(&format!("| {why} | {what} | {} |\n", ends.join(", ")));
    }
    text
}

fn killed(moment: Moment) -> &'static str {
    match moment {
        Moment::Before => "killed before",
        Moment::Performed => "killed during",
        Moment::Recorded => "killed after",
    }
}

fn deliveries(results: &[&Finished]) -> String {
    let own = results.iter().filter(|finished| finished.case.step.is_none());
    let rows: String =
        own.map(|finished| format!("| {} | {} |\n", finished.case.deliveries, letter(finished))).collect();
    if rows.is_empty() { rows } else { format!("\n| deliveries | came to |\n|---|---|\n{rows}") }
}
