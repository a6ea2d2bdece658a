//! Findings as people read them: the place, the rule, the sentence, and the line it is about.
//!
//! Comes in: findings and the text they are about. Goes out: lines that editors understand (`file:line:column`).
//! Never: a finding left out.

use std::io::{self, Write};

use engine::{Finding, Severity, plain, plain_lines};

use crate::paint::{Colour, Paint};

/// A longer line of text would say less about the place than the numbers do.
const LONGEST_LINE: usize = 160;

/// Writes findings, each with its line of `text` and what to do about it.
pub(crate) fn write<'a>(
    out: &mut impl Write,
    text: &str,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> io::Result<()> {
    write_painted(out, text, findings, Paint::NONE)
}

/// The same, in colour where there is any.
pub(crate) fn write_painted<'a>(
    out: &mut impl Write,
    text: &str,
    findings: impl IntoIterator<Item = &'a Finding>,
    paint: Paint,
) -> io::Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    for finding in findings {
        headline(out, finding, paint)?;
        let index = usize::try_from(finding.line).unwrap_or(usize::MAX).saturating_sub(1);
        let line = lines.get(index).filter(|line| line.chars().count() <= LONGEST_LINE);
        write_line(out, finding, line.copied(), paint)?;
    }
    Ok(())
}

/// The finding's own line, without the hint: that goes under the line of text.
fn headline(out: &mut impl Write, finding: &Finding, paint: Paint) -> io::Result<()> {
    let words = Finding { hint: None, ..finding.clone() }.to_string();
    let (level, colour) = level(finding);
    let place = format!("{}:{}:{}: ", plain(&finding.document), finding.line, finding.column);
    let kind = format!("{level}[{}]", finding.rule);
    match words.strip_prefix(&format!("{place}{kind}")) {
        Some(rest) => writeln!(out, "{place}{}{rest}", paint.in_colour(colour, kind)),
        None => writeln!(out, "{words}"),
    }
}

fn level(finding: &Finding) -> (&'static str, Colour) {
    match finding.severity {
        Severity::Error => ("error", Colour::Red),
        Severity::Warning => ("warning", Colour::Yellow),
    }
}

fn write_line(out: &mut impl Write, finding: &Finding, line: Option<&str>, paint: Paint) -> io::Result<()> {
    let hint = plain(finding.hint.as_deref().unwrap_or_default());
    let Some(line) = line else {
        return if hint.is_empty() { Ok(()) } else { writeln!(out, "       {hint}") };
    };
    writeln!(out, "{:>5} | {}", finding.line, plain_lines(line.trim_end()))?;
    let marks = "^".repeat(width(line, finding));
    let blank = if hint.is_empty() { "" } else { " " };
    writeln!(out, "      | {}{}{blank}{hint}", indent(line, finding.column), paint.in_colour(level(finding).1, marks))
}

/// How many characters the finding is about: the word that is wrong, else the value as far as its line shows it.
fn width(line: &str, finding: &Finding) -> usize {
    let before = usize::try_from(finding.column).unwrap_or(1).saturating_sub(1);
    let rest: String = line.trim_end().chars().skip(before).collect();
    match rest.chars().next() {
        None | Some('{' | '[' | '|' | '>' | '-' | '&' | '!') => 1,
        Some(quote @ ('"' | '\'')) => {
            let inside = rest.chars().skip(1).take_while(|c| *c != quote).count();
            (inside + 2).min(rest.chars().count())
        }
        Some(_) => {
            let end = [": ", ", ", " #", "}", "]", ","].iter().filter_map(|end| rest.find(end)).min();
            let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or(&rest);
            word.trim_end().trim_end_matches(':').chars().count().max(1)
        }
    }
}

/// White space as wide as what stands before the column; tabs stay tabs.
fn indent(line: &str, column: u32) -> String {
    let before = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    line.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "schemaVersion: '0.3'
mainSteps:
  - name: stop
    action: aws:changeInstanceState
    nextStep: Wait
    inputs: {InstanceIds: [i-1], DesiredState: halted}
  - name: wait
    action: aws:sleep
    inputs: {Duration: PT1S}
";

    fn written(text: &str) -> String {
        let document = engine::parse(text, "fault.yaml").unwrap();
        let mut out = Vec::new();
        write(&mut out, text, &engine::validate(&document)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_finding_has_its_place_its_rule_its_line_and_its_hint() {
        insta::assert_snapshot!(written(TEXT));
    }

    #[test]
    fn a_line_too_long_to_show_keeps_its_hint() {
        let long = TEXT.replace("DesiredState: halted", &format!("DesiredState: halted{}", " ".repeat(200)));
        let written = written(&long);
        assert!(written.contains("running, stopped or terminated"), "{written}");
        assert!(!written.contains("InstanceIds: [i-1]"), "{written}");
    }

    #[test]
    fn the_mark_stands_under_the_column_after_tabs_and_wide_letters() {
        assert_eq!(indent("\tü: x", 5), "\t   ");
        assert_eq!(indent("ab", 9), "  ");
    }
}
