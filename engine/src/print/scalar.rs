//! One text, number or word, so that a reader of YAML takes it for what it is.
//!
//! Comes in: a value. Goes out: its spelling. Never: a plain word that some version of YAML reads as something else.

use serde_json::Value;

use crate::parse::means_text;

/// Keys longer than this would need another syntax.
const LONGEST_KEY: usize = 120;

/// A mapping's key.
pub(super) fn key(text: &str) -> String {
    if text == "<<" || text.len() > LONGEST_KEY { double_quoted(text) } else { self::text(text) }
}

/// Anything but a text; of lists and mappings the empty ones.
pub(super) fn simple(value: &Value) -> String {
    value.to_string()
}

/// A text on one line.
pub(super) fn text(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// Words that YAML 1.1 takes for a boolean or nothing.
const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "nan", ".inf"];

fn is_plain(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || "$/_".contains(c);
    let rest = |c: char| c.is_ascii_alphanumeric() || "$/_-.:+=@,()[]*; ".contains(c);
    text.starts_with(first)
        && text.chars().all(rest)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && means_text(text)
}

/// What may stand in a quoted or block text as it is.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xff => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// A text of several lines as a literal block.
pub(super) struct Block<'a> {
    /// `|`, with what says how it ends and how it begins.
    pub(super) header: String,
    pub(super) lines: Vec<&'a str>,
}

impl<'a> Block<'a> {
    /// `None` where a block could not give the text back as it is.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let usable = text.chars().all(|c| c == '\n' || c == '\t' || is_printable(c));
        let inside = text.trim_end_matches('\n');
        // A line of nothing but blanks at either end would be taken for the end of the block.
        let odd_end = |line: Option<&str>| line.is_none_or(|line| line.trim().is_empty());
        if !usable || !text.contains('\n') || odd_end(inside.split('\n').next()) || odd_end(inside.rsplit('\n').next())
        {
            return None;
        }
        let ends = match text.len() - inside.len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        let begins = if text.starts_with([' ', '\t']) { "2" } else { "" };
        let body = if ends == "+" { &text[..text.len() - 1] } else { inside };
        Some(Self { header: format!("|{begins}{ends}"), lines: body.split('\n').collect() })
    }
}
