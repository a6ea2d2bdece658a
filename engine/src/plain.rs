//! Text of strangers for a terminal, a log or a page: what is shown is what is there.
//!
//! Comes in: any text, such as an instance's name or what a service answered. Goes out: the same in one line, with
//! every character that a terminal would obey or that nobody would see written out as `\\u{1b}`.
//! Never: a letter of any script changed, or two texts made the same by leaving something out.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One line of text that shows what it holds.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    lines(text, is_hidden)
}

/// As [`plain()`], for text that may have lines of its own.
#[must_use]
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    lines(text, |c| !matches!(c, '\n' | '\t') && is_hidden(c))
}

fn lines(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !hides(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // Writing to a String cannot fail.
            c => _ = write!(shown, "\\u{{{:x}}}", u32::from(c)),
        }
    }
    Cow::Owned(shown)
}

/// Whether a character moves the cursor, turns the text round, or is not there for the eye.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Zero-width space and marks of direction; the joiners between letters are part of how languages are written.
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            // Line and paragraph separator, embeddings and overrides of direction.
            | '\u{2028}'..='\u{202e}'
            // Word joiner, invisible operators, isolates of direction.
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Tags, which spell words that nobody sees.
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        for (text, shown) in [
            ("web-1", "web-1"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\0b\u{7f}", "a\\u{0}b\\u{7f}"),
            ("user\u{202e}nimda", "user\\u{202e}nimda"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("a\u{2028}b\u{85}c", "a\\u{2028}b\\u{85}c"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(plain(text), shown);
            assert_eq!(plain(&plain(text)), shown, "twice is once");
        }
    }

    #[test]
    fn letters_of_all_scripts_stay_as_they_are() {
        for text in ["Zürich", "東京", "عربي", "हिन्दी", "می\u{200c}خواهم", "👩\u{200d}🚒", "e\u{301}"]
        {
            assert!(matches!(plain(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn lines_stay_where_lines_may_be() {
        assert_eq!(plain_lines("a\n\tb\r\n\u{1b}[0m"), "a\n\tb\\r\n\\u{1b}[0m");
    }
}
