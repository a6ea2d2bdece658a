//! Indentation that SSM's reader of YAML takes and the standard does not: a bracket or a quoted text that goes on
//! further left than the key it belongs to. Public runbooks have both.
//!
//! Comes in: text and the scanner's complaint. Goes out: the text with those lines moved right, and what was moved.
//! Never: a change of meaning. Inside brackets and quotes indentation says nothing.

use std::collections::BTreeMap;

use saphyr_parser::ScanError;

use crate::place::Place;

/// More than any key's own indentation.
const PAD: u32 = 200;

/// A text is read anew for each moved line; a document with more of them has other problems.
const MAX_MOVED: usize = 100;
const MAX_REPAIRED_TEXT: usize = 64 * 1024;

/// Lines that were moved right, by how much.
#[derive(Debug, Default)]
pub(super) struct Moved(BTreeMap<u32, u32>);

impl Moved {
    /// Where a part of the moved text stands in the text as written.
    pub(super) fn place(&self, place: Place) -> Place {
        let pad = self.0.get(&place.line).copied().unwrap_or(0);
        Place { line: place.line, column: place.column.saturating_sub(pad).max(1) }
    }

    pub(super) fn first(&self) -> Option<u32> {
        self.0.keys().next().copied()
    }

    /// The text with the lines moved that the complaint is about; `None` if it is about something else.
    pub(super) fn repair(&mut self, text: &str, error: &ScanError) -> Option<String> {
        if text.len() > MAX_REPAIRED_TEXT + self.0.len() * PAD as usize || self.0.len() > MAX_MOVED {
            return None;
        }
        let line = error.marker().line();
        let lines = match error.info() {
            "invalid indentation" | "invalid indentation in flow construct" => line..=line,
            "invalid indentation in quoted scalar" => line + 1..=last_line(text, line, error.marker().col())?,
            _ => return None,
        };
        self.shift(text, lines)
    }

    fn shift(&mut self, text: &str, lines: std::ops::RangeInclusive<usize>) -> Option<String> {
        let mut changed = false;
        let mut out = String::with_capacity(text.len() + PAD as usize);
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let number = u32::try_from(index + 1).ok()?;
            let moves = lines.contains(&(index + 1)) && !line.trim().is_empty() && !self.0.contains_key(&number);
            if moves {
                self.0.insert(number, PAD);
                out.extend(std::iter::repeat_n(' ', PAD as usize));
                changed = true;
            }
            out.push_str(line);
        }
        changed.then_some(out)
    }
}

/// The line on which the quoted text ends that begins here.
fn last_line(text: &str, line: usize, column: usize) -> Option<usize> {
    let start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
    let mut chars = text.get(start..)?.chars().skip(column).peekable();
    let quote = chars.next().filter(|c| matches!(c, '"' | '\''))?;
    let mut line = line;
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            // What is escaped is not the end; an escaped line break is a line all the same.
            '\\' if quote == '"' => line += usize::from(chars.next() == Some('\n')),
            c if c == quote => {
                if quote == '"' || chars.peek() != Some(&'\'') {
                    return Some(line);
                }
                chars.next();
            }
            _ => {}
        }
    }
    None
}
