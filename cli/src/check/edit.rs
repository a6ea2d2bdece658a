//! A fix as a change of the text.
//!
//! Comes in: a text and a finding. Goes out: which characters become which others.
//! Never: a change beyond the value that the finding is about; where that cannot be told there is none.

use std::io::{self, Write};
use std::ops::Range;

use engine::{Finding, Fix, plain, plain_lines};
use serde::Serialize;

/// A finding's text stands no farther from its place than this; the longest scripts are shorter.
const FARTHEST: usize = 64 * 1024;

/// A replacement on one line; columns count characters, from 1, the end is not included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Edit {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_column: u32,
    /// What takes their place.
    pub(super) text: String,
    #[serde(skip)]
    bytes: Range<usize>,
}

impl Edit {
    /// The change that puts a finding right, where there is one.
    pub(super) fn of(text: &str, finding: &Finding) -> Option<Self> {
        let start = offset(text, finding.line, finding.column)?;
        let (bytes, with) = match finding.fix.as_ref()? {
            Fix::Replace { from, to } => (find(text, start, from)?, to.clone()),
            Fix::Unquote => {
                let bytes = quoted(text, start)?;
                let inner = text[bytes.start + 1..bytes.end - 1].to_owned();
                (bytes, inner)
            }
        };
        Some(Self::at(text, bytes, with))
    }

    fn at(text: &str, bytes: Range<usize>, with: String) -> Self {
        let before = &text[..bytes.start];
        let line = before.matches('\n').count() + 1;
        let column = before[before.rfind('\n').map_or(0, |cut| cut + 1)..].chars().count() + 1;
        let end = column + text[bytes.clone()].chars().count();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { line: number(line), column: number(column), end_column: number(end), text: with, bytes }
    }

    /// The text with the change made.
    pub(super) fn apply(&self, text: &str) -> String {
        [&text[..self.bytes.start], &self.text, &text[self.bytes.end..]].concat()
    }
}

/// The byte at a line and a column.
fn offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let lines_before = usize::try_from(line).ok()?.checked_sub(1)?;
    let start = text.split_inclusive('\n').take(lines_before).map(str::len).sum::<usize>();
    let characters = usize::try_from(column).ok()?.checked_sub(1)?;
    let rest = text.get(start..)?;
    let within = rest.char_indices().nth(characters).map_or(rest.len(), |(at, _)| at);
    // The parser leaves a byte order mark out of its columns.
    let mark = if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    Some(start + within + mark)
}

/// The first place of a whole word from here on.
fn find(text: &str, start: usize, word: &str) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let apart = |outer: Option<char>, inner: Option<char>| !(outer.is_some_and(is_name) && inner.is_some_and(is_name));
    let whole = |at: usize| {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        apart(before.chars().next_back(), word.chars().next()) && apart(after.chars().next(), word.chars().next_back())
    };
    let at = rest.match_indices(word).map(|(at, _)| at).take_while(|at| *at < FARTHEST).find(|at| whole(*at))?;
    Some(start + at..start + at + word.len())
}

/// A quoted text that begins here and ends on the same line, quotes included.
fn quoted(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let end = rest[1..].find(quote)? + 2;
    (!rest[..end].contains(['\n', '\\'])).then_some(start..start + end)
}

/// The lines that differ, before and after. Changes never add or remove a line.
pub(super) fn show(out: &mut impl Write, name: &str, before: &str, after: &str) -> io::Result<()> {
    writeln!(out, "{}", plain(name))?;
    for (index, (old, new)) in before.lines().zip(after.lines()).enumerate().filter(|(_, (old, new))| old != new) {
        writeln!(out, "{:>5} - {}", index + 1, plain_lines(old))?;
        writeln!(out, "{:>5} + {}", index + 1, plain_lines(new))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Vec<String> {
        let findings = match engine::parse(text, "x") {
            Ok(document) => engine::validate(&document),
            Err(findings) => findings,
        };
        findings.iter().filter_map(|finding| Some(Edit::of(text, finding)?.apply(text))).collect()
    }

    #[test]
    fn a_fix_changes_the_word_at_its_place_and_no_other() {
        let text = "schemaVersion: '0.3'\nparameters: {Ü: {type: Strin}, Bucket: {type: String}}\nmainSteps:\n- {name: a, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: X, N: \"ü Buckett {{Buckett}}\"}}\n";
        let fixed = fixed(text);
        assert!(fixed.contains(&text.replace("Strin}", "String}")), "{fixed:?}");
        assert!(fixed.contains(&text.replace("Buckett {{Buckett}}", "Bucket {{Buckett}}")), "{fixed:?}");
    }

    #[test]
    fn quotes_go_and_what_they_hold_stays() {
        let text = "schemaVersion: '0.3'\nmainSteps:\n- {name: a, action: 'aws:pause', isEnd: \"true\", inputs: {}}\n";
        assert_eq!(fixed(text), [text.replace("\"true\"", "true")]);
    }
}
