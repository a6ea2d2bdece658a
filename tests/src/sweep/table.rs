//! What came of every case, as tables for people.
//!
//! Comes in: results. Goes out: Markdown: for each runbook a table of its steps, and the counts. Never: a result left out.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use world::gateway::fault::Moment;

use super::case::{Case, Disturbance, Told};
use super::conduct::Swept;
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
pub fn markdown(swept: &Swept) -> String {
    let results = &swept.finished;
    let mut text = format!("{HEAD}{}", counts(swept, "today").into_values().collect::<String>());
    text.extend(
        runbooks(results).into_iter().map(|runbook| format!("\n## {runbook}\n\n{}", of_runbook(results, runbook))),
    );
    text
}

/// What came of each case of a runbook.
fn of_runbook(results: &[Finished], runbook: &str) -> String {
    let own: Vec<&Finished> = results.iter().filter(|finished| finished.case.runbook == runbook).collect();
    [matrix(&own), way_back(&own), deliveries(&own)].concat()
}

fn runbooks(results: &[Finished]) -> BTreeSet<&str> {
    results.iter().map(|finished| finished.case.runbook.as_str()).collect()
}

/// The page on which the counts stand, and the marks between which they do.
const PAGE: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- sweep: written by `make sweep` -->\n";
const END: &str = "<!-- /sweep -->";

/// The page with what came of each case.
const MATRIX: &str = "docs/reliability-matrix.md";
const SECTION: &str = "\n## ";

/// Writes what was played into the two pages; what they say of other runbooks stays.
///
/// # Errors
/// A page cannot be read or written, or has no place for the counts.
pub fn write(swept: &Swept, day: &str) -> io::Result<()> {
    write_counts(swept, day)?;
    let page = checkout::text(MATRIX)?;
    std::fs::write(checkout::root().join(MATRIX), with_sections(&page, swept, day))
}

/// The page with the sections of the runbooks that were played, in order.
fn with_sections(page: &str, swept: &Swept, day: &str) -> String {
    let mut parts = page.split(SECTION);
    let head = parts.next().unwrap_or_default().trim_end();
    let named = |section: &str| Some((section.split_once(' ')?.0.to_owned(), section.trim_end().to_owned()));
    let mut sections: BTreeMap<String, String> = parts.filter_map(named).collect();
    sections.extend(runbooks(&swept.finished).into_iter().map(|runbook| {
        let text = format!("{runbook} ({day})\n\n{}", of_runbook(&swept.finished, runbook));
        (runbook.to_owned(), text.trim_end().to_owned())
    }));
    let sections: String = sections.into_values().map(|section| format!("{SECTION}{section}\n")).collect();
    format!("{head}\n{sections}")
}

fn write_counts(swept: &Swept, day: &str) -> io::Result<()> {
    let page = checkout::text(PAGE)?;
    let places = page.split_once(BEGIN).and_then(|(before, rest)| {
        let (rows, after) = rest.split_once(END)?;
        Some((before, rows, after))
    });
    let (before, rows, after) =
        places.ok_or_else(|| io::Error::other(format!("{PAGE} has no place for the counts")))?;
    let named = |row: &str| row.split('|').nth(1).map(|name| (name.trim().to_owned(), format!("{row}\n")));
    let mut rows: BTreeMap<String, String> = rows.lines().skip(HEAD.lines().count()).filter_map(named).collect();
    rows.extend(counts(swept, day));
    let rows: String = rows.into_values().collect();
    std::fs::write(checkout::root().join(PAGE), format!("{before}{BEGIN}{HEAD}{rows}{END}{after}"))
}

const HEAD: &str = "\
| runbook or binding | cases | of | healed | as it was | left to a person | not reached | rules broken | day |
|---|---|---|---|---|---|---|---|---|
";

/// By runbook: how many cases, how they ended, how many rules were broken.
fn counts(swept: &Swept, day: &str) -> BTreeMap<String, String> {
    let row = |runbook: &str| {
        let own = || swept.finished.iter().filter(|finished| finished.case.runbook == runbook);
        let ended = |ending| own().filter(|finished| finished.ending == ending).count();
        let ends =
            [Ending::Healed, Ending::AsItWas, Ending::Ticket, Ending::NotReached].map(|end| ended(end).to_string());
        let broken: usize = own().map(|finished| finished.breaches.len()).sum();
        let (played, all) = (own().count(), swept.all.get(runbook).copied().unwrap_or_default());
        format!("| {runbook} | {played} | {all} | {} | {broken} | {day} |\n", ends.join(" | "))
    };
    runbooks(&swept.finished).into_iter().map(|runbook| (runbook.to_owned(), row(runbook))).collect()
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
        if finished.case.told != Told::Enforce {
            continue;
        }
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
        own.map(|finished| format!("| {} | {} |\n", told_or_delivered(&finished.case), letter(finished))).collect();
    let asked = asked(results);
    if rows.is_empty() { asked } else { format!("\n| deliveries | came to |\n|---|---|\n{rows}{asked}") }
}

fn told_or_delivered(case: &Case) -> String {
    if case.told == Told::Enforce { case.deliveries.to_string() } else { case.told.to_string() }
}

/// What came of questions on whose way the process died, in the same columns.
fn asked(results: &[&Finished]) -> String {
    let mut rows: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for finished in
        results.iter().filter(|finished| finished.case.told != Told::Enforce && finished.case.step.is_some())
    {
        let row = format!("{}, {} at each write", finished.case.told, finished.case.disturbance);
        *rows.entry(row).or_default().entry(letter(finished)).or_default() += 1;
    }
    let row = |(what, ends): (String, BTreeMap<String, usize>)| {
        let ends: Vec<String> = ends.into_iter().map(|(ending, times)| format!("{times} {ending}")).collect();
        format!("| {what} | {} |\n", ends.join(", "))
    };
    rows.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(runbook: &str, ending: Ending) -> Finished {
        let step = Step { service: "s3".into(), operation: "PutObject".into(), nth: 1, writes: true };
        let case = Case::at(runbook, &step, Disturbance::Stopped);
        Finished { case, ending, breaches: vec![], story: String::new(), seconds: 1.0 }
    }

    #[test]
    fn a_sweep_of_some_runbooks_leaves_what_the_page_says_of_others() {
        let page = "# Cases\n\nWhat came.\n\n## b (2026-01-01)\n\nold\n\n## c (2026-01-01)\n\nkept\n";
        let finished = vec![played("a", Ending::Healed), played("b", Ending::AsItWas)];
        let written = with_sections(page, &Swept { finished, ..Swept::default() }, "2026-01-02");
        assert!(written.starts_with("# Cases\n\nWhat came.\n\n## a (2026-01-02)\n\n| step |"), "{written}");
        assert!(written.ends_with("\n## c (2026-01-01)\n\nkept\n") && !written.contains("old"), "{written}");
        let row = |letter| format!("| s3:PutObject#1 |{} {letter} |  |  |  |", "  |".repeat(11));
        assert!(written.contains(&row("H")) && written.contains("## b (2026-01-02)"), "{written}");
        assert_eq!(
            with_sections(&written, &Swept::default(), "2026-01-03"),
            written,
            "the same where nothing was played"
        );
    }
}
