//! Findings as people read them: the place, the rule, the sentence, and the line it is about.
//!
//! Comes in: findings and the text they are about. Goes out: lines that editors understand (`file:line:column`).
//! Never: a finding left out.

use std::io::{self, Write};

use engine::Finding;

/// A longer line of text would say less about the place than the numbers do.
const LONGEST_LINE: usize = 160;

/// Writes findings, each with its line of `text` and what to do about it.
pub(crate) fn write<'a>(
    out: &mut impl Write,
    text: &str,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> io::Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    for finding in findings {
        writeln!(out, "{}", headline(finding))?;
        let index = usize::try_from(finding.line).unwrap_or(usize::MAX).saturating_sub(1);
        let line = lines.get(index).filter(|line| line.chars().count() <= LONGEST_LINE);
        write_line(out, finding, line.copied())?;
    }
    Ok(())
}

/// The finding's own line, without the hint: that goes under the line of text.
fn headline(finding: &Finding) -> String {
    Finding { hint: None, ..finding.clone() }.to_string()
}

fn write_line(out: &mut impl Write, finding: &Finding, line: Option<&str>) -> io::Result<()> {
    let hint = finding.hint.as_deref().unwrap_or_default();
    let Some(line) = line else {
        return if hint.is_empty() { Ok(()) } else { writeln!(out, "       {hint}") };
    };
    writeln!(out, "{:>5} | {}", finding.line, line.trim_end())?;
    let mark = format!("      | {}^ {hint}", indent(line, finding.column));
    writeln!(out, "{}", mark.trim_end())
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
