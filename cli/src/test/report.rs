//! Results for people: a line for each case, everything about those that failed.
//!
//! Comes in: what came of the cases. Goes out: lines. Never: a failure without what was expected.

use std::io::{self, Write};

use engine::plain;

use super::Tested;
use super::case::Ran;
use super::coverage::{Coverage, Part};
use crate::paint::{Colour, Paint};

/// Writes what came of one runbook's cases.
pub(super) fn write(out: &mut impl Write, paint: Paint, tested: &Tested, coverage: bool) -> io::Result<()> {
    writeln!(out, "{}", tested.cases.display())?;
    for ran in &tested.ran {
        write_case(out, paint, ran)?;
    }
    if coverage { write_coverage(out, &tested.coverage) } else { Ok(()) }
}

fn write_case(out: &mut impl Write, paint: Paint, ran: &Ran) -> io::Result<()> {
    if ran.passed() {
        return writeln!(out, "  {}    {}", paint.in_colour(Colour::Green, "ok"), ran.name);
    }
    writeln!(out, "  {}  {}", paint.in_colour(Colour::Red, "FAIL"), ran.name)?;
    for problem in &ran.problems {
        for line in problem.lines() {
            writeln!(out, "        {}", plain(line))?;
        }
    }
    for warning in &ran.warnings {
        writeln!(out, "        warning: {}", plain(warning))?;
    }
    Ok(())
}

fn write_coverage(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    for (what, part) in [("steps", &coverage.steps), ("paths", &coverage.paths)] {
        writeln!(out, "  {}", share(what, part))?;
        for unseen in &part.unseen {
            writeln!(out, "        no case: {unseen}")?;
        }
    }
    Ok(())
}

/// `12 of 12 steps, 100 %`.
pub(super) fn share(what: &str, part: &Part) -> String {
    format!("{} of {} {what}, {} %", part.seen, part.all, part.percent())
}

/// The last line: how many there were.
pub(super) fn write_sum(out: &mut impl Write, paint: Paint, all: &[Tested]) -> io::Result<()> {
    let every: usize = all.iter().map(|tested| tested.ran.len()).sum();
    let failed = all.iter().flat_map(|tested| &tested.ran).filter(|ran| !ran.passed()).count();
    let cases = if every == 1 { "1 case".to_owned() } else { format!("{every} cases") };
    let verdict = match (every, failed) {
        (0, _) => paint.in_colour(Colour::Yellow, "none has been run".to_owned()),
        (_, 0) => paint.in_colour(Colour::Green, "all passed".to_owned()),
        (_, failed) => paint.in_colour(Colour::Red, format!("{failed} failed")),
    };
    writeln!(out, "{cases}, {verdict}")
}
